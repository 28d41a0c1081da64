"""A Vosk model on disk: whether its files are all there, and what the engine must know before loading it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from speech.errors import ModelProblem

DEMO_MODEL = Path(__file__).parent / "data" / "vosk-model-tiny-vi-synth"

# Both layouts as libvosk reads them: https://github.com/alphacep/vosk-api/blob/master/src/model.cc
# (Model::ConfigureV1 and ConfigureV2).
_LAYOUTS = {
    "am/final.mdl": ("conf/model.conf", "conf/mfcc.conf", "graph/"),
    "final.mdl": ("mfcc.conf", ""),
}
_IVECTOR = ("final.dubm", "final.mat", "global_cmvn.stats", "online_cmvn.conf", "splice.conf")

# First bytes of the two binary formats: Kaldi's, and OpenFst's magic number 2125659606.
_KALDI = b"\0B"
_OPENFST = (2125659606).to_bytes(4, "little")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that holds every file libvosk needs; `sample_rate` in Hz is what the model was trained at.

    libvosk lowers a higher rate itself; it raises a lower one only where the model `allows_upsampling`.
    """

    path: Path
    name: str
    size_bytes: int
    sample_rate: int
    allows_upsampling: bool

    @property
    def is_demonstration(self) -> bool:
        """Trained on synthetic speech only: say so wherever its text is shown, also under another name."""
        readme = self.path / "README"
        return self.name == DEMO_MODEL.name or (
            readme.is_file() and readme.read_bytes().startswith(DEMO_MODEL.name.encode())
        )


def verify(path: Path) -> ModelFolder:
    """Check that a folder is a whole model, without loading it.

    Raises ModelProblem: model-missing when there is no such folder, model-broken when files are missing, empty
    or not what their names say (libvosk would crash on some of these rather than complain).
    """
    if not path.is_dir():
        raise ModelProblem("model-missing", f"there is no model folder {path}; {install_hint()}")
    acoustic = next((name for name in _LAYOUTS if (path / name).exists()), None)
    if acoustic is None:
        raise _broken(path, "it has neither am/final.mdl nor final.mdl")
    *settings, graph = _LAYOUTS[acoustic]
    _check_file(path, acoustic, _KALDI)
    for name in settings:
        _check_file(path, name)
    if (path / graph / "HCLG.fst").exists():
        _check_file(path, f"{graph}HCLG.fst", _OPENFST)
    else:
        if not (path / graph / "HCLr.fst").exists():
            raise _broken(path, f"it has neither {graph}HCLG.fst nor {graph}HCLr.fst")
        _check_file(path, f"{graph}HCLr.fst", _OPENFST)
        _check_file(path, f"{graph}Gr.fst", _OPENFST)
        _check_file(path, f"{graph}disambig_tid.int")
    _check_file(path, f"{graph}words.txt")
    if (path / "ivector").exists():
        _check_file(path, "ivector/final.ie", _KALDI)
        for name in _IVECTOR:
            _check_file(path, f"ivector/{name}")
    features = _options(path / settings[-1])
    return ModelFolder(
        path=path,
        name=path.resolve().name,
        size_bytes=sum(file.stat().st_size for file in path.rglob("*") if file.is_file()),
        sample_rate=_sample_rate(path, features),
        allows_upsampling=features.get("allow-upsample", "false") == "true",
    )


def install_hint(what: str = "vosk-model-vn-0.4") -> str:
    return f"to install one: python -m speech model install {what}"


def _check_file(folder: Path, name: str, begins: bytes = b"") -> None:
    file = folder / name
    try:
        with file.open("rb") as opened:
            head = opened.read(max(1, len(begins)))
    except OSError as error:
        raise _broken(folder, f"{name} cannot be read ({error.strerror})") from error
    if not head:
        raise _broken(folder, f"{name} is empty")
    if not head.startswith(begins):
        raise _broken(folder, f"{name} is not what its name says (a broken download?)")


def _broken(folder: Path, what: str) -> ModelProblem:
    return ModelProblem(
        "model-broken",
        f"the model {folder} is not complete: {what}; delete the folder and install it again, {install_hint()}",
    )


def _options(file: Path) -> dict[str, str]:
    """Kaldi's `--name=value` lines; a name without a value means true."""
    options = {}
    for line in file.read_text("utf-8", errors="replace").splitlines():
        name, _, value = line.partition("#")[0].strip().partition("=")
        if name.startswith("--"):
            options[name[2:].replace("_", "-")] = value.strip() or "true"
    return options


def _sample_rate(folder: Path, features: dict[str, str]) -> int:
    try:
        return round(float(features.get("sample-frequency", "16000")))  # Kaldi's default
    except ValueError as error:
        raise _broken(folder, "mfcc.conf has no number as its sample-frequency") from error
