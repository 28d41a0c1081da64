"""Which model is used, and how one gets onto the machine."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from speech.errors import ModelProblem
from speech.model_archive import Progress, download, unpack
from speech.model_folder import DEMO_MODEL, ModelFolder, install_hint, verify

__all__ = ["DEMO_MODEL", "OFFICIAL", "ModelFolder", "install", "installed", "locate", "verify"]

MODELS_URL = "https://alphacephei.com/vosk/models/"
_ACTIVE = ".active"  # a text file in the models folder with the name of the model in use


@dataclass(frozen=True, slots=True)
class OfficialModel:
    """A Vietnamese model of Vosk's published list, https://alphacephei.com/vosk/models (Apache-2.0)."""

    name: str
    size_mb: int
    note: str


# The more exact one first: it is taken when both are there and none was chosen.
OFFICIAL = {
    model.name: model
    for model in (
        OfficialModel("vosk-model-vn-0.4", 78, "for servers"),
        OfficialModel("vosk-model-small-vn-0.4", 32, "for small machines"),
    )
}


def locate(requested: str | None, models_dir: Path) -> ModelFolder:
    """The model to use: the requested one (a path, or a name in `models_dir`), the installed one, the demonstration.

    What was asked for, or chosen by installing it, is never silently replaced: raises ModelProblem when it
    is missing or broken.
    """
    if requested:
        return verify(_requested_path(requested, models_dir))
    active = models_dir / _ACTIVE
    if active.is_file():
        return verify(models_dir / active.read_text("utf-8").strip())
    found = _folders(models_dir)
    return verify(found[0] if found else DEMO_MODEL)


def installed(models_dir: Path) -> list[ModelFolder]:
    """Every whole model in `models_dir`, the most exact official one first."""
    whole = []
    for folder in _folders(models_dir):
        try:
            whole.append(verify(folder))
        except ModelProblem:
            continue
    return whole


def install(
    name_or_zip: str,
    models_dir: Path,
    progress: Progress = lambda done, total: None,
    base_url: str = MODELS_URL,
) -> ModelFolder:
    """Install an official model by name, or any model from a zip file, and make it the one in use.

    It becomes visible whole or not at all; one that is already there is kept. Raises ModelProblem:
    model-unknown, download-failed, disk-full, archive-broken, archive-unsafe, model-broken.
    """
    from_file = name_or_zip.lower().endswith(".zip")
    if not from_file and name_or_zip not in OFFICIAL:
        raise ModelProblem(
            "model-unknown",
            f"{name_or_zip} is no official Vietnamese model; choose one of {', '.join(OFFICIAL)}, or give a zip file",
        )
    models_dir.mkdir(parents=True, exist_ok=True)
    model = _kept(models_dir / name_or_zip)
    if model is None and from_file:
        model = _install_archive(Path(name_or_zip), models_dir)
    elif model is None:
        part = models_dir / f".{name_or_zip}.zip.part"
        download(f"{base_url}{name_or_zip}.zip", part, progress)
        try:
            model = _install_archive(part.rename(models_dir / f".{name_or_zip}.zip"), models_dir)
        finally:
            (models_dir / f".{name_or_zip}.zip").unlink(missing_ok=True)
    _activate(model, models_dir)
    return model


def _install_archive(archive: Path, models_dir: Path) -> ModelFolder:
    with tempfile.TemporaryDirectory(prefix=".installing-", dir=models_dir) as temporary:
        new = unpack(archive, Path(temporary))
        verify(new)
        target = models_dir / new.name
        kept = _kept(target)
        if kept:
            return kept
        if target.exists():  # broken: out of the way, and gone with the temporary folder
            target.rename(Path(temporary) / ".broken")
        new.rename(target)
    return verify(target)


def _kept(folder: Path) -> ModelFolder | None:
    try:
        return verify(folder)
    except ModelProblem:
        return None


def _activate(model: ModelFolder, models_dir: Path) -> None:
    new = models_dir / f"{_ACTIVE}.new"
    new.write_text(model.name + "\n", "utf-8")
    new.replace(models_dir / _ACTIVE)


def _requested_path(requested: str, models_dir: Path) -> Path:
    path = Path(requested).expanduser()
    if len(path.parts) > 1 or path.is_dir():
        return path
    if requested == DEMO_MODEL.name:
        return DEMO_MODEL
    if not (models_dir / requested).is_dir():
        hint = install_hint(requested) if requested in OFFICIAL else f"known names: {', '.join(OFFICIAL)}"
        raise ModelProblem("model-missing", f"the model {requested} is not in {models_dir}; {hint}")
    return models_dir / requested


def _folders(models_dir: Path) -> list[Path]:
    if not models_dir.is_dir():
        return []
    folders = [path for path in models_dir.iterdir() if path.is_dir() and not path.name.startswith(".")]
    order = list(OFFICIAL)
    return sorted(
        folders, key=lambda path: (order.index(path.name) if path.name in order else len(order), path.name)
    )
