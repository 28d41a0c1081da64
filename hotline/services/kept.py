"""Sealed files that no row names: left by a process killed between storing one and noting it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.models import Attachment, Recording

# A fetch is over, one way or the other, within ten minutes (queue.TIMEOUT_S): nobody is about to name such a file.
ABANDONED_AFTER = timedelta(days=1)
# Killed workers leave a few files; more, and more than a quarter of all, are no accident of theirs.
FEW, SHARE = 50, 0.25
# Everything that names a sealed file.
HOLDERS = (Recording, Attachment)


def unnamed(session: Session, storage_keys: Iterable[str]) -> set[str]:
    """Those of some hundred files that nothing belongs to."""
    left = set(storage_keys)
    for holder in HOLDERS:
        left -= set(session.scalars(select(holder.storage_key).where(holder.storage_key.in_(left))))
    return left


def too_many(unnamed_files: int, files: int) -> bool:
    """Whether the files rather belong to another database than to nobody."""
    return unnamed_files > max(FEW, SHARE * files)
