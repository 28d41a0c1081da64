"""The page of the machine's accuracy, and its tables as a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin import accuracy_csv, charts
from admin.blueprint import blueprint, needs
from hotline.clock import local, plausible, utcnow
from hotline.context import parts
from hotline.queries.people import units_in_sight
from hotline.rules.access import Action
from hotline.services import accuracy as service
from hotline.services import audit


@dataclass(frozen=True, slots=True)
class Wanted:
    """The month and unit that the address asks for; `wrong` when it asks for no month that can be."""

    year: int
    number: int
    start_day: int
    unit_code: str | None
    wrong: bool

    @property
    def month(self) -> str:
        """As an address has it: 2026-10."""
        return f"{self.year}-{self.number:02}"


@blueprint.get("/figures/accuracy")
@needs(Action.READ_FIGURES)
def accuracy() -> ResponseReturnValue:
    wanted = asked()
    with parts().database.reading() as session:
        report = service.report(
            session, current_user.viewer, wanted.year, wanted.number, start_day=wanted.start_day,
            unit_code=wanted.unit_code,
        )  # fmt: skip
        units = units_in_sight(session, current_user.viewer)
    return render_template(
        "admin/accuracy.html",
        report=report,
        wanted=wanted,
        units=units,
        months_chart=charts.right_by_month(report),
    )


@blueprint.get("/figures/accuracy.csv")
@needs(Action.READ_FIGURES)
def accuracy_file() -> ResponseReturnValue:
    wanted, viewer, now = asked(), current_user.viewer, utcnow()
    with parts().database.begin() as session:
        report = service.report(
            session,
            viewer,
            wanted.year,
            wanted.number,
            start_day=wanted.start_day,
            unit_code=wanted.unit_code,
        )
        audit.record(
            session, viewer.staff_id, "figures_exported", now=now, what="accuracy",
            start=report.start.isoformat(), end=report.end.isoformat(), unit=wanted.unit_code,
        )  # fmt: skip
    name = f"do-chinh-xac-{report.start:%Y%m%d}-{report.end:%Y%m%d}.csv"
    return Response(
        accuracy_csv.render(report),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def asked() -> Wanted:
    today = local(utcnow()).date()
    raw = request.args.get("month", "")
    start_day = 15 if request.args.get("start_day") == "15" else 1
    unit_code = request.args.get("unit") or None
    try:
        asked = date.fromisoformat(f"{raw}-01") if raw else today
    except ValueError:
        return Wanted(today.year, today.month, start_day, unit_code, wrong=True)
    if not plausible(asked):
        return Wanted(today.year, today.month, start_day, unit_code, wrong=True)
    return Wanted(asked.year, asked.month, start_day, unit_code, wrong=False)
