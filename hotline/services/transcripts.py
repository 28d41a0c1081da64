"""Officers put right what the machine heard, word by word; the machine's words stay as they were.

The latest correction of a recording is in force: triage, search, the pages and `tip show` read its words. A later
reading by another model changes the machine's words and no correction.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.errors import Conflict, InvalidChange, NotFound
from hotline.models import Recording, Tip, TranscriptCorrection
from hotline.rules import alignment
from hotline.rules.access import Action, Viewer
from hotline.services import audit, tips
from hotline.services.indexing import forget, index

# Four hours of uninterrupted speech are about 60,000 syllables of four letters.
LETTERS_MAX = 400_000
# A word of speech is a syllable; what is longer is no word and would break pages.
WORD_MAX = 40


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a recording that are in force, and whose they are: a correction's, or the machine's."""

    words: Sequence[dict[str, Any]]
    correction: TranscriptCorrection | None

    @property
    def text(self) -> str:
        """All words with single spaces."""
        return " ".join(word["word"] for word in self.words)

    @property
    def heard(self) -> tuple[float, ...]:
        """How sure each word is: a person's word is certain."""
        return tuple(word.get("conf", 1.0) for word in self.words)


def in_force(recording: Recording) -> Wording | None:
    """The words that count; None before the recording was transcribed."""
    correction = standing(recording)
    if correction is not None:
        return Wording(correction.words, correction)
    draft = recording.transcript
    return None if draft is None else Wording(draft["words"], None)


def standing(recording: Recording) -> TranscriptCorrection | None:
    """The correction in force; None when there is none or it was taken back."""
    last = recording.corrections[-1] if recording.corrections else None
    return None if last is None or last.withdrawn else last


def version(recording: Recording) -> str:
    """Changes with every correction and every new reading: what an officer corrects from must still be so on saving."""
    made = recording.transcribed_at
    return f"{len(recording.corrections)}-{'' if made is None else int(made.timestamp() * 1000)}"


def correct(
    session: Session, viewer: Viewer, recording_id: uuid.UUID, typed: str, *, complete: bool, based_on: str,
    now: datetime,
) -> bool:  # fmt: skip
    """Put an officer's words in force; `complete` says that they listened to all of it. False when nothing changed.

    `based_on` is the version that they started from; raises Conflict when it is no longer the one in force, NotFound
    out of sight, InvalidChange for a recording without a transcript or a text that is too long.
    """
    tip, recording = _workable(session, viewer, recording_id)
    draft = _draft(recording)
    _unchanged(recording, based_on)
    person = _words(typed)
    machine = [word["word"] for word in draft["words"]]
    before = standing(recording)
    current = machine if before is None else [word["word"] for word in before.words]
    if person == current and (not complete or (before is not None and before.complete)):
        return False
    if person == machine and not complete:
        _withdraw(session, viewer, tip, recording, now)
        return True
    row = _row(recording, viewer, draft, now, complete=complete)
    session.add(row)
    row.words = alignment.timed(draft["words"], person)
    row.bands = alignment.bands(draft["words"], person) if complete else None
    session.flush()
    session.expire(recording, ["corrections"])
    if person != current:
        _read_anew(session, tip, current)
    changed = sum(
        max(len(part.machine), len(part.person))
        for part in alignment.compare(machine, person)
        if not part.same
    )
    audit.record(
        session, viewer.staff_id, "transcript_corrected", tip.id, now=now, recording_id=recording.id,
        number=row.number, words=len(person), changed=changed, complete=complete,
    )  # fmt: skip
    return True


def as_machine(
    session: Session, viewer: Viewer, recording_id: uuid.UUID, *, based_on: str, now: datetime
) -> None:
    """Take the corrections of a recording back: the machine's words are in force again."""
    tip, recording = _workable(session, viewer, recording_id)
    _draft(recording)
    if standing(recording) is None:
        return  # the button was pressed twice
    _unchanged(recording, based_on)
    _withdraw(session, viewer, tip, recording, now)


def _withdraw(session: Session, viewer: Viewer, tip: Tip, recording: Recording, now: datetime) -> None:
    before = standing(recording)
    gone = [] if before is None else before.words
    row = _row(recording, viewer, _draft(recording), now, complete=False)
    row.withdrawn = True
    session.add(row)
    session.flush()
    session.expire(recording, ["corrections"])
    _read_anew(session, tip, [word["word"] for word in gone])
    audit.record(
        session, viewer.staff_id, "transcript_withdrawn", tip.id, now=now, recording_id=recording.id,
        number=row.number,
    )  # fmt: skip


def _read_anew(session: Session, tip: Tip, gone: Sequence[str]) -> None:
    """The words in force are others now: the tip is found by them and read again."""
    tip.triage_wanted += 1
    reindex(session, tip, gone)


def reindex(session: Session, tip: Tip, gone: Sequence[str]) -> None:
    """Find a tip by the words in force, and no longer by those of `gone` that are none of it any more."""
    spoken = [said.text for one in tip.recordings if (said := in_force(one)) is not None]
    written = [m.body or "" for m in tip.messages if m.inbound] + [note.body or "" for note in tip.notes]
    forget(session, tip, " ".join(gone), [*spoken, *written])
    index(session, tip, spoken)


def _row(
    recording: Recording, viewer: Viewer, draft: dict[str, Any], now: datetime, *, complete: bool
) -> TranscriptCorrection:
    return TranscriptCorrection(
        id=uuid.uuid4(), tip_id=recording.tip_id, recording_id=recording.id, number=len(recording.corrections) + 1,
        at=now, by_id=viewer.staff_id, model=recording.transcript_model or draft["model"], complete=complete,
        withdrawn=False,
    )  # fmt: skip


def _workable(session: Session, viewer: Viewer, recording_id: uuid.UUID) -> tuple[Tip, Recording]:
    """The tip, locked, and its recording as it is under that lock."""
    tip_id = session.scalar(select(Recording.tip_id).where(Recording.id == recording_id))
    if tip_id is None:
        raise NotFound("Không có bản ghi âm này trong các đơn vị của bạn.")
    tip = tips.visible(session, viewer, tip_id, Action.WORK_TIPS)
    recording = session.get_one(Recording, recording_id, populate_existing=True)
    session.expire(recording, ["corrections"])
    return tip, recording


def _draft(recording: Recording) -> dict[str, Any]:
    draft: dict[str, Any] | None = recording.transcript
    if draft is None:
        raise InvalidChange("Bản ghi âm này chưa được chép lời. Hãy đợi máy chép xong rồi sửa.")
    return draft


def _unchanged(recording: Recording, based_on: str) -> None:
    if version(recording) != based_on:
        raise Conflict("Bản chép lời đã thay đổi trong lúc bạn sửa. Hãy xem bản mới rồi sửa tiếp từ đó.")


def _words(typed: str) -> list[str]:
    if len(typed) > LETTERS_MAX:
        raise InvalidChange("Bản chép lời quá dài. Hãy kiểm tra lại phần vừa dán vào.")
    seen = "".join(
        c for c in unicodedata.normalize("NFC", typed) if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    words = seen.split()
    if any(len(word) > WORD_MAX for word in words):
        raise InvalidChange("Có chữ dài quá %(most)s ký tự. Hãy kiểm tra dấu cách.", most=WORD_MAX)
    return words
