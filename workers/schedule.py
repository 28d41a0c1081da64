"""The scheduler: runs the sweep at a steady pace, whatever happens to the queue."""

from __future__ import annotations

import signal
from threading import Event

import structlog
from sqlalchemy.exc import SQLAlchemyError

from workers import jobs

log = structlog.get_logger()

# A lost hint costs at most this much time; a sweep that finds nothing is a dozen indexed queries.
EVERY_S = 15.0


def run() -> None:
    """Sweep until told to stop."""
    stopped = Event()
    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, lambda *_: stopped.set())
    while not stopped.is_set():
        try:
            jobs.sweep()
        except SQLAlchemyError as error:
            log.error("sweep_failed", reason=type(error).__name__)
        stopped.wait(EVERY_S)
