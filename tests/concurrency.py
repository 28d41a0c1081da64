"""Several transactions at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hotline.db import Database

TRIES = 3  # as the webhooks do when they collide


def at_once(database: Database, *works: Callable[[Session], Any]) -> list[Any]:
    """What each returned or raised, every one in a thread and a transaction of its own, begun together."""
    start, done = threading.Barrier(len(works)), []

    def run(work: Callable[[Session], Any]) -> None:
        start.wait()
        for left in reversed(range(TRIES)):
            try:
                with database.begin() as session:
                    result = work(session)
                done.append(result)
                return
            except Exception as error:
                if not isinstance(error, IntegrityError) or not left:
                    done.append(error)
                    return

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done
