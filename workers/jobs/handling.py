"""What the jobs share: putting off, enqueueing again, holding a row while long work goes on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hotline.clock import utcnow
from hotline.errors import HotlineError, ProviderError, StorageProblem
from hotline.queue import NOW, JobQueue
from hotline.services import work
from hotline.services.work import Task
from speech.errors import SpeechError
from workers import download
from workers.runtime import parts

log = structlog.get_logger()

# A page that shows progress asks every few seconds; finer steps nobody would see.
PROGRESS_STEP, PROGRESS_PAUSE = 0.05, timedelta(seconds=2)


def put_off(task: Task, row_id: uuid.UUID, attempt: int, error: HotlineError | SpeechError) -> None:
    """Try again later, or show the failure when it is permanent or has been tried long enough."""
    code = error.code if isinstance(error, SpeechError) else download.failure_code(error)
    log.warning("job_put_off", row=task.model.__tablename__, id=str(row_id), attempt=attempt, reason=code)
    with parts().database.begin() as session:
        row = work.held(session, task, row_id, attempt)
        if row is None:
            return
        if isinstance(error, ProviderError) and error.permanent:
            work.give_up(task, row, code)
            return
        pause = work.put_off(task, row, code, utcnow())
    if pause is not None:
        enqueue(parts().queue, task, row_id, pause)


def give_up(task: Task, row_id: uuid.UUID, attempt: int, code: str) -> None:
    """Show the failure of what no further try would mend."""
    with parts().database.begin() as session:
        if (row := work.held(session, task, row_id, attempt)) is not None:
            work.give_up(task, row, code)


def enqueue(queue: JobQueue, task: Task, row_id: uuid.UUID, after: timedelta = NOW) -> None:
    """Hint that a row of this task waits."""
    hint = {
        work.FETCH_RECORDING: queue.fetch_recording,
        work.FETCH_ATTACHMENT: queue.fetch_attachment,
        work.TRANSCRIBE: queue.transcribe,
        work.READ_AGAIN: queue.read_again,
        work.SEND_MESSAGE: queue.send_message,
        work.SEND_PAGE: queue.send_page,
        work.DELETE_COPY: queue.delete_copy,
    }[task]
    hint(row_id, after=after)


@contextmanager
def discarded_on_error(storage_key: str) -> Iterator[None]:
    """Remove a sealed file that no row will name, when what is done with it fails."""
    try:
        yield
    except BaseException:
        with suppress(StorageProblem):  # found later, as a file that no row names
            parts().store.delete(storage_key)
        raise


class Renewal:
    """Renews a lease while work goes on, at most once in a quarter of the lease.

    It never fails the work: a database that does not answer now may at the next time, or the lease runs out.
    """

    def __init__(self, task: Task, row_id: uuid.UUID, attempt: int) -> None:
        self._task, self._row_id, self._attempt = task, row_id, attempt
        self._next = utcnow() + task.lease / 4

    def __call__(self) -> None:
        now = utcnow()
        if now >= self._next:
            self._next = now + self._task.lease / 4
            self._renew(now, {})

    def _renew(self, now: datetime, changes: dict[str, Any]) -> None:
        try:
            with parts().database.begin() as session:
                work.renew(session, self._task, self._row_id, self._attempt, now, **changes)
        except SQLAlchemyError as error:
            log.warning("lease_not_renewed", id=str(self._row_id), error=type(error).__name__)


class Progress(Renewal):
    """Also writes how far a transcription is: for people who watch, and rarely enough for the database."""

    def __init__(
        self, task: Task, row_id: uuid.UUID, attempt: int, pause: timedelta = PROGRESS_PAUSE
    ) -> None:
        super().__init__(task, row_id, attempt)
        self._shown, self._shown_at, self._pause = 0.0, utcnow(), pause

    def at(self, fraction: float) -> None:
        """The fraction that is done, 0 to 1."""
        now = utcnow()
        if fraction - self._shown < PROGRESS_STEP or now - self._shown_at < self._pause:
            self()
            return
        self._shown, self._shown_at = fraction, now
        self._next = now + self._task.lease / 4
        self._renew(now, {"progress": fraction})
