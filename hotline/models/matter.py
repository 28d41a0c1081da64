"""Tips about one matter: what the rules suggest and what officers linked; and senders who were muted."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hotline.db import Base, Identified
from hotline.models.sealed import SealedText
from hotline.models.staff import Staff


class Matter(Identified, Base):
    """One event that several tips are about; an officer linked them, nothing is merged."""

    __tablename__ = "matter"

    at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))


class SuggestedLink(Base):
    """Two tips that may be about one matter, `tip_id` the later one.

    `reasons` names what they share (rules/similarity.py: "plate", "place", "words" ...), never the words themselves.
    """

    __tablename__ = "suggested_link"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), primary_key=True)
    other_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), primary_key=True, index=True)
    at: Mapped[datetime]
    score: Mapped[float]
    reasons: Mapped[list[Any]] = mapped_column(JSON)
    # An officer said that they are not about the same.
    dismissed_at: Mapped[datetime | None]
    dismissed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))


class MutedSender(Identified, Base):
    """A sender of repeated nonsense whose tips wait in a heap of their own until `until`; a person decided it.

    The number is kept only as its keyed hash; the reason is sealed with the tip it was decided on.
    """

    __tablename__ = "muted_sender"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    sender_lookup: Mapped[bytes] = mapped_column(index=True)
    at: Mapped[datetime]
    until: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    reason_sealed: Mapped[bytes | None]
    # When somebody last looked at it and let it stand, also after its end.
    reviewed_at: Mapped[datetime | None]
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))

    reason = SealedText("reason_sealed")
    by: Mapped[Staff] = relationship(foreign_keys=[by_id])
    lifted_by: Mapped[Staff | None] = relationship(foreign_keys=[lifted_by_id])

    @classmethod
    def in_force(cls, now: datetime) -> ColumnElement[bool]:
        """The condition of a mute that still holds."""
        return and_(cls.lifted_at.is_(None), cls.until > now)
