"""The scheduler: runs the sweep at a steady pace, whatever happens to the queue."""

from __future__ import annotations

import signal
import time
from threading import Event

import structlog
from sqlalchemy.exc import SQLAlchemyError

from workers import jobs

log = structlog.get_logger()

# A lost hint costs at most this much time; a sweep that finds nothing is a dozen indexed queries.
EVERY_S = 15.0
# The walk through the store reads the folder of every file.
CLEAN_EVERY_S = 6 * 3600.0


def run() -> None:
    """Sweep until told to stop."""
    stopped = Event()
    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, lambda *_: stopped.set())
    clean_at = 0.0
    while not stopped.is_set():
        try:
            jobs.sweep()
            if time.monotonic() >= clean_at:
                clean_at = time.monotonic() + CLEAN_EVERY_S
                jobs.remove_abandoned()
        except SQLAlchemyError as error:
            log.error("sweep_failed", reason=type(error).__name__)
        stopped.wait(EVERY_S)
