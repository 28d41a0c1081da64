"""Recordings on their way from the provider to a transcript; the database side of the workers' jobs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hotline.models import Attachment, Call, Recording, Tip
from hotline.models.call import RecordingState
from hotline.models.message import AttachmentState
from hotline.services import audit, work
from hotline.services.calls import RecordingNotice, note_recording, settle

# The provider's announced length is in whole seconds, rounded; a second less may still be the whole file.
ANNOUNCED_TOLERANCE_S = 1.5
# After this long without a recording of a finished call, ask the provider whether it has one.
RECORDING_OVERDUE = timedelta(minutes=2)
# What a call takes beside the longest recording: ringing, greeting, thanks. Then it is over, told or not.
CALL_MARGIN = timedelta(minutes=5)
ASK_AT_MOST = timedelta(days=1)


def is_whole(announced_s: int | None, duration_s: float) -> bool:
    """Whether the decoded length is what the provider announced, within rounding."""
    return announced_s is None or duration_s >= announced_s - ANNOUNCED_TOLERANCE_S


def recording_stored(
    session: Session, recording: Recording, *, storage_key: str, size: int, duration_s: float, content_type: str,
    now: datetime,
) -> None:  # fmt: skip
    """Our verified copy is in the store; next come its words."""
    recording.storage_key, recording.size = storage_key, size
    recording.duration_s, recording.content_type, recording.stored_at = duration_s, content_type, now
    work.finish(recording, RecordingState.TO_TRANSCRIBE)
    audit.record(session, None, "recording_stored", recording.tip_id, now=now, recording_id=recording.id)


def recording_empty(session: Session, recording: Recording, now: datetime) -> None:
    """The provider's file holds no sound at all: the caller hung up without speaking."""
    work.finish(recording, RecordingState.ABSENT)
    session.flush()
    settle(session, session.get_one(Call, recording.call_id))
    audit.record(session, None, "recording_empty", recording.tip_id, now=now, recording_id=recording.id)


def attachment_stored(
    session: Session, attachment: Attachment, *, storage_key: str, size: int, content_type: str, now: datetime
) -> None:
    """Our copy of a picture or sound is in the store."""
    attachment.storage_key, attachment.size, attachment.content_type = storage_key, size, content_type
    work.finish(attachment, AttachmentState.STORED)
    audit.record(session, None, "attachment_stored", attachment.tip_id, now=now, attachment_id=attachment.id)


def transcribed(session: Session, recording: Recording, transcript: dict[str, Any], now: datetime) -> None:
    """Keep the machine's draft and ask for the tip to be triaged again."""
    recording.transcript = transcript
    recording.transcript_model = transcript["model"]
    recording.transcript_confidence = transcript["confidence"]
    recording.transcribed_at = now
    work.finish(recording, RecordingState.TRANSCRIBED)
    tip = session.get_one(Tip, recording.tip_id, with_for_update=True)
    tip.triage_wanted += 1
    audit.record(
        session, None, "recording_transcribed", tip.id, now=now, recording_id=recording.id,
        model=transcript["model"], words=len(transcript["words"]),
    )  # fmt: skip


def calls_without_recording(
    session: Session, longest_recording: timedelta, now: datetime, limit: int
) -> list[tuple[uuid.UUID, str]]:
    """Finished calls whose recording was never announced: (call id, provider's id)."""
    rows = session.execute(
        select(Call.id, Call.provider_sid)
        .where(
            or_(
                Call.ended_at < now - RECORDING_OVERDUE,
                Call.started_at < now - longest_recording - CALL_MARGIN,
            ),
            Call.started_at > now - ASK_AT_MOST,
            Call.reconciled_at.is_(None),
            ~select(Recording.id).where(Recording.call_id == Call.id).exists(),
        )
        .limit(limit)
    )
    return [(row.id, row.provider_sid) for row in rows]


def reconcile(
    session: Session, call_id: uuid.UUID, known: Sequence[RecordingNotice], now: datetime
) -> list[uuid.UUID]:
    """Take over what the provider has of a call although no callback said so; returns what is to be fetched."""
    call = session.get_one(Call, call_id, with_for_update=True)
    call.reconciled_at = now
    found = [note_recording(session, call, notice, now) for notice in known]
    if call.ended_at is None:
        call.ended_at = now
        settle(session, call)
    audit.record(session, None, "call_reconciled", call.tip_id, now=now, recordings=len(found))
    return [recording.id for recording in found if recording.state == RecordingState.TO_FETCH]
