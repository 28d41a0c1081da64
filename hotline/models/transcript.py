"""What becomes of a transcript: read anew by another model, corrected by officers."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hotline.db import Base, Identified
from hotline.models.sealed import SealedJson
from hotline.models.staff import Staff
from hotline.models.work import Work


class TranscriptCorrection(Identified, Base):
    """An officer's words for a recording, append-only: the latest is in force, the machine's words stay as they were."""

    __tablename__ = "transcript_correction"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    recording_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recording.id"))
    # Counts from 1 for each recording: of two officers who save at once, one is told.
    number: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    # Whose words were corrected: as Recording.transcript_model was.
    model: Mapped[str]
    # The officer listened to all of it; only such count for measuring and are exported.
    complete: Mapped[bool]
    # Taken back: the machine's words are in force again.
    withdrawn: Mapped[bool] = mapped_column(default=False)
    # A list of {"word", "start", "end"}, times in seconds.
    words_sealed: Mapped[bytes | None]
    # How many of the machine's words of each band of confidence were right: [{"from", "right", "of"}].
    bands: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)

    words = SealedJson("words_sealed")
    by: Mapped[Staff] = relationship()

    __table_args__ = (UniqueConstraint("recording_id", "number"),)


class EarlierTranscript(Identified, Base):
    """The words an earlier model gave for a recording that another has read since."""

    __tablename__ = "earlier_transcript"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    recording_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recording.id"), index=True)
    model: Mapped[str]
    confidence: Mapped[float | None]
    made_at: Mapped[datetime]
    replaced_at: Mapped[datetime]
    content_sealed: Mapped[bytes | None]

    # As speech.transcript.Transcript.to_dict() gave it.
    content = SealedJson("content_sealed")


class RetranscriptionState(StrEnum):
    """Where a second reading stands."""

    TO_DO = "to_do"
    DOING = "doing"
    DONE = "done"
    FAILED = "failed"


class Retranscription(Identified, Work, Base):
    """A recording that another model is to read, when no new voicemail waits."""

    __tablename__ = "retranscription"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    recording_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recording.id"))
    # The model that is to read it, as Recording.transcript_model will name it.
    model: Mapped[str]
    requested_at: Mapped[datetime]
    # None when asked for on the command line.
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (UniqueConstraint("recording_id", "model"),)
