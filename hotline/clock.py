"""The one place that reads the clock; everything else is given `now`."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


def utcnow() -> datetime:
    """The present instant, aware, UTC."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The same instant on a wall clock in Vietnam."""
    return moment.astimezone(LOCAL)
