"""Real forking workers that are killed in the middle of a job."""

from __future__ import annotations

import os
import signal
import sys
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
    """The process that a worker forked for its job, after the one that enqueues what was put off."""
    children = Path(f"/proc/{worker.process.pid}/task/{worker.process.pid}/children")

    def forked() -> list[int]:
        return [int(pid) for pid in children.read_text().split() if alive(int(pid))]

    return until(lambda: forked()[1:], "a job under way")[0]


def state(database, model) -> str:
    with database.reading() as session:
        return session.scalars(
            select(model.state).where(model.author_id.is_not(None) if model is Message else True)
        ).one()


def expire_leases(database) -> None:
    with database.begin() as session:
        for model in (Recording, Message):
            past = utcnow() - timedelta(seconds=1)
            session.execute(update(model).where(model.lease_until.is_not(None)).values(lease_until=past))


@pytest.mark.parametrize("victim", ["job", "worker"])
def test_a_killed_fetch_is_taken_up_by_the_sweep(phone, database, environ, work_off, victim):
    phone.call(NUMBER, FIRE, faults=STALL)
    with running(WORKER, environ, ROOT) as worker:
        until(lambda: state(database, Recording) == RecordingState.FETCHING, "the fetch under way")
        forked = horse(worker)
        if victim == "worker":
            worker.process.kill()
            worker.finish()
        os.kill(forked, signal.SIGKILL)
        assert state(database, Recording) == RecordingState.FETCHING
        expire_leases(database)
        jobs.sweep()
        if victim == "job":  # the worker itself goes on
            until(
                lambda: state(database, Recording) == RecordingState.TO_TRANSCRIBE, "the recording stored", 60
            )
    if victim == "worker":
        with running(WORKER, environ, ROOT):
            until(
                lambda: state(database, Recording) == RecordingState.TO_TRANSCRIBE, "the recording stored", 60
            )
    with database.reading() as session:
        assert (count(session, Recording), count(session, Tip)) == (1, 1)


def test_a_killed_sending_is_shown_failed_and_the_text_sent_once(
    phone, database, world, environ, account, work_off
):
    phone.send_sms(NUMBER, "Có trộm")
    account.arm(Faults(send_timeout=1, stall_s=60))
    with database.begin() as session:
        reply = followup.reply(
            session, world.admin.viewer, session.scalars(select(Tip)).one().id, "Đã nhận", utcnow()
        )
    jobs.sweep()
    with running(WORKER, environ, ROOT) as worker:
        until(
            lambda: [m for m in account.all("messages") if m["direction"] == "outbound-api"], "the text taken"
        )
        os.kill(horse(worker), signal.SIGKILL)
        expire_leases(database)
        jobs.sweep()
        with database.reading() as session:
            failed = session.get_one(Message, reply.id)
        assert (failed.state, failed.failure) == (MessageState.FAILED, outbound.INTERRUPTED)
        jobs.sweep()
        phone.send_sms(NUMBER, "Còn nữa")
        with database.reading() as session:
            tip = session.scalars(select(Tip)).one()
        until(lambda: _triaged(database, tip.id), "the worker at its next job")
    assert [m["body"] for m in account.all("messages") if m["direction"] == "outbound-api"] == ["Đã nhận"]


def _triaged(database, tip_id) -> bool:
    with database.reading() as session:
        tip = session.get_one(Tip, tip_id)
        return tip.triaged == tip.triage_wanted
