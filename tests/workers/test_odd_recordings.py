"""Corrupt and odd files that the provider hands out: each ends with a name, and none is stuck.

`python -m scripts.odd_recordings` sends all two hundred through the transcription.
"""

from __future__ import annotations

from sqlalchemy import select, update

from hotline.models import Recording
from hotline.models.call import RecordingState
from hotline.services import work
from tests.builders import create_recording
from tests.speech.odd_files import odd_files
from workers import jobs

ENDS = (RecordingState.TRANSCRIBED, RecordingState.ABSENT, RecordingState.FAILED)
EVERY = 17
# Bombs and lies are small files that take long to read to their end.
SLOW = ("hour", "promises")


def test_what_the_provider_hands_out_ends_by_name(served, database, account, work_off):
    with database.begin() as session:
        for name, content in list(odd_files())[::EVERY]:
            if any(word in name for word in SLOW):
                continue
            recording = create_recording(session)
            recording.provider_sid = account.add_recording("CA" + "0" * 32, started_at="")["sid"]
            account.finish_recording(recording.provider_sid, wav=content, duration_s=0)
    for _ in range(len(work.BACKOFF) + 1):
        with database.begin() as session:
            session.execute(update(Recording).values(not_before=None))
        with database.reading() as session:
            waiting = session.execute(
                select(Recording.id, Recording.state).where(Recording.state.not_in(ENDS))
            )
            due = waiting.all()
        for row_id, state in due:
            (jobs.fetch_recording if state == RecordingState.TO_FETCH else jobs.transcribe)(str(row_id))
    with database.reading() as session:
        rows = session.scalars(select(Recording)).all()
        results = {(row.state, row.failure or row.sound or row.state) for row in rows}
    assert len(rows) > 10
    assert all(state in ENDS and name for state, name in results), results
    assert len({name for _, name in results}) >= 4, results
