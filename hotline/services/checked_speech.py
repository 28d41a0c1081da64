"""Recordings whose words an officer has put right and listened to in full: what speech models are measured on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from hotline.clock import start_of
from hotline.errors import KeyUnavailable
from hotline.models import Recording, Tip, TipKey, TranscriptCorrection, Unit
from hotline.models.sealed import data_key
from hotline.rules.access import Action, Viewer
from hotline.services import statistics, tips, transcripts

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Checked:
    """A stored recording with its key, and its words as they are said: lower case, no signs."""

    storage_key: str
    key: bytes
    content_type: str | None
    text: str


def checked(
    session: Session, viewer: Viewer, start: date, end: date, unit_code: str | None = None
) -> Iterator[Checked]:
    """The recordings of these days (end included) whose words in force are complete, oldest first, in bounded memory.

    Left out are those of the demonstration, those whose content was deleted, and those in which an officer wrote
    figures: how these were said is not known. The caller audits the export with its count.
    """
    tips.require(viewer, Action.READ_TIPS)
    scope, _ = statistics.scope_of(session, viewer, unit_code)
    complete = select(TranscriptCorrection.id).where(
        TranscriptCorrection.recording_id == Recording.id, TranscriptCorrection.complete
    )
    found = (
        select(Recording)
        .join(Tip, Recording.tip_id == Tip.id)
        .join(TipKey, TipKey.tip_id == Tip.id)
        .join(Unit, Tip.unit_id == Unit.id)
        .where(
            Unit.path.startswith(scope, autoescape=True),
            Recording.created_at >= start_of(start),
            Recording.created_at < start_of(end + timedelta(days=1)),
            Recording.storage_key.is_not(None),
            complete.exists(),
            ~Tip.demonstration,
        )
        .order_by(Recording.created_at, Recording.id)
        .options(selectinload(Recording.corrections))
        .execution_options(yield_per=200)
    )
    for recording in session.scalars(found):
        text = _text(recording)
        if text is not None and recording.storage_key is not None:
            yield Checked(recording.storage_key, data_key(recording), recording.content_type, text)


def _text(recording: Recording) -> str | None:
    try:
        said = transcripts.in_force(recording)
    except KeyUnavailable:
        return None
    if said is None or said.correction is None or not said.correction.complete:
        return None
    text = " ".join(_WORD.findall(said.text.lower()))
    return None if any(sign.isdigit() for sign in text) else text
