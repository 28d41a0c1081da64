"""`triage accuracy`: the machine's accuracy in a month, by what officers said."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from hotline.cli import opening
from hotline.clock import FIRST_YEAR, LAST_YEAR, plausible
from hotline.services import register
from hotline.services.accuracy import Report, report


@click.command()
@click.option("--month", required=True, help="The month, 2026-10.")
@click.option("--month-start-day", type=click.IntRange(1, 28), default=1, show_default=True,
              help="First day of the statistical month; 15 means from the 15th to the 14th.")  # fmt: skip
@click.option("--unit", help="Code of a unit; the whole installation by default.")
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def accuracy(month: str, month_start_day: int, unit: str | None, as_json: bool) -> None:
    """Show how often the machine was right, of the tips of a month that people closed or corrected."""
    try:
        named = datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        raise click.UsageError(f"--month is {month!r}: write it as 2026-10") from None
    if not plausible(named):
        raise click.UsageError(f"give a month from {FIRST_YEAR} to {LAST_YEAR}")
    with opening.database(opening.settings()) as database, database.reading() as session:
        found = report(
            session, register.operator(session), named.year, named.month, start_day=month_start_day,
            unit_code=unit,
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps(shape(found), ensure_ascii=False, indent=1))
        return
    click.echo(f"{found.unit}, {found.start:%d/%m/%Y} to {found.end:%d/%m/%Y}")
    for name, value in found.totals.to_dict().items():
        if isinstance(value, dict):
            percent = "" if value["pct"] is None else f"  {value['pct']:.2f} %"
            value = f"{value['right']} of {value['of']}{percent}"
        click.echo(f"{name:<14} {value}")


def shape(found: Report) -> dict[str, Any]:
    """The shape of `triage accuracy --json` in docs/interface.md."""
    return {
        "period": {"from": found.start.isoformat(), "to": found.end.isoformat()},
        "unit": found.unit,
        "totals": found.totals.to_dict(),
        "by_category": [{"code": part.code, **part.figures.to_dict()} for part in found.by_category],
        "by_channel": [{"code": part.code, **part.figures.to_dict()} for part in found.by_channel],
        "by_version": [{"code": part.code, **part.figures.to_dict()} for part in found.by_version],
        "confusions": [
            {"machine": one.machine, "officer": one.officer, "times": one.times} for one in found.confusions
        ],
        "months": [
            {"from": month.start.isoformat(), "to": month.end.isoformat(), **month.figures.to_dict()}
            for month in found.months
        ],
    }
