"""Twilio's webhooks: check the signature, parse, call a service, commit, enqueue, answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import structlog
from flask import Blueprint, Response, abort, request, url_for
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from hotline.clock import utcnow
from hotline.context import parts
from hotline.models import Call, Recording
from hotline.models.call import RecordingState
from hotline.services import calls, emergency, intake
from hotline.telephony import twilio, twiml

blueprint = Blueprint("twilio", __name__, url_prefix="/twilio")
log = structlog.get_logger()
T = TypeVar("T")

# A webhook has some dozens of short fields; the longest text is 1,600 characters.
BODY_MAX = 64 * 1024
# Two processes may store the same thing at the same moment; the loser then finds it stored.
COLLISION_TRIES = 3


@blueprint.before_request
def only_twilio() -> None:
    """Refuse what Twilio did not sign: 403, and nothing is stored."""
    request.max_content_length = BODY_MAX
    path = request.full_path if request.query_string else request.path
    signature = request.headers.get("X-Twilio-Signature", "")
    if not twilio.Webhooks(parts().settings).is_signed(path, request.form, signature):
        log.warning("webhook_refused", path=request.path, signed=bool(signature))
        abort(403)


@blueprint.errorhandler(ValueError)
def not_understood(_error: ValueError) -> Response:
    """Signed, but without the fields that Twilio always sends."""
    log.error("webhook_not_understood", path=request.path)
    return Response("the request lacks fields that a Twilio webhook has", 400, mimetype="text/plain")


@blueprint.errorhandler(DBAPIError)
def not_stored(error: DBAPIError) -> Response:
    """Nothing was acknowledged: Twilio goes to the number's fallback, and the log says what to mend."""
    full = "full" in str(error.orig).lower()
    advice = "free disk space in DATA_DIR" if full else "mend the database that DATABASE_URL names"
    log.critical("webhook_not_stored", path=request.path, error=type(error.orig).__name__, advice=advice)
    return Response("the hotline cannot store anything now", 503, mimetype="text/plain")


@blueprint.post("/sms")
def sms() -> Response:
    """A text came in."""
    settings = parts().settings
    text = twilio.inbound_text(request.form)
    # Before the transaction: on SQLite all writers would wait for this reading too.
    call = emergency.numbers_to_call(text.body, read=parts().triage_models.read)
    received = _stored(
        lambda session: intake.receive_text(
            session,
            text,
            window=timedelta(hours=settings.thread_window_hours),
            diacritics=settings.reply_diacritics,
            now=utcnow(),
            call=call,
        )
    )
    parts().queue.triage(received.tip_id)
    for attachment_id in received.attachment_ids:
        parts().queue.fetch_attachment(attachment_id)
    return _twiml(twiml.text_answer(received.reply))


@blueprint.post("/sms/status")
def sms_status() -> Response:
    """Where a text of ours has got to."""
    state = twilio.MESSAGE_STATES.get(request.form.get("MessageStatus", ""))
    if state is not None:
        code = request.form.get("ErrorCode", "")
        failure = f"provider-{code}" if code.isascii() and code.isdigit() else None
        message_sid = twilio.sid(request.form.get("MessageSid"))
        _stored(lambda session: intake.message_delivery(session, message_sid, state, failure))
    return Response(status=204)


@blueprint.post("/voice")
def voice() -> Response:
    """Somebody rings: the tip exists from now on, whatever becomes of the call."""
    notice = twilio.call_notice(request.form, "answered")
    _stored(lambda session: calls.note_call(session, notice, utcnow()))
    return _twiml(
        twiml.record_tip(
            parts().settings,
            action=url_for("twilio.voice_recorded"),
            recording_status=url_for("twilio.voice_recording"),
        )
    )


@blueprint.post("/voice/recorded")
def voice_recorded() -> Response:
    """The caller has finished speaking and is still there: read out the code."""
    notice = twilio.call_notice(request.form, "recorded")
    return _twiml(twiml.thank(_note(notice)))


@blueprint.post("/voice/recording")
def voice_recording() -> Response:
    """The recording is there, or there is none; also when the caller hung up."""
    _note(twilio.call_notice(request.form, "recording_announced"))
    return Response(status=204)


@blueprint.post("/voice/status")
def voice_status() -> Response:
    """The call has moved on or ended."""
    _note(twilio.call_notice(request.form, request.form.get("CallStatus", "status")[:20]))
    return Response(status=204)


def _note(notice: calls.CallNotice) -> str:
    """Store what a voice callback tells, start the fetch if it told of a recording, return the tip's code."""
    announced = twilio.recording_notice(request.form)

    def store(session: Session) -> tuple[str, Recording | None]:
        call: Call = calls.note_call(session, notice, utcnow())
        recording = calls.note_recording(session, call, announced, utcnow()) if announced else None
        return calls.tip_of(session, call, utcnow()).code or "", recording

    code, recording = _stored(store)
    if recording is not None and recording.state == RecordingState.TO_FETCH:
        parts().queue.fetch_recording(recording.id)
    return code


def _stored(work: Callable[[Session], T], tries: int = COLLISION_TRIES) -> T:
    try:
        with parts().database.begin() as session:
            return work(session)
    except IntegrityError:
        if tries == 1:
            raise
        return _stored(work, tries - 1)


def _twiml(answer: str) -> Response:
    return Response(answer, mimetype="text/xml")
