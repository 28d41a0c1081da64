"""Word error rate of a model over recordings whose exact words are known."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from speech.errors import SpeechError


@dataclass(frozen=True, slots=True)
class Reference:
    """One recording and what is said in it."""

    file: Path
    text: str


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Substituted, missing and added words against the words of the reference."""

    errors: int
    words: int

    @property
    def rate(self) -> float:
        return self.errors / self.words if self.words else float(bool(self.errors))

    def __add__(self, other: WordErrors) -> WordErrors:
        return WordErrors(self.errors + other.errors, self.words + other.words)


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
    expected, heard = _words(reference), _words(hypothesis)
    return WordErrors(Levenshtein.distance(expected, heard), len(expected))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold())
