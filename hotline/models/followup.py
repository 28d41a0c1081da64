"""What officers did with a tip: assignments, notes, verdicts, outcomes, corrections; each kept, the last in force."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hotline.db import Base, Identified
from hotline.models.sealed import SealedText
from hotline.models.staff import Staff, Unit


class Assignment(Identified, Base):
    """Who was given the tip and why; `by_id` is None when the rules did it.

    `reason` is {"code": ..., and ids and numbers to fill its sentence}, never words of the tip.
    """

    __tablename__ = "assignment"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    at: Mapped[datetime]
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("unit.id"))
    officer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[dict[str, Any]] = mapped_column(JSON)

    unit: Mapped[Unit] = relationship()
    officer: Mapped[Staff | None] = relationship(foreign_keys=[officer_id])
    by: Mapped[Staff | None] = relationship(foreign_keys=[by_id])


class Note(Identified, Base):
    """An officer's note on a tip; never shown to the reporter."""

    __tablename__ = "note"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    at: Mapped[datetime]
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    body_sealed: Mapped[bytes | None]

    body = SealedText("body_sealed")
    author: Mapped[Staff] = relationship()


class ValueDecision(Identified, Base):
    """An officer's verdict: valuable, not, or undecided again."""

    __tablename__ = "value_decision"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    value: Mapped[str]
    reason_sealed: Mapped[bytes | None]

    reason = SealedText("reason_sealed")
    by: Mapped[Staff] = relationship()


class OutcomeDecision(Identified, Base):
    """How a tip ended, or None when it was reopened."""

    __tablename__ = "outcome_decision"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    outcome: Mapped[str | None]
    detail_sealed: Mapped[bytes | None]

    detail = SealedText("detail_sealed")
    by: Mapped[Staff] = relationship()


class Correction(Identified, Base):
    """An officer set right what the machine read: what it said, what is right, and which version said it.

    `what` is "categories", "urgent" or "place". `machine` and `officer` hold codes and truth values, never words:
    {"codes": [...]}, {"urgent": bool}, {"mention": n, "commune": code or None}.
    """

    __tablename__ = "correction"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    what: Mapped[str]
    machine: Mapped[dict[str, Any]] = mapped_column(JSON)
    officer: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[str | None]

    by: Mapped[Staff] = relationship()
