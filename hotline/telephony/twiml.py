"""Answers that Twilio follows outside a caller's menu (voice_answers.py)."""

from __future__ import annotations

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import VoiceResponse


def text_answer(reply: str | None) -> str:
    """The answer to a text: one message back, or none."""
    response = MessagingResponse()
    if reply is not None:
        response.message(reply)
    return str(response)


def go_on() -> str:
    """Nothing more to do on the officer's side: the two are connected."""
    return str(VoiceResponse())


def hang_up() -> str:
    """The officer's side ends; the caller's goes on."""
    response = VoiceResponse()
    response.hangup()
    return str(response)
