"""Calls coming in: callbacks in any order, repeated or missing, end in one tip with all its recordings.

Which tip that is, shows when the caller has chosen (callers.py): until there is something to keep, a call has none.
Locks are taken in one order: the call, its tip, its recordings, the end of the audit chain.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.models import Call, CallEvent, Recording, Tip
from hotline.models.call import RecordingState
from hotline.rules.call_menu import Moment
from hotline.services import audit, tips

# No call lasts so long: one that still has no tip was never told to have ended.
FORGOTTEN = timedelta(hours=4)


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
    """A recording as the provider announces it: `absent` when nothing was said, `started_at` where it is told."""

    provider_sid: str
    absent: bool
    duration_s: int | None
    started_at: datetime | None = None


def note_call(session: Session, notice: CallNotice, now: datetime) -> Call:
    """The call of a callback, locked, and made if this is the first we hear of it; one that ended has its tip."""
    call = session.scalar(select(Call).where(Call.provider_sid == notice.provider_sid).with_for_update())
    if call is None:
        call = Call(id=uuid.uuid4(), provider_sid=notice.provider_sid, started_at=now)
        session.add(call)
    if notice.sender is not None and call.caller_lookup is None:  # the first callback may not say who rang
        call.keep_caller(notice.sender)
    session.flush()
    remember(session, call, notice.kind, now, key=notice.key)
    if notice.duration_s is not None:
        call.duration_s = notice.duration_s
    if notice.ended:
        end(session, call, now)
    elif call.tip_id is not None:
        tip_of(session, call, now)
    return call


def end(session: Session, call: Call, now: datetime) -> None:
    """A call is over: whatever came of it, it has a tip, for who rang may need help."""
    if call.ended_at is None:
        call.ended_at = now
    tip_of(session, call, now)
    settle(session, call)


def forgotten(session: Session, now: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Calls of which nothing more was told, the provider being silent too, and that have no tip yet."""
    return session.scalars(
        select(Call.id).where(Call.tip_id.is_(None), Call.started_at < now - FORGOTTEN).limit(limit)
    ).all()


def end_forgotten(session: Session, call_id: uuid.UUID, now: datetime) -> None:
    """Take such a call for ended, unless it has been told of since."""
    call = session.get_one(Call, call_id, with_for_update=True)
    if call.tip_id is None:
        end(session, call, now)


def tip_of(session: Session, call: Call, now: datetime) -> Tip:
    """The tip that a call ends in, locked: its own, made now when it has none, or the one that it goes on with.

    It keeps the caller's number from here on, unless it is somebody else's: who keys a code stays unknown.
    """
    offered = call.offered_tip_id if call.tip_id is None else None
    if offered is not None and not happened(session, call, Moment.CONTINUE_DECLINED):
        return join(session, call, offered, Moment.CONTINUED, now)
    tip = None if call.tip_id is None else session.get_one(Tip, call.tip_id, with_for_update=True)
    caller = call.take_caller()
    if tip is None:
        tip = tips.create(session, "voice", caller, now)
        call.tip_id = tip.id
        if caller is None:
            remember(session, call, Moment.WITHHELD, now)
    elif caller is not None and tip.sender_withheld and not happened(session, call, Moment.CODE_ACCEPTED):
        tips.set_sender(session, tip, caller, now)
    session.flush()
    return tip


def join(
    session: Session, call: Call, tip_id: uuid.UUID, how: Moment, now: datetime, *, key: str = ""
) -> Tip:
    """Let a call that has no tip yet add to one made before, locked; the caller's number is forgotten."""
    tip = session.get_one(Tip, tip_id, with_for_update=True)
    call.take_caller()
    call.tip_id = tip.id
    tip.last_contact_at = now
    session.flush()
    remember(session, call, how, now, key=key)
    audit.record(session, None, "call_joined", tip.id, now=now, call_id=call.id, how=how)
    return tip


def note_recording(session: Session, call: Call, notice: RecordingNotice, now: datetime) -> Recording:
    """The recording of a callback, new or known; one that was said to be absent may still turn up."""
    tip = tip_of(session, call, now)
    recording = session.scalar(
        select(Recording).where(Recording.provider_sid == notice.provider_sid).with_for_update()
    )
    state = RecordingState.ABSENT if notice.absent else RecordingState.TO_FETCH
    if recording is None:
        recording = Recording(
            id=uuid.uuid4(), tip_id=tip.id, call_id=call.id, provider_sid=notice.provider_sid,
            created_at=now, state=state,
        )  # fmt: skip
        session.add(recording)
    elif recording.state == RecordingState.ABSENT and not notice.absent:
        recording.state = state
    else:
        state = RecordingState.ABSENT  # nothing new
    if state != RecordingState.ABSENT:
        tip.unread = True
        # What waited apart is somebody's again once its sender speaks after the mute.
        tip.muted = tip.muted and tips.is_muted(session, tip, now)
    if notice.duration_s is not None:
        recording.announced_s = notice.duration_s
    if notice.started_at is not None:
        recording.started_at = notice.started_at
    session.flush()
    settle(session, call)
    return recording


def settle(session: Session, call: Call) -> None:
    """A call that ended with nothing said to anybody is marked, until a late recording says otherwise."""
    states = session.scalars(select(Recording.state).where(Recording.call_id == call.id)).all()
    heard = any(state != RecordingState.ABSENT for state in states)
    # Who only came for the answer, or spoke to the officer on duty, was not silent.
    call.silent = (
        not heard
        and (call.ended_at is not None or bool(states))
        and not happened(session, call, Moment.CODE_ACCEPTED, Moment.DUTY_ACCEPTED)
    )
    session.flush()


def remember(session: Session, call: Call, kind: str, now: datetime, *, key: str = "", **detail: Any) -> bool:
    """Note a moment of a call once; False when it was noted before."""
    known = select(CallEvent.id).where(
        CallEvent.call_id == call.id, CallEvent.kind == kind, CallEvent.key == key
    )
    if session.scalar(known) is not None:
        return False
    session.add(CallEvent(call_id=call.id, at=now, kind=kind, key=key, detail=detail or None))
    session.flush()
    return True


def happened(session: Session, call: Call, *kinds: Moment) -> bool:
    """Whether one of these moments was noted of a call."""
    found = select(CallEvent.id).where(CallEvent.call_id == call.id, CallEvent.kind.in_(kinds))
    return bool(session.scalar(select(found.exists())))
