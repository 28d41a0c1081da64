"""Which list of tips a page shows beside or instead of a tip: read from the address, kept in its links."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from flask import request
from flask_login import current_user
from sqlalchemy.orm import Session

from admin import sealed_query
from hotline.clock import plausible, start_of
from hotline.queries.inbox import Filter, Row, Tab, inbox
from hotline.queries.search import Found, search
from hotline.rules.access import Role
from hotline.rules.lifecycle import Status, Value
from hotline.rules.taxonomy import categories

T = TypeVar("T")
NARROWING = ("status", "category", "channel", "unit", "officer", "value", "since", "until")


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of tips and the arguments of the address that lead to it; `query` is what was searched for.

    `misdated`: the address has a day that cannot be, which the list leaves out.
    """

    rows: list[Row]
    total: int
    page: int
    pages: int
    wanted: Filter
    keep: dict[str, Any]
    counts: dict[Tab, int]
    query: str | None = None
    found: Found | None = None
    misdated: bool = False


def current(session: Session, now: datetime) -> Listing:
    """The list that the address of this request asks for; what does not make sense in it is ignored."""
    wanted, page = _filter(), _argument("page", int) or 1
    token = request.args.get("q")
    query = sealed_query.unseal(token) if token else None
    listed = inbox(session, current_user.viewer, wanted, page, now)
    if query is None:
        return Listing(
            listed.rows,
            listed.total,
            listed.page,
            listed.pages,
            wanted,
            _keep(wanted, listed.page),
            listed.counts,
            misdated=_misdated(wanted),
        )
    found = search(session, current_user.viewer, query, now)
    return Listing(found.rows, found.total, 1, 1, wanted, {"q": token}, listed.counts, query, found)


def _filter() -> Filter:
    codes = {category.code for category in categories()}
    return Filter(
        tab=_argument("tab", Tab) or _home_tab(),
        status=_argument("status", Status),
        category=_argument("category", lambda code: code if code in codes else None),
        channel=_argument("channel", lambda name: name if name in ("sms", "voice") else None),
        unit_id=_argument("unit", uuid.UUID),
        officer_id=_argument("officer", uuid.UUID),
        value=_argument("value", Value),
        since=_argument("since", _start_of_day),
        until=_argument("until", lambda text: _start_of_day(text) + timedelta(days=1)),
    )


def _misdated(wanted: Filter) -> bool:
    days = (("since", wanted.since), ("until", wanted.until))
    return any(request.args.get(name) and day is None for name, day in days)


def _home_tab() -> Tab:
    """An officer starts with what is on the own desk, others with everything open."""
    return Tab.MINE if current_user.viewer.role == Role.OFFICER else Tab.UNIT


def _argument(name: str, read: Callable[[str], T]) -> T | None:
    raw = request.args.get(name, "")
    if not raw:
        return None
    try:
        return read(raw)
    except (ValueError, OverflowError):
        return None


def _start_of_day(text: str) -> datetime:
    day = date.fromisoformat(text)
    if not plausible(day):
        raise ValueError(text)
    return start_of(day)


def kept() -> dict[str, Any]:
    """The arguments of this address that lead to its list, for links and forms that come back to it."""
    return {name: request.args[name] for name in ("q", "tab", "page", *NARROWING) if request.args.get(name)}


def _keep(wanted: Filter, page: int) -> dict[str, Any]:
    narrowing = {name: request.args[name] for name in NARROWING if request.args.get(name)}
    return {"tab": wanted.tab.value, **narrowing, **({"page": page} if page > 1 else {})}
