"""Webhooks, workers and officers lock in one order: a call, its tip, its recordings, the audit chain."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from hotline.models import Call, Recording
from hotline.models.call import RecordingState
from hotline.services import recordings, work
from hotline.services.calls import CallNotice, RecordingNotice, note_call, note_recording
from tests.builders import NOW, create_recording
from tests.ops.waiting import until

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("silent", [True, False], ids=["nothing said", "words"])
def test_a_callback_and_a_worker_on_one_recording_do_not_lock_each_other_out(database, world, silent):
    with database.begin() as session:
        recording = create_recording(session, at=NOW)
        attempt = work.claim(session, work.FETCH_RECORDING, recording.id, NOW).attempts
        call_sid = session.get_one(Call, recording.call_id).provider_sid
    first = threading.Event()

    def somebody_waits() -> bool:
        with database.engine.connect() as other:  # anew each time: a transaction sees one state of all others
            return bool(other.scalar(WAITING))

    def callback() -> None:
        with database.begin() as session:
            call = note_call(session, CallNotice(call_sid, None, "completed", ended=True), NOW)
            first.set()
            until(somebody_waits, "the worker waiting its turn")
            note_recording(session, call, RecordingNotice(recording.provider_sid, False, 3), NOW)

    def worker() -> None:
        first.wait(10)
        with database.begin() as session:
            row = recordings.held(session, work.FETCH_RECORDING, recording.id, attempt)
            if silent:
                recordings.recording_empty(session, row, NOW)
            else:
                recordings.recording_stored(
                    session, row, storage_key="ab" * 16, size=1, duration_s=3.0, content_type="", now=NOW
                )

    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(callback), both.submit(worker)]:
            done.result(20)
    with database.reading() as session:
        found = session.scalars(select(Recording)).one()
        assert found.state == (RecordingState.ABSENT if silent else RecordingState.TO_TRANSCRIBE)
        assert session.scalars(select(Call)).one().silent == silent
