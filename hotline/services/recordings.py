"""Recordings on their way from the provider to a transcript; the database side of the workers' jobs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from hotline.models import Attachment, Call, Recording, Tip
from hotline.models.call import RecordingState
from hotline.models.message import AttachmentState
from hotline.rules.speech_models import DEFAULT_LANGUAGE, identity
from hotline.services import audit, calls, work
from hotline.services.calls import RecordingNotice, note_recording, settle
from hotline.services.work import Task

# The provider's announced length is in whole seconds, rounded; a second less may still be the whole file.
ANNOUNCED_TOLERANCE_S = 1.5
# A callback comes within seconds of a call's end; this long after it the provider is asked what it recorded.
RECORDING_OVERDUE = timedelta(minutes=2)
# Longer than most calls: of one that nobody told the end of, the provider is asked whether it is over.
END_OVERDUE = timedelta(minutes=10)
# A machine that stood still over the holidays still asks; the provider keeps what nobody deleted.
ASK_AT_MOST = timedelta(days=30)


def is_whole(announced_s: int | None, duration_s: float) -> bool:
    """Whether the decoded length is what the provider announced, within rounding."""
    return announced_s is None or duration_s >= announced_s - ANNOUNCED_TOLERANCE_S


def held(session: Session, task: Task, row_id: uuid.UUID, attempt: int) -> Recording | None:
    """The recording, if this claim still holds it, locked after its call and its tip."""
    recording = session.get(Recording, row_id)
    if recording is None:
        return None
    lock_above(session, recording)
    row: Recording | None = work.held(session, task, row_id, attempt)
    return row


def lock_above(session: Session, recording: Recording) -> None:
    """Lock what comes before a recording.

    Everybody locks in this order, webhooks and officers too: a call, its tip, its recordings, the end of the audit
    chain.
    """
    if recording.call_id is not None:
        session.get_one(Call, recording.call_id, with_for_update=True)
    session.get_one(Tip, recording.tip_id, with_for_update=True)


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
    if recording.call_id is not None:
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
    keep_words(recording, transcript, now)
    work.finish(recording, RecordingState.TRANSCRIBED)
    tip = session.get_one(Tip, recording.tip_id)
    tip.triage_wanted += 1
    audit.record(
        session, None, "recording_transcribed", tip.id, now=now, recording_id=recording.id,
        model=recording.transcript_model, words=len(transcript["words"]),
    )  # fmt: skip


def keep_words(recording: Recording, transcript: dict[str, Any], now: datetime) -> None:
    """Set the machine's draft, as Transcript.to_dict() gives it, with what is told of it in the clear."""
    recording.transcript = transcript
    recording.transcript_model = identity(transcript["model"], transcript.get("fingerprint"))
    recording.transcript_confidence = transcript["confidence"]
    recording.transcribed_at, recording.progress, recording.sound = now, 1.0, transcript.get("sound")


def language_of(session: Session, recording: Recording) -> str:
    """What the caller chose to hear and, we take it, speaks; Vietnamese for what came in another way."""
    if recording.call_id is None:
        return DEFAULT_LANGUAGE
    return session.get_one(Call, recording.call_id).language


def calls_to_reconcile(session: Session, now: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Calls that are over, or may be, and of which the provider was not asked yet what it recorded.

    In no order: of many, those that the provider does not answer for must not hold up the rest.
    """
    return session.scalars(
        select(Call.id)
        .where(
            or_(
                Call.ended_at < now - RECORDING_OVERDUE,
                and_(Call.ended_at.is_(None), Call.started_at < now - END_OVERDUE),
            ),
            Call.started_at > now - ASK_AT_MOST,
            Call.reconciled_at.is_(None),
        )
        .order_by(func.random())
        .limit(limit)
    ).all()


def reconcile(
    session: Session, call_id: uuid.UUID, known: Sequence[RecordingNotice], now: datetime
) -> list[uuid.UUID]:
    """Take over what the provider has of a call, announced or not; returns what is to be fetched."""
    call = session.get_one(Call, call_id, with_for_update=True)
    if call.reconciled_at is not None:
        return []
    call.reconciled_at = now
    found = [note_recording(session, call, notice, now) for notice in known]
    # A call whose end nobody told ends in a tip too.
    calls.end(session, call, now)
    audit.record(session, None, "call_reconciled", call.tip_id, now=now, recordings=len(found))
    return [recording.id for recording in found if recording.state == RecordingState.TO_FETCH]
