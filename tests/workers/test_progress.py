"""How far a transcription is, written for people who watch; it never fails the work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from hotline.clock import utcnow
from hotline.models import Recording
from hotline.models.call import RecordingState
from hotline.services import work
from tests.builders import create_recording
from workers import jobs
from workers.jobs.handling import Progress

pytestmark = pytest.mark.usefixtures("jobs")


def progress_of(database) -> float:
    with database.reading() as session:
        return session.scalars(select(Recording.progress)).one()


def test_progress_is_written_in_steps_and_only_while_the_claim_holds(database, world):
    with database.begin() as session:
        recording = create_recording(session, state=RecordingState.TO_TRANSCRIBE)
        claimed = work.claim(session, work.TRANSCRIBE, recording.id, utcnow())
        attempt, lease = claimed.attempts, claimed.lease_until
    told = Progress(work.TRANSCRIBE, recording.id, attempt, pause=timedelta())
    written = []
    for fraction in (0.01, 0.049, 0.05, 0.08, 0.1, 0.11, 1.0):
        told.at(fraction)
        written.append(progress_of(database))
    assert written == [0, 0, 0.05, 0.05, 0.1, 0.1, 1.0]
    with database.begin() as session:
        row = session.scalars(select(Recording)).one()
        assert row.lease_until > lease
        row.attempts += 1  # somebody else's now
    Progress(work.TRANSCRIBE, recording.id, attempt, pause=timedelta()).at(0.5)
    assert progress_of(database) == 1.0
    Progress(work.TRANSCRIBE, recording.id, attempt + 1).at(0.5)  # sooner than anybody looks
    assert progress_of(database) == 1.0


def test_a_database_that_fails_does_not_fail_the_transcription(database, world):
    with database.begin() as session:
        recording = create_recording(session, state=RecordingState.TO_TRANSCRIBE)
        attempt = work.claim(session, work.TRANSCRIBE, recording.id, utcnow()).attempts
        session.execute(text("ALTER TABLE recording RENAME TO gone"))
    Progress(work.TRANSCRIBE, recording.id, attempt, pause=timedelta()).at(0.5)


def test_each_attempt_begins_at_nothing(database, world, work_off):
    with database.begin() as session:
        recording = create_recording(session, state=RecordingState.TO_TRANSCRIBE)
        recording.storage_key, recording.progress = "ab" * 16, 0.7
    jobs.transcribe(str(recording.id))
    with database.reading() as session:
        row = session.scalars(select(Recording)).one()
        assert (row.state, row.failure, row.progress) == (RecordingState.TO_TRANSCRIBE, "storage", 0.0)
