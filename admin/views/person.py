"""One person's duty: leave, specialities, telephone, and handing over what they hold."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from admin.blueprint import blueprint, needs
from admin.language import said
from admin.views.roster import read_day
from hotline.clock import utcnow
from hotline.context import parts
from hotline.errors import InvalidChange
from hotline.queries.people import staff_in_sight
from hotline.queries.roster import person_detail
from hotline.rules.access import Action, allowed
from hotline.rules.taxonomy import categories
from hotline.services import assignment, duty

# What the page can say it has just done; its number is how many tips were handed over.
DONE = ("handed", "leave", "saved")


@blueprint.get("/people/<uuid:staff_id>")
@needs(Action.MANAGE_ROSTER)
def person(staff_id: uuid.UUID) -> ResponseReturnValue:
    return _page(staff_id)


@blueprint.post("/people/<uuid:staff_id>/leave")
@needs(Action.MANAGE_ROSTER)
def add_leave(staff_id: uuid.UUID) -> ResponseReturnValue:
    def change(session: Session) -> dict[str, Any]:
        first, last = read_day("first_day"), read_day("last_day")
        duty.add_absence(session, current_user.viewer, staff_id, first, last, utcnow())
        return {"leave": 1}

    return _do(staff_id, "leave", change)


@blueprint.post("/leave/<uuid:absence_id>/remove")
@needs(Action.MANAGE_ROSTER)
def remove_leave(absence_id: uuid.UUID) -> ResponseReturnValue:
    with parts().database.begin() as session:
        absence = duty.remove_absence(session, current_user.viewer, absence_id, utcnow())
    return redirect(url_for("admin.person", staff_id=absence.staff_id, saved=1))


@blueprint.post("/people/<uuid:staff_id>/specialities")
@needs(Action.MANAGE_ROSTER)
def set_specialities(staff_id: uuid.UUID) -> ResponseReturnValue:
    def change(session: Session) -> dict[str, Any]:
        codes = request.form.getlist("codes")
        duty.set_specialities(session, current_user.viewer, staff_id, codes, utcnow())
        return {"saved": 1}

    return _do(staff_id, "specialities", change)


@blueprint.post("/people/<uuid:staff_id>/phone")
@needs(Action.MANAGE_ROSTER)
def set_duty_phone(staff_id: uuid.UUID) -> ResponseReturnValue:
    def change(session: Session) -> dict[str, Any]:
        typed = request.form.get("phone", "")
        duty.set_duty_phone(session, current_user.viewer, staff_id, typed, utcnow())
        return {"saved": 1}

    return _do(staff_id, "phone", change)


@blueprint.post("/people/<uuid:staff_id>/hand-over")
@needs(Action.ASSIGN)
def hand_over(staff_id: uuid.UUID) -> ResponseReturnValue:
    def change(session: Session) -> dict[str, Any]:
        return {"handed": assignment.hand_over(session, current_user.viewer, staff_id, taker(), utcnow())}

    return _do(staff_id, "hand-over", change)


def taker() -> uuid.UUID | None:
    """Who a form says takes over; None for the unit."""
    raw = request.form.get("to", "")
    try:
        return uuid.UUID(raw) if raw else None
    except ValueError:
        raise InvalidChange("Hãy chọn một mục trong danh sách rồi gửi lại.") from None


def handed() -> int | None:
    """How many tips the address says were just handed over."""
    raw = request.args.get("handed", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 7 else None


def _do(staff_id: uuid.UUID, form: str, change: Callable[[Session], dict[str, Any]]) -> ResponseReturnValue:
    try:
        with parts().database.begin() as session:
            done = change(session)
    except InvalidChange as error:
        return _page(staff_id, form, said(error)), 400
    return redirect(url_for("admin.person", staff_id=staff_id, **done))


def _page(staff_id: uuid.UUID, form: str = "", error: str | None = None) -> str:
    with parts().database.reading() as session:
        shown = person_detail(session, current_user.viewer, staff_id, utcnow())
        colleagues = [
            other
            for other in staff_in_sight(session, current_user.viewer, active_only=True)
            if other.id != shown.id and other.role in allowed(Action.WORK_TIPS)
        ]
    return render_template(
        "admin/person.html",
        person=shown,
        # Those of the same unit first: they know the place.
        colleagues=sorted(colleagues, key=lambda other: other.unit_id != shown.unit_id),
        categories=categories(),
        form=form,
        error=error,
        typed=request.form,
        handed=handed(),
        done=[name for name in DONE if request.args.get(name)],
    )
