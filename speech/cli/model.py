"""`python -m speech model`: list, install, use, verify, remove."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from speech import models
from speech.adaptation.origin import origin
from speech.cli.options import model_option, models_dir_option, reported
from speech.errors import ModelProblem, SpeechError

# Loaded in a child: the engines end the whole process on some damaged files.
_NO_ENGINE = 3
_LOAD = f"""
import sys
from pathlib import Path
from speech.engine import load
from speech.errors import ModelProblem
try:
    load(Path(sys.argv[1]))
except ModelProblem as problem:
    print(problem, file=sys.stderr)
    sys.exit({_NO_ENGINE} if problem.code == "engine-missing" else 1)
"""


@click.group()
def model() -> None:
    """See, install, choose, check and remove speech models."""


@model.command("list")
@models_dir_option
@model_option
def list_models(models_dir: Path, model: str | None) -> None:
    """Official models, and what is installed; the one in use for its language has a star."""
    here = {
        folder.path: folder for folder in [*models.installed(models_dir), models.verify(models.DEMO_MODEL)]
    }
    used = set()
    for language in models.languages(models_dir):
        requested = model if language == models.DEFAULT_LANGUAGE else None
        try:
            folder = models.locate(requested, models_dir, language)
        except SpeechError as error:
            of = "" if language == models.DEFAULT_LANGUAGE else f" for {language}"
            click.echo(f"none is in use{of}: {error} [{error.code}]", err=True)
            continue
        used.add(folder.path.resolve())
        here[folder.path.resolve()] = folder
    for path, folder in here.items():
        note = "demonstration: synthetic speech only" if folder.is_demonstration else "installed"
        made_of = origin(path)
        note += f" (adapted from {made_of.base} on {made_of.made})" if made_of else ""
        click.echo(
            f"{'*' if path in used else ' '} {folder.name}  {folder.size_bytes / 1e6:.0f} MB  {note}, "
            f"{folder.language}, {folder.engine}"
        )
    names = {folder.name for folder in here.values()}
    for official in models.OFFICIAL.values():
        if official.name not in names:
            click.echo(f"  {official.name}  {official.size_mb} MB to download  {official.note}")


@model.command()
@click.argument("name_or_archive", metavar="NAME|FILE.zip|FILE.tar.bz2")
@click.option(
    "--language", metavar="CODE", help="What it understands (vi, en, ...), where its name does not say."
)
@models_dir_option
def install(name_or_archive: str, language: str | None, models_dir: Path) -> None:
    """Install an official model by name, or one from an archive, and use it for its language from now on."""
    with reported(), _bytes_bar(name_or_archive) as progress:
        folder = models.install(name_or_archive, models_dir, progress, language=language, try_out=_try_out)
    click.echo(f"{folder.name} is installed in {folder.path} and in use for {folder.language}")


@model.command()
@click.argument("name")
@models_dir_option
def use(name: str, models_dir: Path) -> None:
    """Use the installed model NAME for its language from now on."""
    with reported():
        folder = models.use(name, models_dir)
    click.echo(f"{folder.name} is in use for {folder.language}")


@model.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Also when it is in use.")
@models_dir_option
def remove(name: str, yes: bool, models_dir: Path) -> None:
    """Delete the installed model NAME; one in use only with --yes, saying which one is used instead."""
    with reported():
        used = models.in_use_for(name, models_dir)
        then = models.successor(name, models_dir)
        instead = (
            f"{then.name} is used instead" if then else "recordings in its language are read as Vietnamese"
        )
        try:
            models.remove(name, models_dir, in_use_too=yes)
        except ModelProblem as problem:
            if used and name != models.DEMO_MODEL.name:
                raise ModelProblem(problem.code, f"{problem}; or say --yes: then {instead}") from problem
            raise
    click.echo(f"{name} is removed; {instead}" if used else f"{name} is removed")


@model.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def verify(folder: Path) -> None:
    """Check that DIR is a whole model which loads."""
    with reported():
        checked = models.verify(folder)
        _try_out(folder)
    click.echo(
        f"{checked.name} is a whole model, {checked.sample_rate} Hz, {checked.size_bytes / 1e6:.0f} MB, "
        f"{checked.language}, {checked.engine}, fingerprint {checked.fingerprint()}"
    )


def _try_out(folder: Path) -> None:
    child = subprocess.run([sys.executable, "-c", _LOAD, str(folder)], capture_output=True, text=True)  # noqa: S603
    if child.returncode == _NO_ENGINE:
        click.echo("its engine is not installed here, so it was not tried out: see docs/speech.md", err=True)
    elif child.returncode:
        lines = child.stderr.strip().splitlines() or [f"the engine ended with status {child.returncode}"]
        raise ModelProblem("model-broken", f"{folder.name} does not load; install it again. {lines[-1]}")


@contextmanager
def _bytes_bar(label: str) -> Iterator[Callable[[int, int | None], None]]:
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=hidden) as bar:

        def step(done: int, total: int | None) -> None:
            bar.length = total or done
            bar.update(done - bar.pos)

        yield step
