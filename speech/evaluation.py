"""Word error rate of a model over recordings whose exact words are known, and what its confidence is worth."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jiwer

from speech.errors import SpeechError
from speech.transcript import Transcript

# Lower edges of the bands of confidence; hotline/rules/alignment.py has the same for officers' corrections.
BANDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
# Below so many words a share is a count: nineteen of twenty and eighteen of twenty differ by chance.
LEAST = 100


@dataclass(frozen=True, slots=True)
class Reference:
    """One recording and what is said in it."""

    file: Path
    text: str


@dataclass(frozen=True, slots=True)
class Share:
    """`right` of `of` words."""

    right: int = 0
    of: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.right + other.right, self.of + other.of)


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Right, substituted, missing and added words against those of the reference.

    `bands` has the recognised words by confidence: for each lower edge of BANDS how many were right.
    """

    hits: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    bands: Mapping[float, Share] = field(default_factory=dict)

    @property
    def words(self) -> int:
        """Words of the reference."""
        return self.hits + self.substitutions + self.deletions

    @property
    def errors(self) -> int:
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Word error rate; above 1 when more was made up than was said."""
        return self.errors / self.words if self.words else float(bool(self.errors))

    def __add__(self, other: WordErrors) -> WordErrors:
        edges = sorted({*self.bands, *other.bands})
        return WordErrors(
            self.hits + other.hits,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
            {edge: self.bands.get(edge, Share()) + other.bands.get(edge, Share()) for edge in edges},
        )

    def to_dict(self) -> dict[str, Any]:
        """Counts, "wer", and "bands": [{"from", "right", "of", "pct"}], pct None below LEAST words."""
        return {
            "wer": round(self.rate, 4), "words": self.words, "hits": self.hits, "substitutions": self.substitutions,
            "deletions": self.deletions, "insertions": self.insertions,
            "bands": [
                {"from": edge, "right": share.right, "of": share.of}
                | {"pct": round(100 * share.right / share.of, 2) if share.of >= LEAST else None}
                for edge, share in self.bands.items()
            ],
        }  # fmt: skip


def read_manifest(manifest: Path) -> list[Reference]:
    """A JSON list of `{"file", "text"}`, files relative to the manifest.

    `transcript` goes before `text` where both are given (words as spoken, without punctuation). Raises SpeechError
    bad-manifest.
    """
    try:
        entries = json.loads(manifest.read_text("utf-8"))
        references = [
            Reference(manifest.parent / entry["file"], str(entry.get("transcript") or entry["text"]))
            for entry in entries
        ]
    except OSError as error:
        raise SpeechError("bad-manifest", f"cannot open {manifest}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpeechError(
            "bad-manifest", f'{manifest} is not a JSON list of {{"file", "text"}}: {error!r}'
        ) from error
    if not references:
        raise SpeechError("bad-manifest", f"{manifest} lists no recordings")
    return references


def word_errors(reference: str, hypothesis: str) -> WordErrors:
    """Compare by words, whatever their case, punctuation and Unicode form."""
    return _compared(_words(reference), _words(hypothesis), [])


def transcript_errors(reference: str, heard: Transcript) -> WordErrors:
    """The same with `bands`."""
    said = [(part, word.conf) for word in heard.words for part in _words(word.word)]
    return _compared(
        _words(reference), [part for part, _ in said], [band(confidence) for _, confidence in said]
    )


def _compared(expected: list[str], heard: list[str], edges: list[float]) -> WordErrors:
    """Both aligned by jiwer; `edges` has the band of each word that was heard, or nothing."""
    of, right = dict.fromkeys(BANDS, 0), dict.fromkeys(BANDS, 0)
    for edge in edges:
        of[edge] += 1
    if not expected:  # jiwer compares with something only
        return WordErrors(insertions=len(heard), bands=_shares(right, of))
    # It takes words apart at spaces, and there is none in them.
    found = jiwer.process_words(" ".join(expected), " ".join(heard))
    for chunk in found.alignments[0]:
        if chunk.type == "equal":
            for edge in edges[chunk.hyp_start_idx : chunk.hyp_end_idx]:
                right[edge] += 1
    return WordErrors(
        found.hits, found.substitutions, found.deletions, found.insertions, _shares(right, of)
    )  # fmt: skip


def _shares(right: Mapping[float, int], of: Mapping[float, int]) -> dict[float, Share]:
    return {edge: Share(right[edge], counted) for edge, counted in of.items() if counted}


def band(confidence: float) -> float:
    """The lower edge of the band that a confidence is in."""
    return max(edge for edge in BANDS if edge <= max(confidence, 0.0))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold())
