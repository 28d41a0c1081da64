"""Charts as bars with their numbers beside them; templates draw them as SVG, in ink that prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from admin import confidence, labels
from admin.language import _
from hotline.services.accuracy import Report as AccuracyReport
from hotline.services.calibration import Band
from hotline.services.statistics import Report, Row

# Length of the longest bar in the drawing's own units; it is stretched to the width of the page.
FULL = 1000


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled bar of `length` units of FULL, `part` of them filled dark, and the numbers they stand for."""

    label: str
    length: int
    part: int
    value: int
    part_value: int


def received_and_valuable(rows: Sequence[Row]) -> list[Bar]:
    """What was received in each group, and how much of it was valuable; groups without any are left out."""
    found = [(row.name, row.totals.received, row.totals.valuable) for row in rows if row.totals.received]
    return _bars(sorted(found, key=lambda entry: -entry[1]))


def compared(report: Report) -> list[Bar]:
    """What was received, and how much of it was valuable: now, the period before, a year ago."""
    periods = (
        (_("Kỳ này"), report.totals),
        (_("Kỳ trước"), report.previous),
        (_("Cùng kỳ năm trước"), report.same_period_last_year),
    )
    return _bars([(name, totals.received, totals.valuable) for name, totals in periods])


def right_by_month(report: AccuracyReport) -> list[Bar]:
    """The share of first categories that were right in each month, of a whole bar; none where it is no percentage."""
    found = []
    for month in report.months:
        share = month.figures.category
        length = 0 if share.percent is None else FULL
        part = length * share.right // max(1, share.of)
        found.append(Bar(labels.month(month), length, part, share.of, share.right))
    return found


def right_by_confidence(bands: Sequence[Band]) -> list[Bar]:
    """The share of words that were right in each band of confidence; none of a bar where there are too few to tell."""
    found = []
    for band in bands:
        length = 0 if band.percent is None else FULL
        found.append(
            Bar(
                confidence.band(band.edge),
                length,
                length * band.right // max(1, band.of),
                band.of,
                band.right,
            )
        )
    return found


def _bars(entries: Sequence[tuple[str, int, int]]) -> list[Bar]:
    most = max((whole for _name, whole, _part in entries), default=0) or 1
    return [
        Bar(name, whole * FULL // most, part * FULL // most, whole, part) for name, whole, part in entries
    ]
