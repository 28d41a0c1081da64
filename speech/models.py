"""The life of a model on this machine: installed, chosen, removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from speech.catalogue import OFFICIAL, OfficialModel
from speech.errors import ModelProblem
from speech.model_archive import is_archive, unpack
from speech.model_changes import changing
from speech.model_choice import activate, chosen, first_of, forget, installed, languages, locate, named, use
from speech.model_download import Progress, download
from speech.model_folder import (
    DEFAULT_LANGUAGE,
    DEMO_MODEL,
    LANGUAGE_FILE,
    ModelFolder,
    is_language,
    language_of,
    verify,
)

__all__ = [
    "DEFAULT_LANGUAGE",
    "DEMO_MODEL",
    "OFFICIAL",
    "ModelFolder",
    "in_use_for",
    "install",
    "installed",
    "languages",
    "locate",
    "remove",
    "successor",
    "use",
    "verify",
]

# Raises ModelProblem for a folder that its engine cannot use.
TryOut = Callable[[Path], None]


def install(
    name_or_archive: str,
    models_dir: Path,
    progress: Progress = lambda done, total: None,
    *,
    language: str | None = None,
    catalogue: Mapping[str, OfficialModel] = OFFICIAL,
    try_out: TryOut = lambda folder: None,
) -> ModelFolder:
    """Install an official model by name, or any model from an archive, and make it its language's active one.

    `language` (two letters, ISO 639-1) is kept with it where its name does not tell. It becomes visible whole, and
    after `try_out` of its folder raised nothing, or not at all; one that is already there is kept. Raises ModelProblem: model-unknown, download-failed, disk-full,
    not-writable, archive-broken, archive-unsafe, model-broken.
    """
    from_file = is_archive(name_or_archive)
    if not from_file and name_or_archive not in catalogue:
        raise ModelProblem(
            "model-unknown",
            f"{name_or_archive} is no official model; choose one of {', '.join(catalogue)}, or give an archive",
        )
    if language is not None and not is_language(language):
        raise ModelProblem("model-unknown", f"{language!r} is no language's code; say vi, en, ...")
    with changing(models_dir) as temporary:
        model = None if from_file else _kept(models_dir / name_or_archive)
        if model is None:
            if from_file:
                model = _install_archive(Path(name_or_archive), models_dir, temporary, try_out)
            else:
                official = catalogue[name_or_archive]
                model = _install_official(official, models_dir, temporary, progress, try_out)
        if language not in (None, model.language):
            (model.path / LANGUAGE_FILE).write_text(f"{language}\n", "utf-8")
            model = verify(model.path)
        activate(model, models_dir, temporary)
    return model


def successor(name: str, models_dir: Path) -> ModelFolder | None:
    """What would be used for its language if this model were removed; None when there would be none."""
    language = language_of(named(name, models_dir))
    path = first_of(language, models_dir, without=name)
    return None if path is None else verify(path)


def in_use_for(name: str, models_dir: Path) -> list[str]:
    """The languages that a model is in use for, by choice or for want of another."""
    folder = named(name, models_dir)
    return [language for language in languages(models_dir) if chosen(language, models_dir) == folder]


def remove(name: str, models_dir: Path, *, in_use_too: bool = False) -> None:
    """Delete an installed model.

    Raises ModelProblem: model-missing; model-in-use for the one in use unless `in_use_too`, and always for the
    demonstration, which is part of the program; not-writable.
    """
    if name == DEMO_MODEL.name:
        raise ModelProblem(
            "model-in-use", f"{name} is part of the program: it is used when nothing else is there"
        )
    folder = named(name, models_dir)
    with changing(models_dir) as temporary:
        for language in in_use_for(name, models_dir):
            if not in_use_too:
                raise ModelProblem(
                    "model-in-use",
                    f"{name} is in use for {language}; choose another first: python -m speech model use NAME",
                )
            forget(language, models_dir)
        folder.rename(temporary / name)


def _install_official(
    official: OfficialModel, models_dir: Path, temporary: Path, progress: Progress, try_out: TryOut
) -> ModelFolder:
    archive = models_dir / f".{official.archive}"
    if not archive.exists():  # it does after a download that was whole, but not unpacked to the end
        part = models_dir / f"{archive.name}.part"
        download(official, part, progress)
        part.rename(archive)
    try:
        model = _install_archive(archive, models_dir, temporary, try_out)
    except ModelProblem as problem:
        if problem.code != "disk-full":
            archive.unlink()
        raise
    archive.unlink()
    return model


def _install_archive(archive: Path, models_dir: Path, temporary: Path, try_out: TryOut) -> ModelFolder:
    new = unpack(archive, temporary)
    verify(new)
    try_out(new)
    target = models_dir / new.name
    kept = _kept(target)
    if kept:
        return kept
    if target.exists():  # broken: out of the way, and gone with the temporary folder
        target.rename(temporary / ".broken")
    new.rename(target)
    return verify(target)


def _kept(folder: Path) -> ModelFolder | None:
    try:
        return verify(folder)
    except ModelProblem:
        return None
