"""Claiming work with a lease, and giving it back: what makes every job safe to run twice or to kill."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, or_, select, update
from sqlalchemy.orm import Session

from hotline.models import Attachment, Message, Page, ProviderCopy, Recording, Retranscription
from hotline.models.call import ProviderCopyState, RecordingState
from hotline.models.duty import PageState
from hotline.models.message import AttachmentState, MessageState
from hotline.models.transcript import RetranscriptionState

# A recording is usually there within seconds of its callback; after a day it will not come by itself.
BACKOFF = tuple(
    timedelta(seconds=s) for s in (1, 2, 4, 8, 15, 30, 60, 300, 900, 3600, 7200, 14400, 21600, 28800)
)
# Its worker died or ran out of time, again and again: the file kills what reads it.
WORKER_DIED = "worker-died"
# A worker may die of something else once; of two deaths in a row each counts as four failures, so five are the end.
REPEATED_DEATH = 4


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of work on a row: its states before, during and on failure, and how long a lease lasts.

    Work that must not be done twice is not `repeatable`: when its worker dies, nobody takes it up.
    """

    model: Any
    ready: str
    busy: str
    failed: str
    lease: timedelta
    repeatable: bool = True


# A download of four hours of audio on a slow line takes minutes; the sweeper waits for the lease.
FETCH_RECORDING = Task(
    Recording, RecordingState.TO_FETCH, RecordingState.FETCHING, RecordingState.FAILED, timedelta(minutes=5)
)
FETCH_ATTACHMENT = Task(
    Attachment,
    AttachmentState.TO_FETCH,
    AttachmentState.FETCHING,
    AttachmentState.FAILED,
    timedelta(minutes=5),
)
# Recognition runs at about a twentieth of real time, the heaviest models near it; renewed while it runs.
TRANSCRIBE = Task(
    Recording,
    RecordingState.TO_TRANSCRIBE,
    RecordingState.TRANSCRIBING,
    RecordingState.FAILED,
    timedelta(minutes=2),
)
# Like it, but never in its way: offered apart from TASKS (workers/jobs/reading_again.py).
READ_AGAIN = Task(
    Retranscription,
    RetranscriptionState.TO_DO,
    RetranscriptionState.DOING,
    RetranscriptionState.FAILED,
    timedelta(minutes=2),
)
SEND_MESSAGE = Task(
    Message,
    MessageState.TO_SEND,
    MessageState.SENDING,
    MessageState.FAILED,
    timedelta(minutes=1),
    repeatable=False,
)
SEND_PAGE = Task(
    Page, PageState.TO_SEND, PageState.SENDING, PageState.FAILED, timedelta(minutes=1), repeatable=False
)
# Our own copy is read through before.
DELETE_COPY = Task(
    ProviderCopy,
    ProviderCopyState.TO_DELETE,
    ProviderCopyState.DELETING,
    ProviderCopyState.FAILED,
    timedelta(minutes=5),
)
TASKS = (FETCH_RECORDING, FETCH_ATTACHMENT, TRANSCRIBE, SEND_MESSAGE, SEND_PAGE, DELETE_COPY)


def claim(session: Session, task: Task, row_id: uuid.UUID, now: datetime) -> Any | None:
    """The row, held for the task's lease; None when it is done, not due, or held by another worker.

    The row's `attempts` is the token of this claim: a worker whose lease ran out can no longer finish.
    """
    row = task.model
    died = row.state == task.busy  # the one before came to no end at all
    again = and_(died, row.failure == WORKER_DIED)
    taken = session.execute(
        update(row)
        .where(row.id == row_id, _claimable(task, now))
        .values(
            state=task.busy,
            lease_until=now + task.lease,
            attempts=row.attempts + case((again, REPEATED_DEATH), else_=1),
            failure=case((died, WORKER_DIED), else_=row.failure),
        )
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result counts its rows
        return None
    claimed = session.get_one(row, row_id, populate_existing=True)
    if claimed.attempts > len(BACKOFF) + 1:
        give_up(task, claimed, WORKER_DIED)
        session.flush()
        return None
    return claimed


def renew(
    session: Session, task: Task, row_id: uuid.UUID, attempt: int, now: datetime, **progress: Any
) -> bool:
    """Hold the row for another lease, noting how far the work is; False when it is no longer ours."""
    row = held(session, task, row_id, attempt)
    if row is None:
        return False
    row.lease_until = now + task.lease
    for name, value in progress.items():
        setattr(row, name, value)
    return True


def held(session: Session, task: Task, row_id: uuid.UUID, attempt: int) -> Any | None:
    """The row, locked, if this claim still holds it."""
    row = session.get(task.model, row_id, with_for_update=True, populate_existing=True)
    return row if row is not None and row.state == task.busy and row.attempts == attempt else None


def finish(row: Any, state: str) -> None:
    """Leave the row in its next state, with a fresh count of attempts."""
    row.state, row.attempts = state, 0
    row.lease_until = row.not_before = row.failure = None


def put_off(task: Task, row: Any, failure: str, now: datetime) -> timedelta | None:
    """Try again later with growing pauses; after the last one the row fails for good, and None is returned."""
    row.lease_until, row.failure = None, failure
    attempt: int = row.attempts
    if attempt > len(BACKOFF):
        row.state = task.failed
        return None
    pause = BACKOFF[attempt - 1]
    row.state, row.not_before = task.ready, now + pause
    return pause


def give_up(task: Task, row: Any, failure: str) -> None:
    """Leave the row failed, with the reason that officers see and may retry from."""
    row.state, row.failure = task.failed, failure
    row.lease_until = row.not_before = None


def due(session: Session, task: Task, now: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Rows that nobody holds and whose time has come."""
    rows = select(task.model.id).where(_claimable(task, now)).limit(limit)
    return session.scalars(rows).all()


def _claimable(task: Task, now: datetime) -> Any:
    row = task.model
    ready = and_(row.state == task.ready, or_(row.not_before.is_(None), row.not_before <= now))
    return or_(ready, and_(row.state == task.busy, row.lease_until < now)) if task.repeatable else ready
