"""Whom the steps of an alarm call, and what a telephone is sent."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from hotline.rules.access import Role
from hotline.rules.alarm import CLOSE_STEPS, Person, Step, called, next_step, page_text, pause_after

WHO = ("holder", "shift", "off", "boss", "desk", "desk2", "chief", "root_boss")
IDS = {name: uuid.UUID(int=n) for n, name in enumerate(WHO)}


def person(name: str, role: Role = Role.OFFICER, **facts: Any) -> Person:
    return Person(id=IDS[name], role=role, **facts)


POST = {"at_unit": True, "above": True}
HOLDER = person("holder", holds=True, on_shift=False, **POST)
ON = person("shift", on_shift=True, **POST)
OFF = person("off", on_shift=False, **POST)
BOSS = person("boss", Role.LEADER, on_shift=False, **POST)
DESK = person("desk", Role.DUTY, at_desk=True, above=True, on_shift=True)
DESK_OFF = person("desk2", Role.DUTY, at_desk=True, above=True, on_shift=False)
CHIEF = person("root_boss", Role.LEADER, above=True)
ALL = [HOLDER, ON, OFF, BOSS, DESK, DESK_OFF, CHIEF]


def names(found: frozenset[uuid.UUID]) -> set[str]:
    return {name for name, number in IDS.items() if number in found}


@pytest.mark.parametrize(
    ("step", "people", "wanted"),
    [
        (Step.UNIT, ALL, {"holder", "shift"}),
        (Step.LEADERS, ALL, {"boss"}),
        (Step.DESK, ALL, {"desk"}),
        (Step.EVERYBODY, ALL, {"holder", "shift", "boss", "desk", "root_boss"}),
        (7, ALL, {"holder", "shift", "boss", "desk", "root_boss"}),
        # Without a roster a unit's officers are on duty, its leaders wait for their step.
        (Step.UNIT, [person("off", **POST), person("boss", Role.LEADER, **POST), person("desk", Role.ADMIN, **POST)], {"off"}),
        # A gap in the roster: as without one, and nobody who is on leave counts as on shift.
        (Step.UNIT, [OFF, BOSS, DESK], {"off"}),
        (Step.UNIT, [HOLDER, OFF], {"holder", "off"}),
        (Step.UNIT, [OFF, person("shift", on_shift=True, on_leave=True, **POST)], {"off"}),
        # The administrator of the computers is called only from a roster.
        (Step.UNIT, [person("off", Role.ADMIN, on_shift=True, **POST)], {"off"}),
        # Nobody of the desk on shift: all of it.
        (Step.DESK, [DESK_OFF], {"desk2"}),
        # On leave: not before the last step, and there only leaders.
        (Step.UNIT, [person("holder", holds=True, on_leave=True, **POST)], set()),
        (Step.LEADERS, [person("boss", Role.LEADER, on_leave=True, **POST)], set()),
        (Step.DESK, [person("desk", Role.DUTY, at_desk=True, on_leave=True)], set()),
        (Step.EVERYBODY, [person("boss", Role.LEADER, on_leave=True, **POST), person("off", on_leave=True, **POST)], {"boss"}),
    ],
)  # fmt: skip
def test_whom_a_step_calls(step, people, wanted):
    assert names(called(step, people)) == wanted


@pytest.mark.parametrize(
    ("step", "people", "already", "taken", "wanted"),
    [
        (0, ALL, set(), 0, {"holder", "shift"}),
        (1, ALL, {"holder", "shift"}, 1, {"boss"}),
        # Nobody new at a step: the next is taken at once.
        (0, [DESK], set(), 2, {"desk"}),
        (1, [ON, DESK], {"shift"}, 2, {"desk"}),
        (1, [ON, person("boss", Role.LEADER, on_shift=True, **POST), CHIEF], {"shift", "boss"}, 3, {"shift", "boss", "root_boss"}),
        # The last step is repeated, also for who was called before.
        (4, ALL, set(IDS), 4, {"holder", "shift", "boss", "desk", "root_boss"}),
        (0, [], set(), 3, set()),
    ],
)  # fmt: skip
def test_a_step_that_calls_nobody_new_is_not_waited_for(step, people, already, taken, wanted):
    found, who = next_step(step, people, frozenset(IDS[name] for name in already))
    assert (found, names(who)) == (taken, wanted)


@pytest.mark.parametrize(
    ("minutes", "step", "waits"),
    [
        (5, 0, 5),
        (5, CLOSE_STEPS - 1, 5),
        (5, CLOSE_STEPS, 60),
        (5, 99, 60),
        (60, 99, 60),
    ],
)
def test_an_alarm_never_falls_silent(minutes, step, waits):
    assert pause_after(step, timedelta(minutes=minutes)) == timedelta(minutes=waits)


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("Công an xã Đức Lập", "Tin khan 482 913 6, CAX Duc Lap. Mo trang tin bao, bam Toi da nhan tin."),
        (
            "Đội 3 [CSĐT] – Hình sự",
            "Tin khan 482 913 6, Doi 3 CSDT  Hinh su. Mo trang tin bao, bam Toi da nhan tin.",
        ),
        ("Công an phường " + "Rất Dài " * 40, None),
    ],
)
def test_a_page_is_one_part_without_diacritics(unit, text):
    made = page_text("4829136", unit)
    assert text in (None, made)
    assert made.isascii()
    assert len(made) <= 160
    assert made.startswith("Tin khan ") and made.endswith(". Mo trang tin bao, bam Toi da nhan tin.")
