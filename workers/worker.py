"""RQ's forking worker with our settings."""

from __future__ import annotations

from typing import Any

from rq import Worker

# RQ waits for a job this long less 15 s before it sends a sign of life (rq.worker: dequeue_timeout).
WORKER_TTL_S = 45
MONITOR_S = 15


class HotlineWorker(Worker):
    """Forks for every job, logs no arguments, and beats often enough to be missed soon."""

    def __init__(self, queues: Any, **options: Any) -> None:
        super().__init__(
            queues,
            worker_ttl=WORKER_TTL_S,
            job_monitoring_interval=MONITOR_S,
            log_job_description=False,
            **options,
        )
