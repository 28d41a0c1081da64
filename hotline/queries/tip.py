"""One tip as its page shows it: everything opened once, in plain values, before the page is drawn."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
from hotline.models.call import RecordingSource, RecordingState
from hotline.models.message import AttachmentState
from hotline.queries import sight, tags
from hotline.queries.inbox import doubtful
from hotline.queries.tags import Mark, TagsView
from hotline.queries.trail import Event, audit_trail
from hotline.queries.transcript import WordingView, wording
from hotline.rules import deadlines
from hotline.rules.access import Viewer
from hotline.rules.lifecycle import Status
from hotline.rules.speech_models import name_of
from hotline.services.callers import code_told
from hotline.services.followup import reply_way

# Nothing more is done with a recording unless somebody asks for it.
RECORDING_ENDS = (RecordingState.TRANSCRIBED, RecordingState.ABSENT, RecordingState.FAILED)


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A picture or other file; `stored` once it can be opened."""

    id: uuid.UUID
    content_type: str
    size: int | None
    stored: bool
    failure: str | None
    recording: RecordingView | None
    """What is heard in it, when it is a sound."""


@dataclass(frozen=True, slots=True)
class MessageView:
    """A text of the thread; `author` is None for the resident's and the machine's."""

    id: uuid.UUID
    at: datetime
    inbound: bool
    body: str
    marks: tuple[Mark, ...]
    author: str | None
    state: str
    failure: str | None
    heard_at: datetime | None
    attachments: tuple[AttachmentView, ...]


@dataclass(frozen=True, slots=True)
class RecordingView:
    """A recording; `words` are those of the machine's draft with the marks that touch each.

    `by` is the officer who brought it; `progress` of the transcription is 0 to 1, `sound` one of speech.sound's.
    """

    id: uuid.UUID
    source: str
    at: datetime
    by: str | None
    state: str
    failure: str | None
    duration_s: float | None
    playable: bool
    content_type: str | None
    text: str | None
    words: tuple[dict[str, Any], ...]
    marks: tuple[Mark, ...]
    model: str | None
    confidence: float | None
    progress: float
    sound: str | None
    wording: WordingView | None = None

    @property
    def running(self) -> bool:
        """Whether the workers are to do something with it, so that looking again is worth while."""
        return self.state not in RECORDING_ENDS


@dataclass(frozen=True, slots=True)
class CallMoment:
    """One moment of a call: its kind and detail as hotline.rules.call_menu.Moment tells them."""

    at: datetime
    kind: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CallView:
    """A call, its moments and what was recorded of it; `finished` when the caller came to the end."""

    id: uuid.UUID
    at: datetime
    ended_at: datetime | None
    duration_s: int | None
    silent: bool
    finished: bool
    recordings: tuple[RecordingView, ...]
    events: tuple[CallMoment, ...]


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """Who was given the tip, by whom (None: the rules) and why."""

    at: datetime
    unit: str
    officer: str | None
    by: str | None
    reason: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A note, a verdict or an outcome: when, by whom, the code it sets (None for a note) and the words."""

    at: datetime
    author: str
    code: str | None
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TipView:
    """Everything that a tip's page shows; never the reporter's number."""

    id: uuid.UUID
    code: str
    channel: str
    received_at: datetime
    status: str
    due_at: datetime
    law: str
    overdue: bool
    unread: bool
    urgent: bool
    doubtful: bool
    demonstration: bool
    secrecy_requested: bool
    withheld: bool
    # How an answer reaches the reporter (rules.replies.Way), and whether a caller was ever told the tip's code.
    reply_way: str | None
    code_told: bool
    triaged: bool
    value: str
    outcome: str | None
    unit_id: uuid.UUID
    unit: str
    officer_id: uuid.UUID | None
    officer: str | None
    tags: TagsView
    messages: tuple[MessageView, ...]
    calls: tuple[CallView, ...]
    uploads: tuple[RecordingView, ...]
    assignments: tuple[AssignmentView, ...]
    notes: tuple[Entry, ...]
    values: tuple[Entry, ...]
    outcomes: tuple[Entry, ...]
    trail: tuple[Event, ...]


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
