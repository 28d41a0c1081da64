"""Whom a tip goes to: first the unit, by category and place; then in it the person, by duty and load.

A unit is chosen by the first of these that holds:

1. a specialised unit that lists the tip's first category and whose commune it is;
2. one that lists it and whose province it is;
3. one that lists it and has no area of its own: it takes the category wherever it happens, named or not;
4. the unit of the commune;
5. the unit of the province;
6. the duty desk.

A name that two of our units could claim is left to the duty desk: candidates are offered, never picked silently.

In the unit nobody on leave is given a tip. Among the rest: who is on shift now (a unit without a roster has
everybody on duty), then who knows the category best, then an officer before the leader, then who has least to do.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

# A sentence on a page names no more communes than a reader takes in; the tip page lists them all.
NAMED_AT_MOST = 5
# An urgent tip takes its officer out of the post. Two is the least that makes one of them more than one tip that
# can wait until tomorrow, and a higher weight would let nine ordinary tips pile up beside a colleague's three.
URGENT_WEIGHT = 2


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A unit as the rules see it; codes of communes and provinces are the General Statistics Office's."""

    id: uuid.UUID
    communes: frozenset[str] = frozenset()
    is_duty: bool = False
    provinces: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a tip may have happened: a commune in its province, or no more than a province (`commune` None)."""

    province: str
    commune: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerFacts:
    """Somebody who can take tips, with how many are open on the desk and how many of these are urgent.

    Those of a lower `turn` come first: an officer before the leader of the same unit.
    `on_shift` is None where the unit keeps no roster.
    """

    id: uuid.UUID
    open_tips: int = 0
    urgent_tips: int = 0
    turn: int = 0
    on_shift: bool | None = None
    on_leave: bool = False
    specialities: frozenset[str] = frozenset()

    @property
    def load(self) -> int:
        """Open tips, urgent ones weighing more."""
        return self.open_tips + (URGENT_WEIGHT - 1) * self.urgent_tips


@dataclass(frozen=True, slots=True)
class Choice:
    """The unit and officer chosen; `reason` has a code and what fills its sentence (codes, ids and numbers)."""

    unit_id: uuid.UUID
    officer_id: uuid.UUID | None
    reason: dict[str, Any]


def choose_unit(category: str | None, places: Sequence[Sequence[Spot]], units: Sequence[UnitFacts]) -> Choice:
    """The unit for a tip of this first category, with nobody chosen in it yet.

    `places` holds, for each place the tip names, where it may be, likeliest first; a place that is only a
    province's counts after those that are communes'. `units` must hold a duty unit, the first of which is the
    fallback.
    """
    duty = next(unit for unit in units if unit.is_duty)
    reason: dict[str, Any] = {"code": "duty_no_place"}
    for spots in sorted(places, key=lambda spots: all(spot.commune is None for spot in spots)):
        best = [(spot, _claims(category, spot, units)) for spot in spots]
        claims = [(unit.id, _area(code, category, spot)) for spot, (code, found) in best for unit in found]
        if len({unit_id for unit_id, _ in claims}) == 1:
            return Choice(claims[0][0], None, claims[0][1])
        if claims:
            reason = _ambiguous(spot for spot, (_, found) in best if found)
        elif spots and reason["code"] == "duty_no_place":
            reason = _uncovered(spots)
    takers = [unit for unit in units if category in unit.categories and not unit.communes | unit.provinces]
    if places or not takers:
        return Choice(duty.id, None, reason)
    if len(takers) > 1:
        return Choice(duty.id, None, {"code": "duty_shared", "category": category})
    return Choice(takers[0].id, None, {"code": "specialised", "category": category})


def choose_officer(category: str | None, chosen: Choice, people: Sequence[OfficerFacts]) -> Choice:
    """The same choice with one of the unit's people, or with why it is nobody's yet.

    The reason gains `load`, `urgent` and `of` (how many were equal but for the load), `on_shift` and
    `speciality` where they decided; or `staffing`: "none", "all_on_leave", "none_on_shift".
    """
    ready = [person for person in people if not person.on_leave]
    if not ready:
        staffing = "all_on_leave" if people else "none"
        return Choice(chosen.unit_id, None, chosen.reason | {"staffing": staffing})
    detail: dict[str, Any] = {}
    on_duty = [person for person in ready if person.on_shift]
    if on_duty:
        ready, detail["on_shift"] = on_duty, True
    elif any(person.on_shift is False for person in ready):
        detail["staffing"] = "none_on_shift"
    if knowing := [person for person in ready if category in person.specialities]:
        ready, detail["speciality"] = knowing, category
    first = min(person.turn for person in ready)
    ready = [person for person in ready if person.turn == first]
    who = min(ready, key=lambda person: (person.load, person.open_tips, str(person.id)))
    detail |= {"load": who.open_tips, "urgent": who.urgent_tips, "of": len(ready)}
    return Choice(chosen.unit_id, who.id, chosen.reason | detail)


def _claims(category: str | None, spot: Spot, units: Sequence[UnitFacts]) -> tuple[str, list[UnitFacts]]:
    """The units with the strongest claim on a spot, and what it rests on."""
    special = [unit for unit in units if category in unit.categories]
    general = [unit for unit in units if not unit.categories]
    for code, found in (
        ("specialised", [unit for unit in special if spot.commune in unit.communes]),
        ("specialised", [unit for unit in special if spot.province in unit.provinces]),
        ("specialised", [unit for unit in special if not unit.communes | unit.provinces]),
        ("area", [unit for unit in general if spot.commune in unit.communes]),
        ("province", [unit for unit in general if spot.province in unit.provinces]),
    ):
        if found:
            return code, found
    return "", []


def _area(code: str, category: str | None, spot: Spot) -> dict[str, Any]:
    reason: dict[str, Any] = {"code": code}
    if code == "specialised":
        reason["category"] = category
    if spot.commune is not None:
        reason["commune"] = spot.commune
    if spot.commune is None or code == "province":
        reason["province"] = spot.province
    return reason


def _uncovered(spots: Sequence[Spot]) -> dict[str, Any]:
    if len(spots) > 1:
        return _ambiguous(spots)
    only = spots[0]
    if only.commune is None:
        # A province whose communes are ours is too little to choose one of them by.
        return {"code": "duty_vague", "province": only.province}
    return {"code": "duty_uncovered", "commune": only.commune}


def _ambiguous(spots: Iterable[Spot]) -> dict[str, Any]:
    """Two communes, or two provinces, may be meant; or two of our units answer for the one that is."""
    found = list(dict.fromkeys(spots))
    communes = [spot.commune for spot in found if spot.commune is not None]
    if len(found) == 1:
        where = {"communes": communes} if communes else {"provinces": [found[0].province]}
        return {"code": "duty_shared", **where}
    if communes:
        return {"code": "duty_ambiguous", "communes": communes[:NAMED_AT_MOST]}
    return {"code": "duty_ambiguous", "provinces": [spot.province for spot in found][:NAMED_AT_MOST]}
