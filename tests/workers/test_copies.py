"""The provider's copy goes only when ours is whole, compared and, where the unit wants it so, in a backup."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.backup_mark import MARK, last_backup
from hotline.clock import utcnow
from hotline.models import AuditEvent, Call, ProviderCopy, Recording
from hotline.models.call import ProviderCopyState, RecordingState
from hotline.models.sealed import data_key
from hotline.telephony.simulator.faults import Faults
from tests.builders import create_recording
from tests.workers.test_recordings import FIRE
from workers import jobs

HOUR = timedelta(hours=1)


@pytest.fixture
def policy(environ, monkeypatch, request) -> str:
    chosen: str = getattr(request, "param", "delete")
    monkeypatch.setenv("PROVIDER_COPY", chosen)
    return chosen


@pytest.fixture
def spoken(policy, served, database, account, parts) -> str:
    """A recording of an hour ago that was stored, written down and compared; the provider's id of it."""
    with database.begin() as session:
        recording = create_recording(
            session, at=utcnow() - HOUR, state=RecordingState.TRANSCRIBED, announced_s=8
        )
        session.get_one(Call, recording.call_id).reconciled_at = recording.stored_at = utcnow() - HOUR
        recording.provider_sid = account.add_recording("CA" + "0" * 32, started_at="")["sid"]
        recording.storage_key = parts.store.put(data_key(recording), [FIRE.read_bytes()])
        recording.size, recording.duration_s = FIRE.stat().st_size, 8.2
    account.finish_recording(recording.provider_sid, wav=FIRE.read_bytes(), duration_s=8)
    sid: str = recording.provider_sid
    return sid


def change(database, **values: object) -> None:
    with database.begin() as session:
        recording = session.scalars(select(Recording)).one()
        for name, value in values.items():
            setattr(recording, name, value)


def copies(database) -> list[tuple[str, str | None]]:
    with database.reading() as session:
        return [(copy.state, copy.failure) for copy in session.scalars(select(ProviderCopy))]


def kinds(database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(AuditEvent.kind)))


def test_a_provider_that_refuses_is_asked_again_until_it_is_gone_once(spoken, later, account, database):
    account.update("recordings", spoken, {"faults": Faults(delete_500=1).as_json()})
    later()
    assert copies(database) == [(ProviderCopyState.TO_DELETE, "provider-500")]
    assert account.get("recordings", spoken)
    for _ in range(2):
        later()
        assert copies(database) == [(ProviderCopyState.DELETED, None)]
        assert account.get("recordings", spoken) is None
    assert kinds(database).count("provider_copy_deleted") == 1


def test_what_is_gone_already_is_deleted(spoken, later, account, database):
    account.delete("recordings", spoken)
    later()
    assert copies(database) == [(ProviderCopyState.DELETED, None)]


# What keeps the provider's copy, and what then lets it go.
NEEDED = {
    "its words failed": ({"state": RecordingState.FAILED}, {"state": RecordingState.TRANSCRIBED}),
    "its words wait": ({"state": RecordingState.TO_TRANSCRIBE}, {"state": RecordingState.TRANSCRIBED}),
    "nobody said how long it was": ({"announced_s": None}, {"announced_s": 8}),
    "more was announced": ({"announced_s": 10}, {"announced_s": 8}),
}


def test_it_stays_while_it_may_be_needed(spoken, account, database, environ, later):
    for kept, free in NEEDED.values():
        change(database, **kept)
        jobs.sweep()
        assert copies(database) == [], kept
        change(database, **free)
    with database.begin() as session:
        session.scalars(select(Call)).one().reconciled_at = None
    jobs.sweep()
    assert copies(database) == []
    with database.begin() as session:
        session.scalars(select(Call)).one().reconciled_at = utcnow()
    jobs.sweep()
    assert copies(database) == [(ProviderCopyState.TO_DELETE, None)]
    change(database, state=RecordingState.FAILED)  # as it became unfit after it was marked
    later()
    assert copies(database) == []
    assert account.get("recordings", spoken)


@pytest.mark.parametrize("policy", ["keep"], indirect=True)
def test_it_stays_unless_the_unit_decides(spoken, later, account, database):
    later()
    assert account.get("recordings", spoken)
    assert copies(database) == []


@pytest.mark.parametrize("policy", ["delete-after-backup"], indirect=True)
def test_it_stays_until_it_is_in_a_backup(spoken, later, account, settings):
    mark = settings.data_dir / MARK
    assert last_backup(settings.data_dir, utcnow()) is None
    later()
    for no_backup_of_it in (2 * HOUR, -24 * HOUR):  # before it was stored; from a clock that was wrong
        mark.touch()
        os.utime(mark, ((utcnow() - no_backup_of_it).timestamp(),) * 2)
        later()
        assert account.get("recordings", spoken)
    mark.touch()
    later()
    assert account.get("recordings", spoken) is None


def test_a_damaged_file_of_ours_keeps_the_providers(spoken, later, account, database, parts):
    [path] = (path for path in parts.store.root.rglob("*") if path.is_file())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    later()
    assert account.get("recordings", spoken)
    assert copies(database) == [(ProviderCopyState.FAILED, "copy-damaged")]
    assert "provider_copy_kept" in kinds(database)
