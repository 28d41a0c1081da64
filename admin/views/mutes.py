"""Muted senders: the form on a tip's page, and the page on which they are looked at again."""

from __future__ import annotations

import uuid
from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin.blueprint import blueprint, needs
from admin.language import said
from admin.views.followup import do
from hotline.clock import utcnow
from hotline.context import parts
from hotline.errors import InvalidChange
from hotline.queries.mutes import all_mutes
from hotline.rules.access import Action
from hotline.services import mutes as service


@blueprint.post("/tips/<uuid:tip_id>/mute")
@needs(Action.ASSIGN)
def mute(tip_id: uuid.UUID) -> ResponseReturnValue:
    reason = request.form.get("reason", "").replace("\r\n", "\n")
    return do(
        tip_id,
        "mute",
        lambda s: service.mute(s, current_user.viewer, tip_id, reason, _last_day(), utcnow()),
    )


@blueprint.get("/mutes")
@needs(Action.ASSIGN)
def mutes() -> ResponseReturnValue:
    return _page()


@blueprint.post("/mutes/<uuid:mute_id>/lift")
@needs(Action.ASSIGN)
def lift_mute(mute_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with parts().database.begin() as session:
            brought_back = service.lift(session, current_user.viewer, mute_id, utcnow())
    except InvalidChange as error:
        return _page(said(error)), 409
    for tip_id in brought_back:
        parts().queue.triage(tip_id)
    return redirect(url_for("admin.mutes"))


@blueprint.post("/mutes/<uuid:mute_id>/review")
@needs(Action.ASSIGN)
def review_mute(mute_id: uuid.UUID) -> ResponseReturnValue:
    with parts().database.begin() as session:
        service.review(session, current_user.viewer, mute_id, utcnow())
    return redirect(url_for("admin.mutes"))


def _last_day() -> date:
    try:
        return date.fromisoformat(request.form.get("last_day", ""))
    except ValueError:
        raise InvalidChange("Hãy chọn ngày cuối cùng còn tạm gác.") from None


def _page(error: str | None = None) -> str:
    with parts().database.reading() as session:
        found = all_mutes(session, current_user.viewer, utcnow())
    return render_template("admin/mutes.html", mutes=found, error=error)
