"""Recordings that officers listened to leave by one command: whole, private, audited, and measured at once."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from hotline import cli
from hotline.context import Parts
from hotline.models import AuditEvent, Recording, Tip, TipKey
from hotline.services import transcripts
from speech.evaluation import read_manifest, transcript_errors
from speech.vosk_engine import VoskEngine
from tests.admin import province
from tests.builders import NOW, World

FIRE = "vm09_fire.wav"


@pytest.fixture
def checked(parts: Parts, world: World) -> None:
    """One recording to be exported, and those that are not."""
    with parts.database.begin() as session:

        def said(change: str, days: int = 0, *, complete: bool = True) -> Tip:
            tip_id = province.voice_tip(parts, session, FIRE, NOW + timedelta(days=days))
            recording = session.scalars(select(Recording).where(Recording.tip_id == tip_id)).one()
            text = recording.transcript["text"] + change
            transcripts.correct(
                session, world.admin.viewer, recording.id, text, complete=complete,
                based_on=transcripts.version(recording), now=NOW,
            )  # fmt: skip
            return session.get_one(Tip, tip_id)

        said(" , Nhanh lên!")
        said(" một", complete=False)
        said(" số 0900", 0)
        said("", 40)
        said(" mẫu").demonstration = True
        session.delete(session.get_one(TipKey, said(" xóa").id))
        province.voice_tip(parts, session, FIRE, NOW)


def export(environ: dict[str, str], out: Path, *more: str) -> Result:
    arguments = (
        "transcripts",
        "export",
        "--from",
        "2026-10-01",
        "--to",
        "2026-10-31",
        "--out",
        str(out),
        *more,
    )
    return CliRunner().invoke(cli.main, arguments, env=environ)


def test_what_was_listened_to_is_written_and_can_be_measured(
    environ: dict[str, str], parts: Parts, checked: None, tmp_path: Path, loaded_engine: VoskEngine
) -> None:
    out = tmp_path / "set"
    done = export(environ, out)
    assert done.exit_code == 0, done.output
    assert "1 recordings" in done.stdout and "residents' voices" in done.stderr
    [entry] = json.loads((out / "manifest.json").read_text("utf-8"))
    assert entry["text"].endswith("nhanh lên") and entry["text"] == entry["text"].lower()
    assert (out / entry["file"]).read_bytes() == (province.VOICEMAILS / FIRE).read_bytes()
    assert (out / "sentences.txt").read_text("utf-8") == entry["text"] + "\n"
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    [reference] = read_manifest(out / "manifest.json")
    errors = transcript_errors(reference.text, loaded_engine.transcribe(reference.file))
    assert errors.rate < 0.3 and errors.deletions >= 2
    with parts.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "transcripts_exported")).one()
        assert (event.detail["recordings"], event.detail["start"]) == (1, "2026-10-01")
    again = export(environ, out)
    assert again.exit_code == 1 and "is there already" in again.stderr


def test_what_fails_leaves_nothing(
    environ: dict[str, str], parts: Parts, checked: None, tmp_path: Path
) -> None:
    for file in parts.store.root.rglob("*"):
        if file.is_file():
            file.unlink()
    done = export(environ, tmp_path / "set")
    assert done.exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert export(environ, tmp_path / "set", "--unit", "NONE").exit_code == 1
