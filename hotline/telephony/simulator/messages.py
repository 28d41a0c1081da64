"""Texts between residents and the hotline: what an answer sends back, and how a message's delivery is reported."""

from __future__ import annotations

from urllib.parse import urljoin

from hotline.clock import utcnow
from hotline.telephony.simulator.account import Record, SimulatedAccount
from hotline.telephony.simulator.faults import Faults
from hotline.telephony.simulator.sids import country, segments
from hotline.telephony.simulator.transport import Answer
from hotline.telephony.simulator.twiml import LONGEST_MESSAGE, TwimlError, Verb, message_verbs
from hotline.telephony.simulator.webhooks import Sender, Webhook

MOST_DOCUMENTS = 10


def inbound_params(
    account: SimulatedAccount, message: Record, media: list[tuple[str, str]]
) -> dict[str, str]:
    """The request for an incoming message (Twilio, "Twilio's request to your incoming message Webhook URL").

    `media` holds the content type and address of each item.
    """
    here, there = country(account.number), country(message["from"])
    params = {
        "MessageSid": message["sid"],
        "SmsSid": message["sid"],
        "SmsMessageSid": message["sid"],
        "AccountSid": account.account_sid,
        "ApiVersion": "2010-04-01",
        "SmsStatus": "received",
        "From": message["from"],
        "FromCity": "",
        "FromState": "",
        "FromZip": "",
        "FromCountry": there,
        "To": message["to"],
        "ToCity": "",
        "ToState": "",
        "ToZip": "",
        "ToCountry": here,
        "Body": message["body"],
        "NumSegments": str(segments(message["body"])),
        "NumMedia": str(len(media)),
    }
    for index, (content_type, url) in enumerate(media):
        params |= {f"MediaContentType{index}": content_type, f"MediaUrl{index}": url}
    return params


def follow_replies(sender: Sender, webhook: Webhook, answer: Answer) -> list[tuple[str, str]]:
    """What the answer to a message sends, as (recipient or empty, text); raises TwimlError or Unreachable."""
    url, replies = webhook.url, []
    for _ in range(MOST_DOCUMENTS):
        redirect = None
        for verb in message_verbs(answer):
            if verb.name == "Redirect":
                redirect = verb
                break
            replies.append((verb.attributes.get("to", ""), _text(verb)))
        if redirect is None:
            return replies
        url = urljoin(url, redirect.text)
        answer = sender.send(Webhook("sms", redirect.method(), url, webhook.params))
    raise TwimlError(12400, f"more than {MOST_DOCUMENTS} documents for one message: a loop")


def report_delivery(account: SimulatedAccount, sender: Sender, message: Record, faults: Faults) -> None:
    """Carry an outbound message to its end, telling its status callback of each step.

    (Twilio, "Track the Message Status of Outbound Messages".)
    """
    if faults.failed:
        steps = [("queued", 0), ("failed", faults.failed)]
    elif faults.undelivered:
        steps = [("queued", 0), ("sent", 0), ("undelivered", faults.undelivered)]
    else:
        steps = [("queued", 0), ("sent", 0), ("delivered", 0)]
    callbacks = []
    for status, code in steps:
        account.update("messages", message["sid"], {"status": status, "error_code": code or None})
        params = {
            "MessageSid": message["sid"],
            "SmsSid": message["sid"],
            "MessageStatus": status,
            "SmsStatus": status,
            "AccountSid": account.account_sid,
            "ApiVersion": "2010-04-01",
            "From": message["from"],
            "To": message["to"],
        }
        if code:
            params["ErrorCode"] = str(code)
        if status in ("delivered", "undelivered"):
            params["RawDlrDoneDate"] = utcnow().strftime("%y%m%d%H%M")
        callbacks.append(Webhook("message_status", "POST", message["status_callback"], params))
    if message["status_callback"]:
        for webhook in callbacks[::-1] if faults.order == "reversed" else callbacks:
            sender.notify(webhook)
        sender.finish()


def _text(verb: Verb) -> str:
    bodies = [child.text for child in verb.children if child.name == "Body"]
    text = bodies[0] if bodies else verb.text
    if len(text) > LONGEST_MESSAGE:
        raise TwimlError(21617, f"the reply has {len(text)} characters; {LONGEST_MESSAGE} are allowed")
    return text
