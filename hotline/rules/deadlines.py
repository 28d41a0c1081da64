"""Deadlines as data: each with the law it comes from and the dates between which it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Deadline:
    """A period that runs from receipt; `until` is exclusive and None while the rule is in force."""

    code: str
    period: timedelta
    law: str
    since: date
    until: date | None = None


DEADLINES = (
    Deadline(
        "verify",
        timedelta(days=20),
        "khoản 1 Điều 147 BLTTHS 2015",
        since=date(2018, 1, 1),
    ),
)


def due(code: str, received_at: datetime) -> tuple[datetime, Deadline]:
    """When the period ends for a tip received then, and the rule that says so; raises LookupError for no rule."""
    day = received_at.date()
    for deadline in DEADLINES:
        if (
            deadline.code == code
            and deadline.since <= day
            and (deadline.until is None or day < deadline.until)
        ):
            return received_at + deadline.period, deadline
    raise LookupError(f"no rule {code!r} holds on {day.isoformat()}")
