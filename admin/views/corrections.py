"""One-click corrections of what the machine read: categories, urgency, places; and giving the tip anew by them."""

from __future__ import annotations

import uuid

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from admin import listing
from admin.blueprint import blueprint, needs
from admin.views.followup import chosen_id, do
from hotline.clock import utcnow
from hotline.context import parts
from hotline.errors import InvalidChange
from hotline.rules.access import Action
from hotline.services import corrections as service
from hotline.services import place_corrections
from hotline.services.corrections import Change


@blueprint.post("/tips/<uuid:tip_id>/categories")
@needs(Action.WORK_TIPS)
def correct_categories(tip_id: uuid.UUID) -> ResponseReturnValue:
    """One category that is wrong, belongs there or comes first; all of them; or the machine's again."""

    def change(session: Session) -> None:
        viewer, now = current_user.viewer, utcnow()
        if "undo" in request.form:
            service.categories_as_machine(session, viewer, tip_id, now)
            return
        for one in Change:
            if one in request.form:
                # A button names the category itself, or stands beside the list that it was chosen from.
                code = request.form[one] or request.form.get("code", "")
                service.change_category(session, viewer, tip_id, one, code, now)
                return
        codes = [code for code in request.form.getlist("codes") if code]
        service.correct_categories(session, viewer, tip_id, codes, now)

    return do(tip_id, "categories", change, back_to="categories")


@blueprint.post("/tips/<uuid:tip_id>/urgent")
@needs(Action.WORK_TIPS)
def urgent(tip_id: uuid.UUID) -> ResponseReturnValue:
    def change(session: Session) -> None:
        viewer, now = current_user.viewer, utcnow()
        if "undo" in request.form:
            service.urgency_as_machine(session, viewer, tip_id, now)
        else:
            service.set_urgent(session, viewer, tip_id, request.form.get("urgent") == "1", now)

    return do(
        tip_id, "urgent", change, lambda _changed: parts().queue.climb_alarm(tip_id), back_to="categories"
    )


@blueprint.post("/tips/<uuid:tip_id>/place")
@needs(Action.WORK_TIPS)
def correct_place(tip_id: uuid.UUID) -> ResponseReturnValue:
    """The commune that a mention means, chosen or typed; that it is no place; or the machine's again."""

    def change(session: Session) -> None:
        viewer, now, place_id = current_user.viewer, utcnow(), chosen_id("place")
        code = request.form.get("commune", "")
        if place_id is not None and "undo" in request.form:
            place_corrections.place_as_machine(session, viewer, tip_id, place_id, now)
        elif place_id is not None and "none" in request.form:
            place_corrections.not_a_place(session, viewer, tip_id, place_id, now)
        else:
            code = code or _typed_commune(session)
            place_corrections.choose_commune(session, viewer, tip_id, place_id, code, now)

    return do(tip_id, f"place-{request.form.get('place', '')}", change, back_to="places")


@blueprint.post("/tips/<uuid:tip_id>/reassign")
@needs(Action.WORK_TIPS)
def reassign(tip_id: uuid.UUID) -> ResponseReturnValue:
    """To the unit that the corrected place asks for; who no longer sees the tip then is back at the list."""
    seen = True

    def change(session: Session) -> None:
        nonlocal seen
        seen = place_corrections.reassign(session, current_user.viewer, tip_id, utcnow())

    answer = do(
        tip_id, "reassign", change, lambda _changed: parts().queue.climb_alarm(tip_id), back_to="given"
    )
    return answer if seen else redirect(url_for("admin.queue", **listing.kept()))


def _typed_commune(session: Session) -> str:
    written = request.form.get("name", "")
    if not written.strip():
        raise InvalidChange("Hãy chọn hoặc gõ tên xã, phường.")
    near = place_corrections.communes_near(session, current_user.viewer)
    return place_corrections.commune_named(written, near).code
