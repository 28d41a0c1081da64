"""Shifts and leave: which times make sense, and which collide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

# A turn on duty at a post is a day and a night at most (trực ban 24/24): longer ones are typing mistakes.
LONGEST_SHIFT = timedelta(hours=24)
# A year of weeks: a roster is made anew long before.
MOST_WEEKS = 53
# Leave for study or childbirth is half a year and more; beyond two years somebody no longer works here.
LONGEST_LEAVE_DAYS = 731
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Span:
    """A time from `start` until before `end`."""

    start: datetime
    end: datetime


def sensible(span: Span) -> bool:
    """Whether a shift ends after it starts and is no longer than a day."""
    return timedelta() < span.end - span.start <= LONGEST_SHIFT


def weekly(first: Span, weeks: int) -> list[Span]:
    """The shift and the same in the weeks after it. Vietnam's clock is never set forward or back."""
    return [Span(first.start + _WEEK * week, first.end + _WEEK * week) for week in range(weeks)]


def collision(wanted: Iterable[Span], known: Iterable[Span]) -> Span | None:
    """The first of the known spans that one of the wanted overlaps; the end of one may be the start of the next."""
    taken = sorted(known, key=lambda span: span.start)
    for span in wanted:
        for other in taken:
            if span.start < other.end and other.start < span.end:
                return other
    return None


def days_between(first: date, last: date) -> int:
    """How many days leave lasts, both ends included; 0 or less when it ends before it begins."""
    return (last - first).days + 1
