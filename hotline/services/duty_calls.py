"""Putting a caller through to the officer on duty: whom to ring, who took the call, and for how long."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.models import Call, CallEvent, Shift, Staff
from hotline.rules.call_menu import Moment
from hotline.services import audit, calls, duty, tips

# One after the other, because the first telephone that is picked up ends the ringing of the others, and what picks
# up first is a voicemail. A frightened person waits for two, not for three.
MOST_RUNG = 2
ANSWERED = "completed"


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody who may be rung."""

    staff_id: uuid.UUID
    phone: str


def reachable(session: Session, now: datetime) -> list[OnDuty]:
    """Who is on shift at the duty unit at this moment with a duty telephone, the longest on shift first.

    Without a roster nobody has said that they are awake: then nobody is rung.
    """
    unit = tips.duty_unit(session)
    present = duty.presence(session, [unit.id], now)
    people = session.execute(
        select(Staff.id, Staff.duty_phone)
        .join(Shift, Shift.staff_id == Staff.id)
        .where(Shift.unit_id == unit.id, Shift.starts_at <= now, Shift.ends_at > now)
        .where(Staff.active, Staff.duty_phone.is_not(None))
        .order_by(Shift.starts_at, Staff.id)
    )
    return [OnDuty(id_, phone) for id_, phone in people if phone and id_ in present.on - present.away]


def next_to_ring(session: Session, call: Call, now: datetime) -> OnDuty | None:
    """Whom to ring for a caller, who has a tip from here on; None when everybody was tried or nobody is there."""
    calls.tip_of(session, call, now)
    tried = set(
        session.scalars(
            select(CallEvent.key).where(
                CallEvent.call_id == call.id, CallEvent.kind == Moment.NOT_PUT_THROUGH
            )
        )
    )
    left = [person for person in reachable(session, now) if str(person.staff_id) not in tried]
    if not left or len(tried) >= MOST_RUNG:
        if not tried:
            calls.remember(session, call, Moment.DUTY_NONE, now)
        return None
    person = left[0]
    calls.remember(
        session, call, Moment.DUTY_RUNG, now, key=str(person.staff_id), staff_id=str(person.staff_id)
    )
    return person


def accepted(session: Session, call: Call, staff_id: uuid.UUID, now: datetime) -> None:
    """The officer pressed the key that no voicemail presses."""
    calls.remember(session, call, Moment.DUTY_ACCEPTED, now, key=str(staff_id), staff_id=str(staff_id))


def rung(
    session: Session, call: Call, staff_id: uuid.UUID, status: str, seconds: int | None, *, bridged: bool,
    now: datetime,
) -> bool:  # fmt: skip
    """What became of ringing somebody, in the provider's word; True when the two have spoken."""
    key = str(staff_id)
    took = select(CallEvent.id).where(
        CallEvent.call_id == call.id, CallEvent.kind == Moment.DUTY_ACCEPTED, CallEvent.key == key
    )
    if status != ANSWERED or not bridged or session.scalar(took) is None:
        calls.remember(session, call, Moment.NOT_PUT_THROUGH, now, key=key, staff_id=key, status=status)
        return False
    if calls.remember(session, call, Moment.PUT_THROUGH, now, key=key, staff_id=key, seconds=seconds):
        call.finished_at = call.finished_at or now
        tip = calls.tip_of(session, call, now)
        audit.record(
            session,
            None,
            "call_put_through",
            tip.id,
            now=now,
            call_id=call.id,
            staff_id=staff_id,
            seconds=seconds,
        )
    return True
