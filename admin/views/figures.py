"""The statistics page and its table as a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin import charts, figures_csv
from admin.blueprint import blueprint, needs
from admin.language import lang
from hotline.clock import local, plausible, utcnow
from hotline.context import parts
from hotline.queries.people import units_in_sight
from hotline.rules.access import Action
from hotline.services import audit, statistics
from hotline.services.statistics import Per

START_DAYS = (1, 15)
# Further back than any tip can be; a report over more days than this is a typing mistake.
LONGEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The period and unit that the address asks for; `month` is "2026-10", empty for a free range."""

    start: date
    end: date
    month: str
    start_day: int
    unit_code: str | None
    per: Per


@blueprint.get("/figures")
@needs(Action.READ_FIGURES)
def figures() -> ResponseReturnValue:
    wanted, problem = _wanted()
    with parts().database.reading() as session:
        report = statistics.report(
            session,
            current_user.viewer,
            wanted.start,
            wanted.end,
            unit_code=wanted.unit_code,
            now=utcnow(),
            lang=lang(),
            per=wanted.per,
        )
        units = units_in_sight(session, current_user.viewer)
    return render_template(
        "admin/figures.html",
        report=report,
        wanted=wanted,
        problem=problem,
        units=units,
        groups_chart=charts.received_and_valuable(report.by_group),
        compare_chart=charts.compared(report),
    )


@blueprint.get("/figures.csv")
@needs(Action.READ_FIGURES)
def figures_file() -> ResponseReturnValue:
    wanted, problem = _wanted()
    if problem:  # the page says so; a file of another period would be taken for the one asked for
        return redirect(f"{url_for('admin.figures')}?{urlencode(request.args)}")
    viewer, now = current_user.viewer, utcnow()
    with parts().database.begin() as session:
        report = statistics.report(
            session, viewer, wanted.start, wanted.end, unit_code=wanted.unit_code, now=now, lang=lang(),
            per=wanted.per,
        )  # fmt: skip
        audit.record(
            session,
            viewer.staff_id,
            "figures_exported",
            now=now,
            start=wanted.start.isoformat(),
            end=wanted.end.isoformat(),
            unit=wanted.unit_code,
            per=wanted.per.value,
        )
    kind = "-vu-viec" if wanted.per is Per.EVENT else ""
    name = f"thong-ke{kind}-{wanted.start:%Y%m%d}-{wanted.end:%Y%m%d}.csv"
    return Response(
        figures_csv.render(report),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _wanted() -> tuple[Wanted, str | None]:
    """What the address asks for; this month, with the reason ("date" or "range"), for what cannot be."""
    today = local(utcnow()).date()
    start_day = 15 if request.args.get("start_day") == "15" else 1
    unit_code = request.args.get("unit") or None
    per = Per.EVENT if request.args.get("per") == Per.EVENT else Per.TIP
    since, until, month = _day("from"), _day("to"), _day("month", "-01")
    given = {"from": since, "to": until, "month": month}
    problem = "date" if any(request.args.get(name) and day is None for name, day in given.items()) else None
    if since and until and not problem:
        if since <= until and until - since <= LONGEST:
            return Wanted(since, until, "", start_day, unit_code, per), None
        problem = "range"
    year, number = (month.year, month.month) if month else _this_month(today, start_day)
    start, end = statistics.month(year, number, start_day)
    return Wanted(start, end, f"{year}-{number:02}", start_day, unit_code, per), problem


def _this_month(today: date, start_day: int) -> tuple[int, int]:
    # From the 15th on, a month that runs to the 14th is the next one's.
    if start_day > 1 and today.day >= start_day:
        today = today.replace(day=1) + timedelta(days=32)
    return today.year, today.month


def _day(name: str, rest: str = "") -> date | None:
    try:
        chosen = date.fromisoformat(request.args.get(name, "") + rest)
    except ValueError:
        return None
    return chosen if plausible(chosen) else None
