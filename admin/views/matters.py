"""Tips of one event: what officers say of those that the page suggests, and of others by their code."""

from __future__ import annotations

import uuid

from flask import request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from admin.blueprint import blueprint, needs
from admin.views.followup import chosen_id, do
from hotline.clock import utcnow
from hotline.errors import InvalidChange
from hotline.rules.access import Action
from hotline.services import matters as service


@blueprint.post("/tips/<uuid:tip_id>/link")
@needs(Action.WORK_TIPS)
def link(tip_id: uuid.UUID) -> ResponseReturnValue:
    """To a suggested tip, or to the one whose code was typed."""

    def change(session: Session) -> None:
        viewer, other = current_user.viewer, chosen_id("other")
        if other is not None:
            service.link(session, viewer, tip_id, other, utcnow())
        else:
            service.link_by_code(session, viewer, tip_id, request.form.get("code", "")[:40], utcnow())

    return do(tip_id, "link", change)


@blueprint.post("/tips/<uuid:tip_id>/unlink")
@needs(Action.WORK_TIPS)
def unlink(tip_id: uuid.UUID) -> ResponseReturnValue:
    """Takes out of the event the tip that was chosen on this one's page, which may be itself."""
    return do(tip_id, "unlink", lambda s: service.unlink(s, current_user.viewer, _other(), utcnow()))


@blueprint.post("/tips/<uuid:tip_id>/dismiss")
@needs(Action.WORK_TIPS)
def dismiss(tip_id: uuid.UUID) -> ResponseReturnValue:
    return do(
        tip_id, "dismiss", lambda s: service.dismiss(s, current_user.viewer, tip_id, _other(), utcnow())
    )


def _other() -> uuid.UUID:
    other = chosen_id("other")
    if other is None:
        raise InvalidChange("Hãy chọn một mục trong danh sách rồi gửi lại.")
    return other
