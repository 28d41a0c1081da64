"""Texts going out: the database side of handing them to the provider."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.models import Message, Tip
from hotline.models.message import MessageState
from hotline.services import audit, work

# A text whose worker died in the middle of handing it over: nobody knows whether it went out.
INTERRUPTED = "interrupted"


def addressee(session: Session, message: Message) -> str:
    """The number a text goes to: its tip's reporter."""
    return session.get_one(Tip, message.tip_id).sender or ""


def sent(session: Session, message: Message, provider_sid: str, now: datetime) -> None:
    """The provider has taken the text."""
    message.provider_sid = provider_sid
    work.finish(message, MessageState.SENT)
    audit.record(session, None, "reply_sent", message.tip_id, now=now, message_id=message.id)


def interrupted(session: Session, now: datetime) -> None:
    """Show as failed the texts whose worker died while handing them over.

    Sending again might say it twice to a frightened person; not sending might never say it. An officer decides.
    """
    lost = select(Message).where(Message.state == MessageState.SENDING, Message.provider_sid.is_(None))
    for message in session.scalars(lost.where(Message.lease_until < now).with_for_update(skip_locked=True)):
        work.give_up(work.SEND_MESSAGE, message, INTERRUPTED)
        audit.record(session, None, "reply_interrupted", message.tip_id, now=now, message_id=message.id)
