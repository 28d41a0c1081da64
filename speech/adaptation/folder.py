"""An adapted model on disk: made beside its base, whole or not at all, and remembering what it was made from."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from datetime import date
from pathlib import Path

from speech.adaptation import ngram_fst
from speech.adaptation.ngram_fst import NgramFst
from speech.adaptation.origin import ORIGIN_FILE, Origin, origin
from speech.errors import ModelProblem
from speech.model_changes import changing
from speech.model_folder import VOSK, ModelFolder, verify

# The base's own language model, so that adapting again begins with it and not with an adaptation.
_BASE_GRAPH = "Gr.base.fst"
# Larger files are shared with the base by a hard link: they are never written to, only replaced.
_LINKED_FROM = 1 << 20


def base_language_model(model: ModelFolder) -> tuple[NgramFst, dict[str, int]]:
    """The language model to adapt, the base's where `model` is an adaptation itself, and the words it has, numbered.

    Raises ModelProblem: not-adaptable when the model has none of its own file, model-broken.
    """
    graph = _graph(model)
    base = graph / _BASE_GRAPH
    fst = ngram_fst.read(base if base.is_file() else graph / "Gr.fst")
    names = fst.symbols or _words_file(graph / "words.txt")
    return fst, {name: number for number, name in names.items() if number > 0}


def make(model: ModelFolder, language_model: NgramFst, about: Origin, models_dir: Path) -> ModelFolder:
    """Write a new model beside the others; its name ends in the day it was made.

    Raises ModelProblem: disk-full, not-writable.
    """
    name = f"{about.base}-adapted-{date.fromisoformat(about.made):%Y%m%d}"
    graph = _graph(model).relative_to(model.path)
    with changing(models_dir) as temporary:
        new = temporary / "model"
        shutil.copytree(model.path, new, copy_function=_link_or_copy)
        if not (new / graph / _BASE_GRAPH).exists():
            (new / graph / "Gr.fst").rename(new / graph / _BASE_GRAPH)
        _replace(new / graph / "Gr.fst", ngram_fst.to_bytes(language_model))
        _replace(new / ORIGIN_FILE, json.dumps(asdict(about), ensure_ascii=False, indent=1).encode() + b"\n")
        target = _free_name(models_dir, name)
        new.rename(target)
    return verify(target)


def base_name(model: ModelFolder) -> str:
    """The name of the model that was not adapted."""
    found = origin(model.path)
    return found.base if found else model.name


def _graph(model: ModelFolder) -> Path:
    if model.engine != VOSK:
        raise _not_adaptable(model, f"is a model for {model.engine}, which has no separate language model")
    graph = next(
        (file.parent for file in (model.path / "graph" / "Gr.fst", model.path / "Gr.fst") if file.is_file()),
        None,
    )
    if graph is None or (graph / "HCLG.fst").exists():
        raise _not_adaptable(
            model, "has one fixed graph (HCLG.fst), which cannot be rebuilt without its sources"
        )
    return graph


def _not_adaptable(model: ModelFolder, why: str) -> ModelProblem:
    return ModelProblem(
        "not-adaptable",
        f"{model.name} {why}; choose one with HCLr.fst and Gr.fst, as Vosk's small models have: "
        "python -m speech adapt --model vosk-model-small-vn-0.4 ...",
    )


def _words_file(file: Path) -> dict[int, str]:
    try:
        lines = [line.split() for line in file.read_text("utf-8").splitlines()]
        return {int(number): name for name, number in lines}
    except (OSError, ValueError) as error:
        raise ModelProblem(
            "model-broken", f"{file} cannot be read ({error}); install the model again"
        ) from error


def _link_or_copy(source: str, target: str) -> None:
    if Path(source).stat().st_size >= _LINKED_FROM:
        try:
            os.link(source, target)
            return
        except OSError:  # another file system, or one without links
            pass
    shutil.copyfile(source, target)


def _replace(file: Path, content: bytes) -> None:
    """Never write into a file that may be shared with the base."""
    file.unlink(missing_ok=True)
    file.write_bytes(content)


def _free_name(models_dir: Path, name: str) -> Path:
    target, number = models_dir / name, 1
    while target.exists():
        number += 1
        target = models_dir / f"{name}-{number}"
    return target
