"""Which shifts make sense and which collide."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.rules.duty import Span, collision, days_between, sensible, weekly

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)


def span(start: float, end: float) -> Span:
    return Span(MONDAY + start * HOUR, MONDAY + end * HOUR)


@pytest.mark.parametrize(
    ("start", "end", "fine"),
    [(7, 19, True), (19, 31, True), (7, 31, True), (7, 31.1, False), (7, 7, False), (7, 6, False)],
)
def test_a_shift_ends_after_it_starts_and_within_a_day(start, end, fine):
    assert sensible(span(start, end)) == fine


@pytest.mark.parametrize(
    ("wanted", "known", "clash"),
    [
        ([span(7, 19)], [], None),
        ([span(7, 19)], [span(19, 31), span(0, 7)], None),
        ([span(7, 19)], [span(18, 20)], span(18, 20)),
        ([span(7, 19)], [span(8, 9)], span(8, 9)),
        ([span(8, 9)], [span(7, 19)], span(7, 19)),
        ([span(7, 19), span(175, 187)], [span(186, 190)], span(186, 190)),
    ],
)
def test_shifts_that_overlap_collide_and_neighbours_do_not(wanted, known, clash):
    assert collision(wanted, known) == clash


@given(st.integers(1, 53), st.integers(1, 24))
def test_a_weekly_shift_keeps_its_hours_and_never_meets_itself(weeks, hours):
    made = weekly(span(19, 19 + hours), weeks)
    assert len(made) == weeks
    assert {(s.start.weekday(), s.start.hour, s.end - s.start) for s in made} == {(0, 19, hours * HOUR)}
    for n, one in enumerate(made):
        assert collision([one], made[:n] + made[n + 1 :]) is None


def test_both_ends_of_leave_are_days_off():
    assert days_between(date(2026, 11, 30), date(2026, 12, 1)) == 2
    assert days_between(date(2026, 12, 1), date(2026, 11, 30)) == 0
