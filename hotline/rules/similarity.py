"""Whether two tips may be about one event: what a tip is compared by, and what its agreement is worth.

Nothing here needs the other tip's words. A tip is compared by marks (its words without diacritics, spots such as
"thon 7", plates and telephones), of which the database holds keyed hashes; the caller says which are shared.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from hotline.rules.placewords import BUSINESS, ENDS, FOLDED_NUMBERS, LANDMARK, VILLAGE
from hotline.rules.taxonomy import data
from hotline.rules.text import Span, Text, parse

# Prefixes of marks, so that a word is never taken for a plate: "f:" is the one that search uses too.
WORD, SPOT, ENTITY, KIND = "f:", "p:", "e:", "k:"
PLATE, PHONE = "plate", "phone"
# A text longer than this says no more about which event it is (the longest of the training messages has 120).
WORDS_AT_MOST = 150
# Words rarer than this among the training messages (4 of 5,900) all tell about as much.
RAREST = 1 / 1500

# From this score on two tips are suggested to an officer. Chosen with the weights below on the 30 pairs marked
# "tune" of tests/data/event_pairs.json, and measured on the other 34 (docs/triage.md).
SUGGEST = 0.592
# The least weight of shared words: two tips of one kind in one commune in one hour are not yet one event.
SOME_WORDS = 0.1
AT_ONCE, SAME_DAY = timedelta(hours=1), timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Marks:
    """What a tip is compared by; every mark begins with its prefix. `words` holds what each weighs."""

    words: Mapping[str, float]
    spots: frozenset[str]
    entities: frozenset[str]
    # That there is a numbered village or a plate at all: another one of the same kind speaks against.
    kinds: frozenset[str]

    @property
    def stored(self) -> frozenset[str]:
        """The marks that are kept for this; the words are in the index already."""
        return self.spots | self.entities | self.kinds

    @property
    def weight(self) -> float:
        """What all the words weigh together."""
        return sum(self.words.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What two tips have in common; `marks` are those of one that the other has too."""

    marks: frozenset[str]
    # How many entries of the index the other tip has: about how much it says.
    size: int
    first_category: bool
    any_category: bool
    # Both are known to be about something: to have no category in common then speaks against.
    categorised: bool
    # One of them may be no tip at all.
    doubtful: bool
    commune: bool
    other_commune: bool
    sender: bool
    apart: timedelta


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like two tips are, and by what: "plate", "phone", "place", "category", "sender", "words"."""

    score: float
    reasons: tuple[str, ...]

    @property
    def suggested(self) -> bool:
        """Whether an officer should be asked."""
        return self.score >= SUGGEST


def marks(text: str, places: Sequence[Span], plates: Iterable[str], phones: Iterable[str]) -> Marks:
    """The marks of one text; `places` are its names of places, whose words count as places only."""
    written = parse(text)
    words = list(
        dict.fromkeys(
            word.folded
            for word in written.words
            if not any(span.start <= word.start < span.end for span in places)
        )
    )[:WORDS_AT_MOST]
    spots, kinds = _spots(written)
    found = [f"{PLATE} {plate}" for plate in plates]
    if found:
        kinds.add(PLATE)
    found += [f"{PHONE} {phone}" for phone in phones]
    return Marks(
        words={WORD + word: _weight(word) for word in words},
        spots=frozenset(SPOT + spot for spot in spots),
        entities=frozenset(ENTITY + entity for entity in found),
        kinds=frozenset(KIND + kind for kind in kinds),
    )


def joined(many: Sequence[Marks]) -> Marks:
    """The marks of several texts of one tip."""
    words = {word: weight for one in many for word, weight in one.words.items()}
    return Marks(
        words=dict(list(words.items())[:WORDS_AT_MOST]),
        spots=frozenset().union(*(one.spots for one in many)),
        entities=frozenset().union(*(one.entities for one in many)),
        kinds=frozenset().union(*(one.kinds for one in many)),
    )


def compare(own: Marks, shared: Shared) -> Likeness:
    """What the agreement of two tips is worth, and why."""
    alike = words_alike(own, shared)
    spots = len(own.spots & shared.marks)
    common = own.entities & shared.marks
    entity = bool(common)
    points = {
        "entity": 0.5 * entity,
        "place": 0.15 * min(spots, 2) + 0.1 * shared.commune,
        "category": 0.15
        if shared.first_category
        else 0.05
        if shared.any_category
        else -0.15 * shared.categorised,
        "words": alike,
        "sender": 0.1 * shared.sender,
        "time": 0.2 if shared.apart <= AT_ONCE else 0.1 if shared.apart <= SAME_DAY else 0.0,
        "elsewhere": -0.2 * shared.other_commune - 0.2 * _another(own, shared),
    }
    known = entity or spots or (not shared.doubtful and (shared.sender or alike >= SOME_WORDS))
    score = sum(points.values()) if known else 0.0
    reasons = [kind for kind in (PLATE, PHONE) if any(mark.startswith(f"{ENTITY}{kind} ") for mark in common)]
    reasons += [kind for kind in ("place", "category", "sender") if points[kind] > 0]
    if alike >= TOLD_ALIKE:
        reasons.append("words")
    return Likeness(round(score, 3), tuple(reasons))


def words_alike(own: Marks, shared: Shared) -> float:
    """From 0 to 1: the cosine of the two sets of words, each weighing as much as it is rare.

    The other tip's words are not known, only how many entries it has; each is worth ENTRY on average.
    """
    common = sum(weight for word, weight in own.words.items() if word in shared.marks)
    whole = own.weight * ENTRY * shared.size
    return min(1.0, common / math.sqrt(whole)) if whole else 0.0


# The mean weight of a tip's words over its entries of the index, each word standing there as written and folded.
ENTRY = 1.06
# From here on an officer is told that the words themselves are alike.
TOLD_ALIKE = 0.3
# A name after a word of place typed without diacritics ("cho" is chợ or cho) must be as rare as this.
NAME_WEIGHT = 3.5
_KINDS = {**VILLAGE, **LANDMARK, **BUSINESS}
_LONGEST_KIND = max(map(len, _KINDS))
# Several ways to write one kind of numbered place.
_SAME_KIND = {"kp": "khu pho", "tdp": "to dan pho", "to": "to dan pho"}
_ATTACHED = re.compile(r"(kp|tdp|to|thon|xom|ap)(\d{1,2})$")
_NUMBERS = {
    "mot": "1", "hai": "2", "ba": "3", "bon": "4", "tu": "4", "nam": "5", "sau": "6", "bay": "7", "tam": "8",
    "chin": "9", "muoi": "10",
}  # fmt: skip


def _spots(text: Text) -> tuple[set[str], set[str]]:
    """("thon 7", "cho duc minh"), and the kinds of those with a number ("thon")."""
    spots, numbered = set[str](), set[str]()
    words, index = text.words, 0
    while index < len(words):
        attached = _ATTACHED.match(words[index].folded)
        if attached:
            kind = _SAME_KIND.get(attached[1], attached[1])
            spots.add(f"{kind} {attached[2]}")
            numbered.add(kind)
        kind, after = _kind_at(text, index)
        index = after if kind else index + 1
        if not kind or after >= len(words) or words[after].pause:
            continue
        name = words[after].folded
        number = _NUMBERS.get(name, name) if name in FOLDED_NUMBERS else name
        if number.isdigit() and kind in {" ".join(key) for key in VILLAGE}:
            kind = _SAME_KIND.get(kind, kind)
            spots.add(f"{kind} {number}")
            numbered.add(kind)
        elif name not in ENDS and (not _guessed(text, after - 1) or _weight(name) >= NAME_WEIGHT):
            following = words[after + 1] if after + 1 < len(words) else None
            goes_on = following is not None and not following.pause and following.folded not in ENDS
            spots.add(f"{kind} {name} {following.folded}" if following and goes_on else f"{kind} {name}")
    return spots, numbered


def _kind_at(text: Text, index: int) -> tuple[str, int]:
    """The longest word of place that begins here, folded, and the index after it; "" for none."""
    for length in range(_LONGEST_KIND, 0, -1):
        words = text.words[index : index + length]
        key = tuple(word.folded for word in words)
        wanted = _KINDS.get(key)
        if wanted and all(w.bare or w.accented == form for w, form in zip(words, wanted, strict=True)):
            return " ".join(key), index + length
    return "", index


def _guessed(text: Text, index: int) -> bool:
    return text.words[index].bare


def _another(own: Marks, shared: Shared) -> bool:
    """Whether the other tip names a numbered village or a plate too, but another one."""
    for kind in own.kinds & shared.marks:
        name = kind.removeprefix(KIND)
        prefix = f"{ENTITY}{PLATE} " if name == PLATE else f"{SPOT}{name} "
        mine = {mark for mark in own.entities | own.spots if mark.startswith(prefix)}
        if not mine & shared.marks:
            return True
    return False


@cache
def _weight(word: str) -> float:
    """How much a folded word tells: the logarithm of how rare it is among the training messages."""
    counted = data("words_vi")
    return -math.log(max(counted["words"].get(word, 0) / counted["messages"], RAREST))
