"""The alarm of an urgent tip: raised with it, climbing the chain until somebody has it; the database is the truth.

Whoever makes a tip urgent, or gives an urgent one to somebody, raises its alarm in the same transaction. It is due
at once: a hint or the sweep takes its steps, each in a transaction of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, selectinload

from hotline.errors import KeyUnavailable
from hotline.models import Alarm, Page, Staff, Tip, Unit
from hotline.models.duty import PageState
from hotline.rules.access import Action, Role, Viewer, allowed
from hotline.rules.alarm import Person, next_step, page_text, pause_after
from hotline.rules.lifecycle import Status
from hotline.services import audit, duty, tips, work
from hotline.services.outbound import INTERRUPTED


def raise_alarm(session: Session, tip: Tip, now: datetime) -> None:
    """Call somebody for an urgent tip, from the first step on; one that was not heard yet stays as it is."""
    alarm = session.get(Alarm, tip.id)
    if alarm is not None and alarm.next_at is not None and alarm.step == 0:
        return
    if alarm is None:
        alarm = Alarm(tip_id=tip.id)
        session.add(alarm)
    alarm.raised_at, alarm.step, alarm.next_at = now, 0, now
    alarm.acknowledged_at = alarm.acknowledged_by_id = None
    session.flush()
    audit.record(session, None, "alarm_raised", tip.id, now=now)


def follow(session: Session, tip: Tip, was_urgent: bool, now: datetime, *, news: bool = False) -> None:
    """Raise or call off the alarm as the tip's urgency changed; a closed tip has one while its news are unread.

    `news` are urgent words that came just now: whoever had the tip knows only of the older ones.
    """
    if not tip.urgent:
        call_off(session, tip, now)
        return
    became = not was_urgent and (tip.status != Status.CLOSED or tip.unread)
    if (became or news) and not sounding(session, tip.id):
        raise_alarm(session, tip, now)


def sounding(session: Session, tip_id: uuid.UUID) -> bool:
    """Whether an alarm waits for somebody."""
    alarm = session.get(Alarm, tip_id)
    return alarm is not None and alarm.next_at is not None


def acknowledge(session: Session, viewer: Viewer, tip_id: uuid.UUID, now: datetime) -> bool:
    """Somebody has it, which ends the alarm and those of linked tips; False when it had ended before."""
    tips.take_turn(session)
    tips.hold_event(session, tip_id)
    tip = tips.visible(session, viewer, tip_id, Action.WORK_TIPS)
    return event_answered(session, tip, viewer.staff_id, now)


def event_answered(session: Session, tip: Tip, staff_id: uuid.UUID, now: datetime) -> bool:
    """The same for an event at hand, held: one fire, however many tell of it, is answered once."""
    if tip.matter_id is not None:
        linked = select(Tip).where(Tip.matter_id == tip.matter_id, Tip.id != tip.id).order_by(Tip.id)
        for other in session.scalars(linked).all():
            answered(session, other, staff_id, now)
    return answered(session, tip, staff_id, now)


def joined(session: Session, together: Sequence[Tip], by_id: uuid.UUID, now: datetime) -> None:
    """Locked tips have become one event: none of them rings where somebody has an urgent one that is still open."""
    pressing = [tip.id for tip in together if tip.urgent and tip.status != Status.CLOSED]
    known = session.scalar(
        select(Alarm)
        .where(Alarm.tip_id.in_(pressing), Alarm.acknowledged_at.is_not(None))
        .order_by(Alarm.acknowledged_at.desc())
        .limit(1)
    )
    if known is None:
        return
    answer = {"acknowledged_at": now, "acknowledged_by_id": known.acknowledged_by_id}
    for tip in together:
        if _end(session, tip, **answer):
            audit.record(session, by_id, "alarm_joined", tip.id, now=now, other_id=known.tip_id)


def answered(session: Session, tip: Tip, staff_id: uuid.UUID, now: datetime) -> bool:
    """The same for one tip at hand, locked."""
    if not _end(session, tip, acknowledged_at=now, acknowledged_by_id=staff_id):
        return False
    audit.record(session, staff_id, "alarm_acknowledged", tip.id, now=now)
    return True


def call_off(session: Session, tip: Tip, now: datetime) -> None:
    """Nobody is needed any more: the tip was closed or is not urgent after all."""
    if _end(session, tip):
        audit.record(session, None, "alarm_called_off", tip.id, now=now)


def due(session: Session, now: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Alarms whose next step has come, the longest waiting first."""
    return session.scalars(
        select(Alarm.tip_id).where(Alarm.next_at <= now).order_by(Alarm.next_at).limit(limit)
    ).all()


def climb(session: Session, tip_id: uuid.UUID, now: datetime, pause: timedelta) -> list[uuid.UUID]:
    """Take the next step of an alarm if it is due; ids of the pages that are to be sent.

    Two that climb at once take one step: the second finds it taken.
    """
    tip = session.get(Tip, tip_id, with_for_update=True)
    alarm = session.get(Alarm, tip_id, populate_existing=True)
    if tip is None or alarm is None or alarm.next_at is None or alarm.next_at > now:
        return []
    people = _people(session, tip, now)
    pages = select(Page.staff_id).where(Page.tip_id == tip_id, Page.at >= alarm.raised_at)
    step, called = next_step(alarm.step, people, frozenset(session.scalars(pages)))
    taken = session.execute(
        update(Alarm)
        .where(Alarm.tip_id == tip_id, Alarm.step == alarm.step)
        .values(step=step + 1, next_at=now + pause_after(step, pause))
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result counts its rows
        return []
    session.refresh(alarm)
    made = [_page(session, tip, staff_id, step, now) for staff_id in sorted(called)]
    session.add_all(made)
    session.flush()
    audit.record(
        session, None, "alarm_paged", tip.id, now=now, step=step, staff_ids=[str(page.staff_id) for page in made]
    )  # fmt: skip
    return [page.id for page in made if page.state == PageState.TO_SEND]


def text_of(session: Session, page: Page) -> tuple[str, str] | None:
    """Number and words of a page held to be sent; None, and it is dropped, when nobody is needed any more."""
    tip = session.get_one(Tip, page.tip_id)
    alarm = session.get_one(Alarm, page.tip_id)
    person = session.get_one(Staff, page.staff_id)
    wanted = alarm.next_at is not None and page.at >= alarm.raised_at
    try:
        code = tip.code
    except KeyUnavailable:
        code = None  # its content was deleted
    if not wanted or person.duty_phone is None or code is None:
        work.finish(page, PageState.DROPPED)
        return None
    return person.duty_phone, page_text(code, tip.unit.name)


def sent(session: Session, page: Page, now: datetime) -> None:
    """The provider has taken the text."""
    work.finish(page, PageState.SENT)
    audit.record(session, None, "page_sent", page.tip_id, now=now, page_id=page.id, staff_id=page.staff_id)


def interrupted(session: Session, now: datetime) -> None:
    """Show as failed the pages whose worker died while handing them over; the chain climbs on."""
    lost = select(Page).where(Page.state == PageState.SENDING, Page.lease_until < now)
    for page in session.scalars(lost.with_for_update(skip_locked=True)):
        work.give_up(work.SEND_PAGE, page, INTERRUPTED)


def _end(session: Session, tip: Tip, **how: object) -> bool:
    ended = session.execute(
        update(Alarm)
        .where(Alarm.tip_id == tip.id, Alarm.next_at.is_not(None))
        .values(next_at=None, **how)
        .execution_options(synchronize_session=False)
    )
    alarm = session.get(Alarm, tip.id)
    if alarm is not None:
        session.refresh(alarm)
    return bool(ended.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result counts its rows


def _page(session: Session, tip: Tip, staff_id: uuid.UUID, step: int, now: datetime) -> Page:
    """A demonstration rings nobody's telephone."""
    phone = session.get_one(Staff, staff_id).duty_phone
    by_text = phone is not None and not tip.demonstration
    return Page(
        id=uuid.uuid4(),
        tip_id=tip.id,
        staff_id=staff_id,
        at=now,
        step=step,
        state=PageState.TO_SEND if by_text else PageState.SHOWN,
    )


def _people(session: Session, tip: Tip, now: datetime) -> list[Person]:
    """Everybody whom one of the steps may call."""
    parts = tip.unit.path.strip("/").split("/")
    paths = [f"/{'/'.join(parts[: n + 1])}/" for n in range(len(parts))]
    above = session.scalars(select(Unit).where(Unit.path.in_(paths)).order_by(Unit.path)).all()
    desk = next((unit for unit in reversed(above) if unit.is_duty), None) or tips.duty_unit(session)
    units = {unit.id for unit in above} | {desk.id}
    there = duty.presence(session, units, now)
    found = session.scalars(
        select(Staff)
        .where(or_(Staff.unit_id.in_(units), Staff.id == tip.officer_id))
        .where(Staff.active, Staff.role.in_(allowed(Action.WORK_TIPS)))
        .options(selectinload(Staff.unit))
    )
    return [
        Person(
            id=person.id,
            role=Role(person.role),
            holds=person.id == tip.officer_id,
            at_unit=person.unit_id == tip.unit_id,
            at_desk=person.unit_id == desk.id,
            above=any(person.unit_id == unit.id for unit in above),
            on_shift=there.on_shift(person.unit_id, person.id),
            on_leave=person.id in there.away,
        )
        for person in found
    ]
