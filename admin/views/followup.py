"""What officers do with a tip: each form is one service call, then back to the tip."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from admin import listing
from admin.blueprint import blueprint, needs
from admin.language import said
from admin.views.tip import Attempt, tip_page
from hotline.clock import utcnow
from hotline.context import parts
from hotline.errors import Conflict, InvalidChange
from hotline.models.call import RecordingState
from hotline.rules.access import Action
from hotline.rules.lifecycle import Outcome, Status, Value
from hotline.services import followup as service

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


@blueprint.post("/tips/<uuid:tip_id>/claim")
@needs(Action.WORK_TIPS)
def claim(tip_id: uuid.UUID) -> ResponseReturnValue:
    return do(tip_id, "claim", lambda s: service.claim(s, current_user.viewer, tip_id, utcnow()))


@blueprint.post("/tips/<uuid:tip_id>/assign")
@needs(Action.ASSIGN)
def assign(tip_id: uuid.UUID) -> ResponseReturnValue:
    def change(session: Session) -> None:
        unit_id = chosen_id("unit_id")
        if unit_id is None:
            raise InvalidChange("Hãy chọn đơn vị để giao tin.")
        service.assign(
            session,
            current_user.viewer,
            tip_id,
            unit_id=unit_id,
            officer_id=chosen_id("officer_id"),
            now=utcnow(),
        )

    return do(tip_id, "assign", change, lambda _changed: parts().queue.climb_alarm(tip_id))


@blueprint.post("/tips/<uuid:tip_id>/note")
@needs(Action.WORK_TIPS)
def note(tip_id: uuid.UUID) -> ResponseReturnValue:
    return do(
        tip_id, "note", lambda s: service.add_note(s, current_user.viewer, tip_id, _typed("body"), utcnow())
    )


@blueprint.post("/tips/<uuid:tip_id>/reply")
@needs(Action.WORK_TIPS)
def reply(tip_id: uuid.UUID) -> ResponseReturnValue:
    return do(
        tip_id,
        "reply",
        lambda s: service.reply(s, current_user.viewer, tip_id, _typed("body"), utcnow()).id,
        parts().queue.send_message,
    )


@blueprint.post("/tips/<uuid:tip_id>/status")
@needs(Action.WORK_TIPS)
def status(tip_id: uuid.UUID) -> ResponseReturnValue:
    return do(
        tip_id,
        "status",
        lambda s: service.set_status(s, current_user.viewer, tip_id, _choice(Status, "status"), utcnow()),
    )


@blueprint.post("/tips/<uuid:tip_id>/value")
@needs(Action.WORK_TIPS)
def value(tip_id: uuid.UUID) -> ResponseReturnValue:
    return do(
        tip_id,
        "value",
        lambda s: service.decide_value(
            s, current_user.viewer, tip_id, _choice(Value, "value"), _typed("reason"), utcnow()
        ),
    )


@blueprint.post("/tips/<uuid:tip_id>/outcome")
@needs(Action.WORK_TIPS)
def outcome(tip_id: uuid.UUID) -> ResponseReturnValue:
    return do(
        tip_id,
        "outcome",
        lambda s: service.set_outcome(
            s, current_user.viewer, tip_id, _choice(Outcome, "outcome"), _typed("detail"), utcnow()
        ),
    )


@blueprint.post("/tips/<uuid:tip_id>/reopen")
@needs(Action.WORK_TIPS)
def reopen(tip_id: uuid.UUID) -> ResponseReturnValue:
    return do(
        tip_id, "reopen", lambda s: service.reopen(s, current_user.viewer, tip_id, _typed("detail"), utcnow())
    )


@blueprint.post("/tips/<uuid:tip_id>/sender")
@needs(Action.WORK_TIPS)
def reveal_sender(tip_id: uuid.UUID) -> ResponseReturnValue:
    """Answers with the page itself: a redirect would have to carry the number."""
    with parts().database.begin() as session:
        sender = service.reveal_sender(session, current_user.viewer, tip_id, utcnow())
    return tip_page(tip_id, opened=False, sender=sender)


@blueprint.post("/tips/<uuid:tip_id>/recordings/<uuid:recording_id>/retry")
@needs(Action.WORK_TIPS)
def retry_recording(tip_id: uuid.UUID, recording_id: uuid.UUID) -> ResponseReturnValue:
    def change(session: Session) -> tuple[uuid.UUID, str]:
        recording = service.retry_recording(session, current_user.viewer, recording_id, utcnow())
        return recording.id, recording.state

    def hint(changed: tuple[uuid.UUID, str]) -> None:
        queue = parts().queue
        send = queue.transcribe if changed[1] == RecordingState.TO_TRANSCRIBE else queue.fetch_recording
        send(changed[0])

    return do(tip_id, "retry", change, hint)


def do(
    tip_id: uuid.UUID,
    form: str,
    change: Callable[[Session], T],
    hint: Callable[[T], None] = lambda _changed: None,
    *,
    back_to: str | None = None,
) -> ResponseReturnValue:
    """Change, commit, tell the workers, go back to the tip; a refusal shows the tip with what was typed.

    `back_to` is the part of the page to come back to.
    """
    try:
        with parts().database.begin() as session:
            changed = change(session)
    except InvalidChange as error:
        attempt = Attempt(form, said(error), request.form.to_dict())
        return tip_page(tip_id, opened=False, attempt=attempt), 409 if isinstance(error, Conflict) else 400
    hint(changed)
    return redirect(url_for("admin.tip", tip_id=tip_id, _anchor=back_to, **listing.kept()))


def _typed(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n")


def _choice(names: type[E], field: str) -> E:
    try:
        return names(request.form.get(field, ""))
    except ValueError:
        raise InvalidChange("Hãy chọn một mục trong danh sách rồi gửi lại.") from None


def chosen_id(field: str) -> uuid.UUID | None:
    raw = request.form.get(field, "")
    try:
        return uuid.UUID(raw) if raw else None
    except ValueError:
        raise InvalidChange("Hãy chọn một mục trong danh sách rồi gửi lại.") from None
