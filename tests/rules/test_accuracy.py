"""The definitions of the machine's accuracy, one case a line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotline.rules.accuracy import Read, Share, confusions, measure, parts

# A closed tip in which the machine was right about everything.
RIGHT = Read(
    channel="sms", version="v1", checked=True, closed=True, not_a_tip=False, machine_category="TROM_CAP",
    category="TROM_CAP", machine_urgent=False, urgent=False, machine_commune="1", commune="1", machine_tip=True,
)  # fmt: skip
NONE = Share()
ONE, MISS = Share(1, 1), Share(0, 1)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {"category": ONE, "urgency": ONE, "place": ONE, "is_tip": ONE, "urgent_found": NONE}),
        ({"checked": False, "closed": False}, {"category": NONE, "urgency": NONE, "place": NONE, "is_tip": NONE}),
        # Corrected but open: there is no outcome yet to say whether it is a tip.
        ({"closed": False, "category": "CUOP_GIAT"}, {"category": MISS, "urgency": ONE, "is_tip": NONE}),
        # The machine said nothing: nobody can say whether it was right.
        (
            {"machine_category": None, "machine_urgent": None, "version": None},
            {"category": NONE, "urgency": NONE, "is_tip": NONE, "place": ONE},
        ),
        ({"urgent": True}, {"urgency": MISS, "urgent_found": MISS, "urgent_right": NONE}),
        ({"machine_urgent": True}, {"urgency": MISS, "urgent_found": NONE, "urgent_right": MISS}),
        ({"machine_urgent": True, "urgent": True}, {"urgency": ONE, "urgent_found": ONE, "urgent_right": ONE}),
        # A tip that is none has no category and no place, and was not urgent whatever its mark still says.
        (
            {"not_a_tip": True, "machine_urgent": True, "urgent": True, "category": "GAY_ROI"},
            {"category": NONE, "place": NONE, "urgency": MISS, "urgent_right": MISS, "is_tip": MISS, "no_tip_found": MISS},
        ),
        ({"not_a_tip": True, "machine_tip": False}, {"is_tip": ONE, "no_tip_found": ONE, "no_tip_right": ONE}),
        ({"machine_tip": False}, {"is_tip": MISS, "no_tip_found": NONE, "no_tip_right": MISS}),
        ({"commune": "2"}, {"place": MISS}),
        ({"machine_commune": None}, {"place": MISS}),
        ({"commune": None}, {"place": NONE}),
    ],
)  # fmt: skip
def test_what_each_tip_counts_for(change, expected):
    figures = measure([replace(RIGHT, **change)])
    assert {name: getattr(figures, name) for name in expected} == expected
    assert (figures.received, figures.checked) == (1, int(change.get("checked", True)))


@pytest.mark.parametrize(
    ("right", "of", "percent"), [(9, 9, None), (9, 10, 90.0), (574, 625, 91.84), (0, 0, None)]
)
def test_few_are_a_count_and_no_percentage(right, of, percent):
    assert Share(right, of).percent == percent


def test_what_was_taken_for_what_and_for_which_category():
    wrong = replace(RIGHT, category="CUOP_GIAT")
    tips = [RIGHT, wrong, wrong, replace(wrong, category="HUY_HOAI"), replace(wrong, checked=False)]
    assert [(c.machine, c.officer, c.times) for c in confusions(tips)] == [
        ("TROM_CAP", "CUOP_GIAT", 2),
        ("TROM_CAP", "HUY_HOAI", 1),
    ]
    by_category = parts(tips, lambda tip: tip.category if tip.compares_category else None)
    assert [(part.code, part.figures.category) for part in by_category] == [
        ("CUOP_GIAT", Share(0, 2)),
        ("HUY_HOAI", Share(0, 1)),
        ("TROM_CAP", Share(1, 1)),
    ]
