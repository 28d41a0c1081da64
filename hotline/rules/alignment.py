"""The machine's words beside a person's: what was changed, when the person's were said, how often the machine was right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import Levenshtein

from hotline.rules.text import canonical

# Lower edges of the bands in which confidence is compared with what was right; speech/evaluation.py has the same.
# A recogniser is mostly sure: most words are in the last two.
BANDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
# Of this word or more a person's word takes when it has no time of its own and nothing was heard there, in seconds.
SHORTEST_S = 0.05
_SIGNS = re.compile(r"^[^\w]+|[^\w]+$")


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch of both wordings: indexes of the machine's words and of the person's, one of them perhaps empty."""

    machine: range
    person: range
    same: bool


def compare(machine: Sequence[str], person: Sequence[str]) -> list[Difference]:
    """Both wordings from end to end, as few words changed as possible; case, signs and spelling variants are no change."""
    found = Levenshtein.opcodes([_plain(word) for word in machine], [_plain(word) for word in person])
    merged: list[Difference] = []
    for step in found:
        one = Difference(
            range(step.src_start, step.src_end), range(step.dest_start, step.dest_end), step.tag == "equal"
        )
        if merged and not merged[-1].same and not one.same:
            last = merged.pop()
            one = Difference(
                range(last.machine.start, one.machine.stop), range(last.person.start, one.person.stop), False
            )
        merged.append(one)
    return merged


def timed(machine: Sequence[Mapping[str, Any]], person: Sequence[str]) -> list[dict[str, Any]]:
    """The person's words as {"word", "start", "end"}: at the times of the machine's, or between those around them.

    Words that replace others share their time by their letters. `channel` goes along where the machine gave one.
    """
    words: list[dict[str, Any]] = []
    for part in compare([str(word["word"]) for word in machine], person):
        if part.same:
            words += [
                _at(person[mine], machine[theirs], machine[theirs]["start"], machine[theirs]["end"])
                for theirs, mine in zip(part.machine, part.person, strict=True)
            ]
        elif part.person:
            words += _shared(machine, part, person)
    return words


def bands(machine: Sequence[Mapping[str, Any]], person: Sequence[str]) -> list[dict[str, Any]]:
    """How many of the machine's words of each band were right: [{"from", "right", "of"}], bands without words left out.

    Where a person wrote figures ("0903" for four words) nothing can be said of the words they stand for.
    """
    right, of = dict.fromkeys(BANDS, 0), dict.fromkeys(BANDS, 0)
    for part in compare([str(word["word"]) for word in machine], person):
        if any(any(sign.isdigit() for sign in person[at]) for at in part.person) and not part.same:
            continue
        for at in part.machine:
            edge = band(machine[at]["conf"])
            of[edge] += 1
            right[edge] += part.same
    return [{"from": edge, "right": right[edge], "of": of[edge]} for edge in BANDS if of[edge]]


def band(confidence: float) -> float:
    """The lower edge of the band that a confidence is in."""
    return max(edge for edge in BANDS if edge <= max(confidence, 0.0))


def _plain(word: str) -> str:
    """A word as it is compared: "Hoà," is "hòa"."""
    return canonical(_SIGNS.sub("", unicodedata.normalize("NFC", word))) or word


def _shared(
    machine: Sequence[Mapping[str, Any]], part: Difference, person: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """The words of a person in the time of the machine's words, or of the gap between them, by their letters."""
    start, end = _room(machine, part.machine)
    letters = sum(len(person[at]) for at in part.person)
    heard = machine[min(part.machine.start, len(machine) - 1)] if machine else {}
    before = 0
    for at in part.person:
        after = before + len(person[at])
        yield _at(
            person[at],
            heard,
            start + (end - start) * before / letters,
            start + (end - start) * after / letters,
        )
        before = after


def _room(machine: Sequence[Mapping[str, Any]], replaced: range) -> tuple[float, float]:
    """From when to when the words for these can have been said."""
    if replaced:
        return machine[replaced.start]["start"], machine[replaced.stop - 1]["end"]
    before = machine[replaced.start - 1]["end"] if replaced.start else 0.0
    after = machine[replaced.start]["start"] if replaced.start < len(machine) else before + SHORTEST_S
    return before, max(after, before)


def _at(word: str, heard: Mapping[str, Any], start: float, end: float) -> dict[str, Any]:
    made = {"word": word, "start": round(start, 3), "end": round(end, 3)}
    return made | ({"channel": heard["channel"]} if heard.get("channel") is not None else {})
