"""Recordings from the provider to a transcript, whatever the provider does meanwhile."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import soundfile
from sqlalchemy import select, update

from hotline.clock import utcnow
from hotline.db import Base
from hotline.errors import Conflict
from hotline.models import Call, Recording, Tip, TipKey
from hotline.models.call import RecordingState
from hotline.queue import SPEECH
from hotline.services import audit, followup, work
from hotline.telephony.simulator.faults import Faults
from speech.evaluation import word_errors
from tests.builders import create_recording
from workers import jobs

FIRE = Path(__file__).parents[1] / "data" / "voicemails" / "vm09_fire.wav"  # 8.2 s
NUMBER = "+84900000012"
FIRE_TEXT = "alo cháy nhà"


def the_recording(database) -> Recording:
    with database.reading() as session:
        return session.scalars(select(Recording)).one()


def rows(database) -> dict[str, list[tuple]]:
    """Everything in the database."""
    with database.engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def test_a_voicemail_becomes_text_tags_and_an_assignment_and_its_audio_plays(
    phone, database, work_off, parts
):
    phone.call(NUMBER, FIRE)
    work_off()
    with database.reading() as session:
        recording = session.scalars(select(Recording)).one()
        tip = session.get_one(Tip, recording.tip_id)
        assert recording.state == RecordingState.TRANSCRIBED
        words = recording.transcript["words"]
        assert all(
            0 <= w["start"] < w["end"] <= recording.duration_s + 0.1 and 0 <= w["conf"] <= 1 for w in words
        )
        assert "CHAY_NO" in [category.code for category in tip.categories]
        assert tip.urgent
        assert tip.assignments
        assert tip.categories[0].evidence[0]["source"] == f"recording:{recording.id}"
        key = session.get_one(TipKey, tip.id)
        data_key = database.vault.unwrap(key.ring_key, key.wrapped)
    with parts.store.open(data_key, recording.storage_key) as stored:
        assert soundfile.info(io.BytesIO(stored.read())).duration == pytest.approx(recording.duration_s)


# Fault, the reason shown while it lasts.
TROUBLE = {
    "not there yet": (Faults(recording_404=2), "provider-404"),
    "an error page with 404": (Faults(recording_html_404=1), "provider-404"),
    "an error page as audio": (Faults(recording_html=2), "not-audio"),
    "a connection that breaks": (Faults(recording_cut=1), "provider-cut-off"),
    "half a file": (Faults(recording_half=1), "truncated"),
    "the wrong label": (Faults(recording_wrong_type=1), None),
    "one after another": (Faults(recording_404=1, recording_html=1, recording_half=1), None),
}


@pytest.mark.parametrize("name", TROUBLE)
def test_a_recording_is_fetched_again_until_it_is_whole(phone, database, work_off, later, name):
    faults, reason = TROUBLE[name]
    phone.call(NUMBER, FIRE, faults=faults)
    work_off()
    if reason is not None:
        waiting = the_recording(database)
        assert (waiting.state, waiting.failure) == (RecordingState.TO_FETCH, reason)
        assert waiting.not_before > utcnow() - timedelta(seconds=2)
    for _ in range(4):
        later()
    done = the_recording(database)
    assert (done.state, done.failure, done.attempts) == (RecordingState.TRANSCRIBED, None, 0)
    with database.reading() as session:
        assert audit.verify(session).broken_seq is None


def test_less_than_was_announced_is_not_taken(phone, database, work_off):
    phone.call(NUMBER, FIRE)
    with database.begin() as session:
        session.execute(update(Recording).values(announced_s=60))
    work_off()
    assert (the_recording(database).state, the_recording(database).failure) == (
        RecordingState.TO_FETCH,
        "truncated",
    )


def test_a_recording_without_any_sound_is_a_silent_call(served, database, work_off, account):
    empty = io.BytesIO()
    soundfile.write(empty, [], 8000, format="WAV", subtype="PCM_16")
    with database.begin() as session:
        recording = create_recording(session)
        recording.provider_sid = account.add_recording("CA" + "0" * 32, started_at="")["sid"]
    account.finish_recording(recording.provider_sid, wav=empty.getvalue(), duration_s=0)
    jobs.fetch_recording(str(recording.id))
    assert the_recording(database).state == RecordingState.ABSENT
    with database.reading() as session:
        assert session.scalars(select(Call)).one().silent


def test_a_recording_that_never_comes_is_shown_failed_and_can_be_tried_again(
    phone, database, work_off, later, world, account
):
    phone.call(NUMBER, FIRE, faults=Faults(recording_404=len(work.BACKOFF) + 1))
    work_off()
    for left in range(len(work.BACKOFF)):
        assert the_recording(database).state == RecordingState.TO_FETCH, left
        later()
    assert (the_recording(database).state, the_recording(database).failure) == (
        RecordingState.FAILED,
        "provider-404",
    )
    later()
    assert the_recording(database).state == RecordingState.FAILED
    with database.begin() as session:
        followup.retry_recording(session, world.admin.viewer, the_recording(database).id, utcnow())
    later()
    assert the_recording(database).state == RecordingState.TRANSCRIBED
    with pytest.raises(Conflict), database.begin() as session:
        followup.retry_recording(session, world.admin.viewer, the_recording(database).id, utcnow())


def test_while_the_provider_is_down_everything_waits(database, world, work_off, later):
    with database.begin() as session:
        create_recording(session)
    for _ in range(3):
        later()
    waiting = the_recording(database)
    assert (waiting.state, waiting.failure, waiting.attempts) == (
        RecordingState.TO_FETCH,
        "provider-unreachable",
        3,
    )


def test_stored_audio_that_cannot_be_read_fails_for_good_and_can_be_tried_again(
    database, world, work_off, later, parts
):
    with database.begin() as session:
        recording = create_recording(session, state=RecordingState.TO_TRANSCRIBE)
        key = session.get_one(TipKey, recording.tip_id)
        recording.storage_key = parts.store.put(database.vault.unwrap(key.ring_key, key.wrapped), [b"<html>"])
    later()
    assert (the_recording(database).state, the_recording(database).failure) == (
        RecordingState.FAILED,
        "not-audio",
    )
    with database.begin() as session:
        retried = followup.retry_recording(session, world.admin.viewer, recording.id, utcnow())
        assert retried.state == RecordingState.TO_TRANSCRIBE


def test_audio_missing_from_the_store_is_tried_again(database, world, later):
    with database.begin() as session:
        create_recording(session, state=RecordingState.TO_TRANSCRIBE).storage_key = "ab" * 16
    later()
    assert (the_recording(database).state, the_recording(database).failure) == (
        RecordingState.TO_TRANSCRIBE,
        "storage",
    )


def test_every_job_run_twice_changes_nothing(phone, database, work_off, parts):
    phone.call(NUMBER, FIRE)
    phone.send_sms(NUMBER, "Đang cháy ở xã Đức Lập", [("image/png", b"png")])
    work_off()
    before = rows(database), sorted(parts.store.root.rglob("*"))
    for name, table in (
        ("triage_tip", "tip"), ("fetch_recording", "recording"), ("transcribe", "recording"),
        ("fetch_attachment", "attachment"), ("send_message", "message"),
    ):  # fmt: skip
        with database.engine.connect() as connection:
            ids = connection.scalars(select(Base.metadata.tables[table].c.id)).all()
        for row_id in ids:
            getattr(jobs, name)(str(row_id))
    jobs.sweep()
    work_off()
    assert (rows(database), sorted(parts.store.root.rglob("*"))) == before


@pytest.mark.both_databases
@pytest.mark.parametrize("task", [work.FETCH_RECORDING, work.TRANSCRIBE])
def test_a_lease_that_ran_out_is_taken_up_and_the_old_worker_can_no_longer_finish(database, world, task):
    now = utcnow()

    def claim(at):
        with database.begin() as session:
            row = work.claim(session, task, row_id, at)
            return row and row.attempts

    with database.begin() as session:
        row_id = create_recording(session, state=RecordingState(task.ready)).id
    first = claim(now)
    assert claim(now + task.lease) is None
    with database.begin() as session:
        assert work.renew(session, task, row_id, first, now + task.lease)
    assert claim(now + 2 * task.lease) is None
    after = now + 2 * task.lease + timedelta(seconds=1)
    with database.reading() as session:
        assert list(work.due(session, task, after, 10)) == [row_id]
    second = claim(after)
    assert second != first
    with database.begin() as session:
        assert work.held(session, task, row_id, first) is None
        assert not work.renew(session, task, row_id, first, after)
        row = work.held(session, task, row_id, second)
        work.finish(row, RecordingState.TRANSCRIBED)
        session.flush()
        assert work.claim(session, task, row_id, after + timedelta(days=1)) is None
        assert work.claim(session, task, uuid.uuid4(), after) is None


@pytest.mark.both_databases
def test_only_one_of_several_workers_gets_a_row(database, world):
    from tests.concurrency import at_once

    with database.begin() as session:
        row_id = create_recording(session).id
    done = at_once(
        database, *[lambda s: work.claim(s, work.FETCH_RECORDING, row_id, utcnow()) is not None] * 4
    )
    assert sorted(done) == [False, False, False, True]


def a_while_passes(database) -> None:
    """As if every call had been eleven minutes ago."""
    ago = timedelta(minutes=11)
    with database.begin() as session:
        for call in session.scalars(select(Call)):
            call.started_at -= ago
            call.ended_at = call.ended_at and call.ended_at - ago


@pytest.mark.parametrize("dropped", [("recording_status",), ("recording_status", "call_status")])
def test_a_recording_nobody_announced_is_asked_for(phone, database, work_off, later, dropped):
    result = phone.call(NUMBER, FIRE, hang_up=True, faults=Faults(drop=dropped))
    with database.begin() as session:
        assert session.scalars(select(Recording)).all() == []
    a_while_passes(database)
    later()
    assert [the_recording(database).provider_sid] == result.recording_sids
    assert the_recording(database).state == RecordingState.TRANSCRIBED
    with database.reading() as session:
        assert not session.scalars(select(Call)).one().silent
        events = audit.verify(session).events
    later()
    with database.reading() as session:
        assert audit.verify(session).events == events


def test_a_call_that_really_was_silent_is_asked_for_once(phone, database, work_off, later):
    phone.call(NUMBER, None, hang_up=True, hang_up_after_s=0)
    a_while_passes(database)
    later()
    with database.reading() as session:
        call = session.scalars(select(Call)).one()
        assert call.silent
        assert call.reconciled_at is not None


def test_recordings_wait_for_a_speech_worker_and_are_found_when_it_is_there(
    phone, database, work_off, later, parts
):
    phone.call(NUMBER, FIRE)
    [waiting] = [the_recording(database)]
    jobs.fetch_recording(str(waiting.id))
    parts.queue.redis.flushall()
    assert the_recording(database).state == RecordingState.TO_TRANSCRIBE
    jobs.sweep()
    assert parts.queue.length(SPEECH) == 0
    later()
    assert the_recording(database).state == RecordingState.TRANSCRIBED


def test_the_words_come_out_as_they_were_spoken(phone, database, work_off):
    import json

    spoken = {
        e["file"]: e["transcript"] for e in json.loads((FIRE.parent / "voicemails.json").read_text("utf-8"))
    }
    phone.call(NUMBER, FIRE)
    work_off()
    with database.reading() as session:
        heard = session.scalars(select(Recording)).one().transcript["text"]
    assert word_errors(spoken[FIRE.name], heard).rate <= 0.08
