"""Removing what a killed worker left in the store."""

from __future__ import annotations

from itertools import islice

import structlog

from hotline.clock import utcnow
from hotline.errors import StorageProblem
from hotline.services import kept
from workers.runtime import parts

log = structlog.get_logger()

# So many files at a time are looked up among the rows.
BATCH = 500


def remove_abandoned() -> None:
    """Remove sealed files that are older than a day and that no row names.

    Nothing is removed when so many are nobody's that the database must be another than the files', such as a new
    one, or one restored from long ago.
    """
    old = parts().store.older_than(utcnow() - kept.ABANDONED_AFTER)
    abandoned: list[str] = []
    seen = 0
    while batch := list(islice(old, BATCH)):
        seen += len(batch)
        with parts().database.reading() as session:
            abandoned += kept.unnamed(session, batch)
    if kept.too_many(len(abandoned), seen):
        log.error(
            "store_and_database_differ", files=seen, unnamed=len(abandoned),
            advice="nothing was removed; check that DATABASE_URL and STORAGE_URL belong together",
        )  # fmt: skip
        return
    try:
        for storage_key in abandoned:
            parts().store.delete(storage_key)
    except StorageProblem as problem:
        log.warning("abandoned_files_stay", advice=str(problem))
        return
    if abandoned:
        log.warning("abandoned_files_removed", files=len(abandoned))
