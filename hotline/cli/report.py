"""`report` and `export`: the figures of a period, and the register behind them."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

import click

from hotline.cli import opening
from hotline.clock import FIRST_YEAR, LAST_YEAR, plausible, utcnow
from hotline.services import register, statistics
from hotline.services.statistics import Per, Report, Totals
from hotline.spreadsheet import safe

DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])


def period_options(command: Callable[..., None]) -> Callable[..., None]:
    """--from and --to, or --month."""
    for option in (
        click.option("--from", "start", type=DAY, help="First day, 2026-10-01 or 01/10/2026."),
        click.option("--to", "end", type=DAY, help="Last day, included."),
        click.option("--month", help="A month instead, 2026-10."),
        click.option("--month-start-day", type=click.IntRange(1, 28), default=1, show_default=True,
                     help="First day of the statistical month; 15 means from the 15th to the 14th."),
        click.option("--out", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-",
                     help="File; standard output by default, or as -."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@period_options
@click.option("--unit", help="Code of a unit; the whole installation by default.")
@click.option("--format", "form", type=click.Choice(["json", "csv"]), default="json", show_default=True)
@click.option(
    "--per",
    type=click.Choice([per.value for per in Per]),
    default=Per.TIP.value,
    show_default=True,
    help="What is counted: every tip, or every event that officers linked tips to.",
)
def report(
    start: datetime | None, end: datetime | None, month: str | None, month_start_day: int, out: Path,
    unit: str | None, form: str, per: str,
) -> None:  # fmt: skip
    """Write the statistical report of a period."""
    first, last = _period(start, end, month, month_start_day)
    settings = opening.settings()
    with opening.database(settings) as database, database.reading() as session:
        viewer = register.operator(session)
        found = statistics.report(
            session, viewer, first, last, unit_code=unit, now=utcnow(), lang=settings.lang, per=Per(per)
        )
    with _output(out) as file:
        if form == "json":
            json.dump(as_json(found), file, ensure_ascii=False, indent=1)
            file.write("\n")
        else:
            _write_csv(found, file)


@click.group()
def export() -> None:
    """Write the register of tips."""


@export.command()
@period_options
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@click.option("--with-identity", is_flag=True, help="With the reporters' numbers; audited.")
def tips(
    start: datetime | None, end: datetime | None, month: str | None, month_start_day: int, out: Path,
    form: str, with_identity: bool,
) -> None:  # fmt: skip
    """Write every tip received in a period, without identities unless asked for."""
    first, last = _period(start, end, month, month_start_day)
    with opening.database(opening.settings()) as database, database.begin() as session, _output(out) as file:
        viewer = register.operator(session)
        rows = register.register(session, viewer, first, last, with_identity=with_identity, now=utcnow())
        if form == "jsonl":
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        else:
            _write_register(rows, file)


def as_json(found: Report) -> dict[str, Any]:
    """The shape of `report --format json` in docs/interface.md."""

    def rows(many: Any) -> list[dict[str, Any]]:
        return [{"code": r.code, "name": r.name, "group": r.group, **r.totals.to_dict()} for r in many]

    return {
        "period": {"from": found.start.isoformat(), "to": found.end.isoformat()},
        "unit": found.unit,
        "per": found.per.value,
        "totals": found.totals.to_dict(),
        "previous": found.previous.to_dict(),
        "same_period_last_year": found.same_period_last_year.to_dict(),
        "by_category": rows(found.by_category),
        "by_group": rows(found.by_group),
        "by_channel": rows(found.by_channel),
        "by_unit": rows(found.by_unit),
        "outcomes": found.outcomes,
        "not_tips": found.not_tips,
        "cases": {},
        "frozen": False,
    }


def _write_csv(found: Report, file: TextIO) -> None:
    writer = csv.writer(file)
    writer.writerow(["section", "code", "name", *Totals().to_dict()])
    if found.per is not Per.TIP:
        writer.writerow(["counted_per", found.per.value, ""])
    writer.writerow(["totals", "", found.unit, *found.totals.to_dict().values()])
    sections = {
        "category": found.by_category, "group": found.by_group, "channel": found.by_channel, "unit": found.by_unit,
    }  # fmt: skip
    for section, rows in sections.items():
        for row in rows:
            writer.writerow([section, row.code, safe(row.name), *row.totals.to_dict().values()])


def _write_register(rows: Iterator[dict[str, Any]], file: TextIO) -> None:
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        flat = {key: _flat(value) for key, value in row.items()}
        if writer is None:
            writer = csv.DictWriter(file, list(flat))
            writer.writeheader()
        writer.writerow(flat)


def _flat(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(str(item.get("code") or item.get("mention")) for item in value)
    return safe(value) if isinstance(value, str) else json.dumps(value) if isinstance(value, dict) else value


def _period(
    start: datetime | None, end: datetime | None, month: str | None, start_day: int
) -> tuple[date, date]:
    if month is not None and start is None and end is None:
        try:
            named = datetime.strptime(month, "%Y-%m")  # noqa: DTZ007 - a month has no zone
        except ValueError:
            raise click.UsageError(f"--month is {month!r}: write it as 2026-10") from None
        _check(named)
        return statistics.month(named.year, named.month, start_day)
    if month is None and start is not None and end is not None and start <= end:
        _check(start, end)
        return start.date(), end.date()
    raise click.UsageError("give --month 2026-10, or --from and --to with the first not after the last")


def _check(*days: datetime) -> None:
    if not all(plausible(day) for day in days):
        raise click.UsageError(f"give dates from {FIRST_YEAR} to {LAST_YEAR}")


@contextmanager
def _output(path: Path) -> Iterator[TextIO]:
    if str(path) == "-":
        yield sys.stdout
        return
    # With a byte order mark, so that Excel reads Vietnamese letters in CSV.
    encoding = "utf-8-sig" if path.suffix == ".csv" else "utf-8"
    with path.open("w", encoding=encoding, newline="") as file:
        yield file
