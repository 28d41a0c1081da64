"""Names of queues and jobs, and how to enqueue: ids only, as a hint. The database holds what must be done."""

from __future__ import annotations

import uuid
from copy import copy
from datetime import datetime, timedelta
from typing import Any

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

DEFAULT = "default"
# Jobs that wait for the provider, apart from the rest: a slow download must not hold up an urgent tip.
PROVIDER = "provider"
SPEECH = "speech"
# Old recordings for a newer speech model: taken by the same workers, when nothing is in SPEECH.
AGAIN = "again"
QUEUES = (DEFAULT, PROVIDER, SPEECH, AGAIN)
# A webhook has 15 s in all; a queue that does not answer at once is left to the sweeper.
CONNECT_TIMEOUT_S = 1.0
# A job that has not been taken for an hour is stale: by then the sweeper has enqueued it anew.
JOB_TTL_S = 3600
# A job that failed unexpectedly is kept for a day, for whoever looks into it.
FAILURE_TTL_S = 86_400
# A job that hangs is killed: four hours of audio at the pace of a large model, or a very slow download.
TIMEOUT_S = {DEFAULT: 60, PROVIDER: 600, SPEECH: 6 * 3600, AGAIN: 6 * 3600}
NOW = timedelta()

log = structlog.get_logger()


def connect(redis_url: str) -> Redis:
    """A connection for enqueueing: fails fast, and never retries."""
    return Redis.from_url(
        redis_url,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=CONNECT_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )


class JobQueue:
    """Hints to the workers. Enqueueing never raises: what is not enqueued now, the sweeper enqueues later."""

    def __init__(self, redis_url: str) -> None:
        self.redis = connect(redis_url)
        self._minute: int | None = None
        self._queues = {
            name: Queue(name, connection=self.redis, serializer=JSONSerializer) for name in QUEUES
        }

    def triage(self, tip_id: uuid.UUID) -> None:
        """Tag, locate and assign a tip."""
        self._enqueue(DEFAULT, "workers.jobs.triage_tip", tip_id)

    def fetch_recording(self, recording_id: uuid.UUID, *, after: timedelta = NOW) -> None:
        """Bring a recording from the provider."""
        self._enqueue(PROVIDER, "workers.jobs.fetch_recording", recording_id, after=after)

    def reconcile_call(self, call_id: uuid.UUID) -> None:
        """Ask the provider what it recorded of a call."""
        self._enqueue(PROVIDER, "workers.jobs.reconcile_call", call_id)

    def delete_copy(self, copy_id: uuid.UUID, *, after: timedelta = NOW) -> None:
        """Remove the provider's copy of a recording."""
        self._enqueue(PROVIDER, "workers.jobs.delete_copy", copy_id, after=after)

    def fetch_attachment(self, attachment_id: uuid.UUID, *, after: timedelta = NOW) -> None:
        """Bring a picture or sound that came with a text."""
        self._enqueue(PROVIDER, "workers.jobs.fetch_attachment", attachment_id, after=after)

    def send_message(self, message_id: uuid.UUID, *, after: timedelta = NOW) -> None:
        """Hand a text to the provider."""
        self._enqueue(PROVIDER, "workers.jobs.send_message", message_id, after=after)

    def climb_alarm(self, tip_id: uuid.UUID) -> None:
        """Take the next step of an urgent tip's alarm, if it is due."""
        self._enqueue(DEFAULT, "workers.jobs.climb_alarm", tip_id)

    def send_page(self, page_id: uuid.UUID, *, after: timedelta = NOW) -> None:
        """Hand a page to the provider; not behind the downloads, of which one may take minutes."""
        self._enqueue(DEFAULT, "workers.jobs.send_page", page_id, after=after)

    def transcribe(self, recording_id: uuid.UUID, *, after: timedelta = NOW) -> None:
        """Write down what a recording says."""
        self._enqueue(SPEECH, "workers.jobs.transcribe", recording_id, after=after)

    def read_again(self, retranscription_id: uuid.UUID, *, after: timedelta = NOW) -> None:
        """Have the speech model in use read a recording that an earlier one transcribed."""
        self._enqueue(AGAIN, "workers.jobs.read_again", retranscription_id, after=after)

    def repeating(self, now: datetime) -> JobQueue:
        """The same queue for hints that may be there already: at most one a minute for a job and row."""
        queue = copy(self)
        queue._minute = int(now.timestamp() // 60)
        return queue

    def length(self, name: str) -> int:
        """Jobs waiting in a queue; raises RedisError when it does not answer."""
        return int(self._queues[name].count)

    def _enqueue(self, queue: str, job: str, row_id: uuid.UUID, *, after: timedelta = NOW) -> None:
        options: dict[str, Any] = {
            "args": (str(row_id),),
            "job_timeout": TIMEOUT_S[queue],
            "ttl": JOB_TTL_S,
            "result_ttl": 0,
            "failure_ttl": FAILURE_TTL_S,
        }
        if self._minute is not None:
            options |= {"job_id": f"{job.rpartition('.')[2]}-{row_id}-{self._minute}", "unique": True}
        try:
            if after > NOW:
                self._queues[queue].enqueue_in(after, job, **options)
            else:
                self._queues[queue].enqueue(job, **options)
        except DuplicateJobError:
            pass
        except RedisError as error:
            log.warning("queue_unreachable", job=job, id=str(row_id), error=type(error).__name__)
