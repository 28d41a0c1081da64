"""`python -m speech evaluate`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from speech.cli.options import jobs_option, models_dir_option, models_option, reported
from speech.cli.recognition import load, transcripts
from speech.engine import Engine
from speech.errors import SpeechError
from speech.evaluation import LEAST, Reference, WordErrors, read_manifest, transcript_errors


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@models_option
@models_dir_option
@jobs_option
@click.option("--json", "as_json", is_flag=True, help="Everything, as one JSON object.")
def evaluate(manifest: Path, chosen: tuple[str, ...], models_dir: Path, jobs: int, as_json: bool) -> None:
    """Word error rate against the reference texts of MANIFEST, a JSON list of {"file", "text"}.

    With several models each is measured on the same files, and a table compares them at the end. `python -m hotline
    transcripts export` makes a MANIFEST of what officers have put right.
    """
    with reported():
        references = read_manifest(manifest)
    found = []
    for model in chosen or (os.environ.get("VOSK_MODEL"),):
        engine = load(model, models_dir)
        if len(chosen) > 1 and not as_json:
            click.echo(f"== {engine.folder.name}")
        found.append(_measure(engine, references, jobs, quiet=as_json))
    found.sort(key=lambda measured: measured.total.rate)
    if as_json:
        click.echo(json.dumps({"models": [measured.to_dict() for measured in found]}, ensure_ascii=False))
    else:
        if len(found) > 1:
            click.echo("== compared")
        for measured in found:
            click.echo(measured.summary())
    sys.exit(1 if any(measured.unread for measured in found) else 0)


@dataclass(frozen=True, slots=True)
class _Measured:
    """What one model did on a set."""

    model: str
    total: WordErrors
    recordings: list[dict[str, Any]]
    unread: list[dict[str, str]]

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            **self.total.to_dict(),
            "recordings": self.recordings,
            "unread": self.unread,
        }

    def summary(self) -> str:
        """The rate, what kinds of error it is made of, and how often words of each confidence were right."""
        total = self.total
        lines = [
            f"{total.rate:7.2%}  {total.errors} of {total.words} words, model {self.model}",
            f"         {total.substitutions} substituted, {total.deletions} missing, {total.insertions} added",
        ]
        for edge, share in total.bands.items():
            rate = f"{share.right / share.of:7.2%}" if share.of >= LEAST else "      –"
            lines.append(
                f"{rate}  right of words with confidence from {edge:.2f}: {share.right} of {share.of}"
            )
        return "\n".join(lines)


def _measure(engine: Engine, references: Sequence[Reference], jobs: int, *, quiet: bool) -> _Measured:
    """One model over all recordings; each is shown as it is read unless `quiet`."""
    measured = _Measured(engine.folder.name, WordErrors(), [], [])
    outcomes = transcripts(engine, tuple(reference.file for reference in references), jobs)
    for reference, outcome in zip(references, outcomes, strict=True):
        if isinstance(outcome, SpeechError):
            click.echo(f"{reference.file}: {outcome} [{outcome.code}]", err=True)
            measured.unread.append({"file": str(reference.file), "code": outcome.code})
            continue
        errors = transcript_errors(reference.text, outcome)
        if not quiet:
            click.echo(f"{errors.rate:7.2%}  {reference.file.name}  {outcome.text}")
        measured.recordings.append(
            {"file": str(reference.file), "wer": round(errors.rate, 4), "text": outcome.text}
        )
        measured = replace(measured, total=measured.total + errors)
    return measured
