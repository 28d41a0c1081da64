"""Cutting a text into pieces by the evidence in it, so that a template can mark each piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from hotline.queries.tags import PLACE, TAG, URGENT, Mark
from hotline.queries.tip_views import RecordingView

# Where marks overlap, the weightier one is shown.
WEIGHT = {URGENT: 3, TAG: 2, PLACE: 1}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and what it is evidence of; "" for plain text."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word of a transcript: seconds from the start, how sure the machine is, and its mark."""

    text: str
    start: float
    end: float
    sureness: str
    confidence: float
    kind: str


def pieces(text: str, marks: Sequence[Mark]) -> list[Piece]:
    """The whole text in order; marks outside it are ignored."""
    cuts = {0, len(text)}
    for mark in marks:
        cuts |= {min(max(0, mark.start), len(text)), min(max(0, mark.end), len(text))}
    edges = sorted(cuts)
    return [Piece(text[start:end], _kind(marks, start, end)) for start, end in pairwise(edges)]


def spoken(recording: RecordingView) -> list[tuple[str, list[SpokenWord]]]:
    """The words of a transcript in runs of one mark ("" for none)."""
    return [(kind, list(run)) for kind, run in groupby(_words(recording), key=lambda word: word.kind)]


def written(recording: RecordingView) -> list[tuple[str, list[SpokenWord]]]:
    """The same in its readable form: a token is as sure as the least sure of its words, and marked as any of them."""
    words = list(_words(recording))
    tokens = () if recording.wording is None else recording.wording.tokens
    found = [_token(token.shown, words[token.first : token.last + 1]) for token in tokens]
    return [(kind, list(run)) for kind, run in groupby(found, key=lambda word: word.kind)]


def _token(shown: str, words: Sequence[SpokenWord]) -> SpokenWord:
    least = min(words, key=lambda word: word.confidence)
    kind = max((word.kind for word in words if word.kind), key=WEIGHT.__getitem__, default="")
    return SpokenWord(shown, words[0].start, words[-1].end, least.sureness, least.confidence, kind)


def _words(recording: RecordingView) -> Iterator[SpokenWord]:
    """Offsets of a transcript's marks count its words joined by single spaces."""
    offset = 0
    for word in recording.words:
        text = word["word"]
        yield SpokenWord(
            text,
            word["start"],
            word["end"],
            _sureness(word.get("conf", 1.0)),
            word.get("conf", 1.0),
            _kind(recording.marks, offset, offset + len(text)),
        )
        offset += len(text) + 1


def _kind(marks: Sequence[Mark], start: int, end: int) -> str:
    touching = [mark.kind for mark in marks if mark.start < end and start < mark.end]
    return max(touching, key=WEIGHT.__getitem__, default="")


def _sureness(confidence: float) -> str:
    """Vosk's own confidence; below 0.6 about every second word of the test voicemails was wrong."""
    if confidence < 0.6:
        return "low"
    return "middling" if confidence < 0.85 else "sure"
