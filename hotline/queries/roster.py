"""Who is on duty: a unit's week as a table, and one person's leave, specialities and telephone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, selectinload

from hotline.clock import local, start_of
from hotline.errors import NotFound
from hotline.models import Absence, Shift, Staff, Tip, Unit
from hotline.queries import sight
from hotline.rules.access import Action, Viewer, allowed
from hotline.rules.lifecycle import Status
from hotline.services import duty

WEEK = timedelta(days=7)
# As much of a colleague's telephone as tells two apart.
LAST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class ShiftView:
    """A turn on duty; `running` while it is under way, `over` after it."""

    id: uuid.UUID
    starts_at: datetime
    ends_at: datetime
    running: bool
    over: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One person's day: the shifts that begin on it, and whether it is a day of leave."""

    day: date
    shifts: tuple[ShiftView, ...]
    on_leave: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One person's week; `phone` is cut to its last digits for those who have no business with it.

    `on_duty` is who is called now: on shift, and not on leave.
    """

    id: uuid.UUID
    name: str
    role: str
    phone: str | None
    specialities: tuple[str, ...]
    days: tuple[Cell, ...]
    on_duty: bool


@dataclass(frozen=True, slots=True)
class RosterView:
    """A unit's week from its Monday; `kept` says whether any shift is still to come or under way."""

    unit_id: uuid.UUID
    unit: str
    monday: date
    today: date
    lines: tuple[Line, ...]
    kept: bool


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """An entry of leave, both days included; `shifts` are starts of those still on the roster that fall into it."""

    id: uuid.UUID
    first_day: date
    last_day: date
    running: bool
    shifts: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person as whoever arranges their duty sees them; leave that is over is left out."""

    id: uuid.UUID
    username: str
    name: str
    role: str
    unit_id: uuid.UUID
    unit: str
    active: bool
    phone: str | None
    specialities: tuple[str, ...]
    absences: tuple[AbsenceView, ...]
    open_tips: int
    urgent_tips: int


def roster(
    session: Session, viewer: Viewer, unit_id: uuid.UUID | None, day: date, now: datetime
) -> RosterView:
    """The week of `day` at a unit in sight (None: the viewer's own); raises NotFound for another."""
    sight.require(viewer, Action.READ_TIPS)
    own = select(Unit).join(Staff, Staff.unit_id == Unit.id).where(Staff.id == viewer.staff_id)
    unit = session.scalar(own) if unit_id is None else session.get(Unit, unit_id)
    if unit is None or not unit.seen_by(viewer):
        raise NotFound("Không có đơn vị này trong các đơn vị của bạn.")
    monday = day - timedelta(days=day.weekday())
    start, end = start_of(monday), start_of(monday + WEEK)
    shifts = session.scalars(
        select(Shift)
        .where(Shift.unit_id == unit.id, Shift.ends_at > start, Shift.starts_at < end)
        .order_by(Shift.starts_at)
    ).all()
    absences = session.scalars(
        select(Absence).where(Absence.first_day < monday + WEEK, Absence.last_day >= monday)
    ).all()
    people = session.scalars(
        select(Staff)
        .where(Staff.unit_id == unit.id, Staff.active, Staff.role.in_(allowed(Action.WORK_TIPS)))
        .order_by(Staff.display_name)
        .options(selectinload(Staff.specialities))
    ).all()
    there = duty.presence(session, [unit.id], now)
    days = [monday + timedelta(days=n) for n in range(7)]
    lines = [
        Line(
            person.id,
            person.display_name,
            person.role,
            _phone(viewer, person),
            _codes(person),
            tuple(
                Cell(
                    one,
                    tuple(
                        _shift(shift, now)
                        for shift in shifts
                        if shift.staff_id == person.id and local(shift.starts_at).date() == one
                    ),
                    any(a.staff_id == person.id and a.first_day <= one <= a.last_day for a in absences),
                )
                for one in days
            ),
            person.id in there.on and person.id not in there.away,
        )
        for person in people
    ]
    return RosterView(unit.id, unit.name, monday, local(now).date(), tuple(lines), unit.id in there.rostered)


def person_detail(session: Session, viewer: Viewer, staff_id: uuid.UUID, now: datetime) -> PersonView:
    """One person in sight; raises NotFound for anyone else, NotAllowed for who does not arrange duty."""
    sight.require(viewer, Action.MANAGE_ROSTER)
    urgent = func.coalesce(func.sum(case((Tip.urgent, 1), else_=0)), 0)
    held = select(func.count(), urgent).where(Tip.officer_id == staff_id, Tip.status != Status.CLOSED)
    person = session.scalar(
        select(Staff)
        .where(Staff.id == staff_id, Staff.unit_id.in_(sight.units(viewer)))
        .options(selectinload(Staff.unit), selectinload(Staff.specialities))
    )
    if person is None:
        raise NotFound("Không có người này trong các đơn vị của bạn.")
    today = local(now).date()
    absences = session.scalars(
        select(Absence)
        .where(Absence.staff_id == staff_id, Absence.last_day >= today)
        .order_by(Absence.first_day)
    )
    to_come = select(Shift).where(Shift.staff_id == staff_id, Shift.ends_at > now)
    shifts = session.scalars(to_come.order_by(Shift.starts_at)).all()
    count, pressing = session.execute(held).one()
    return PersonView(
        person.id,
        person.username,
        person.display_name,
        person.role,
        person.unit_id,
        person.unit.name,
        person.active,
        person.duty_phone,
        _codes(person),
        tuple(_absence(absence, shifts, today) for absence in absences),
        count,
        int(pressing),
    )


def _absence(absence: Absence, shifts: Sequence[Shift], today: date) -> AbsenceView:
    start, end = start_of(absence.first_day), start_of(absence.last_day + timedelta(days=1))
    within = tuple(shift.starts_at for shift in shifts if shift.ends_at > start and shift.starts_at < end)
    return AbsenceView(absence.id, absence.first_day, absence.last_day, absence.first_day <= today, within)


def _shift(shift: Shift, now: datetime) -> ShiftView:
    running = shift.starts_at <= now < shift.ends_at
    return ShiftView(shift.id, shift.starts_at, shift.ends_at, running, shift.ends_at <= now)


def _codes(person: Staff) -> tuple[str, ...]:
    return tuple(sorted(speciality.category for speciality in person.specialities))


def _phone(viewer: Viewer, person: Staff) -> str | None:
    if person.duty_phone is None or viewer.may(Action.MANAGE_ROSTER) or viewer.staff_id == person.id:
        return person.duty_phone
    return "…" + person.duty_phone[-LAST_DIGITS:]
