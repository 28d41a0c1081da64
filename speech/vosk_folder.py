"""The layout of a Vosk model: which files libvosk needs, and the rate it was trained at."""

from __future__ import annotations

import struct
from pathlib import Path

from speech.model_files import broken, check_file

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


def check(path: Path) -> tuple[int, bool]:
    """The sample rate in Hz and whether libvosk raises a lower one itself; raises ModelProblem model-broken.

    libvosk would crash on some missing or wrong files rather than complain.
    """
    acoustic = next((name for name in _LAYOUTS if (path / name).exists()), None)
    if acoustic is None:
        raise broken(path, "it has neither am/final.mdl nor final.mdl")
    *settings, graph = _LAYOUTS[acoustic]
    check_file(path, acoustic, _KALDI)
    for name in settings:
        check_file(path, name)
    if (path / graph / "HCLG.fst").exists():
        check_file(path, f"{graph}HCLG.fst", _OPENFST)
    else:
        if not (path / graph / "HCLr.fst").exists():
            raise broken(path, f"it has neither {graph}HCLG.fst nor {graph}HCLr.fst")
        check_file(path, f"{graph}HCLr.fst", _OPENFST)
        check_file(path, f"{graph}Gr.fst", _OPENFST)
        check_file(path, f"{graph}disambig_tid.int")
    language = next(name for name in ("HCLG.fst", "Gr.fst") if (path / graph / name).exists())
    if not _holds_words(path / graph / language):
        check_file(path, f"{graph}words.txt")
    if (path / "ivector").exists():
        check_file(path, "ivector/final.ie", _KALDI)
        for name in _IVECTOR:
            check_file(path, f"ivector/{name}")
    features = _options(path / settings[-1])
    return _sample_rate(path, features), features.get("allow-upsample", "false") == "true"


def _holds_words(graph: Path) -> bool:
    """Whether an OpenFst file has the words' names itself; Vosk's small models then come without words.txt."""
    with graph.open("rb") as opened:
        head = opened.read(128)
    try:
        at = 4  # after the magic number: two strings, the version, and flags of which 2 is "has output symbols"
        for _ in ("type", "arc"):
            at += 4 + struct.unpack_from("<i", head, at)[0]
        return bool(struct.unpack_from("<ii", head, at)[1] & 2)
    except struct.error:
        return False


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
        raise broken(folder, "mfcc.conf has no number as its sample-frequency") from error
