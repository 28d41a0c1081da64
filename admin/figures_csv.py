"""The figures as a file that a spreadsheet in Vietnam opens well.

Separated by semicolons: with a decimal comma, as Vietnamese Windows is set, a comma cannot also part the
cells. The byte order mark tells Excel that it is UTF-8; a "sep=" line would make it forget that. Rates have a
decimal comma. Labels that a spreadsheet would take for a formula are defused (OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from admin import labels
from admin.language import _
from hotline.services.statistics import Per, Report, Row, Totals
from hotline.spreadsheet import safe

BYTE_ORDER_MARK = "\ufeff"


def render(report: Report) -> str:
    """The whole report, a block of rows for each way of counting."""
    text, write = begin(report.unit, report.start, report.end)
    if report.per is Per.EVENT:
        write([_("Cách đếm"), _("theo vụ việc")])
    write([])
    write([_("Phần"), _("Mục"), *columns(report.per)])
    for part, name, totals in _lines(report):
        write([safe(part), safe(name), *_cells(totals)])
    write([])
    write([_("Kết quả giải quyết"), _("Số vụ") if report.per is Per.EVENT else _("Số tin")])
    for outcome, count in report.outcomes.items():
        write([safe(labels.named(labels.OUTCOMES, outcome)), count])
    return text.getvalue()


def begin(unit: str, start: date, end: date) -> tuple[io.StringIO, Callable[[Iterable[Any]], object]]:
    """A file headed by whose figures of which days it holds, and how a row is written to it."""
    text = io.StringIO(BYTE_ORDER_MARK)
    text.seek(0, io.SEEK_END)
    write = csv.writer(text, delimiter=";", lineterminator="\r\n").writerow
    write([_("Đơn vị"), safe(unit)])
    write([_("Từ ngày"), f"{start:%d/%m/%Y}", _("Đến ngày"), f"{end:%d/%m/%Y}"])
    return text, write


def columns(per: Per) -> list[str]:
    """Names of the figures, in the order of the main table."""
    return [
        _("Kỳ trước chuyển sang"),
        _("Tiếp nhận mới"),
        _("Chuyển cơ quan khác"),
        _("Tổng số phải giải quyết"),
        _("Đã giải quyết"),
        _("Đang giải quyết, trong hạn"),
        _("Đang giải quyết, quá hạn"),
        _("Tỷ lệ giải quyết (%)"),
        _("Vụ có giá trị") if per is Per.EVENT else _("Tin có giá trị"),
        _("Tỷ lệ có giá trị (%)"),
    ]


def _lines(report: Report) -> Iterable[tuple[str, str, Totals]]:
    yield _("Toàn bộ"), _("Kỳ này"), report.totals
    yield _("Toàn bộ"), _("Kỳ trước"), report.previous
    yield _("Toàn bộ"), _("Cùng kỳ năm trước"), report.same_period_last_year
    parts: list[tuple[str, Sequence[Row]]] = [
        (_("Lĩnh vực"), report.by_group),
        (_("Loại"), report.by_category),
        (_("Kênh"), report.by_channel),
        (_("Đơn vị"), report.by_unit),
    ]
    for part, rows in parts:
        for row in rows:
            yield part, labels.named(labels.CHANNELS, row.name), row.totals


def _cells(totals: Totals) -> list[str | int]:
    return [
        totals.carried_over,
        totals.received,
        totals.transferred,
        totals.to_resolve,
        totals.resolved,
        totals.pending_in_time,
        totals.pending_overdue,
        _rate(totals.resolved_rate_pct),
        totals.valuable,
        _rate(totals.valuable_rate_pct),
    ]


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".replace(".", ",")
