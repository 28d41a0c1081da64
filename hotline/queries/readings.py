"""What other models made, or are to make, of a tip's recordings."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.errors import Conflict
from hotline.models import EarlierTranscript, Recording, Retranscription, Tip
from hotline.models.call import RecordingState
from hotline.models.transcript import RetranscriptionState
from hotline.queries import sight
from hotline.rules.access import Viewer
from hotline.rules.speech_models import labels
from hotline.services.retranscription import loaded_models, model_for


@dataclass(frozen=True, slots=True)
class Earlier:
    """The words that a model gave before another one read the recording."""

    model: str
    made_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Readings:
    """A recording's earlier texts, the latest first, and where a new reading stands.

    `newer` is the model in use when it is another than the one that made the text; `waiting` one that was asked to
    read; `failed` one that could not, with why.
    """

    earlier: tuple[Earlier, ...]
    newer: str | None
    waiting: str | None
    failed: tuple[str, str] | None


def of_tip(session: Session, viewer: Viewer, tip_id: uuid.UUID, now: datetime) -> dict[uuid.UUID, Readings]:
    """By recording; nothing for a tip out of sight."""
    recordings = session.scalars(
        select(Recording).join(Tip, Recording.tip_id == Tip.id).where(Tip.id == tip_id, sight.tips(viewer))
    ).all()
    if not recordings:
        return {}
    mine = EarlierTranscript.recording_id.in_([recording.id for recording in recordings])
    earlier = session.scalars(
        select(EarlierTranscript).where(mine).order_by(EarlierTranscript.replaced_at.desc())
    ).all()
    asked = session.scalars(
        select(Retranscription)
        .where(Retranscription.tip_id == tip_id)
        .order_by(Retranscription.requested_at.desc())
    ).all()
    try:
        models = loaded_models(session, now)
    except Conflict:
        models = {}
    called = labels(
        [row.model for row in earlier]
        + [row.model for row in asked]
        + [recording.transcript_model or "" for recording in recordings]
        + list(models.values())
    )
    found = {}
    for recording in recordings:
        newest = next((row for row in asked if row.recording_id == recording.id), None)
        waits = newest is not None and newest.state in (
            RetranscriptionState.TO_DO,
            RetranscriptionState.DOING,
        )
        model = model_for(session, recording, models) if models else recording.transcript_model
        readable = recording.state == RecordingState.TRANSCRIBED and recording.storage_key is not None
        differs = readable and not waits and model is not None and model != recording.transcript_model
        found[recording.id] = Readings(
            earlier=tuple(
                Earlier(called[row.model], row.made_at, (row.content or {}).get("text", ""))
                for row in earlier
                if row.recording_id == recording.id
            ),
            newer=called[model] if differs and model is not None else None,
            waiting=called[newest.model] if waits and newest is not None else None,
            failed=(
                (called[newest.model], newest.failure or "")
                if newest is not None and newest.state == RetranscriptionState.FAILED
                else None
            ),
        )
    return found
