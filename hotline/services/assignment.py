"""Giving tips to units and people, by the rules or by hand, and handing over what somebody held."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, selectinload

from hotline.errors import InvalidChange, NotFound
from hotline.models import Assignment, Staff, Tip, Unit
from hotline.rules.access import Action, Role, Viewer
from hotline.rules.assignment import Choice, OfficerFacts, Spot, UnitFacts, choose_officer, choose_unit
from hotline.rules.gazetteer import COMMUNE, PROVINCE, gazetteer
from hotline.rules.lifecycle import Status
from hotline.rules.places import Place
from hotline.services import alarms, audit, duty, tips

# Who takes a unit's tips: its officers; where a post has none, whoever else is there.
TURNS = (Role.OFFICER, Role.DUTY, Role.LEADER, Role.ADMIN)


def choose(
    session: Session, tip: Tip, places: Sequence[Place], now: datetime, because: str | None = None
) -> Choice | None:
    """Where the rules send a tip that nobody has yet; None when it stays where it is.

    `because` is a reason that stands instead of the rules' own. What a muted sender writes waits for nobody
    unless it is urgent. Locks people, so ask before anything is audited.
    """
    if tip.status != Status.NEW or tip.officer_id is not None or (tip.muted and not tip.urgent):
        return None
    choice = officer_by_rules(session, tip, unit_by_rules(session, tip, places), now)
    if because is not None:
        choice = replace(choice, reason=choice.reason | {"code": because})
    last = tip.assignments[-1].reason if tip.assignments else None
    same = choice.officer_id is None and choice.unit_id == tip.unit_id and last == choice.reason
    return None if same else choice


def unit_by_rules(session: Session, tip: Tip, places: Sequence[Place]) -> Choice:
    """The unit that the rules choose for a tip of these places, whoever has it."""
    spots = [found for place in places if (found := _spots(place))]
    return choose_unit(_first_category(tip), spots, _units(session))


def officer_by_rules(session: Session, tip: Tip, chosen: Choice, now: datetime) -> Choice:
    """The same with one of the unit's people. Locks people, so ask before anything is audited."""
    return choose_officer(_first_category(tip), chosen, people(session, chosen.unit_id, now))


def assign(session: Session, tip: Tip, choice: Choice, by_id: uuid.UUID | None, now: datetime) -> None:
    """Give the tip to a unit and, where one was chosen, an officer; the reason is kept.

    Whoever is given an urgent tip by others has to say that they have it.
    """
    moved = (tip.unit_id, tip.officer_id) != (choice.unit_id, choice.officer_id)
    tip.unit_id, tip.officer_id = choice.unit_id, choice.officer_id
    if tip.status in (Status.NEW, Status.ASSIGNED):
        tip.status = Status.NEW if choice.officer_id is None else Status.ASSIGNED
    session.add(
        Assignment(
            tip_id=tip.id,
            at=now,
            unit_id=choice.unit_id,
            officer_id=choice.officer_id,
            by_id=by_id,
            reason=choice.reason,
        )
    )
    session.flush()
    audit.record(
        session, by_id, "tip_assigned", tip.id, now=now, unit_id=choice.unit_id,
        officer_id=choice.officer_id, reason=choice.reason["code"],
    )  # fmt: skip
    if by_id is not None and choice.officer_id == by_id:
        alarms.answered(session, tip, by_id, now)
    elif moved and tip.urgent and tip.status != Status.CLOSED:
        session.refresh(tip, ["unit"])
        alarms.raise_alarm(session, tip, now)


def hand_back(session: Session, tip: Tip, by_id: uuid.UUID | None, now: datetime) -> None:
    """Take the tip off its officer's desk; the unit has it again, new."""
    tip.status = Status.NEW
    assign(session, tip, Choice(tip.unit_id, None, {"code": "handed_back"}), by_id, now)


def hand_over(
    session: Session, viewer: Viewer, from_id: uuid.UUID, to_id: uuid.UUID | None, now: datetime
) -> int:
    """Give everything open that a person holds to another, or back to the units (None); how many tips it was."""
    tips.require(viewer, Action.ASSIGN)
    giver = duty.person_in_sight(session, viewer, from_id)
    return pass_on(session, viewer, giver, to_id, now)


def pass_on(
    session: Session, viewer: Viewer | None, giver: Staff, to_id: uuid.UUID | None, now: datetime
) -> int:
    """The same for a person already found; `viewer` is None on the command line."""
    taker = None
    if to_id is not None:
        taker = session.get(Staff, to_id)
        if taker is None or (viewer is not None and not taker.unit.seen_by(viewer)):
            raise NotFound("Không có người này trong các đơn vị của bạn.")
        if taker.id == giver.id or not taker.active or not taker.viewer.may(Action.WORK_TIPS):
            raise InvalidChange("Hãy chọn một cán bộ khác đang làm việc để nhận bàn giao.")
    # Both in one order, so that two hand-overs the other way round do not wait for each other.
    duty.lock_people(session, [giver.id, *([] if taker is None else [taker.id])])
    if taker is not None and not taker.active:
        raise InvalidChange("Hãy chọn một cán bộ khác đang làm việc để nhận bàn giao.")
    by_id = None if viewer is None else viewer.staff_id
    # What was closed or given away while we waited is no longer held and stays as it is.
    held = select(Tip).where(Tip.officer_id == giver.id, Tip.status != Status.CLOSED).order_by(Tip.id)
    found = session.scalars(held.with_for_update().execution_options(populate_existing=True)).all()
    for tip in found:
        tip.status = Status.NEW if taker is None else Status.ASSIGNED
        choice = Choice(
            tip.unit_id if taker is None else taker.unit_id,
            None if taker is None else taker.id,
            {"code": "handed_over", "from": str(giver.id)},
        )
        assign(session, tip, choice, by_id, now)
    if found:
        audit.record(
            session, by_id, "tips_handed_over", now=now, from_id=giver.id, to_id=to_id, tips=len(found)
        )
    return len(found)


def people(session: Session, unit_id: uuid.UUID, now: datetime) -> list[OfficerFacts]:
    """The active people of a unit who can take tips, with what is on their desks and whether they are there."""
    urgent = func.coalesce(func.sum(case((Tip.urgent, 1), else_=0)), 0)
    # Held until the tip is given, so that nobody leaves in between and takes it along.
    session.execute(
        select(Staff.id).where(Staff.unit_id == unit_id).order_by(Staff.id).with_for_update(read=True)
    ).all()
    rows = session.execute(
        select(Staff.id, Staff.role, func.count(Tip.id), urgent)
        .outerjoin(Tip, (Tip.officer_id == Staff.id) & (Tip.status != Status.CLOSED))
        .where(Staff.unit_id == unit_id, Staff.active, Staff.role.in_(TURNS))
        .group_by(Staff.id, Staff.role)
    ).all()
    there = duty.presence(session, [unit_id], now)
    return [
        OfficerFacts(
            id=who,
            open_tips=count,
            urgent_tips=int(pressing),
            turn=TURNS.index(Role(role)),
            on_shift=there.on_shift(unit_id, who),
            on_leave=who in there.away,
            specialities=there.specialities.get(who, frozenset()),
        )
        for who, role, count, pressing in rows
    ]


def _first_category(tip: Tip) -> str | None:
    return next((found.code for found in tip.categories if found.in_force), None)


def _units(session: Session) -> list[UnitFacts]:
    areas = (selectinload(Unit.areas), selectinload(Unit.provinces), selectinload(Unit.categories))
    return [
        UnitFacts(
            unit.id,
            frozenset(area.commune_code for area in unit.areas),
            unit.is_duty,
            frozenset(area.province_code for area in unit.provinces),
            frozenset(listed.category for listed in unit.categories),
        )
        for unit in session.scalars(select(Unit).order_by(Unit.path).options(*areas))
    ]


def _spots(place: Place) -> list[Spot]:
    if place.level == COMMUNE:
        return [Spot(commune.province_code, commune.code) for commune in place.candidates]
    # A district's or province's name says too little to choose one of its communes by.
    codes = [commune.province_code for commune in place.candidates]
    if place.level == PROVINCE and place.province is not None:
        codes = [_province_codes()[place.province]]
    return [Spot(code) for code in dict.fromkeys(codes)]


@cache
def _province_codes() -> dict[str, str]:
    return {commune.province: commune.province_code for commune in gazetteer().communes}
