"""Real forking workers that are killed in the middle of a job."""

from __future__ import annotations

import os
import signal
import sys
import uuid
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from sqlalchemy import select, update

from hotline.clock import utcnow
from hotline.models import Message, Recording, Tip
from hotline.models.call import RecordingState
from hotline.models.message import MessageState
from hotline.models.sealed import data_key
from hotline.queue import SPEECH
from hotline.services import followup, outbound, work
from hotline.telephony.simulator.faults import Faults
from tests.builders import count, create_recording
from tests.ops.running import Running, alive, running
from tests.ops.waiting import until
from tests.workers.test_recordings import FIRE, NUMBER
from workers import jobs

ROOT = Path(__file__).parents[2]
WORKER = [sys.executable, "-m", "workers", "provider"]
STALL = Faults(recording_stall=1, stall_s=60)


def horse(worker: Running) -> int:
    """The process that a worker forked for the job under way: its youngest child, for RQ's scheduler is another."""
    children = Path(f"/proc/{worker.process.pid}/task/{worker.process.pid}/children")
    return [int(pid) for pid in children.read_text().split() if alive(int(pid))][-1]


def state(database, model) -> str:
    with database.reading() as session:
        return session.scalars(select(model.state)).one()


def expire_leases(database) -> None:
    with database.begin() as session:
        for model in (Recording, Message):
            past = utcnow() - timedelta(seconds=1)
            session.execute(update(model).where(model.lease_until.is_not(None)).values(lease_until=past))


@pytest.mark.parametrize("victim", ["job", "worker"])
def test_a_killed_fetch_is_taken_up_by_the_sweep(phone, database, environ, account, work_off, victim):
    [sid] = phone.call(NUMBER, FIRE, faults=STALL).recording_sids
    with running(WORKER, environ, ROOT) as worker:
        until(lambda: account.get("recordings", sid)["fetches"], "the fetch under way")
        forked = horse(worker)
        if victim == "worker":  # and RQ's scheduler, which would stay and hold the next worker's lock
            os.killpg(worker.process.pid, signal.SIGKILL)
            worker.process.wait()
        os.kill(forked, signal.SIGKILL)  # a job has a group of its own and outlives its worker
        assert state(database, Recording) == RecordingState.FETCHING
        expire_leases(database)
        jobs.sweep()
        if victim == "job":  # the worker itself goes on
            until(lambda: state(database, Recording) == RecordingState.TO_TRANSCRIBE, "the recording stored")
    if victim == "worker":
        with running(WORKER, environ, ROOT):
            until(lambda: state(database, Recording) == RecordingState.TO_TRANSCRIBE, "the recording stored")
    with database.reading() as session:
        assert (count(session, Recording), count(session, Tip)) == (1, 1)


def test_a_killed_sending_is_shown_failed_and_the_text_sent_once(
    phone, database, world, environ, account, work_off
):
    def write(body: str) -> uuid.UUID:
        with database.begin() as session:
            tip = session.scalars(select(Tip)).one()
            reply = followup.reply(session, world.admin.viewer, tip.id, body, utcnow())
        jobs.sweep()
        return reply.id

    def sent() -> list[str]:
        return [m["body"] for m in account.all("messages") if m["direction"] == "outbound-api"]

    phone.send_sms(NUMBER, "Có trộm")
    account.arm(Faults(send_timeout=1, stall_s=60))
    first = write("Đã nhận")
    with running(WORKER, environ, ROOT) as worker:
        until(sent, "the text taken")
        os.kill(horse(worker), signal.SIGKILL)
        expire_leases(database)
        jobs.sweep()
        with database.reading() as session:
            failed = session.get_one(Message, first)
            assert (failed.state, failed.failure) == (MessageState.FAILED, outbound.INTERRUPTED)
        write("Đang xem xét")
        until(lambda: len(sent()) == 2, "the worker at its next job")
    assert sent() == ["Đã nhận", "Đang xem xét"]


def test_a_recording_that_kills_its_recogniser_ends_as_a_named_failure(
    database, world, environ, parts, work_off, valkey_url
):
    with database.begin() as session:
        recording = create_recording(session, state=RecordingState.TO_TRANSCRIBE)
        recording.storage_key = parts.store.put(data_key(recording), [FIRE.read_bytes()])
        recording.duration_s = 8.2

    def died(times: int) -> bool:
        with Redis.from_url(valkey_url) as redis:
            return Queue(SPEECH, connection=redis).failed_job_registry.count == times

    with running([sys.executable, "-m", "tests.workers.deadly"], environ, ROOT):
        for times in range(1, 6):
            parts.queue.transcribe(recording.id)
            until(partial(died, times), "the recogniser dead")
            with database.reading() as session:
                row = session.get_one(Recording, recording.id)
                assert row.state == RecordingState.TRANSCRIBING
                assert row.failure == (None if times == 1 else work.WORKER_DIED)
            expire_leases(database)
    jobs.sweep()
    jobs.transcribe(str(recording.id))
    with database.reading() as session:
        row = session.get_one(Recording, recording.id)
        assert (row.state, row.failure) == (RecordingState.FAILED, work.WORKER_DIED)
        assert list(work.due(session, work.TRANSCRIBE, utcnow() + timedelta(days=9), 9)) == []
