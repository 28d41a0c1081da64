"""Calls, what happened during them, and what was recorded."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hotline.db import Base, Identified
from hotline.models.sealed import SealedJson
from hotline.models.work import Work


class Call(Identified, Base):
    """A call to the hotline; the tip exists from its first ring."""

    __tablename__ = "call"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    provider_sid: Mapped[str] = mapped_column(unique=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    duration_s: Mapped[int | None]
    # The caller said nothing that was recorded: shown on the tip, so that someone may call back.
    silent: Mapped[bool] = mapped_column(default=False)
    # When we asked the provider for recordings that it had not announced.
    reconciled_at: Mapped[datetime | None]

    events: Mapped[list[CallEvent]] = relationship(order_by="CallEvent.at")


class CallEvent(Identified, Base):
    """One moment of a call; (call, kind, key) is unique, so that a repeated callback adds nothing."""

    __tablename__ = "call_event"

    call_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("call.id"))
    at: Mapped[datetime]
    kind: Mapped[str]
    key: Mapped[str]

    __table_args__ = (UniqueConstraint("call_id", "kind", "key"),)


class RecordingState(StrEnum):
    """Where a recording is between the provider and its transcript; ABSENT and FAILED are ends too."""

    TO_FETCH = "to_fetch"
    FETCHING = "fetching"
    TO_TRANSCRIBE = "to_transcribe"
    TRANSCRIBING = "transcribing"
    TRANSCRIBED = "transcribed"
    ABSENT = "absent"
    FAILED = "failed"


class Recording(Identified, Work, Base):
    """What a caller said: the provider's copy, ours once fetched, and the machine's draft of its words."""

    __tablename__ = "recording"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    call_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("call.id"))
    provider_sid: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    announced_s: Mapped[int | None]
    storage_key: Mapped[str | None]
    size: Mapped[int | None]
    duration_s: Mapped[float | None]
    content_type: Mapped[str | None]
    stored_at: Mapped[datetime | None]
    transcript_sealed: Mapped[bytes | None]
    transcript_model: Mapped[str | None]
    transcript_confidence: Mapped[float | None]
    transcribed_at: Mapped[datetime | None]

    # As speech.transcript.Transcript.to_dict() gives it.
    transcript = SealedJson("transcript_sealed")
