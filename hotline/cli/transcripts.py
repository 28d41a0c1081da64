"""`transcripts export`: recordings and the words that officers put right, to measure and to adapt speech models."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from hotline.cli import opening
from hotline.cli.report import DAY
from hotline.clock import plausible, utcnow
from hotline.errors import BadConfiguration
from hotline.rules.access import Viewer
from hotline.services import audit, checked_speech, register
from hotline.storage import AudioStore

MANIFEST, SENTENCES = "manifest.json", "sentences.txt"
ENDINGS = {
    "audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/flac": "flac",
    "audio/amr": "amr", "audio/mp4": "m4a", "audio/3gpp": "3gp", "audio/webm": "webm",
}  # fmt: skip


@click.group()
def transcripts() -> None:
    """Take out transcripts that officers have put right."""


@transcripts.command()
@click.option("--from", "start", type=DAY, required=True, help="First day, 2026-10-01 or 01/10/2026.")
@click.option("--to", "end", type=DAY, required=True, help="Last day, included.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder that is not there yet.")
@click.option("--unit", help="Code of a unit, with those below it; the whole installation by default.")
def export(start: datetime, end: datetime, out: Path, unit: str | None) -> None:
    """Write the recordings of these days that officers listened to in full, with their words, to a new folder.

    manifest.json is for `python -m speech evaluate`, sentences.txt for `python -m speech adapt`. These are residents'
    voices: the folder is for this user only, the export is audited, and it should be deleted after use.
    """
    if start > end or not (plausible(start) and plausible(end)):
        raise click.UsageError("give --from and --to with the first not after the last")
    if out.exists():
        raise BadConfiguration(f"{out} is there already; name a folder that is not, so that nothing is mixed")
    settings = opening.settings()
    draft = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))  # mode 0700
    try:
        with opening.database(settings) as database, database.begin() as session:
            viewer, store = register.operator(session), AudioStore(settings.storage_url)
            count = _write(session, viewer, store, draft, start, end, unit)
            audit.record(
                session, viewer.staff_id, "transcripts_exported", now=utcnow(), recordings=count, unit=unit,
                start=start.date().isoformat(), end=end.date().isoformat(),
            )  # fmt: skip
            draft.rename(out)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    click.echo(f"{out}: {count} recordings with their words")
    click.echo(
        "These are residents' voices: keep them on this machine and delete the folder after use.", err=True
    )


def _write(
    session: Session, viewer: Viewer, store: AudioStore, folder: Path, start: datetime, end: datetime,
    unit: str | None,
) -> int:  # fmt: skip
    """Every recording as a file of its own, then what is said in them; how many there are."""
    entries: list[dict[str, str]] = []
    for one in checked_speech.checked(session, viewer, start.date(), end.date(), unit):
        ending = ENDINGS.get(one.content_type or "", "audio")
        name = f"{len(entries) + 1:05}.{ending}"
        with store.open(one.key, one.storage_key) as sealed, os.fdopen(_new(folder / name), "wb") as plain:
            shutil.copyfileobj(sealed, plain)
        entries.append({"file": name, "text": one.text})
    with os.fdopen(_new(folder / MANIFEST), "w", encoding="utf-8") as file:
        json.dump(entries, file, ensure_ascii=False, indent=1)
    with os.fdopen(_new(folder / SENTENCES), "w", encoding="utf-8") as file:
        file.writelines(f"{entry['text']}\n" for entry in entries if entry["text"])
    return len(entries)


def _new(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
