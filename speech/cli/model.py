"""`python -m speech model`: list, install, verify."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from speech import models
from speech.cli.options import model_option, models_dir_option, reported
from speech.errors import SpeechError

# Loaded in a child: the engines end the whole process on some damaged files.
_LOAD = "import sys; from pathlib import Path; from speech.engine import load; load(Path(sys.argv[1]))"


@click.group()
def model() -> None:
    """See, install and check speech models."""


@model.command("list")
@models_dir_option
@model_option
def list_models(models_dir: Path, model: str | None) -> None:
    """Official models, and what is installed; the one in use has a star."""
    here = {
        folder.name: folder for folder in [*models.installed(models_dir), models.verify(models.DEMO_MODEL)]
    }
    try:
        used = models.locate(model, models_dir)
        here[used.name] = used
    except SpeechError as error:
        used = None
        click.echo(f"none is in use: {error} [{error.code}]", err=True)
    for name, folder in here.items():
        note = "demonstration: synthetic speech only" if folder.is_demonstration else "installed"
        click.echo(f"{'*' if folder == used else ' '} {name}  {folder.size_bytes / 1e6:.0f} MB  {note}")
    for official in models.OFFICIAL.values():
        if official.name not in here:
            click.echo(f"  {official.name}  {official.size_mb} MB to download  {official.note}")


@model.command()
@click.argument("name_or_zip", metavar="NAME|FILE.zip")
@models_dir_option
def install(name_or_zip: str, models_dir: Path) -> None:
    """Install an official model by name, or one from a zip file, and use it from now on."""
    with reported(), _bytes_bar(name_or_zip) as progress:
        folder = models.install(name_or_zip, models_dir, progress)
    click.echo(f"{folder.name} is installed in {folder.path} and in use")


@model.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def verify(folder: Path) -> None:
    """Check that DIR is a whole model which loads."""
    with reported():
        checked = models.verify(folder)
    child = subprocess.run([sys.executable, "-c", _LOAD, str(folder)], capture_output=True, text=True)  # noqa: S603
    if child.returncode:
        lines = child.stderr.strip().splitlines() or [f"the engine ended with status {child.returncode}"]
        raise click.ClickException(f"{folder} does not load; install it again. {lines[-1]}")
    click.echo(
        f"{checked.name} is a whole model, {checked.sample_rate} Hz, {checked.size_bytes / 1e6:.0f} MB"
    )


@contextmanager
def _bytes_bar(label: str) -> Iterator[Callable[[int, int | None], None]]:
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=hidden) as bar:

        def step(done: int, total: int | None) -> None:
            bar.length = total or done
            bar.update(done - bar.pos)

        yield step
