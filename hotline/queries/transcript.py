"""The words of a recording as pages show them: written readably, beside the machine's, and in lines to be corrected."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from hotline.errors import NotFound
from hotline.models import Recording, Tip, TranscriptCorrection
from hotline.queries import sight
from hotline.rules import alignment
from hotline.rules.access import Viewer
from hotline.rules.alignment import Difference
from hotline.rules.readable import STOP_S, Token, readable
from hotline.services import transcripts

# A line that is corrected in one piece: about what is said in ten seconds and fits two lines of a page.
LINE_WORDS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingView:
    """The words in force (`conf` only where they are the machine's), and how they came to be.

    `by` is None while nobody corrected them; then `machine` is the same and `differences` empty. `newer` says that the
    machine has read the recording again since.
    """

    version: str
    words: Sequence[dict[str, Any]]
    machine: Sequence[dict[str, Any]]
    differences: Sequence[Difference]
    by: str | None
    at: datetime | None
    complete: bool
    newer: bool

    @property
    def tokens(self) -> Sequence[Token]:
        """The words in their readable form, made when asked for: of an hour of speech it takes a second."""
        return readable(self.words)

    @property
    def changes(self) -> int:
        """How many places the machine's words differ in."""
        return sum(not part.same for part in self.differences)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorView:
    """A recording whose words are to be put right."""

    tip_id: uuid.UUID
    code: str
    recording_id: uuid.UUID
    playable: bool
    content_type: str | None
    duration_s: float | None
    wording: WordingView
    lines: Sequence[Sequence[dict[str, Any]]]


def wording(recording: Recording) -> WordingView | None:
    """None before the recording was transcribed."""
    said = transcripts.in_force(recording)
    if said is None:
        return None
    made, draft = said.correction, recording.transcript
    machine = [] if draft is None else draft["words"]
    differences = [] if made is None else alignment.compare(_texts(machine), _texts(said.words))
    read_at = recording.transcribed_at
    return WordingView(
        version=transcripts.version(recording),
        words=said.words,
        machine=machine,
        differences=differences,
        by=None if made is None else made.by.display_name,
        at=None if made is None else made.at,
        complete=made is not None and made.complete,
        newer=made is not None and read_at is not None and read_at > made.at,
    )


def editor(
    session: Session, viewer: Viewer, tip_id: uuid.UUID, recording_id: uuid.UUID, typed: str | None = None
) -> EditorView:
    """A recording of a tip in sight; `typed` words that could not be saved take the place of those in force.

    Raises NotFound out of sight and before there is a transcript.
    """
    recording = session.scalar(
        select(Recording)
        .join(Tip, Recording.tip_id == Tip.id)
        .where(Recording.id == recording_id, Recording.tip_id == tip_id, sight.tips(viewer))
        .options(selectinload(Recording.corrections).selectinload(TranscriptCorrection.by))
        .execution_options(populate_existing=True)
    )
    shown = None if recording is None else wording(recording)
    if recording is None or shown is None:
        raise NotFound("Không có bản chép lời của bản ghi âm này trong các đơn vị của bạn.")
    words = shown.words if typed is None else alignment.timed(shown.machine, typed.split())
    return EditorView(
        tip_id=tip_id,
        code=session.get_one(Tip, tip_id).code or "",
        recording_id=recording_id,
        playable=recording.storage_key is not None,
        content_type=recording.content_type,
        duration_s=recording.duration_s,
        wording=shown,
        lines=lines(words),
    )


def lines(words: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The words in lines that end at long silences, at another speaker and after LINE_WORDS; one empty line for none."""
    found: list[list[dict[str, Any]]] = [[]]
    for word in words:
        last = found[-1][-1] if found[-1] else None
        if last is not None and (
            word["start"] - last["end"] >= STOP_S
            or word.get("channel") != last.get("channel")
            or len(found[-1]) >= LINE_WORDS
        ):
            found.append([])
        found[-1].append(word)
    return found


def _texts(words: Sequence[dict[str, Any]]) -> list[str]:
    return [word["word"] for word in words]
