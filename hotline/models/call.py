"""Calls, what happened during them, and what was recorded."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session, relationship

from hotline.db import Base, Identified
from hotline.models.sealed import SealedJson, context, vault_of
from hotline.models.staff import Staff
from hotline.models.transcript import TranscriptCorrection
from hotline.models.work import Work
from hotline.vault import open_sealed, seal


class Call(Identified, Base):
    """A call to the hotline, from its first ring; it ends in exactly one tip, a new one or one it adds to.

    Which one shows only when the caller has chosen. Until then the caller's number is kept here, under a key of
    its own, and wiped once a tip keeps it.
    """

    __tablename__ = "call"

    tip_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("tip.id"), index=True)
    provider_sid: Mapped[str] = mapped_column(unique=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # The caller came to the end of what they wanted to say; None on a call that ended before: it was cut.
    finished_at: Mapped[datetime | None]
    duration_s: Mapped[int | None]
    # What the caller chose to hear and, we take it, speaks.
    language: Mapped[str] = mapped_column(default="vi")
    # Keyed hash of the caller's number: finds a cut call that rings again. None when withheld.
    caller_lookup: Mapped[bytes | None] = mapped_column(index=True)
    caller_ring_key: Mapped[str | None]
    caller_wrapped: Mapped[bytes | None]
    caller_sealed: Mapped[bytes | None]
    # The tip of a cut call that this one was offered to go on with.
    offered_tip_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("tip.id"))
    # The caller said nothing that was recorded: shown on the tip, so that someone may call back.
    silent: Mapped[bool] = mapped_column(default=False)
    # When we asked the provider for recordings that it had not announced.
    reconciled_at: Mapped[datetime | None]

    events: Mapped[list[CallEvent]] = relationship(order_by="CallEvent.at")

    def keep_caller(self, number: str) -> None:
        """Seal the caller's number under a new key of its own; the call must be in a session."""
        vault = vault_of(_session_of(self))
        key, self.caller_ring_key, self.caller_wrapped = vault.new_data_key()
        self.caller_sealed = seal(key, number.encode(), context(self, "caller_sealed"))
        self.caller_lookup = vault.lookup("phone", number)

    def take_caller(self) -> str | None:
        """The number kept here, wiped with its key: the tip keeps it from now on; None when there is none."""
        sealed, ring_key, wrapped = self.caller_sealed, self.caller_ring_key, self.caller_wrapped
        if sealed is None or ring_key is None or wrapped is None:
            return None
        key = vault_of(_session_of(self)).unwrap(ring_key, wrapped)
        number = open_sealed(key, sealed, context(self, "caller_sealed")).decode()
        self.caller_sealed = self.caller_ring_key = self.caller_wrapped = None
        return number


def _session_of(call: Call) -> Session:
    session = object_session(call)
    if session is None:
        raise RuntimeError("add the call to a session before its number is kept or taken")
    return session


class CallEvent(Identified, Base):
    """One moment of a call; (call, kind, key) is unique, so that a repeated callback adds nothing."""

    __tablename__ = "call_event"

    call_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("call.id"))
    at: Mapped[datetime]
    kind: Mapped[str]
    key: Mapped[str]
    # Keys pressed in a menu, seconds, outcomes: never a code, a number or a word.
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON)

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


class RecordingSource(StrEnum):
    """How a recording came to us: spoken in a call, sent with a text, brought to an officer."""

    CALL = "call"
    ATTACHMENT = "attachment"
    UPLOAD = "upload"


class Recording(Identified, Work, Base):
    """What somebody said: the provider's copy, ours once fetched, and the machine's draft of its words."""

    __tablename__ = "recording"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    source: Mapped[str] = mapped_column(default=RecordingSource.CALL)
    # Set by source: the call, the attachment whose sealed file this is, or the officer who brought it.
    call_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("call.id"), index=True)
    attachment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("attachment.id"), unique=True)
    uploaded_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    # The provider's id of a call's recording.
    provider_sid: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    # When the speaking began, where the provider says so: callbacks arrive in any order.
    started_at: Mapped[datetime | None]
    announced_s: Mapped[int | None]
    storage_key: Mapped[str | None]
    size: Mapped[int | None]
    duration_s: Mapped[float | None]
    content_type: Mapped[str | None]
    stored_at: Mapped[datetime | None]
    # Of the transcription under way, 0 to 1.
    progress: Mapped[float] = mapped_column(default=0.0)
    # What is heard, in one word: speech, silence, noise, tones; None before the transcription.
    sound: Mapped[str | None]
    transcript_sealed: Mapped[bytes | None]
    transcript_model: Mapped[str | None]
    transcript_confidence: Mapped[float | None]
    transcribed_at: Mapped[datetime | None]

    # As speech.transcript.Transcript.to_dict() gives it.
    transcript = SealedJson("transcript_sealed")
    uploaded_by: Mapped[Staff | None] = relationship()
    # Officers' words, oldest first: services/transcripts.py says which are in force.
    corrections: Mapped[list[TranscriptCorrection]] = relationship(
        order_by=TranscriptCorrection.number, viewonly=True
    )


class ProviderCopyState(StrEnum):
    """Where the removal of a recording from the provider stands; FAILED needs a person."""

    TO_DELETE = "to_delete"
    DELETING = "deleting"
    DELETED = "deleted"
    FAILED = "failed"


class ProviderCopy(Identified, Work, Base):
    """The provider's copy of a recording, once it may go because ours is safe."""

    __tablename__ = "provider_copy"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    recording_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recording.id"), unique=True)
