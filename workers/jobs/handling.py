"""What the jobs share: putting off, enqueueing again, holding a row while long work goes on."""

from __future__ import annotations

import uuid
from datetime import timedelta

import structlog

from hotline.clock import utcnow
from hotline.errors import HotlineError, ProviderError
from hotline.queue import NOW, JobQueue
from hotline.services import work
from hotline.services.work import Task
from speech.errors import SpeechError
from workers import download
from workers.runtime import parts

log = structlog.get_logger()


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


def enqueue(queue: JobQueue, task: Task, row_id: uuid.UUID, after: timedelta = NOW) -> None:
    """Hint that a row of this task waits."""
    hint = {
        work.FETCH_RECORDING: queue.fetch_recording,
        work.FETCH_ATTACHMENT: queue.fetch_attachment,
        work.TRANSCRIBE: queue.transcribe,
        work.SEND_MESSAGE: queue.send_message,
        work.SEND_PAGE: queue.send_page,
    }[task]
    hint(row_id, after=after)


def discard(storage_key: str | None) -> None:
    """Remove a sealed file that no row will name."""
    if storage_key is not None:
        parts().store.delete(storage_key)


class Renewal:
    """Renews a lease while work goes on, at most once in a quarter of the lease."""

    def __init__(self, task: Task, row_id: uuid.UUID, attempt: int) -> None:
        self._task, self._row_id, self._attempt = task, row_id, attempt
        self._next = utcnow() + task.lease / 4

    def __call__(self, _fraction: float) -> None:
        now = utcnow()
        if now < self._next:
            return
        self._next = now + self._task.lease / 4
        with parts().database.begin() as session:
            work.renew(session, self._task, self._row_id, self._attempt, now)
