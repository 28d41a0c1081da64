"""The figures, each with one definition, computed in the database and scoped to the viewer.

A tip counts in the unit that holds it. A tip that an officer closed as "not a tip" counts nowhere but in
`not_tips`. The identity that every row obeys, by construction and by test:
carried over + received - transferred = resolved + pending in time + pending overdue.

Counted per event, several tips that officers linked are one: the tip that leads stands for all of them, where and
as it is.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import Session

from hotline.clock import start_of
from hotline.errors import NotAllowed, NotFound
from hotline.models import Tip, TipCategory, Unit
from hotline.rules import taxonomy
from hotline.rules.access import Action, Viewer
from hotline.rules.lifecycle import Outcome, Value

NO_CATEGORY = "KHAC"


class Per(StrEnum):
    """What is counted: every tip, or every event that tips were linked to."""

    TIP = "tip"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Totals:
    """The columns of the main table, in tips."""

    carried_over: int = 0
    received: int = 0
    transferred: int = 0
    to_resolve: int = 0
    resolved: int = 0
    pending_in_time: int = 0
    pending_overdue: int = 0
    valuable: int = 0

    @property
    def valuable_rate_pct(self) -> float | None:
        """Valuable tips among those received in the period; None when none was."""
        return _percent(self.valuable, self.received)

    @property
    def resolved_rate_pct(self) -> float | None:
        """Resolved among those to be resolved; None when there were none."""
        return _percent(self.resolved, self.to_resolve)

    def to_dict(self) -> dict[str, int | float | None]:
        """The shape `T` of docs/interface.md."""
        counts = {f.name: getattr(self, f.name) for f in fields(self)}
        return counts | {
            "valuable_rate_pct": self.valuable_rate_pct,
            "resolved_rate_pct": self.resolved_rate_pct,
        }


@dataclass(frozen=True, slots=True)
class Row:
    """The totals of one category, channel, group or unit."""

    code: str
    name: str
    group: str
    totals: Totals


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a period of whole days in Vietnam, `end` included, with two periods to compare with."""

    start: date
    end: date
    unit: str
    totals: Totals
    previous: Totals
    same_period_last_year: Totals
    by_category: Sequence[Row]
    by_group: Sequence[Row]
    by_channel: Sequence[Row]
    by_unit: Sequence[Row]
    outcomes: dict[str, int]
    not_tips: int
    per: Per
    # How many tips were received in the period, and how many events they are about, whichever is counted.
    received_tips: int
    received_events: int


def month(year: int, number: int, start_day: int = 1) -> tuple[date, date]:
    """First and last day of a statistical month: with start day 15, "October" is 15/09 to 14/10.

    Police reports that run from the 15th to the 14th are named for the month in which they end.
    """
    if start_day == 1:
        return date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])
    before = date(year, number, 1) - timedelta(days=1)
    return before.replace(day=start_day), date(year, number, start_day) - timedelta(days=1)


def period_before(start: date, end: date) -> tuple[date, date]:
    """What a period is compared with: for a statistical month the month before, else as many days."""
    if _is_month(start, end):
        earlier = end.replace(day=1) - timedelta(days=1)
        return month(earlier.year, earlier.month, start.day)
    return start - (end - start) - timedelta(days=1), start - timedelta(days=1)


def year_before(start: date, end: date) -> tuple[date, date]:
    """The same period of the year before; February ends with its month, whatever its length."""
    if _is_month(start, end):
        return month(end.year - 1, end.month, start.day)
    return _same_day_year_before(start), _same_day_year_before(end)


def report(
    session: Session, viewer: Viewer, start: date, end: date, *, unit_code: str | None = None, now: datetime,
    lang: str = "vi", per: Per = Per.TIP,
) -> Report:  # fmt: skip
    """Every figure of the period for a unit and those below it; the viewer's own scope when none is named.

    Raises NotAllowed by role, NotFound for a unit out of sight.
    """
    if not viewer.may(Action.READ_FIGURES):
        raise NotAllowed("Vai trò của bạn không được xem số liệu.")
    scope, unit_name = scope_of(session, viewer, unit_code)
    this = _Period(start, end, now, per)

    def totals(period: _Period, key: Any = None) -> dict[Any, Totals]:
        return _totals(session, scope, period, key)

    def rows(key: Any, name: Callable[[str], str], group: Callable[[str], str]) -> list[Row]:
        found = totals(this, key)
        return [Row(code, name(code), group(code), found[code]) for code in sorted(found)]

    category = func.coalesce(TipCategory.code, NO_CATEGORY)
    by_category = rows(category, lambda c: taxonomy.category_name(c, lang), _group_of)
    names = {unit.code: unit.name for unit in session.scalars(select(Unit))}
    received = {one: totals(_Period(start, end, now, one)).get(None, Totals()).received for one in Per}
    return Report(
        start=start, end=end, unit=unit_name,
        totals=totals(this).get(None, Totals()),
        previous=totals(_Period(*period_before(start, end), now, per)).get(None, Totals()),
        same_period_last_year=totals(_Period(*year_before(start, end), now, per)).get(None, Totals()),
        by_category=sorted(by_category, key=lambda row: (-row.totals.received, row.code)),
        by_group=_grouped(by_category, lang),
        by_channel=rows(Tip.channel, str, lambda _: ""),
        by_unit=rows(Unit.code, names.__getitem__, lambda _: ""),
        outcomes=_outcomes(session, scope, this),
        not_tips=_not_tips(session, scope, this),
        per=per, received_tips=received[Per.TIP], received_events=received[Per.EVENT],
    )  # fmt: skip


class _Period:
    """Whole days in Vietnam as instants, and the conditions that a period's figures are made of."""

    def __init__(self, start: date, end: date, now: datetime, per: Per) -> None:
        first = start_of(start)
        last = start_of(end + timedelta(days=1))
        self.one = true() if per == Per.TIP else Tip.leads_matter
        self.counts = and_(self.one, or_(Tip.outcome.is_(None), Tip.outcome != Outcome.NOT_A_TIP))
        self.received = self._within(Tip.received_at, first, last)
        ended_before = and_(Tip.outcome_at.is_not(None), Tip.outcome_at < first)
        ended = and_(Tip.outcome_at.is_not(None), self._within(Tip.outcome_at, first, last))
        self.carried = and_(Tip.received_at < first, ~ended_before)
        self.present = or_(self.received, self.carried)
        self.ended = and_(self.present, ended)
        self.transferred = and_(self.ended, Tip.outcome == Outcome.TRANSFERRED)
        self.resolved = and_(self.ended, Tip.outcome != Outcome.TRANSFERRED)
        self.pending = and_(self.present, or_(Tip.outcome_at.is_(None), Tip.outcome_at >= last))
        self.overdue = and_(self.pending, Tip.due_at < min(now, last))

    @staticmethod
    def _within(column: Any, first: datetime, last: datetime) -> ColumnElement[bool]:
        return and_(column >= first, column < last)


def _totals(session: Session, scope: str, period: _Period, key: Any) -> dict[Any, Totals]:
    def count(condition: ColumnElement[bool]) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    columns = [
        count(period.carried), count(period.received), count(period.transferred), count(period.resolved),
        count(period.pending), count(period.overdue), count(and_(period.received, Tip.value == Value.VALUABLE)),
    ]  # fmt: skip
    statement = _in_scope(select(*([] if key is None else [key]), *columns), scope)
    statement = statement.where(period.counts, period.present)
    if key is not None:
        statement = statement.group_by(key)
    found = {}
    for row in session.execute(statement):
        name, values = (None, row) if key is None else (row[0], row[1:])
        carried, received, transferred, resolved, pending, overdue, valuable = (
            int(value) for value in values
        )
        found[name] = Totals(
            carried, received, transferred, carried + received - transferred, resolved, pending - overdue,
            overdue, valuable,
        )  # fmt: skip
    return found


def _in_scope(statement: Select[*tuple[Any, ...]], scope: str) -> Select[*tuple[Any, ...]]:
    first_category = and_(TipCategory.tip_id == Tip.id, TipCategory.in_force, TipCategory.rank == 0)
    return (
        statement.select_from(Tip)
        .join(Unit, Tip.unit_id == Unit.id)
        .outerjoin(TipCategory, first_category)
        .where(Unit.path.startswith(scope, autoescape=True))
    )


def _outcomes(session: Session, scope: str, period: _Period) -> dict[str, int]:
    statement = (
        _in_scope(select(*[Tip.outcome, func.count()]), scope)
        .where(period.one, period.ended)
        .group_by(Tip.outcome)
    )
    found = {row[0]: int(row[1]) for row in session.execute(statement)}
    return {outcome.value: found.get(outcome.value, 0) for outcome in Outcome}


def _not_tips(session: Session, scope: str, period: _Period) -> int:
    statement = _in_scope(select(func.count()), scope)
    return session.scalar(statement.where(period.one, period.received, Tip.outcome == Outcome.NOT_A_TIP)) or 0


def scope_of(session: Session, viewer: Viewer, unit_code: str | None) -> tuple[str, str]:
    """Path and name of the unit whose figures are asked for; NotFound out of sight."""
    wanted = Unit.path == viewer.scope if unit_code is None else Unit.code == unit_code
    unit = session.scalar(select(Unit).where(wanted))
    if unit is None or not unit.seen_by(viewer):
        raise NotFound("Không có đơn vị này trong các đơn vị của bạn.")
    return unit.path, unit.name


def _grouped(by_category: Sequence[Row], lang: str) -> list[Row]:
    groups: dict[str, list[Totals]] = {}
    for row in by_category:
        groups.setdefault(row.group, []).append(row.totals)
    sums = {group: _sum(totals) for group, totals in groups.items()}
    return [Row(group, taxonomy.group_name(group, lang), group, sums[group]) for group in sorted(sums)]


def _sum(many: Sequence[Totals]) -> Totals:
    return Totals(*(sum(getattr(totals, f.name) for totals in many) for f in fields(Totals)))


def _group_of(code: str) -> str:
    return next(category.group for category in taxonomy.categories() if category.code == code)


def _is_month(start: date, end: date) -> bool:
    return start.day <= 28 and (start, end) == month(end.year, end.month, start.day)


def _same_day_year_before(day: date) -> date:
    return (
        day.replace(year=day.year - 1, day=28)
        if (day.month, day.day) == (2, 29)
        else day.replace(year=day.year - 1)
    )


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None
