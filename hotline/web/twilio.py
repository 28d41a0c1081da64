"""Twilio's webhooks of texts: parse, call a service, commit, enqueue, answer."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request

from hotline.clock import utcnow
from hotline.context import parts
from hotline.services import emergency, intake
from hotline.telephony import twilio, twiml
from hotline.web import webhook

blueprint = webhook.guarded("twilio", "/twilio")


@blueprint.post("/sms")
def sms() -> Response:
    """A text came in."""
    settings = parts().settings
    text = twilio.inbound_text(request.form)
    # Before the transaction: on SQLite all writers would wait for this reading too.
    call = emergency.numbers_to_call(text.body, read=parts().triage_models.read)
    received = webhook.stored(
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
    return webhook.twiml(twiml.text_answer(received.reply))


@blueprint.post("/sms/status")
def sms_status() -> Response:
    """Where a text of ours has got to."""
    state = twilio.MESSAGE_STATES.get(request.form.get("MessageStatus", ""))
    if state is not None:
        code = request.form.get("ErrorCode", "")
        failure = f"provider-{code}" if code.isascii() and code.isdigit() else None
        message_sid = twilio.sid(request.form.get("MessageSid"))
        webhook.stored(lambda session: intake.message_delivery(session, message_sid, state, failure))
    return Response(status=204)
