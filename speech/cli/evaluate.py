"""`python -m speech evaluate`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from speech.cli.options import jobs_option, models_dir_option, models_option, reported
from speech.cli.recognition import load, transcripts
from speech.engine import Engine
from speech.errors import SpeechError
from speech.evaluation import Reference, WordErrors, read_manifest, word_errors
from speech.transcript import Transcript


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@models_option
@models_dir_option
@jobs_option
def evaluate(manifest: Path, chosen: tuple[str, ...], models_dir: Path, jobs: int) -> None:
    """Word error rate against the reference texts of MANIFEST, a JSON list of {"file", "text"}.

    With several models each is measured on the same files, and a table compares them at the end.
    """
    with reported():
        references = read_manifest(manifest)
    found, failed = [], False
    for model in chosen or (os.environ.get("VOSK_MODEL"),):
        engine = load(model, models_dir)
        if len(chosen) > 1:
            click.echo(f"== {engine.folder.name}")
        total, unread = _measure(engine, references, jobs)
        found.append((total, engine.folder))
        failed |= unread
    if len(found) > 1:
        click.echo("== compared")
    for total, folder in sorted(found, key=lambda pair: pair[0].rate):
        click.echo(f"{total.rate:7.2%}  {total.errors} of {total.words} words, model {folder.name}")
    sys.exit(1 if failed else 0)


def _measure(engine: Engine, references: Sequence[Reference], jobs: int) -> tuple[WordErrors, bool]:
    """The errors of one model over all recordings, and whether some could not be read."""
    total, failed = WordErrors(0, 0), False
    outcomes = transcripts(engine, tuple(reference.file for reference in references), jobs)
    for reference, outcome in zip(references, outcomes, strict=True):
        if isinstance(outcome, SpeechError):
            failed = True
            click.echo(f"{reference.file}: {outcome} [{outcome.code}]", err=True)
        else:
            total += _report(reference, outcome)
    return total, failed


def _report(reference: Reference, transcript: Transcript) -> WordErrors:
    errors = word_errors(reference.text, transcript.text)
    click.echo(f"{errors.rate:7.2%}  {reference.file.name}  {transcript.text}")
    return errors
