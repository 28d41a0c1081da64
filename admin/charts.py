"""Geometry of the charts; templates draw it as SVG with labels on the bars, in ink that prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from admin.language import _
from hotline.services.statistics import Report, Row

ROW_HEIGHT = 30
BAR_HEIGHT = 16
# Units of the drawing; it scales to the width of the page.
WIDTH = 720
LABEL_WIDTH = 220
VALUE_WIDTH = 150


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled bar: `length` of the whole, `part` of it filled dark."""

    label: str
    y: int
    length: float
    part: float
    value: int
    part_value: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from top to bottom."""

    bars: list[Bar]

    @property
    def height(self) -> int:
        """In units of the drawing."""
        return max(1, len(self.bars)) * ROW_HEIGHT


def received_and_valuable(rows: Sequence[Row]) -> Chart:
    """What was received in each group, and how much of it was valuable; groups without any are left out."""
    found = [(row.name, row.totals.received, row.totals.valuable) for row in rows if row.totals.received]
    return _chart(sorted(found, key=lambda entry: -entry[1]))


def compared(report: Report) -> Chart:
    """Received and resolved now, the period before, and a year ago."""
    return _chart(
        [
            (name, totals.received, totals.valuable)
            for name, totals in (
                (_("Kỳ này"), report.totals),
                (_("Kỳ trước"), report.previous),
                (_("Cùng kỳ năm trước"), report.same_period_last_year),
            )
        ]
    )


def _chart(entries: Sequence[tuple[str, int, int]]) -> Chart:
    most = max((whole for _name, whole, _part in entries), default=0) or 1
    scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / most
    return Chart(
        [
            Bar(name, number * ROW_HEIGHT, whole * scale, part * scale, whole, part)
            for number, (name, whole, part) in enumerate(entries)
        ]
    )
