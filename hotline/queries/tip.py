"""One tip as its page shows it: everything opened once, in plain values, before the page is drawn."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from hotline.errors import NotFound
from hotline.models import (
    Assignment,
    Call,
    Message,
    Note,
    OutcomeDecision,
    Recording,
    Tip,
    TranscriptCorrection,
    ValueDecision,
)
from hotline.models.call import RecordingSource
from hotline.models.message import AttachmentState
from hotline.queries import sight, tags
from hotline.queries.inbox import doubtful
from hotline.queries.tags import Mark
from hotline.queries.tip_views import (
    AssignmentView,
    AttachmentView,
    CallMoment,
    CallView,
    Entry,
    MessageView,
    RecordingView,
    TipView,
)
from hotline.queries.trail import audit_trail
from hotline.queries.transcript import wording
from hotline.rules import deadlines
from hotline.rules.access import Viewer
from hotline.rules.lifecycle import Status
from hotline.rules.speech_models import name_of
from hotline.services.callers import code_told
from hotline.services.followup import reply_way


def tip_detail(session: Session, viewer: Viewer, tip_id: uuid.UUID, now: datetime) -> TipView:
    """The tip opened for reading; raises NotFound out of sight, KeyUnavailable when its content was deleted."""
    tip = session.scalar(
        select(Tip)
        .where(Tip.id == tip_id, sight.tips(viewer))
        .options(
            selectinload(Tip.unit),
            selectinload(Tip.officer),
            selectinload(Tip.messages).options(
                selectinload(Message.author), selectinload(Message.attachments)
            ),
            selectinload(Tip.calls).selectinload(Call.events),
            selectinload(Tip.recordings).options(
                selectinload(Recording.uploaded_by),
                selectinload(Recording.corrections).selectinload(TranscriptCorrection.by),
            ),
            selectinload(Tip.categories),
            selectinload(Tip.places),
            selectinload(Tip.notes).selectinload(Note.author),
            selectinload(Tip.assignments).options(
                selectinload(Assignment.unit),
                selectinload(Assignment.officer),
                selectinload(Assignment.by),
            ),
            selectinload(Tip.value_decisions).selectinload(ValueDecision.by),
            selectinload(Tip.outcome_decisions).selectinload(OutcomeDecision.by),
        )
        .execution_options(populate_existing=True)
    )
    if tip is None:
        raise NotFound("Không có tin này trong các đơn vị của bạn.")
    marks = _settled(tip)
    _, deadline = deadlines.due("verify", tip.received_at)
    return TipView(
        id=tip.id,
        code=tip.code or "",
        channel=tip.channel,
        received_at=tip.received_at,
        status=tip.status,
        due_at=tip.due_at,
        law=deadline.law,
        overdue=tip.status != Status.CLOSED and tip.due_at < now,
        unread=tip.unread,
        urgent=tip.urgent,
        doubtful=doubtful(tip),
        demonstration=tip.demonstration,
        secrecy_requested=tip.secrecy_requested,
        withheld=tip.sender_withheld,
        reply_way=reply_way(tip),
        code_told=code_told(session, tip.id),
        triaged=tip.triaged >= tip.triage_wanted,
        value=tip.value,
        outcome=tip.outcome,
        unit_id=tip.unit_id,
        unit=tip.unit.name,
        officer_id=tip.officer_id,
        officer=tip.officer.display_name if tip.officer else None,
        tags=tags.of_tip(session, viewer, tip),
        messages=tuple(_message(m, tip.recordings, marks) for m in tip.messages),
        calls=tuple(_call(c, tip.recordings, marks) for c in tip.calls),
        uploads=tuple(_recording(r, marks) for r in tip.recordings if r.source == RecordingSource.UPLOAD),
        assignments=tuple(
            AssignmentView(
                a.at,
                a.unit.name,
                a.officer.display_name if a.officer else None,
                a.by.display_name if a.by else None,
                a.reason,
            )
            for a in tip.assignments
        ),
        notes=tuple(Entry(n.at, n.author.display_name, None, n.body) for n in tip.notes),
        values=tuple(Entry(d.at, d.by.display_name, d.value, d.reason) for d in tip.value_decisions),
        outcomes=tuple(Entry(d.at, d.by.display_name, d.outcome, d.detail) for d in tip.outcome_decisions),
        trail=tuple(audit_trail(session, viewer, tip.id)),
    )


def recording_detail(
    session: Session, viewer: Viewer, recording_id: uuid.UUID
) -> tuple[uuid.UUID, RecordingView]:
    """A recording of a tip in sight, with the tip's id; raises NotFound otherwise."""
    recording = session.scalar(
        select(Recording)
        .join(Tip, Recording.tip_id == Tip.id)
        .where(Recording.id == recording_id, sight.tips(viewer))
    )
    if recording is None:
        raise NotFound("Không có bản ghi âm này trong các đơn vị của bạn.")
    tip = session.get_one(Tip, recording.tip_id)
    return tip.id, _recording(recording, _settled(tip))


def _settled(tip: Tip) -> dict[str, tuple[Mark, ...]]:
    """The marks of a tip; none for corrected words that were not read yet: they count the letters of others."""
    found = tags.marks(tip)
    if tip.triaged < tip.triage_wanted:
        for recording in tip.recordings:
            if recording.corrections:
                found.pop(f"recording:{recording.id}", None)
    return found


def _message(
    message: Message, recordings: Sequence[Recording], marks: dict[str, tuple[Mark, ...]]
) -> MessageView:
    heard = {r.attachment_id: _recording(r, marks) for r in recordings if r.attachment_id is not None}
    return MessageView(
        id=message.id,
        at=message.at,
        inbound=message.inbound,
        body=message.body or "",
        marks=marks.get(f"message:{message.id}", ()),
        author=message.author.display_name if message.author else None,
        state=message.state,
        failure=message.failure,
        heard_at=message.heard_at,
        attachments=tuple(
            AttachmentView(
                a.id, a.content_type, a.size, a.state == AttachmentState.STORED, a.failure, heard.get(a.id)
            )
            for a in message.attachments
        ),
    )


def _call(call: Call, recordings: Sequence[Recording], marks: dict[str, tuple[Mark, ...]]) -> CallView:
    mine = tuple(_recording(r, marks) for r in recordings if r.call_id == call.id)
    return CallView(
        call.id,
        call.started_at,
        call.ended_at,
        call.duration_s,
        call.silent,
        call.finished_at is not None,
        mine,
        tuple(CallMoment(event.at, event.kind, event.detail or {}) for event in call.events),
    )


def _recording(recording: Recording, marks: dict[str, tuple[Mark, ...]]) -> RecordingView:
    shown = wording(recording)
    return RecordingView(
        id=recording.id,
        source=recording.source,
        by=recording.uploaded_by.display_name if recording.uploaded_by else None,
        at=recording.started_at or recording.created_at,
        state=recording.state,
        failure=recording.failure,
        duration_s=recording.duration_s or recording.announced_s,
        playable=recording.storage_key is not None,
        content_type=recording.content_type,
        text=None if shown is None else " ".join(word["word"] for word in shown.words),
        words=() if shown is None else tuple(shown.words),
        marks=marks.get(f"recording:{recording.id}", ()),
        model=name_of(recording.transcript_model) if recording.transcript_model else None,
        confidence=recording.transcript_confidence,
        progress=recording.progress,
        sound=recording.sound,
        wording=shown,
    )
