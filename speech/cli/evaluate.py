"""`python -m speech evaluate`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from speech.cli.options import jobs_option, model_option, models_dir_option, reported
from speech.cli.recognition import load, transcripts
from speech.errors import SpeechError
from speech.evaluation import Reference, WordErrors, read_manifest, word_errors
from speech.transcript import Transcript


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@model_option
@models_dir_option
@jobs_option
def evaluate(manifest: Path, model: str | None, models_dir: Path, jobs: int) -> None:
    """Word error rate against the reference texts of MANIFEST, a JSON list of {"file", "text"}."""
    with reported():
        references = read_manifest(manifest)
    engine = load(model, models_dir)
    total, failed = WordErrors(0, 0), False
    outcomes = transcripts(engine, tuple(reference.file for reference in references), jobs)
    for reference, outcome in zip(references, outcomes, strict=True):
        if isinstance(outcome, SpeechError):
            failed = True
            click.echo(f"{reference.file}: {outcome} [{outcome.code}]", err=True)
        else:
            total += _report(reference, outcome)
    click.echo(f"{total.rate:7.2%}  {total.errors} of {total.words} words, model {engine.folder.name}")
    sys.exit(1 if failed else 0)


def _report(reference: Reference, transcript: Transcript) -> WordErrors:
    errors = word_errors(reference.text, transcript.text)
    click.echo(f"{errors.rate:7.2%}  {reference.file.name}  {transcript.text}")
    return errors
