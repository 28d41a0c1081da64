"""Calls coming in: callbacks in any order, repeated or missing, end in one tip with all its recordings."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.models import Call, CallEvent, Recording, Tip
from hotline.models.call import RecordingState
from hotline.services import tips


@dataclass(frozen=True, slots=True)
class CallNotice:
    """A moment of a call as the provider tells it; `sender` is None when withheld or not told.

    `kind` is our word ("ringing", "recorded", "completed", ...), `key` tells repetitions of a kind apart.
    """

    provider_sid: str
    sender: str | None
    kind: str
    key: str = ""
    ended: bool = False
    duration_s: int | None = None


@dataclass(frozen=True, slots=True)
class RecordingNotice:
    """A recording as the provider announces it: `absent` when nothing was said."""

    provider_sid: str
    absent: bool
    duration_s: int | None


def note_call(session: Session, notice: CallNotice, now: datetime) -> Call:
    """The call of a callback, made with its tip if this is the first we hear of it."""
    call = session.scalar(select(Call).where(Call.provider_sid == notice.provider_sid).with_for_update())
    if call is None:
        call = Call(id=uuid.uuid4(), provider_sid=notice.provider_sid, started_at=now)
        session.add(call)
    if notice.sender is not None and call.caller_lookup is None:  # the first callback may not say who rang
        call.keep_caller(notice.sender)
    session.flush()
    tip_of(session, call, now)
    _remember(session, call, notice.kind, notice.key, now)
    if notice.ended and call.ended_at is None:
        call.ended_at = now
    if notice.duration_s is not None:
        call.duration_s = notice.duration_s
    settle(session, call)
    return call


def tip_of(session: Session, call: Call, now: datetime) -> Tip:
    """The tip that a call ends in, made now when it has none; it keeps the caller's number from here on."""
    tip = session.get(Tip, call.tip_id) if call.tip_id is not None else None
    caller = call.take_caller()
    if tip is None:
        tip = tips.create(session, "voice", caller, now)
        call.tip_id = tip.id
    elif caller is not None and tip.sender_withheld:
        tips.set_sender(session, tip, caller, now)
    session.flush()
    return tip


def note_recording(session: Session, call: Call, notice: RecordingNotice, now: datetime) -> Recording:
    """The recording of a callback, new or known; one that was said to be absent may still turn up."""
    recording = session.scalar(
        select(Recording).where(Recording.provider_sid == notice.provider_sid).with_for_update()
    )
    state = RecordingState.ABSENT if notice.absent else RecordingState.TO_FETCH
    if recording is None:
        tip = tip_of(session, call, now)
        recording = Recording(
            id=uuid.uuid4(), tip_id=tip.id, call_id=call.id, provider_sid=notice.provider_sid,
            created_at=now, state=state,
        )  # fmt: skip
        session.add(recording)
        tip.unread = True
    elif recording.state == RecordingState.ABSENT:
        recording.state = state
    if notice.duration_s is not None:
        recording.announced_s = notice.duration_s
    session.flush()
    settle(session, call)
    return recording


def settle(session: Session, call: Call) -> None:
    """A call that ended with nothing recorded is marked, until a late recording says otherwise."""
    states = session.scalars(select(Recording.state).where(Recording.call_id == call.id)).all()
    heard = any(state != RecordingState.ABSENT for state in states)
    call.silent = not heard and (call.ended_at is not None or bool(states))
    session.flush()


def _remember(session: Session, call: Call, kind: str, key: str, now: datetime) -> None:
    known = select(CallEvent.id).where(
        CallEvent.call_id == call.id, CallEvent.kind == kind, CallEvent.key == key
    )
    if session.scalar(known) is None:
        session.add(CallEvent(call_id=call.id, at=now, kind=kind, key=key))
        session.flush()
