"""What callers choose: their language, going on with a cut call, a code and its answer, texts, the end.

Each choice comes with a webhook that may be repeated: it is noted once, and what it leads to is told the same again.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from hotline.models import Call, CallEvent, Message, Recording, Tip
from hotline.models.call import RecordingState
from hotline.models.message import MessageState
from hotline.models.sealed import TipKey
from hotline.rules import tip_code
from hotline.rules.call_menu import Ask, Moment, keyed_code
from hotline.rules.lifecycle import Status
from hotline.rules.replies import can_reach
from hotline.services import audit, calls, tips
from hotline.services.calls import CallNotice

HOUR = timedelta(hours=1)
# What a caller can listen to and still remember the first of.
MOST_ANSWERS = 3


def note_key(session: Session, call: Call, asked: Ask, step: int, key: str, now: datetime) -> None:
    """Remember what was pressed at a question; "" is that nothing was."""
    calls.remember(session, call, Moment.KEY, now, key=str(step), ask=asked, key_pressed=key)


def choose_language(session: Session, call: Call, language: str, step: int, now: datetime) -> None:
    """Speak another language from here on."""
    if calls.remember(session, call, Moment.LANGUAGE, now, key=str(step), language=language):
        call.language = language
        session.flush()


def ring(session: Session, notice: CallNotice, window: timedelta, now: datetime) -> Call:
    """The call as it rings; `offered_tip_id` is set when it is offered to go on with the one before, which was cut.

    Offered once: the same webhook again finds what was decided.
    """
    rang = (
        select(CallEvent.id)
        .join(Call, CallEvent.call_id == Call.id)
        .where(Call.provider_sid == notice.provider_sid, CallEvent.kind == Moment.RANG)
    )
    first = not session.scalar(select(rang.exists()))
    call = calls.note_call(session, notice, now)
    if first and call.tip_id is None:
        before = _call_before(session, call, window, now)
        if before is not None and before.finished_at is None:
            call.offered_tip_id = before.tip_id
            calls.remember(session, call, Moment.CONTINUE_OFFERED, now)
    return call


def decline_to_continue(session: Session, call: Call, now: datetime) -> None:
    """It is about something else."""
    calls.remember(session, call, Moment.CONTINUE_DECLINED, now)


def _call_before(session: Session, call: Call, window: timedelta, now: datetime) -> Call | None:
    """The last call from the same number in which something was said, as far as we were told, or that was finished."""
    if call.caller_lookup is None:
        return None
    recordings = select(Recording.id).where(Recording.call_id == Call.id)
    begun = select(CallEvent.id).where(
        CallEvent.call_id == Call.id, CallEvent.kind == Moment.RECORDING_STARTED
    )
    return session.scalar(
        select(Call)
        .where(
            Call.caller_lookup == call.caller_lookup,
            Call.id != call.id,
            Call.tip_id.is_not(None),
            # Its end may not be told yet, nor what became of the recording that it was cut in.
            func.coalesce(Call.ended_at, Call.started_at) > now - window,
            or_(
                recordings.where(Recording.state != RecordingState.ABSENT).exists(),
                begun.exists() & ~recordings.exists(),
                Call.finished_at.is_not(None),  # also one that had no recording: the officer was spoken to
            ),
        )
        .order_by(Call.started_at.desc())
        .limit(1)
    )


class CodeResult(StrEnum):
    """What became of a keyed code."""

    FOUND = "found"
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """How many codes that no tip has may be keyed in an hour: from one number, and from withheld ones together."""

    of_a_number: int
    withheld: int


_RESULTS = {
    Moment.CODE_ACCEPTED: CodeResult.FOUND,
    Moment.CODE_WRONG: CodeResult.WRONG,
    Moment.CODE_UNKNOWN: CodeResult.WRONG,
    Moment.CODE_LOCKED: CodeResult.LOCKED,
}


def key_in_code(
    session: Session, call: Call, attempt: int, keys: str, limits: CodeLimits, now: datetime
) -> CodeResult:
    """Let a call add to the tip whose code was keyed; what was keyed is kept nowhere.

    A mistyped code fails its check digit and is no guess; who guesses knows the check digit, and is counted.
    """
    attempts = select(CallEvent.kind).where(
        CallEvent.call_id == call.id, CallEvent.key == str(attempt), CallEvent.kind.in_(_RESULTS)
    )
    if (known := session.scalar(attempts)) is not None:
        return _RESULTS[Moment(known)]
    kind, tip = _looked_up(session, call, keyed_code(keys), limits, now)
    if tip is not None and call.tip_id is None:
        calls.join(session, call, tip.id, kind, now, key=str(attempt))
    else:
        calls.remember(session, call, kind, now, key=str(attempt))
    return _RESULTS[kind]


def _looked_up(
    session: Session, call: Call, code: str, limits: CodeLimits, now: datetime
) -> tuple[Moment, Tip | None]:
    if not tip_code.is_code(code):
        return Moment.CODE_WRONG, None
    if _guesses(session, call, now) >= (
        limits.withheld if call.caller_lookup is None else limits.of_a_number
    ):
        return Moment.CODE_LOCKED, None
    tip = tips.by_code(session, code)
    if tip is not None and session.get(TipKey, tip.id) is None:
        tip = None  # its content was deleted for good: nothing is left to tell or to add to
    return (Moment.CODE_UNKNOWN if tip is None else Moment.CODE_ACCEPTED), tip


def _guesses(session: Session, call: Call, now: datetime) -> int:
    return (
        session.scalar(
            select(func.count(CallEvent.id))
            .join(Call, CallEvent.call_id == Call.id)
            .where(
                CallEvent.kind == Moment.CODE_UNKNOWN,
                CallEvent.at > now - HOUR,
                # Compared with NULL where it is withheld, which needs "IS NULL".
                Call.caller_lookup.is_not_distinct_from(call.caller_lookup),
            )
        )
        or 0
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be told to whoever keyed a code: how the tip stands, and what officers wrote to be heard."""

    status: Status
    bodies: Sequence[str]


def answer(session: Session, call: Call, now: datetime) -> Answer | None:
    """What waits to be heard, marked as heard; what was heard before is told again only if nothing is new.

    None when the call was not let in by a code.
    """
    if call.tip_id is None or not calls.happened(session, call, Moment.CODE_ACCEPTED):
        return None
    tip = session.get_one(Tip, call.tip_id, with_for_update=True)
    written = session.scalars(
        select(Message)
        .where(Message.tip_id == tip.id, Message.state.in_((MessageState.TO_HEAR, MessageState.HEARD)))
        .order_by(Message.at)
    ).all()
    # New to this call, however often it listens.
    new = [m for m in written if m.heard_at is None or m.heard_at >= call.started_at][-MOST_ANSWERS:]
    for message in new:
        if message.heard_at is None:
            message.state, message.heard_at = MessageState.HEARD, now
            audit.record(session, None, "reply_heard", tip.id, now=now, message_id=message.id)
    calls.remember(session, call, Moment.ANSWER_READ, now, messages=len(new))
    return Answer(Status(tip.status), [message.body or "" for message in new or written[-1:]])


@dataclass(frozen=True, slots=True)
class Farewell:
    """What a caller who left words is told.

    `code` is None for who has it. `texts` is whether they agreed to texts so far, None where none can be sent.
    """

    code: str | None
    texts: bool | None


def farewell(session: Session, call: Call, now: datetime) -> Farewell:
    """What to tell after a recording.

    Phones are shared: who goes on with a cut call hears its code only if it was never read out.
    """
    tip = calls.tip_of(session, call, now)
    kept_back = calls.happened(session, call, Moment.CONTINUED) and code_told(
        session, tip.id, besides=call.id
    )
    if not kept_back:
        calls.remember(session, call, Moment.CODE_READ, now)
    return Farewell(None if kept_back else tip.code, tip.texts_agreed if _may_text(call, tip) else None)


def code_told(session: Session, tip_id: uuid.UUID, *, besides: uuid.UUID | None = None) -> bool:
    """Whether a tip's code was read out, or keyed, in a call other than `besides`."""
    told = (
        select(CallEvent.id)
        .join(Call, CallEvent.call_id == Call.id)
        .where(Call.tip_id == tip_id, CallEvent.kind.in_((Moment.CODE_READ, Moment.CODE_ACCEPTED)))
        .where(Call.id.is_distinct_from(besides))
    )
    return bool(session.scalar(select(told.exists())))


def agree_to_texts(session: Session, call: Call, step: int, now: datetime) -> None:
    """The caller lets answers be texted to their number, or takes it back: phones are shared, and fingers slip."""
    tip = calls.tip_of(session, call, now)
    chosen = select(CallEvent.id).where(
        CallEvent.call_id == call.id,
        CallEvent.kind.in_((Moment.TEXTS_AGREED, Moment.TEXTS_STOPPED)),
        CallEvent.key == str(step),
    )
    if not _may_text(call, tip) or session.scalar(chosen) is not None:
        return
    tip.texts_agreed = not tip.texts_agreed
    kind = Moment.TEXTS_AGREED if tip.texts_agreed else Moment.TEXTS_STOPPED
    calls.remember(session, call, kind, now, key=str(step))
    audit.record(session, None, kind, tip.id, now=now, call_id=call.id)


def _may_text(call: Call, tip: Tip) -> bool:
    """Whether a caller may be asked: it is their tip and their number, and a text can reach it."""
    return (
        tip.channel == "voice"
        and call.caller_lookup is not None
        and call.caller_lookup == tip.sender_lookup
        and can_reach(tip.sender)
    )


def finish(session: Session, call: Call, now: datetime) -> None:
    """The caller has come to the end of what they wanted to say."""
    if calls.remember(session, call, Moment.FINISHED, now):
        call.finished_at = now
        session.flush()
