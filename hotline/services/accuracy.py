"""The machine's accuracy month by month, scoped to the viewer; rules/accuracy.py defines every figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.orm import Session

from hotline.clock import local, start_of
from hotline.errors import NotAllowed
from hotline.models import Correction, Tip, TipCategory, TipPlace, Unit
from hotline.models.tip import MACHINE
from hotline.rules.access import Action, Viewer
from hotline.rules.accuracy import Accuracy, Confusion, Part, Read, confusions, measure, parts
from hotline.rules.lifecycle import Outcome, Status
from hotline.services.statistics import month, scope_of

# How many months stand side by side.
MONTHS = 6


@dataclass(frozen=True, slots=True)
class Month:
    """The figures of a statistical month, `end` included."""

    start: date
    end: date
    figures: Accuracy


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The accuracy of a month, and of those before it, oldest first; the last of `months` is the month itself."""

    start: date
    end: date
    unit: str
    totals: Accuracy
    by_category: Sequence[Part]
    by_channel: Sequence[Part]
    by_version: Sequence[Part]
    confusions: Sequence[Confusion]
    months: Sequence[Month]


def report(
    session: Session, viewer: Viewer, year: int, number: int, *, start_day: int = 1, unit_code: str | None = None
) -> Report:  # fmt: skip
    """The figures of a month for a unit and those below it; the viewer's own scope when none is named.

    Raises NotAllowed by role, NotFound for a unit out of sight.
    """
    if not viewer.may(Action.READ_FIGURES):
        raise NotAllowed("Vai trò của bạn không được xem số liệu.")
    scope, unit_name = scope_of(session, viewer, unit_code)
    periods = last_months(year, number, start_day)
    received = _received(session, scope, periods[0][0], periods[-1][1])
    by_month = [
        Month(start, end, measure(tip for day, tip in received if start <= day <= end))
        for start, end in periods
    ]
    start, end = periods[-1]
    this = [tip for day, tip in received if start <= day <= end]
    return Report(
        start=start, end=end, unit=unit_name, totals=measure(this),
        by_category=parts(this, lambda tip: tip.category if tip.compares_category else None),
        by_channel=parts(this, lambda tip: tip.channel),
        by_version=parts(this, lambda tip: tip.version),
        confusions=confusions(this), months=by_month,
    )  # fmt: skip


def last_months(year: int, number: int, start_day: int) -> list[tuple[date, date]]:
    """The months up to this one, oldest first."""
    found = []
    for back in reversed(range(MONTHS)):
        before = year * 12 + number - 1 - back
        found.append(month(before // 12, before % 12 + 1, start_day))
    return found


def _received(session: Session, scope: str, first: date, last: date) -> list[tuple[date, Read]]:
    """Every tip received on these days, with its day in Vietnam."""
    machine_category = _first(
        TipCategory.code, TipCategory.rank, TipCategory.tip_id, TipCategory.source == MACHINE
    )
    category = _first(TipCategory.code, TipCategory.rank, TipCategory.tip_id, TipCategory.in_force.is_(True))
    with_commune = TipPlace.commune_code.is_not(None)
    machine_commune = _first(
        TipPlace.commune_code, TipPlace.rank, TipPlace.tip_id, and_(TipPlace.source == MACHINE, with_commune)
    )
    commune = _first(
        TipPlace.commune_code, TipPlace.rank, TipPlace.tip_id, and_(TipPlace.in_force, with_commune)
    )
    corrected = select(Correction.id).where(Correction.tip_id == Tip.id).exists()
    statement = (
        select(
            Tip.received_at, Tip.channel, Tip.triage_version, Tip.outcome, Tip.urgent, Tip.machine_urgent, Tip.is_tip,
            or_(Tip.status == Status.CLOSED, corrected).label("checked"), (Tip.status == Status.CLOSED).label("closed"),
            machine_category.label("machine_category"), category.label("category"),
            machine_commune.label("machine_commune"), commune.label("commune"),
        )
        .join(Unit, Tip.unit_id == Unit.id)
        .where(Unit.path.startswith(scope, autoescape=True))
        .where(Tip.received_at >= start_of(first), Tip.received_at < start_of(last + timedelta(days=1)))
    )  # fmt: skip
    return [(local(row.received_at).date(), _read(row)) for row in session.execute(statement)]


def _first(column: Any, rank: Any, owner: Any, condition: ColumnElement[bool]) -> Any:
    return (
        select(column)
        .where(owner == Tip.id, condition)
        .order_by(rank)
        .limit(1)
        .correlate(Tip)
        .scalar_subquery()
    )


def _read(row: Row[Any]) -> Read:
    return Read(
        channel=row.channel,
        version=row.triage_version,
        checked=bool(row.checked),
        closed=bool(row.closed),
        not_a_tip=row.outcome == Outcome.NOT_A_TIP,
        machine_category=row.machine_category,
        category=row.category,
        machine_urgent=row.machine_urgent,
        urgent=row.urgent,
        machine_commune=row.machine_commune,
        commune=row.commune,
        machine_tip=row.is_tip,
    )
