"""How bands of confidence, and the months they are counted in, are called."""

from __future__ import annotations

from datetime import date

from babel.numbers import format_decimal

from admin.language import _, lang
from hotline.rules.alignment import BANDS


def band(edge: float) -> str:
    """As it is read: from 0,95 to below 0,99."""
    later = [other for other in BANDS if other > edge]
    if not later:
        return _("từ %(edge)s", edge=_two(edge))
    return _("từ %(edge)s đến dưới %(later)s", edge=_two(edge), later=_two(later[0]))


def month_ending(day: str) -> str:
    """The month of its last day, 2026-10-31: 10/2026."""
    return f"{date.fromisoformat(day):%m/%Y}"


def _two(value: float) -> str:
    return str(format_decimal(value, format="0.00", locale=lang()))
