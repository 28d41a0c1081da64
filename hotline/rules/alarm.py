"""Who is called about an urgent tip, one step after another until somebody says "I have it"."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from hotline.rules.access import Role
from hotline.rules.names import short_unit
from hotline.rules.replies import without_diacritics
from hotline.rules.tip_code import grouped

# With five minutes a step this is an hour; who has not answered twelve times has the telephone off, and a text
# every hour is enough to be found in the morning.
CLOSE_STEPS = 12
LATER = timedelta(hours=1)
# What one text holds in GSM-7 (3GPP TS 23.038), and the letters of it that every unit's name can be written in.
ONE_PART = 160
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 .,'/()-]")


class Step(IntEnum):
    """The chain; what comes after the last step repeats it."""

    UNIT = 0
    LEADERS = 1
    DESK = 2
    EVERYBODY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may be called: who holds the tip, and people of its unit, of the duty desk and of units above.

    `on_shift` is None where the unit keeps no roster. `above` holds for the tip's own unit too.
    """

    id: uuid.UUID
    role: Role
    holds: bool = False
    at_unit: bool = False
    at_desk: bool = False
    above: bool = False
    on_shift: bool | None = None
    on_leave: bool = False


def called(step: int, people: Sequence[Person]) -> frozenset[uuid.UUID]:
    """Whom a step calls.

    The last one calls everybody of the steps before and every leader up the tree, these also on leave.
    """
    ready = [person for person in people if not person.on_leave]
    match step:
        case Step.UNIT:
            unit = _on_duty([person for person in ready if person.at_unit])
            found = [person for person in ready if person.holds or person in unit]
        case Step.LEADERS:
            found = [person for person in ready if person.at_unit and person.role == Role.LEADER]
        case Step.DESK:
            desk = [person for person in ready if person.at_desk]
            found = [person for person in desk if person.on_shift]
            found = found or [person for person in desk if person.role == Role.DUTY]
        case _:
            leaders = frozenset(p.id for p in people if p.above and p.role == Role.LEADER)
            return leaders.union(*(called(earlier, people) for earlier in range(Step.EVERYBODY)))
    return frozenset(person.id for person in found)


def next_step(
    step: int, people: Sequence[Person], already: frozenset[uuid.UUID]
) -> tuple[int, frozenset[uuid.UUID]]:
    """The step to take and whom it calls: a step that would call nobody new is not waited for."""
    while step < Step.EVERYBODY:
        if found := called(step, people) - already:
            return step, found
        step += 1
    return step, called(step, people)


def pause_after(step: int, pause: timedelta) -> timedelta:
    """How long to wait after a step: an alarm never falls silent, but nobody is woken all night every few minutes."""
    return pause if step < CLOSE_STEPS else max(pause, LATER)


def page_text(code: str, unit: str) -> str:
    """What a telephone is sent: nothing of the tip but its code, in one part."""
    head, tail = f"Tin khan {grouped(code)}, ", ". Mo trang tin bao, bam Toi da nhan tin."
    name = _NOT_PLAIN.sub("", without_diacritics(short_unit(unit)))
    return head + name[: ONE_PART - len(head) - len(tail)].strip() + tail


def _on_duty(present: Sequence[Person]) -> list[Person]:
    """Who is on shift; without a roster, or in a gap of it, a unit's officers are. Its leaders are the next step."""
    on_shift = [person for person in present if person.on_shift]
    return on_shift or [person for person in present if person.role in (Role.OFFICER, Role.DUTY)]
