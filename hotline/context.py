"""What the web process is made of, reachable from any view."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from hotline.db import Database
from hotline.queue import JobQueue
from hotline.settings import Settings
from hotline.storage import AudioStore

EXTENSION = "hotline"


@dataclass(frozen=True, slots=True)
class Parts:
    """Built once by `create_app`, never changed."""

    settings: Settings
    database: Database
    store: AudioStore
    queue: JobQueue


def parts() -> Parts:
    """The parts of the running application."""
    found: Parts = current_app.extensions[EXTENSION]
    return found
