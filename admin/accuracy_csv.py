"""The machine's accuracy as a file that a spreadsheet in Vietnam opens well; figures_csv.py says how and why."""

from __future__ import annotations

from collections.abc import Iterable

from admin import labels
from admin.figures_csv import begin
from admin.language import _
from hotline.rules.accuracy import Accuracy, Share
from hotline.services.accuracy import Report
from hotline.spreadsheet import safe


def render(report: Report) -> str:
    """A block of rows for each way of dividing the tips, then what was taken for what."""
    text, write = begin(report.unit, report.start, report.end)
    write([])
    heads = [
        f"{name}: {column}"
        for name in labels.SHARES.values()
        for column in (_("đúng"), _("trên tổng số"), "%")
    ]
    write([_("Phần"), _("Mục"), _("Tiếp nhận mới"), _("Đã kiểm"), *heads])
    for part, name, figures in _lines(report):
        write([safe(part), safe(name), *_cells(figures)])
    write([])
    write([_("Máy phân loại"), _("Cán bộ xác định"), _("Số lần")])
    for confusion in report.confusions:
        write(
            [
                safe(labels.category(confusion.machine)),
                safe(labels.category(confusion.officer)),
                confusion.times,
            ]
        )
    return text.getvalue()


def _lines(report: Report) -> Iterable[tuple[str, str, Accuracy]]:
    for month in report.months:
        yield _("Tháng"), labels.month(month), month.figures
    for part in report.by_category:
        yield _("Loại"), labels.category(part.code), part.figures
    for part in report.by_channel:
        yield _("Kênh"), labels.named(labels.CHANNELS, part.code), part.figures
    for part in report.by_version:
        yield _("Phiên bản"), part.code, part.figures


def _cells(figures: Accuracy) -> list[str | int]:
    cells: list[str | int] = [figures.received, figures.checked]
    for name in labels.SHARES:
        share: Share = getattr(figures, name)
        percent = "" if share.percent is None else f"{share.percent:.2f}".replace(".", ",")
        cells += [share.right, share.of, percent]
    return cells
