"""What a tip's page shows, in plain values that outlive the session."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotline.models.call import RecordingState
from hotline.queries.tags import Mark, TagsView
from hotline.queries.trail import Event
from hotline.queries.transcript import WordingView
from hotline.rules.call_menu import Moment

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

    @property
    def without_words(self) -> Moment | None:
        """What the caller rang for where nothing was recorded: to hear the answer, or the officer on duty."""
        if any(recording.state != RecordingState.ABSENT for recording in self.recordings):
            return None
        kinds = {event.kind for event in self.events}
        reasons = (Moment.PUT_THROUGH, Moment.DUTY_ACCEPTED, Moment.CODE_ACCEPTED)
        return next((reason for reason in reasons if reason in kinds), None)


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
