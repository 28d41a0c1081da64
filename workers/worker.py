"""RQ's forking worker with our settings."""

from __future__ import annotations

import sys
from typing import Any

from redis.client import Pipeline
from rq import Queue, Worker
from rq.job import Job

from hotline import logs
from hotline.triage_models import TriageModels

# RQ waits for a job this long less 15 s before it sends a sign of life (rq.worker: dequeue_timeout).
WORKER_TTL_S = 45
MONITOR_S = 15


class HotlineWorker(Worker):
    """Forks for every job, logs no arguments, and beats often enough to be missed soon.

    A failed job is logged and kept by its error's type and places: RQ's own traceback ends with the error's
    message, which may hold what a resident wrote.
    """

    def __init__(self, queues: Any, **options: Any) -> None:
        super().__init__(
            queues,
            worker_ttl=WORKER_TTL_S,
            job_monitoring_interval=MONITOR_S,
            log_job_description=False,
            **options,
        )

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log what a job raised; there are no handlers to pass it on to."""
        self.log.error("job %s failed: %s", job.id, logs.describe(exc_info[1]))

    def handle_job_failure(
        self,
        job: Job,
        queue: Queue,
        started_job_registry: Any = None,
        exc_string: str = "",
        execution: Any = None,
    ) -> None:
        """Keep the failed job; RQ calls this while it handles the error, or without one when a child died."""
        error = sys.exception()
        kept = logs.describe(error) if error else exc_string
        super().handle_job_failure(job, queue, started_job_registry, kept, execution)


class TriageWorker(HotlineWorker):
    """Keeps the triage model that is switched on in memory, so that its forked jobs need not load it."""

    def __init__(self, queues: Any, models: TriageModels, **options: Any) -> None:
        super().__init__(queues, **options)
        self._models = models

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """RQ's own sign of life, and a look for a model switched on since."""
        super().heartbeat(timeout, pipeline)
        if not self.is_horse:
            self._models.refresh()
