"""Whom a tip goes to: a table of cases for the unit, another for the person in it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from hotline.rules.assignment import Choice, OfficerFacts, Spot, UnitFacts, choose_officer, choose_unit

HOME, OTHER = "68", "42"
A, B, C = (Spot(HOME, code) for code in ("24664", "23023", "23005"))
AWAY = Spot(OTHER, "18577")
PROVINCE = Spot(HOME)


def unit(n: int, communes: str = "", provinces: str = "", categories: str = "", **more: Any) -> UnitFacts:
    return UnitFacts(
        uuid.UUID(int=n), frozenset(communes.split()), provinces=frozenset(provinces.split()),
        categories=frozenset(categories.split()), **more,
    )  # fmt: skip


DESK = unit(1, is_duty=True)
POST_A, POST_B = unit(2, "24664"), unit(3, "23023")
WHOLE, OTHER_WHOLE = unit(4, provinces=HOME), unit(5, provinces=OTHER)
DRUGS = unit(6, categories="MA_TUY")
DRUGS_OF_A = unit(7, "24664", categories="MA_TUY LUA_DAO")
DRUGS_OF_PROVINCE = unit(8, provinces=HOME, categories="MA_TUY")
TREE = [DESK, POST_A, POST_B]


@pytest.mark.parametrize(
    ("category", "places", "units", "wanted", "reason"),
    [
        # The commune's own unit, before the province's.
        ("TROM_CAP", [[A]], TREE, POST_A, {"code": "area", "commune": "24664"}),
        ("TROM_CAP", [[A]], [*TREE, WHOLE], POST_A, {"code": "area", "commune": "24664"}),
        ("TROM_CAP", [[C]], [*TREE, WHOLE], WHOLE, {"code": "province", "commune": "23005", "province": HOME}),
        (None, [[A]], TREE, POST_A, {"code": "area", "commune": "24664"}),
        # Of several communes of that name only one is ours.
        ("TROM_CAP", [[AWAY, A]], TREE, POST_A, {"code": "area", "commune": "24664"}),
        # A province alone is enough for who has all of it, but counts after a commune.
        ("TROM_CAP", [[PROVINCE]], [*TREE, WHOLE], WHOLE, {"code": "province", "province": HOME}),
        ("TROM_CAP", [[PROVINCE], [B]], [*TREE, WHOLE], POST_B, {"code": "area", "commune": "23023"}),
        # A specialised unit, the nearest first; only for the first category, only where its area is.
        ("MA_TUY", [[A]], [*TREE, DRUGS], DRUGS, {"code": "specialised", "category": "MA_TUY", "commune": "24664"}),
        ("MA_TUY", [[A]], [*TREE, DRUGS, DRUGS_OF_PROVINCE, DRUGS_OF_A], DRUGS_OF_A,
         {"code": "specialised", "category": "MA_TUY", "commune": "24664"}),
        ("MA_TUY", [[B]], [*TREE, DRUGS, DRUGS_OF_PROVINCE, DRUGS_OF_A], DRUGS_OF_PROVINCE,
         {"code": "specialised", "category": "MA_TUY", "commune": "23023"}),
        ("MA_TUY", [[AWAY]], [*TREE, DRUGS, DRUGS_OF_A], DRUGS,
         {"code": "specialised", "category": "MA_TUY", "commune": "18577"}),
        ("MA_TUY", [[PROVINCE]], [*TREE, DRUGS_OF_PROVINCE], DRUGS_OF_PROVINCE,
         {"code": "specialised", "category": "MA_TUY", "province": HOME}),
        ("MA_TUY", [], [*TREE, DRUGS], DRUGS, {"code": "specialised", "category": "MA_TUY"}),
        ("MA_TUY", [], [*TREE, DRUGS_OF_A], DESK, {"code": "duty_no_place"}),
        ("TROM_CAP", [[A]], [*TREE, DRUGS, DRUGS_OF_A], POST_A, {"code": "area", "commune": "24664"}),
        ("TROM_CAP", [[C]], [*TREE, DRUGS_OF_PROVINCE], DESK, {"code": "duty_uncovered", "commune": "23005"}),
        # One that takes the category everywhere makes the name's doubt nobody's concern.
        ("MA_TUY", [[A, B]], [*TREE, DRUGS], DRUGS, {"code": "specialised", "category": "MA_TUY", "commune": "24664"}),
        # Two of ours may be meant, or answer for it: a person decides, unless a later place is clear.
        ("TROM_CAP", [[A, B]], TREE, DESK, {"code": "duty_ambiguous", "communes": ["24664", "23023"]}),
        ("TROM_CAP", [[A, B], [B]], TREE, POST_B, {"code": "area", "commune": "23023"}),
        ("TROM_CAP", [[A]], [*TREE, unit(9, "24664")], DESK, {"code": "duty_shared", "communes": ["24664"]}),
        ("MA_TUY", [[A, B]], [*TREE, DRUGS_OF_A], DESK, {"code": "duty_ambiguous", "communes": ["24664", "23023"]}),
        ("MA_TUY", [[A]], [*TREE, DRUGS, unit(9, categories="MA_TUY")], DESK, {"code": "duty_shared", "communes": ["24664"]}),
        ("MA_TUY", [], [*TREE, DRUGS, unit(9, categories="MA_TUY")], DESK, {"code": "duty_shared", "category": "MA_TUY"}),
        ("TROM_CAP", [[PROVINCE, Spot(OTHER)]], [*TREE, WHOLE, OTHER_WHOLE], DESK,
         {"code": "duty_ambiguous", "provinces": [HOME, OTHER]}),
        # Nobody's.
        ("TROM_CAP", [], TREE, DESK, {"code": "duty_no_place"}),
        ("TROM_CAP", [[C]], TREE, DESK, {"code": "duty_uncovered", "commune": "23005"}),
        ("TROM_CAP", [[PROVINCE]], TREE, DESK, {"code": "duty_vague", "province": HOME}),
        ("TROM_CAP", [[C, AWAY]], TREE, DESK, {"code": "duty_ambiguous", "communes": ["23005", "18577"]}),
        ("TROM_CAP", [[Spot(HOME, f"0000{n}") for n in range(9)]], TREE, DESK,
         {"code": "duty_ambiguous", "communes": [f"0000{n}" for n in range(5)]}),
    ],
)  # fmt: skip
def test_the_unit(category, places, units, wanted, reason):
    choice = choose_unit(category, places, units)
    assert (choice.unit_id, choice.officer_id, choice.reason) == (wanted.id, None, reason)


def person(n: int, **facts: Any) -> OfficerFacts:
    return OfficerFacts(id=uuid.UUID(int=n), **facts)


DRUG = frozenset({"MA_TUY"})


@pytest.mark.parametrize(
    ("people", "wanted", "detail"),
    [
        # Least to do; an urgent tip weighs two; the order of ids when all is equal.
        ([person(1, open_tips=3), person(2, open_tips=2)], 2, {"load": 2, "urgent": 0, "of": 2}),
        ([person(1, open_tips=3, urgent_tips=2), person(2, open_tips=4)], 2, {"load": 4, "urgent": 0, "of": 2}),
        ([person(1, open_tips=2, urgent_tips=1), person(2, open_tips=3)], 1, {"load": 2, "urgent": 1, "of": 2}),
        ([person(2), person(1)], 1, {"load": 0, "urgent": 0, "of": 2}),
        # An officer before the leader, however busy.
        ([person(1, turn=2), person(2, open_tips=9)], 2, {"load": 9, "urgent": 0, "of": 1}),
        # Who knows it best, before turn and load.
        ([person(1), person(2, turn=2, open_tips=9, specialities=DRUG)], 2,
         {"speciality": "MA_TUY", "load": 9, "urgent": 0, "of": 1}),
        ([person(1), person(2, open_tips=9, specialities=frozenset({"LUA_DAO"}))], 1, {"load": 0, "urgent": 0, "of": 2}),
        # Who is on shift, before all that.
        ([person(1, on_shift=False, specialities=DRUG), person(2, on_shift=True, open_tips=9)], 2,
         {"on_shift": True, "load": 9, "urgent": 0, "of": 1}),
        ([person(1, on_shift=True), person(2, on_shift=True, specialities=DRUG, turn=2)], 2,
         {"on_shift": True, "speciality": "MA_TUY", "load": 0, "urgent": 0, "of": 1}),
        # Never who is on leave, also on shift.
        ([person(1, on_leave=True), person(2, open_tips=9)], 2, {"load": 9, "urgent": 0, "of": 1}),
        ([person(1, on_shift=True, on_leave=True), person(2, on_shift=False)], 2,
         {"staffing": "none_on_shift", "load": 0, "urgent": 0, "of": 1}),
        ([person(1, on_shift=False), person(2, on_shift=False, specialities=DRUG)], 2,
         {"staffing": "none_on_shift", "speciality": "MA_TUY", "load": 0, "urgent": 0, "of": 1}),
        # Nobody: it stays with the unit, and the reason says why.
        ([person(1, on_leave=True), person(2, on_leave=True)], None, {"staffing": "all_on_leave"}),
        ([], None, {"staffing": "none"}),
    ],
)  # fmt: skip
def test_the_person(people, wanted, detail):
    chosen = Choice(POST_A.id, None, {"code": "area", "commune": "24664"})
    choice = choose_officer("MA_TUY", chosen, people)
    assert choice.officer_id == (uuid.UUID(int=wanted) if wanted else None)
    assert choice.reason == chosen.reason | detail
    assert choice.unit_id == POST_A.id
