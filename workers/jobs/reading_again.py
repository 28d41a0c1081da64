"""Old recordings read again by a newer model: only while no new voicemail waits."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import structlog
from redis.exceptions import RedisError

from hotline import queue
from hotline.clock import utcnow
from hotline.errors import HotlineError
from hotline.models import Recording, Retranscription
from hotline.models.sealed import data_key
from hotline.queue import JobQueue
from hotline.services import retranscription, work
from hotline.services.work import Task
from speech.errors import SpeechError, UnreadableAudio
from workers.jobs.handling import Renewal, enqueue, give_up, put_off
from workers.runtime import engine_called, parts

log = structlog.get_logger()

# Enough for a worker until the next sweep; the rest waits in the database.
OFFERED = 20
# A new voicemail waits at most about so long for a reading that is under way; a longer one begins anew later.
GIVES_WAY_S = 30.0
LOOKS_EVERY = timedelta(seconds=5)
COMES_BACK_AFTER = timedelta(minutes=1)


class _GivesWay(Exception):
    """A new voicemail waits, and this reading would take long yet."""


def read_again(row_id: str) -> None:
    """Have the model in use read a recording that an earlier one transcribed."""
    task, retranscription_id = work.READ_AGAIN, uuid.UUID(row_id)
    with parts().database.begin() as session:
        row: Retranscription | None = work.claim(session, task, retranscription_id, utcnow())
        if row is None:
            return
        recording = session.get_one(Recording, row.recording_id)
        engine = engine_called(row.model)
        if engine is None or not retranscription.readable(session, recording):
            missing = retranscription.NOT_LOADED if engine is None else retranscription.NOT_READABLE
            work.give_up(task, row, missing)
            return
        key, attempt, storage_key = data_key(row), row.attempts, recording.storage_key or ""
    try:
        with parts().store.open(key, storage_key) as audio:
            background = _Background(task, retranscription_id, attempt)
            transcript = engine.transcribe(audio, on_progress=background.at)
    except _GivesWay:
        with parts().database.begin() as session:
            if (row := work.held(session, task, retranscription_id, attempt)) is not None:
                work.finish(row, task.ready)
                row.not_before = utcnow() + COMES_BACK_AFTER
        return
    except UnreadableAudio as error:
        give_up(task, retranscription_id, attempt, error.code)
        return
    except (HotlineError, SpeechError) as error:
        put_off(task, retranscription_id, attempt, error)
        return
    with parts().database.begin() as session:
        row = retranscription.held(session, retranscription_id, attempt)
        if row is None:
            return
        triaged = retranscription.read_again(session, row, transcript.to_dict(), utcnow())
        tip_id = row.tip_id
    if triaged:
        parts().queue.triage(tip_id)


def offer(hints: JobQueue, now: datetime) -> None:
    """Hint at some of what waits to be read again, unless enough hints lie there already."""
    try:
        if hints.length(queue.AGAIN) >= OFFERED:
            return
    except RedisError as error:
        log.warning("queue_unreachable", job="read_again", error=type(error).__name__)
        return
    with parts().database.reading() as session:
        waiting = work.due(session, work.READ_AGAIN, now, OFFERED)
    for row_id in waiting:
        enqueue(hints, work.READ_AGAIN, row_id)


class _Background(Renewal):
    """Renews the lease, and gives way to new voicemails while the end is far."""

    def __init__(self, task: Task, row_id: uuid.UUID, attempt: int) -> None:
        super().__init__(task, row_id, attempt)
        self._began = utcnow()
        self._looks_at = self._began

    def at(self, fraction: float) -> None:
        """The fraction that is done, 0 to 1; raises _GivesWay."""
        self()
        now = utcnow()
        if now < self._looks_at:
            return
        self._looks_at = now + LOOKS_EVERY
        left = (now - self._began).total_seconds() * (1 - fraction) / max(fraction, 1e-9)
        if left > GIVES_WAY_S and self._is_waited_for(now):
            raise _GivesWay

    def _is_waited_for(self, now: datetime) -> bool:
        with parts().database.reading() as session:
            return bool(work.due(session, work.TRANSCRIBE, now, 1))
