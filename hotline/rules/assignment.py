"""Whom a tip goes to: the unit whose area it names, and in it the officer with the fewest open tips."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# A sentence on a page names no more communes than a reader takes in; the tip page lists them all.
NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A unit as the rules see it; `communes` are codes of the General Statistics Office."""

    id: uuid.UUID
    communes: frozenset[str]
    is_duty: bool


@dataclass(frozen=True, slots=True)
class OfficerFacts:
    """Somebody who can take tips, with how many are open on the desk.

    Those of a lower `turn` come first: an officer before the leader of the same unit.
    """

    id: uuid.UUID
    unit_id: uuid.UUID
    open_tips: int
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """The unit and officer chosen; `reason` has a code and what fills its sentence (codes and numbers)."""

    unit_id: uuid.UUID
    officer_id: uuid.UUID | None
    reason: dict[str, Any]


def choose(
    places: Sequence[Sequence[str]], units: Sequence[UnitFacts], officers: Sequence[OfficerFacts]
) -> Choice:
    """Assign by place and load.

    `places` holds, for each place the tip names, the codes of the communes it may be, likeliest first.
    A name that two of our units could claim is left to the duty desk: candidates are offered, never picked
    silently. `units` must hold a duty unit, the first of which is the fallback.
    """
    duty = next(unit for unit in units if unit.is_duty)
    covering = {code: unit for unit in units for code in sorted(unit.communes)}
    unit = duty
    reason: dict[str, Any] = {"code": "duty_no_place"}
    for candidates in places:
        claimed = {covering[code].id: (covering[code], code) for code in candidates if code in covering}
        if len(claimed) == 1:
            unit, commune = next(iter(claimed.values()))
            reason = {"code": "area", "commune": commune}
            break
        if claimed:
            reason = _ambiguous([code for _, code in claimed.values()])
        elif candidates and reason["code"] == "duty_no_place":
            known = {"code": "duty_uncovered", "commune": candidates[0]}
            reason = known if len(candidates) == 1 else _ambiguous(candidates)
    return _with_officer(unit, reason, officers)


def _ambiguous(communes: Sequence[str]) -> dict[str, Any]:
    return {"code": "duty_ambiguous", "communes": list(communes[:NAMED_AT_MOST])}


def _with_officer(unit: UnitFacts, reason: dict[str, Any], officers: Sequence[OfficerFacts]) -> Choice:
    ready = [officer for officer in officers if officer.unit_id == unit.id]
    if not ready:
        return Choice(unit.id, None, reason)
    officer = min(ready, key=lambda o: (o.turn, o.open_tips, str(o.id)))
    return Choice(unit.id, officer.id, reason | {"load": officer.open_tips})
