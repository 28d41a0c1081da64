"""Texts coming in: one transaction stores everything, whatever else is down."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.models import Attachment, Message, Tip
from hotline.models.message import AttachmentState, MessageState
from hotline.models.sealed import vault_of
from hotline.rules import replies, tip_code
from hotline.rules.lifecycle import Status
from hotline.services import audit, tips


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text as a provider hands it over; `sender` is None when withheld, `attachments` (sid, content type)."""

    provider_sid: str
    sender: str | None
    body: str
    attachments: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a text: its tip, the work it makes, and the answer (None when nobody can hear it)."""

    tip_id: uuid.UUID
    attachment_ids: tuple[uuid.UUID, ...]
    reply: str | None


def receive_text(
    session: Session, text: InboundText, *, window: timedelta, diacritics: bool, now: datetime,
    call: Sequence[str] = (),
) -> Received:  # fmt: skip
    """Store a text once, in the thread it belongs to or in a new tip; a repeated webhook changes nothing.

    `call` are the emergency numbers that the answer tells the sender to ring at once (services/emergency.py).
    """
    known = session.scalar(select(Message).where(Message.provider_sid == text.provider_sid))
    if known is not None:
        tip = session.get_one(Tip, known.tip_id)
        first = tip.messages[0].id == known.id
        return Received(tip.id, (), _reply(text, tip, first=first, diacritics=diacritics, call=call))
    thread = _thread(session, text, window, now)
    tip = thread or tips.create(session, "sms", text.sender, now)
    message = Message(tip_id=tip.id, provider_sid=text.provider_sid, at=now, state=MessageState.RECEIVED)
    session.add(message)
    session.flush()
    message.body = text.body
    attachments = [
        Attachment(
            tip_id=tip.id, message_id=message.id, position=position, provider_sid=sid, content_type=content_type,
            state=AttachmentState.TO_FETCH,
        )
        for position, (sid, content_type) in enumerate(text.attachments)
    ]  # fmt: skip
    session.add_all(attachments)
    tip.last_contact_at = now
    tip.unread = True
    tip.triage_wanted += thread is not None
    # What waited apart is somebody's again once its sender writes after the mute.
    tip.muted = tip.muted and tips.is_muted(session, tip, now)
    reply = _reply(text, tip, first=thread is None, diacritics=diacritics, call=call)
    if reply is not None:
        # A moment later, so that it stands below the text it answers.
        answer = Message(tip_id=tip.id, at=now + timedelta(milliseconds=1), state=MessageState.SENT)
        session.add(answer)
        session.flush()
        answer.body = reply
    session.flush()
    if thread is not None:
        audit.record(session, None, "text_joined", tip.id, now=now, message_id=message.id)
    return Received(tip.id, tuple(a.id for a in attachments), reply)


def message_delivery(session: Session, provider_sid: str, state: MessageState, failure: str | None) -> None:
    """What the provider says became of a text we sent; never backwards, and unknown texts are ignored."""
    order = [MessageState.SENDING, MessageState.SENT, MessageState.DELIVERED]
    message = session.scalar(select(Message).where(Message.provider_sid == provider_sid).with_for_update())
    if message is None or message.inbound or message.state in (MessageState.DELIVERED, MessageState.FAILED):
        return
    if state == MessageState.FAILED or order.index(state) > order.index(MessageState(message.state)):
        message.state, message.failure = state, failure
    session.flush()


def _thread(session: Session, text: InboundText, window: timedelta, now: datetime) -> Tip | None:
    """The tip whose code the text names, else the open one its sender wrote to within the window."""
    for code in tip_code.codes_in(text.body):
        if (tip := tips.by_code(session, code)) is not None:
            return tip
    if text.sender is None:
        return None
    lookup = vault_of(session).lookup("phone", text.sender)
    if session.get_bind().dialect.name == "postgresql":
        # Two texts of one sender at the same moment must not make two tips.
        session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(lookup[:8], "big", signed=True))))
    return session.scalar(
        select(Tip)
        .where(
            Tip.sender_lookup == lookup,
            Tip.last_contact_at > now - window,
            Tip.status != Status.CLOSED,
            Tip.channel == "sms",
        )
        .order_by(Tip.last_contact_at.desc())
        .limit(1)
        .with_for_update()
    )


def _reply(text: InboundText, tip: Tip, *, first: bool, diacritics: bool, call: Sequence[str]) -> str | None:
    if not replies.can_reach(text.sender) or tip.code is None:
        return None
    return replies.received(tip.code, first=first, diacritics=diacritics, call=call)
