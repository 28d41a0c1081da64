"""Text messages in and out, and the media that came with them."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hotline.db import Base, Identified
from hotline.models.sealed import SealedText
from hotline.models.staff import Staff
from hotline.models.work import Work


class MessageState(StrEnum):
    """Where a message is: received from a resident, on its way to one, or waiting to be heard by who keys the code."""

    RECEIVED = "received"
    TO_SEND = "to_send"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    TO_HEAR = "to_hear"
    HEARD = "heard"


class Message(Identified, Work, Base):
    """A text; `provider_sid` is unique, so that a repeated webhook stores nothing twice."""

    __tablename__ = "message"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    provider_sid: Mapped[str | None] = mapped_column(unique=True)
    at: Mapped[datetime]
    # None for a resident's own message and for the machine's replies.
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    body_sealed: Mapped[bytes | None]
    # When it was first read out to a caller who keyed the tip's code.
    heard_at: Mapped[datetime | None]

    body = SealedText("body_sealed")
    author: Mapped[Staff | None] = relationship()
    attachments: Mapped[list[Attachment]] = relationship(order_by="Attachment.position")

    @property
    def inbound(self) -> bool:
        """Whether the resident wrote it."""
        return self.state == MessageState.RECEIVED


class AttachmentState(StrEnum):
    """Where an attachment is on its way from the provider to the store."""

    TO_FETCH = "to_fetch"
    FETCHING = "fetching"
    STORED = "stored"
    FAILED = "failed"


class Attachment(Identified, Work, Base):
    """A picture, sound or other file sent with a text."""

    __tablename__ = "attachment"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    message_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("message.id"))
    position: Mapped[int]
    provider_sid: Mapped[str]
    content_type: Mapped[str]
    storage_key: Mapped[str | None]
    size: Mapped[int | None]

    __table_args__ = (UniqueConstraint("message_id", "position"),)
