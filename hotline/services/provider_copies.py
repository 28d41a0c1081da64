"""The provider's copies of recordings, removed once ours are safe.

What may go: a recording that was written down from our copy, of a call whose recordings were compared with the
provider's list. One that failed keeps the provider's copy, which may be the only good one.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, false, select, true
from sqlalchemy.orm import Session

from hotline.models import Call, ProviderCopy, Recording
from hotline.models.call import ProviderCopyState, RecordingState
from hotline.services import audit, work
from hotline.services.recordings import ANNOUNCED_TOLERANCE_S

# Our file is in its place a moment before the row says when.
BACKUP_MARGIN = timedelta(minutes=1)
DAMAGED = "copy-damaged"


class Policy(StrEnum):
    """What happens to the provider's copy (PROVIDER_COPY)."""

    KEEP = "keep"
    DELETE = "delete"
    AFTER_BACKUP = "delete-after-backup"


def removable(
    session: Session, policy: Policy, backed_up: datetime | None, limit: int
) -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    """Recordings whose provider's copy may go and was not marked for it yet: (recording, tip)."""
    rows = session.execute(
        select(Recording.id, Recording.tip_id)
        .where(_may_go(policy, backed_up), ~exists().where(ProviderCopy.recording_id == Recording.id))
        .limit(limit)
    )
    return [(row.id, row.tip_id) for row in rows]


def plan(session: Session, found: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> Sequence[uuid.UUID]:
    """Mark copies to be removed."""
    planned = [
        ProviderCopy(
            id=uuid.uuid4(), recording_id=recording_id, tip_id=tip_id, state=ProviderCopyState.TO_DELETE
        )
        for recording_id, tip_id in found
    ]
    session.add_all(planned)
    session.flush()
    return [copy.id for copy in planned]


def still_removable(
    session: Session, copy: ProviderCopy, policy: Policy, backed_up: datetime | None
) -> Recording | None:
    """The recording of a copy about to be removed; None when it may no longer go, and the mark is taken back."""
    recording = session.scalar(
        select(Recording).where(Recording.id == copy.recording_id, _may_go(policy, backed_up))
    )
    if recording is None:
        session.delete(copy)
        session.flush()
    return recording


def deleted(session: Session, copy: ProviderCopy, now: datetime) -> None:
    """The provider has it no more."""
    work.finish(copy, ProviderCopyState.DELETED)
    audit.record(session, None, "provider_copy_deleted", copy.tip_id, now=now, recording_id=copy.recording_id)


def kept(session: Session, copy: ProviderCopy, now: datetime) -> None:
    """Our own file is not what was stored: the provider's copy stays, and somebody must look."""
    work.give_up(work.DELETE_COPY, copy, DAMAGED)
    audit.record(session, None, "provider_copy_kept", copy.tip_id, now=now, recording_id=copy.recording_id)


def _may_go(policy: Policy, backed_up: datetime | None) -> ColumnElement[bool]:
    if policy == Policy.KEEP or (policy == Policy.AFTER_BACKUP and backed_up is None):
        return false()
    in_backup = (
        Recording.stored_at < backed_up - BACKUP_MARGIN
        if policy == Policy.AFTER_BACKUP and backed_up is not None
        else true()
    )
    compared = exists().where(Call.id == Recording.call_id, Call.reconciled_at.is_not(None))
    return and_(
        Recording.state == RecordingState.TRANSCRIBED,
        Recording.storage_key.is_not(None),
        Recording.provider_sid.is_not(None),
        Recording.duration_s >= Recording.announced_s - ANNOUNCED_TOLERANCE_S,  # so it was announced
        compared,
        in_backup,
    )
