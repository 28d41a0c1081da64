"""Who is on duty: a unit's week, and what leaders arrange in it."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime, time, timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin.blueprint import blueprint, needs
from admin.language import said
from hotline.clock import LOCAL, local, plausible, utcnow
from hotline.context import parts
from hotline.errors import InvalidChange
from hotline.queries.people import units_in_sight
from hotline.queries.roster import roster as week_of
from hotline.rules.access import Action
from hotline.services import duty as service

DAY = timedelta(days=1)
# As people write it: 7:30, 07.30, 19h30, 7h.
CLOCK = re.compile(r"(\d{1,2})(?:[:.hH](\d{2})?)?", re.ASCII)


@blueprint.get("/roster")
@needs(Action.READ_TIPS)
def roster() -> ResponseReturnValue:
    return _page()


@blueprint.post("/roster")
@needs(Action.MANAGE_ROSTER)
def add_shift() -> ResponseReturnValue:
    try:
        starts_at, ends_at = _times()
        weeks = _whole(request.form.get("weeks") or "1")
        with parts().database.begin() as session:
            service.add_shift(
                session, current_user.viewer, _id("staff_id"), starts_at, ends_at, weeks=weeks, now=utcnow()
            )
    except InvalidChange as error:
        return _page(said(error), request.form.to_dict()), 400
    week = local(starts_at).date().isoformat()
    return redirect(url_for("admin.roster", unit=request.form.get("unit") or None, week=week))


@blueprint.post("/roster/shifts/<uuid:shift_id>/remove")
@needs(Action.MANAGE_ROSTER)
def remove_shift(shift_id: uuid.UUID) -> ResponseReturnValue:
    with parts().database.begin() as session:
        shift = service.remove_shift(session, current_user.viewer, shift_id, utcnow())
    week = local(shift.starts_at).date().isoformat()
    return redirect(url_for("admin.roster", unit=shift.unit_id, week=week))


def read_day(field: str) -> date:
    """A day that a form names; raises InvalidChange for anything that can be none of the hotline's."""
    try:
        day = date.fromisoformat(request.form.get(field, ""))
    except ValueError:
        day = date.min
    if not plausible(day):
        raise InvalidChange("Ngày không hợp lệ: hãy chọn ngày từ năm 2000 đến năm 2100.")
    return day


def _times() -> tuple[datetime, datetime]:
    """Start and end of the shift that was typed: an end that is not after the start is on the next day."""
    day, start, end = read_day("day"), _time("start"), _time("end")
    starts_at = datetime.combine(day, start, LOCAL)
    return starts_at, datetime.combine(day if end > start else day + DAY, end, LOCAL)


def _time(field: str) -> time:
    # A field of text: browsers set to another language ask for hours with AM and PM.
    found = CLOCK.fullmatch(request.form.get(field, "").strip())
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise InvalidChange("Giờ không hợp lệ: hãy nhập như 07:30 hoặc 19:30.")
    return time(int(found[1]), int(found[2] or 0))


def _whole(text: str) -> int:
    # Out of range where it is no number at all: the service says which numbers are.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _id(field: str) -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get(field, ""))
    except ValueError:
        raise InvalidChange("Hãy chọn một mục trong danh sách rồi gửi lại.") from None


def _page(error: str | None = None, typed: dict[str, str] | None = None) -> str:
    now = utcnow()
    with parts().database.reading() as session:
        shown = week_of(session, current_user.viewer, _unit(), _day(local(now).date()), now)
        units = units_in_sight(session, current_user.viewer)
    return render_template(
        "admin/roster.html", roster=shown, units=units, error=error, typed=typed or {}, week=7 * DAY
    )


def _unit() -> uuid.UUID | None:
    try:
        return uuid.UUID(request.values.get("unit", ""))
    except ValueError:
        return None


def _day(today: date) -> date:
    for name in ("week", "day"):
        try:
            day = date.fromisoformat(request.values.get(name, ""))
        except ValueError:
            continue
        if plausible(day):
            return day
    return today
