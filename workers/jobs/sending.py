"""Texts on their way to the provider: answers to residents, and pages that call officers."""

from __future__ import annotations

import uuid

from hotline.clock import utcnow
from hotline.errors import ProviderError
from hotline.models import Message, Page
from hotline.services import alarms, outbound, work
from workers.jobs.handling import put_off
from workers.runtime import parts, provider


def send_message(message_id: str) -> None:
    """Hand a text to the provider.

    A worker that dies between the provider's yes and our note of it leaves a text that may have gone out:
    it is not sent again but shown to an officer (outbound.interrupted).
    """
    task, row_id = work.SEND_MESSAGE, uuid.UUID(message_id)
    with parts().database.begin() as session:
        message: Message | None = work.claim(session, task, row_id, utcnow())
        if message is None:
            return
        to, body = outbound.addressee(session, message), message.body or ""
    try:
        sid = provider().send_text(to, body, parts().settings.public_url + "/twilio/sms/status")
    except ProviderError as error:
        put_off(task, row_id, message.attempts, error)
        return
    with parts().database.begin() as session:
        row = work.held(session, task, row_id, message.attempts)
        if row is not None:
            outbound.sent(session, row, sid, utcnow())


def send_page(page_id: str) -> None:
    """Hand a page to the provider, unless somebody has the tip by now."""
    task, row_id = work.SEND_PAGE, uuid.UUID(page_id)
    with parts().database.begin() as session:
        page: Page | None = work.claim(session, task, row_id, utcnow())
        text = alarms.text_of(session, page) if page is not None else None
    if page is None or text is None:
        return
    try:
        provider().send_text(*text, parts().settings.public_url + "/twilio/sms/status")
    except ProviderError as error:
        put_off(task, row_id, page.attempts, error)
        return
    with parts().database.begin() as session:
        row = work.held(session, task, row_id, page.attempts)
        if row is not None:
            alarms.sent(session, row, utcnow())
