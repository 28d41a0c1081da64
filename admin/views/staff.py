"""Members of staff: who they are, a new one, a new password, the door."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin.blueprint import blueprint, needs
from admin.language import said
from admin.views.person import handed, taker
from hotline.clock import utcnow
from hotline.context import parts
from hotline.errors import InvalidChange, NotFound
from hotline.queries.people import staff_in_sight, units_in_sight
from hotline.rules.access import Action, Role
from hotline.services import staff as service


@blueprint.get("/staff")
@needs(Action.MANAGE_STAFF)
def staff() -> ResponseReturnValue:
    return _page()


@blueprint.post("/staff")
@needs(Action.MANAGE_STAFF)
def create_staff() -> ResponseReturnValue:
    """Answers with the page that shows the password: it is shown once and kept nowhere."""
    form = request.form
    try:
        if form.get("role") not in {role.value for role in Role}:
            raise InvalidChange("Hãy chọn một mục trong danh sách rồi gửi lại.")
        with parts().database.begin() as session:
            made, password = service.create(
                session,
                current_user.viewer,
                username=form.get("username", ""),
                display_name=form.get("display_name", ""),
                role=Role(form["role"]),
                unit_code=form.get("unit_code", ""),
                now=utcnow(),
            )
            username = made.username
    except (InvalidChange, NotFound) as error:
        return _page(said(error), form.to_dict()), 400
    return render_template("admin/password_once.html", username=username, password=password)


@blueprint.post("/staff/<username>/reset")
@needs(Action.MANAGE_STAFF)
def reset_password(username: str) -> ResponseReturnValue:
    with parts().database.begin() as session:
        password = service.reset_password(session, current_user.viewer, username, utcnow())
    return render_template("admin/password_once.html", username=username, password=password)


@blueprint.post("/staff/<username>/disable")
@needs(Action.MANAGE_STAFF)
def disable_staff(username: str) -> ResponseReturnValue:
    try:
        with parts().database.begin() as session:
            handed_over = service.disable(session, current_user.viewer, username, utcnow(), to_id=taker())
    except InvalidChange as error:
        return _page(said(error)), 400
    return redirect(url_for("admin.staff", handed=handed_over or None))


def _page(error: str | None = None, typed: dict[str, str] | None = None) -> str:
    with parts().database.reading() as session:
        people = staff_in_sight(session, current_user.viewer)
        units = units_in_sight(session, current_user.viewer)
    return render_template(
        "admin/staff.html", people=people, units=units, error=error, typed=typed or {}, handed=handed()
    )
