"""Who is on duty in the demonstration, and who answers when an urgent tip calls."""

from __future__ import annotations

import random
import uuid
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import select

from hotline.clock import local, start_of
from hotline.demo.stage import Stage
from hotline.models import Alarm, Page, Staff
from hotline.rules.access import Role, Viewer
from hotline.services import alarms, duty

# The default of PAGE_MINUTES.
PAUSE = timedelta(minutes=5)
# How often somebody answers before the next step: of those on duty, of the leaders, of the duty desk.
ANSWERS = (0.65, 0.8, 1.0)
# The roster that began two weeks ago: from where, for how many weeks.
BEGAN = timedelta(days=14)
WEEKS = 5
DAY, MORNING = timedelta(days=1), timedelta(hours=7, minutes=30)
ROSTERED = "24664"
# In each post of the demonstration one or two know something best.
SPECIALITIES = {
    "demo.binh": ("MA_TUY", "TRUY_NA"),
    "demo.ybhiu": ("LAM_SAN",),
    "demo.hai": ("CONG_NGHE_CAO", "LUA_DAO"),
    "demo.kbrel": ("LAM_SAN",),
    "demo.dung": ("TIN_DUNG_DEN",),
}
PHONES = ("demo.truc", "demo.truc2", "demo.duclap", "demo.binh", "demo.ybhiu", "demo.thu", "demo.hai")
# Days of leave, from and to, counted from today.
LEAVE = {"demo.ngan": (-1, 3), "demo.tri": (2, 6)}


def prepare(stage: Stage, begin: datetime, now: datetime) -> None:
    """Specialities and telephones from the start, a roster for two weeks, leave at last."""
    people = {person.username: person for person in stage.session.scalars(select(Staff))}
    admin = next(p.viewer for name, p in people.items() if name.startswith("demo.") and p.role == Role.ADMIN)
    for username, codes in SPECIALITIES.items():
        duty.set_specialities(stage.session, admin, people[username].id, codes, begin)
    for number, username in enumerate(PHONES, 81):
        duty.set_duty_phone(stage.session, admin, people[username].id, f"09000000{number:02}", begin)
    stage.plan(now - BEGAN, partial(_roster, stage))
    for username, (first, last) in LEAVE.items():
        today = local(now).date()
        days = (today + first * DAY, today + last * DAY)
        stage.plan(now - 2 * DAY, partial(_leave, stage, admin, people[username], days))


def ring(stage: Stage, tip_id: uuid.UUID, when: datetime) -> None:
    """What the sweep does with an alarm, and somebody who answers it; then the next step."""
    alarm = stage.session.get(Alarm, tip_id)
    if alarm is None or alarm.next_at is None or alarm.next_at > when:
        return
    alarms.climb(stage.session, tip_id, when, PAUSE)
    called = stage.session.scalars(
        select(Staff)
        .join(Page, Page.staff_id == Staff.id)
        .where(Page.tip_id == tip_id, Page.at == when)
        .order_by(Staff.username)
    ).all()
    # Chance of its own, so that the story of the tips stays as it is told.
    chance = random.Random(f"{when.timestamp()}")  # noqa: S311 - a story, not a secret
    answers = ANSWERS[min(alarm.step, len(ANSWERS)) - 1]
    if called and tip_id not in stage.ignored and chance.random() < answers:
        stage.plan(
            when + timedelta(seconds=chance.randint(40, 270)),
            partial(_answer, stage, chance.choice(called), tip_id),
        )
    stage.plan(when + PAUSE, partial(ring, stage, tip_id))


def _leave(stage: Stage, viewer: Viewer, person: Staff, days: tuple[date, date], when: datetime) -> None:
    duty.add_absence(stage.session, viewer, person.id, *days, when)


def _answer(stage: Stage, person: Staff, tip_id: uuid.UUID, when: datetime) -> None:
    if stage.session.get_one(Alarm, tip_id).raised_at > when:
        return  # the tip was given to others meanwhile, who are called themselves
    alarms.acknowledge(stage.session, person.viewer, tip_id, when)


def _roster(stage: Stage, when: datetime) -> None:
    """A day and a night in turn at one post; at the duty desk one by day and one by night."""
    first = local(when).date()
    monday = start_of(first - first.weekday() * DAY)
    leader = stage.crew.leaders[ROSTERED]
    turn = [*stage.crew.officers[ROSTERED]] * 2 + [leader]
    for day, person in enumerate(turn):
        starts = monday + day * DAY + MORNING
        _add(stage, leader.viewer, person, starts, starts + DAY, when)
    for day in range(7):
        starts = monday + day * DAY + MORNING
        for person, half in zip(stage.crew.duty, (timedelta(), DAY / 2), strict=True):
            _add(stage, stage.crew.duty[0].viewer, person, starts + half, starts + half + DAY / 2, when)


def _add(stage: Stage, viewer: Viewer, person: Staff, start: datetime, end: datetime, when: datetime) -> None:
    """Every week from this one on, or from the next when the first is over already."""
    late = 7 * DAY if end <= when else timedelta()
    duty.add_shift(stage.session, viewer, person.id, start + late, end + late, weeks=WEEKS, now=when)
