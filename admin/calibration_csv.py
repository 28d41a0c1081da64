"""What confidence is worth, as a file that a spreadsheet in Vietnam opens well; figures_csv.py says how and why."""

from __future__ import annotations

from admin import confidence
from admin.figures_csv import begin
from admin.language import _
from hotline.services.calibration import Band, Calibration, Part
from hotline.spreadsheet import safe


def render(report: Calibration) -> str:
    """A row for each band: of the month, of each model, of each month."""
    text, write = begin(report.unit, report.start, report.end)
    write([])
    write(
        [_("Phần"), _("Mục"), _("Bản đã nghe hết"), _("Độ tin cậy"), _("Từ đúng"), _("Trên tổng số từ"), "%"]
    )
    groups: list[tuple[str, str, Part]] = [(_("Cả tháng"), "", report.whole)]
    groups += [(_("Mô hình"), part.name, part) for part in report.models]
    groups += [(_("Tháng"), confidence.month_ending(part.name), part) for part in report.months]
    for kind, name, part in groups:
        for label, band in ((_("tất cả"), part.total), *((confidence.band(b.edge), b) for b in part.bands)):
            write([kind, safe(name), part.recordings, label, *_cells(band)])
    return text.getvalue()


def _cells(band: Band) -> list[str | int]:
    percent = "" if band.percent is None else f"{band.percent:.2f}".replace(".", ",")
    return [band.right, band.of, percent]
