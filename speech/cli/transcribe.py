"""`python -m speech transcribe`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click

from speech.cli.options import jobs_option, model_option, models_dir_option
from speech.cli.recognition import load, transcripts
from speech.errors import SpeechError
from speech.transcript import Transcript

_FORMATS: dict[str, Callable[[Transcript], str]] = {
    "srt": Transcript.to_srt,
    "text": Transcript.to_text,
}


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "form", flag_value="json", help="One JSON object a line for each file.")
@click.option("--srt", "form", flag_value="srt", help="SubRip subtitles (one file).")
@click.option(
    "--text", "form", flag_value="text", default="text", help="Plain text, a line a pause (default)."
)
@model_option
@models_dir_option
@jobs_option
def transcribe(files: tuple[Path, ...], form: str, model: str | None, models_dir: Path, jobs: int) -> None:
    """Write what is said in FILES to standard output; 1 is the exit status when one could not be read."""
    if form == "srt" and len(files) > 1:
        raise click.UsageError("--srt takes one file: cue numbers start again with each")
    engine, failed = load(model, models_dir), False
    for file, outcome in zip(files, transcripts(engine, files, jobs), strict=True):
        if isinstance(outcome, SpeechError):
            failed = True
            click.echo(f"{file}: {outcome} [{outcome.code}]", err=True)
        elif form == "json":
            click.echo(json.dumps({"file": str(file), **outcome.to_dict()}, ensure_ascii=False))
        else:
            heading = f"== {file}\n" if len(files) > 1 else ""
            click.echo(heading + _FORMATS[form](outcome), nl=False)
    sys.exit(1 if failed else 0)
