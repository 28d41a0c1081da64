"""Real forking workers that are killed in the middle of a job."""

from __future__ import annotations

import os
import signal
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hotline.clock import utcnow
from hotline.models import Message, Recording, Tip
from hotline.models.call import RecordingState
from hotline.models.message import MessageState
from hotline.services import followup, outbound
from hotline.telephony.simulator.faults import Faults
from tests.builders import count
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
