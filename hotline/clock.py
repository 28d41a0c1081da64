"""The one place that reads the clock; everything else is given `now`."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
# No tip was received before, none will be after: another year is a typing mistake, and the first of all years
# has no earlier one to compare with.
FIRST_YEAR, LAST_YEAR = 2000, 2100


def utcnow() -> datetime:
    """The present instant, aware, UTC."""
    return datetime.now(UTC)


def start_of(day: date) -> datetime:
    """The instant at which a day begins in Vietnam, UTC."""
    return datetime.combine(day, time(), LOCAL).astimezone(UTC)


def plausible(day: date) -> bool:
    """Whether a day that somebody typed can be one of the hotline's."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def local(moment: datetime) -> datetime:
    """The same instant on a wall clock in Vietnam."""
    return moment.astimezone(LOCAL)
