"""Asking for a recording to be read again by the speech model in use."""

from __future__ import annotations

import uuid

from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin.blueprint import blueprint, needs
from admin.views.followup import do
from hotline.clock import utcnow
from hotline.context import parts
from hotline.rules.access import Action
from hotline.services import retranscription


@blueprint.post("/tips/<uuid:tip_id>/recordings/<uuid:recording_id>/again")
@needs(Action.WORK_TIPS)
def read_again(tip_id: uuid.UUID, recording_id: uuid.UUID) -> ResponseReturnValue:
    """A worker takes it when no new voicemail waits."""
    return do(
        tip_id,
        "again",
        lambda session: retranscription.request_one(session, current_user.viewer, recording_id, utcnow()).id,
        parts().queue.read_again,
        back_to=f"recording-{recording_id}",
    )
