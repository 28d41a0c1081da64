"""Which of the installed models is used: one is active for each language."""

from __future__ import annotations

from pathlib import Path

from speech.catalogue import OFFICIAL
from speech.errors import ModelProblem
from speech.model_changes import changing
from speech.model_folder import DEFAULT_LANGUAGE, DEMO_MODEL, ModelFolder, install_hint, language_of, verify

# A text file in the models folder with the name of the model in use; other languages add theirs: ".active.en".
_ACTIVE = ".active"


def locate(requested: str | None, models_dir: Path, language: str = DEFAULT_LANGUAGE) -> ModelFolder:
    """The model to use: the requested one (a path, or a name in `models_dir`), the active one, any, the demonstration.

    What was asked for, or chosen, is never silently replaced: raises ModelProblem when it is missing or broken,
    and model-missing when there is none for the language. The demonstration understands Vietnamese only.
    """
    if requested:
        return verify(_requested(requested, models_dir))
    found = chosen(language, models_dir)
    if found is None:
        raise ModelProblem(
            "model-missing",
            f"no model for {language} is in {models_dir}; {install_hint(_official(language))}",
        )
    return verify(found)


def chosen(language: str, models_dir: Path) -> Path | None:
    """Where the model of a language is, whole or not; None when it has none."""
    active = _active_file(models_dir, language)
    if active.is_file():
        return _place(active.read_text("utf-8").strip(), models_dir)
    return first_of(language, models_dir)


def first_of(language: str, models_dir: Path, without: str = "") -> Path | None:
    """The model taken for a language when none was chosen, leaving one out of account."""
    found = [path for path in _folders(models_dir) if language_of(path) == language and path.name != without]
    return found[0] if found else DEMO_MODEL if language == DEFAULT_LANGUAGE else None


def languages(models_dir: Path) -> list[str]:
    """Vietnamese, and every other language that a model was chosen for or is installed for."""
    here = {language_of(path) for path in _folders(models_dir)}
    if models_dir.is_dir():
        here |= {path.name.removeprefix(f"{_ACTIVE}.") for path in models_dir.glob(f"{_ACTIVE}.??")}
    return [DEFAULT_LANGUAGE, *sorted(here - {DEFAULT_LANGUAGE})]


def installed(models_dir: Path) -> list[ModelFolder]:
    """Every whole model in `models_dir`, the most exact official one first."""
    whole = []
    for folder in _folders(models_dir):
        try:
            whole.append(verify(folder))
        except ModelProblem:
            continue
    return whole


def use(name: str, models_dir: Path) -> ModelFolder:
    """Make an installed model, or the demonstration, the active one of its language.

    Raises ModelProblem: model-missing, model-broken, disk-full, not-writable.
    """
    model = verify(named(name, models_dir))
    with changing(models_dir) as temporary:
        activate(model, models_dir, temporary)
    return model


def activate(model: ModelFolder, models_dir: Path, temporary: Path) -> None:
    """Note it as the one in use for its language; within `changing`, which gives the temporary folder."""
    new = temporary / _ACTIVE
    new.write_text(model.name + "\n", "utf-8")
    new.replace(_active_file(models_dir, model.language))


def forget(language: str, models_dir: Path) -> None:
    """Leave the language to whatever is installed."""
    _active_file(models_dir, language).unlink(missing_ok=True)


def named(name: str, models_dir: Path) -> Path:
    """Where an installed model, or the demonstration, is; raises ModelProblem model-missing."""
    place = _place(name, models_dir)
    if not name or Path(name).name != name or name.startswith(".") or not place.is_dir():
        hint = install_hint(name) if name in OFFICIAL else f"known names: {', '.join(OFFICIAL)}"
        raise ModelProblem("model-missing", f"the model {name} is not in {models_dir}; {hint}")
    return place


def _requested(requested: str, models_dir: Path) -> Path:
    path = Path(requested).expanduser()
    return path if len(path.parts) > 1 or path.is_dir() else named(requested, models_dir)


def _place(name: str, models_dir: Path) -> Path:
    return DEMO_MODEL if name == DEMO_MODEL.name else models_dir / name


def _active_file(models_dir: Path, language: str) -> Path:
    return models_dir / (_ACTIVE if language == DEFAULT_LANGUAGE else f"{_ACTIVE}.{language}")


def _official(language: str) -> str:
    return next((name for name, model in OFFICIAL.items() if model.language == language), "FILE")


def _folders(models_dir: Path) -> list[Path]:
    if not models_dir.is_dir():
        return []
    folders = [path for path in models_dir.iterdir() if path.is_dir() and not path.name.startswith(".")]
    order = list(OFFICIAL)
    return sorted(
        folders, key=lambda path: (order.index(path.name) if path.name in order else len(order), path.name)
    )
