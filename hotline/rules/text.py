"""Vietnamese text as people write it, made comparable without losing where each word stood.

Words are compared in a canonical form (NFC, lower case, one tone placement, shortened endings
restored) and in a folded one (no diacritics). Every word keeps its span in the original, so that
evidence is always a slice of what the sender wrote.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from hotline.rules import spelling
from hotline.rules.syllables import is_folded

WORD = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")
# A comma is a breath, a full stop ends the thought: phrases cross neither, cues only the first.
PAUSE = re.compile(r"[,;:()\"“”…\-–—/]")
STOP = re.compile(r"[.!?\n]")
# How many words either side tell whether a sender is using diacritics just here.
WINDOW = 6
# Ordinary Vietnamese carries a diacritic on three words of four; half-typed teencode on one of two.
ACCENTED_SHARE = 0.25
# So many words in a row without any diacritic are not chance.
ENOUGH_TO_TELL = 5

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_OLD_PLACE = re.compile(rf"(?:(?<=o)([{_TONES}])([ae])|(?<=u)([{_TONES}])(y))$")
_SHORT_Y = re.compile(rf"^(h|k|l|m|s|t|qu)y([{_TONES}]?)$")
_DROPPED_N = re.compile(rf"(?<=[aăâeêioôơuưy])([{_TONES}]?)([gh])$")
# "lắmm", "điii"; but bare "cuu" is cứu.
_STRETCHED = re.compile(r"([^\W\du])\1+$|(u)u{2,}$")
_VOWEL = re.compile(r"[aeiouy]")


@dataclass(frozen=True, slots=True)
class Span:
    """A slice of the original message: `original[start:end] == text`."""

    start: int
    end: int
    text: str


def cut(original: str, start: int, end: int) -> Span:
    """The slice of a message from `start` to before `end`."""
    return Span(start, end, original[start:end])


@dataclass(frozen=True, slots=True)
class Word:
    """One written word (or one word of a written-out abbreviation, which shares its span).

    `confidence` (0..1) is a recogniser's; what was typed is certain.
    """

    start: int
    end: int
    accented: str
    folded: str
    bare: bool
    pause: bool
    stop: bool
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Text:
    """A message and its words; `pause` and `stop` say what stands before a word."""

    original: str
    words: tuple[Word, ...]

    def span(self, first: int, last: int) -> Span:
        """The original text from word `first` to word `last`, both included."""
        return cut(self.original, self.words[first].start, self.words[last].end)


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case without any diacritics: "Đường" -> "duong"."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _move_tone(match: re.Match[str]) -> str:
    tone, vowel = (part for part in match.groups() if part)
    return vowel + tone


@lru_cache(maxsize=65536)
def canonical(word: str) -> str:
    """One spelling for words that are written in several: hòa/hoà, mỹ/mĩ, đag/đang, lắmmm/lắm."""
    lowered = unicodedata.normalize("NFC", word).lower()
    if lowered.isdigit():
        return lowered
    # Tones apart, vowel quality kept: "ồ" becomes "ô" and a grave.
    parts = []
    for char in lowered:
        split = unicodedata.normalize("NFD", char)
        tone = "".join(mark for mark in split[1:] if mark in _TONES)
        base = unicodedata.normalize("NFC", "".join(mark for mark in split if mark not in _TONES))
        parts.append(base + tone)
    spelled = _STRETCHED.sub(r"\1\2", "".join(parts))
    spelled = _OLD_PLACE.sub(_move_tone, spelled)
    spelled = _SHORT_Y.sub(r"\1i\2", spelled)
    if len(lowered) > 2:
        spelled = _DROPPED_N.sub(r"\1n\2", spelled)
    return unicodedata.normalize("NFC", spelled)


def _has_marks(word: str) -> bool:
    return word != fold(word)


class _Token(NamedTuple):
    """One word as it was meant, and where it stands; words run together stand in slices of one run."""

    start: int
    end: int
    form: str


def parse(text: str) -> Text:
    """Words of a message with their spans and with whether diacritics are in use around each."""
    tokens = _tokens(text)
    # A word without any vowel (a number, "sdt") says nothing about how its writer types.
    telling = [len(form) > 1 and bool(_VOWEL.search(fold(form))) for _, _, form in tokens]
    marked = [_has_marks(form) for _, _, form in tokens]
    gaps = [text[before.end : after.start] for before, after in pairwise(tokens)]
    stops = [False, *(bool(STOP.search(gap)) for gap in gaps)][: len(tokens)]
    return Text(
        text,
        tuple(
            Word(
                start=start,
                end=end,
                accented=form,
                folded=fold(form),
                bare=not marked[index] and _typed_bare(index, marked, telling, stops),
                pause=stops[index] or (index > 0 and bool(PAUSE.search(gaps[index - 1]))),
                stop=stops[index],
            )
            for index, (start, end, form) in enumerate(tokens)
        ),
    )


def _tokens(text: str) -> list[_Token]:
    found = [
        (*match.span(), unicodedata.normalize("NFC", match.group()).lower()) for match in WORD.finditer(text)
    ]
    telexed = any(spelling.unkeyed(word, False) for _, _, word in found)
    tokens = []
    for start, end, word in found:
        meant = spelling.undisguised(word)
        keyed = spelling.unkeyed(meant, telexed)
        # "cứuuuuu" is one word held down, not several.
        whole = keyed or len(meant) != end - start or is_folded(fold(canonical(meant)))
        parts = (0,) if whole else spelling.split(fold(meant), meant)
        if len(parts) == 1:
            tokens.append(_Token(start, end, canonical(keyed or meant)))
            continue
        for begin, after in pairwise((*parts, len(meant))):
            tokens.append(_Token(start + begin, start + after, canonical(meant[begin:after])))
    return tokens


def _typed_bare(index: int, marked: list[bool], telling: list[bool], stops: list[bool]) -> bool:
    """Whether diacritics are missing around a word, or at least on one side within its sentence."""
    first, last = max(0, index - WINDOW), min(len(marked) - 1, index + WINDOW)
    around = [marked[i] for i in range(first, last + 1) if telling[i]]
    if sum(around) < ACCENTED_SHARE * len(around) or not around:
        return True
    before = [marked[i] for i in range(first, index) if telling[i] and not any(stops[i + 1 : index + 1])]
    after = [marked[i] for i in range(index, last + 1) if telling[i] and not any(stops[index + 1 : i + 1])]
    return any(len(side) >= ENOUGH_TO_TELL and not any(side) for side in (before, after))


def expand(text: Text, abbreviations: Mapping[str, str]) -> Text:
    """The same message with abbreviations written out; the new words share the old span."""
    words: list[Word] = []
    for word in text.words:
        meaning = abbreviations.get(word.accented)
        if meaning is None:
            words.append(word)
            continue
        for position, part in enumerate(meaning.split()):
            form = canonical(part)
            first = position == 0
            words.append(
                Word(
                    word.start,
                    word.end,
                    form,
                    fold(form),
                    bare=False,
                    pause=word.pause and first,
                    stop=word.stop and first,
                    confidence=word.confidence,
                )
            )
    return Text(text.original, tuple(words))


def search_words(text: str) -> tuple[set[str], set[str]]:
    """(accented, folded) lower-case words of a text, for the keyed blind index."""
    words = parse(text).words
    return {word.accented for word in words}, {word.folded for word in words}
