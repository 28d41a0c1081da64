"""The tip: one matter that a resident brought, whatever number of texts and calls it came in."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, and_, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hotline.db import Base, Identified
from hotline.models.call import Call, Recording
from hotline.models.followup import Assignment, Note, OutcomeDecision, ValueDecision
from hotline.models.message import Message
from hotline.models.sealed import SealedJson, SealedText, TipKey
from hotline.models.staff import Staff, Unit
from hotline.rules.lifecycle import Status, Value

__all__ = ["MACHINE", "OFFICER", "SearchToken", "Tip", "TipCategory", "TipKey", "TipPlace"]

# Whose word a category or a place is.
MACHINE, OFFICER = "machine", "officer"


class Tip(Identified, Base):
    """What the resident told us and where it stands."""

    __tablename__ = "tip"

    code_lookup: Mapped[bytes] = mapped_column(unique=True)
    code_sealed: Mapped[bytes | None]
    channel: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(index=True)
    last_contact_at: Mapped[datetime]
    # Keyed hash of the sender's number: finds the thread without knowing the number. None when withheld.
    sender_lookup: Mapped[bytes | None]
    sender_sealed: Mapped[bytes | None]
    sender_withheld: Mapped[bool] = mapped_column(default=False)
    # Answers may be texted to the sender: they wrote to us, or agreed while calling. Phones are shared.
    texts_agreed: Mapped[bool] = mapped_column(default=False)
    demonstration: Mapped[bool] = mapped_column(default=False)

    status: Mapped[str] = mapped_column(default=Status.NEW)
    due_at: Mapped[datetime]
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("unit.id"))
    officer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"), index=True)
    value: Mapped[str] = mapped_column(default=Value.UNDECIDED)
    outcome: Mapped[str | None]
    outcome_at: Mapped[datetime | None]

    # The resident said something that no officer has opened yet, also on a tip that is closed.
    unread: Mapped[bool] = mapped_column(default=True)

    # Set by triage. `triage_wanted` counts changes to the text, `triaged` the one the tags belong to.
    triage_wanted: Mapped[int] = mapped_column(default=1)
    triaged: Mapped[int] = mapped_column(default=0)
    triage_version: Mapped[str | None]
    # The texts that triage has read, as "message:<id>" and "recording:<id>": any other is news.
    words_read: Mapped[list[str] | None] = mapped_column(JSON)
    urgent: Mapped[bool] = mapped_column(default=False)
    # An officer's word on urgency stands against later triage.
    urgent_by_officer: Mapped[bool] = mapped_column(default=False)
    # What triage last said of urgency, kept beside an officer's word; None before the first reading.
    machine_urgent: Mapped[bool | None]
    # What the machine saw of urgency, whatever officers said.
    urgent_evidence_sealed: Mapped[bytes | None]
    is_tip: Mapped[bool] = mapped_column(default=True)
    secrecy_requested: Mapped[bool] = mapped_column(default=False)
    entities_sealed: Mapped[bytes | None]

    # Linked tips share a matter; of each matter one leads, which is the one counted when events are counted.
    matter_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("matter.id"), index=True)
    leads_matter: Mapped[bool] = mapped_column(default=True)
    # Its sender was muted when it came: read, kept, but nobody is given it unless it is urgent.
    muted: Mapped[bool] = mapped_column(default=False)

    code = SealedText("code_sealed")
    sender = SealedText("sender_sealed")
    urgent_evidence = SealedJson("urgent_evidence_sealed")
    entities = SealedJson("entities_sealed")

    unit: Mapped[Unit] = relationship()
    officer: Mapped[Staff | None] = relationship()
    messages: Mapped[list[Message]] = relationship(order_by=Message.at)
    calls: Mapped[list[Call]] = relationship(order_by=Call.started_at, foreign_keys=Call.tip_id)
    recordings: Mapped[list[Recording]] = relationship(
        order_by=(func.coalesce(Recording.started_at, Recording.created_at), Recording.created_at),
        viewonly=True,
    )
    categories: Mapped[list[TipCategory]] = relationship(
        order_by="TipCategory.rank", cascade="all, delete-orphan"
    )
    places: Mapped[list[TipPlace]] = relationship(order_by="TipPlace.rank", cascade="all, delete-orphan")
    notes: Mapped[list[Note]] = relationship(order_by=Note.at)
    assignments: Mapped[list[Assignment]] = relationship(order_by=Assignment.at)
    value_decisions: Mapped[list[ValueDecision]] = relationship(order_by=ValueDecision.at)
    outcome_decisions: Mapped[list[OutcomeDecision]] = relationship(order_by=OutcomeDecision.at)

    @classmethod
    def set_aside(cls) -> ColumnElement[bool]:
        """The condition of what a muted sender told that nobody has and that is not urgent: it waits apart."""
        return and_(cls.muted, ~cls.urgent, cls.officer_id.is_(None), cls.status != Status.CLOSED)

    @property
    def is_set_aside(self) -> bool:
        """The same for a tip at hand."""
        return self.muted and not self.urgent and self.officer_id is None and self.status != Status.CLOSED

    __table_args__ = (
        Index("ix_tip_unit_id_status_received_at", "unit_id", "status", "received_at"),
        Index("ix_tip_sender_lookup_last_contact_at", "sender_lookup", "last_contact_at"),
        Index("ix_tip_status_due_at", "status", "due_at"),
    )


class TipCategory(Identified, Base):
    """A category of a tip, most important first (rank 0).

    `source` is "machine" or "officer". Both are kept; `in_force` marks the officer's where there are any.
    `evidence` is a list of {"text", "source", "start", "end"}: source "message:<id>" or "recording:<id>",
    offsets in characters of that text.
    """

    __tablename__ = "tip_category"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    code: Mapped[str] = mapped_column(index=True)
    rank: Mapped[int]
    score: Mapped[float]
    source: Mapped[str]
    in_force: Mapped[bool] = mapped_column(default=True)
    evidence_sealed: Mapped[bytes | None]

    evidence = SealedJson("evidence_sealed")


class TipPlace(Identified, Base):
    """A place that the tip names; `detail` holds mention, offsets, candidates and the old unit's name.

    `source` and `in_force` as for TipCategory: an officer's choice of commune stands beside the machine's.
    """

    __tablename__ = "tip_place"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    rank: Mapped[int]
    # The first candidate, in the clear because figures are given by commune.
    commune_code: Mapped[str | None] = mapped_column(index=True)
    source: Mapped[str] = mapped_column(default="machine")
    in_force: Mapped[bool] = mapped_column(default=True)
    detail_sealed: Mapped[bytes | None]

    detail = SealedJson("detail_sealed")


class SearchToken(Base):
    """The blind index: keyed hashes of the words of a tip."""

    __tablename__ = "search_token"

    token: Mapped[bytes] = mapped_column(primary_key=True)
    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), primary_key=True, index=True)
