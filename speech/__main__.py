"""The command line: python -m speech transcribe, model, evaluate."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from speech import models
from speech.errors import SpeechError
from speech.evaluation import Reference, WordErrors, read_manifest, word_errors
from speech.transcript import Transcript

if TYPE_CHECKING:
    from speech.vosk_engine import VoskEngine

_FORMATS: dict[str, Callable[[Transcript], str]] = {
    "srt": Transcript.to_srt,
    "text": Transcript.to_text,
}
# Loaded in a child: libvosk ends the whole process on some damaged files.
_LOAD = "import sys; from pathlib import Path; from speech.vosk_engine import VoskEngine; VoskEngine.load(Path(sys.argv[1]))"

_models_dir = click.option(
    "--models-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: Path(os.environ.get("DATA_DIR") or "var") / "models",
    show_default="$DATA_DIR/models or var/models",
    help="Where models are installed.",
)
_model = click.option(
    "--model",
    envvar="VOSK_MODEL",
    help="A model's folder or name; else the one installed last, else the demonstration model.",
)
_jobs = click.option(
    "--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Files at once."
)


@click.group()
def main() -> None:
    """Turn recordings into text."""


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "form", flag_value="json", help="One JSON object a line for each file.")
@click.option("--srt", "form", flag_value="srt", help="SubRip subtitles (one file).")
@click.option(
    "--text", "form", flag_value="text", default="text", help="Plain text, a line a pause (default)."
)
@_model
@_models_dir
@_jobs
def transcribe(files: tuple[Path, ...], form: str, model: str | None, models_dir: Path, jobs: int) -> None:
    """Write what is said in FILES to standard output; 1 is the exit status when one could not be read."""
    if form == "srt" and len(files) > 1:
        raise click.UsageError("--srt takes one file: cue numbers start again with each")
    engine, failed = _load(model, models_dir), False
    for file, outcome in zip(files, _transcripts(engine, files, jobs), strict=True):
        if isinstance(outcome, SpeechError):
            failed = True
            click.echo(f"{file}: {outcome} [{outcome.code}]", err=True)
        elif form == "json":
            click.echo(json.dumps({"file": str(file), **outcome.to_dict()}, ensure_ascii=False))
        else:
            heading = f"== {file}\n" if len(files) > 1 else ""
            click.echo(heading + _FORMATS[form](outcome), nl=False)
    sys.exit(1 if failed else 0)


@main.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@_model
@_models_dir
@_jobs
def evaluate(manifest: Path, model: str | None, models_dir: Path, jobs: int) -> None:
    """Word error rate against the reference texts of MANIFEST, a JSON list of {"file", "text"}."""
    with _reported():
        references = read_manifest(manifest)
    engine = _load(model, models_dir)
    total, failed = WordErrors(0, 0), False
    outcomes = _transcripts(engine, tuple(reference.file for reference in references), jobs)
    for reference, outcome in zip(references, outcomes, strict=True):
        if isinstance(outcome, SpeechError):
            failed = True
            click.echo(f"{reference.file}: {outcome} [{outcome.code}]", err=True)
        else:
            total += _report(reference, outcome)
    click.echo(f"{total.rate:7.2%}  {total.errors} of {total.words} words, model {engine.folder.name}")
    sys.exit(1 if failed else 0)


@main.group()
def model() -> None:
    """See, install and check speech models."""


@model.command("list")
@_models_dir
@_model
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
@_models_dir
def install(name_or_zip: str, models_dir: Path) -> None:
    """Install an official model by name, or one from a zip file, and use it from now on."""
    with _reported(), _bytes_bar(name_or_zip) as progress:
        folder = models.install(name_or_zip, models_dir, progress)
    click.echo(f"{folder.name} is installed in {folder.path} and in use")


@model.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def verify(folder: Path) -> None:
    """Check that DIR is a whole model which loads."""
    with _reported():
        checked = models.verify(folder)
    child = subprocess.run([sys.executable, "-c", _LOAD, str(folder)], capture_output=True, text=True)  # noqa: S603
    if child.returncode:
        lines = child.stderr.strip().splitlines() or [f"libvosk ended with status {child.returncode}"]
        raise click.ClickException(f"{folder} does not load; install it again. {lines[-1]}")
    click.echo(
        f"{checked.name} is a whole model, {checked.sample_rate} Hz, {checked.size_bytes / 1e6:.0f} MB"
    )


def _load(model: str | None, models_dir: Path) -> VoskEngine:
    with _reported():
        folder = models.locate(model, models_dir)
        from speech.vosk_engine import VoskEngine  # opens libvosk: not for `model list` or `--help`

        engine = VoskEngine.load(folder)
    if folder.is_demonstration:
        click.echo(
            f"note: {folder.name} was trained on synthetic speech only; its text is a demonstration", err=True
        )
    return engine


def _transcripts(
    engine: VoskEngine, files: tuple[Path, ...], jobs: int
) -> Iterator[Transcript | SpeechError]:
    """In the order of `files`; libvosk works outside Python's lock, so threads share one model."""

    def one(file: Path) -> Transcript | SpeechError:
        seen = 0

        def step(fraction: float) -> None:
            nonlocal seen
            with lock:
                bar.update(int(fraction * 100) - seen)
            seen = int(fraction * 100)

        try:
            return engine.transcribe(file, on_progress=step)
        except SpeechError as error:
            return error
        finally:
            step(1.0)

    lock = threading.Lock()
    hidden = not sys.stderr.isatty()
    with (
        click.progressbar(length=100 * len(files), file=sys.stderr, hidden=hidden) as bar,
        ThreadPoolExecutor(jobs) as pool,
    ):
        outcomes = list(pool.map(one, files))
    yield from outcomes


def _report(reference: Reference, transcript: Transcript) -> WordErrors:
    errors = word_errors(reference.text, transcript.text)
    click.echo(f"{errors.rate:7.2%}  {reference.file.name}  {transcript.text}")
    return errors


@contextmanager
def _bytes_bar(label: str) -> Iterator[Callable[[int, int | None], None]]:
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=hidden) as bar:

        def step(done: int, total: int | None) -> None:
            bar.length = total or done
            bar.update(done - bar.pos)

        yield step


@contextmanager
def _reported() -> Iterator[None]:
    """Our own errors end the command with their message and status 1."""
    try:
        yield
    except SpeechError as error:
        raise click.ClickException(f"{error} [{error.code}]") from error


if __name__ == "__main__":
    main(prog_name="python -m speech")
