"""Finding many phrases in one pass over a message (Aho-Corasick over folded words).

A phrase is written with diacritics. "(a|b)" lists alternatives, "(a)?" may be left out, "a … b" lets up
to GAP words stand between. A word of the message that has diacritics must have the phrase's own; one without may stand
for it only where its writer uses none. So "công an cấp xã" never holds "ăn cắp".
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import ahocorasick

from hotline.rules.text import Text, canonical, fold

GAP = 5
_ALTERNATIVES = re.compile(r"\(([^()]*)\)(\??)")


@dataclass(frozen=True, slots=True)
class Phrase:
    """What to look for; `key` says what finding it means, `weight` how much it tells."""

    pattern: str
    key: str
    weight: float = 1.0
    fold_risky: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found from word `first` to word `last`.

    `folded` when diacritics had to be guessed; `thin` when they were, and every part is one word:
    "so" may be sợ, số, sờ or sổ.
    """

    phrase: Phrase
    first: int
    last: int
    folded: bool
    thin: bool


class PhraseIndex:
    """An immutable set of phrases, compiled once and searched many times."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._phrases = tuple(dict.fromkeys(phrases))
        # folded text -> [(phrase, which part of it, how many parts, canonical words)]
        entries: dict[str, list[tuple[Phrase, int, int, tuple[str, ...]]]] = defaultdict(list)
        for phrase in self._phrases:
            parts = [part.strip() for part in phrase.pattern.split("…")]
            for position, part in enumerate(parts):
                for spelling in _spellings(part):
                    words = tuple(canonical(word) for word in spelling.split())
                    key = " " + " ".join(fold(word) for word in words) + " "
                    entries[key].append((phrase, position, len(parts), words))
        self._automaton = ahocorasick.Automaton()
        for key, found in entries.items():
            self._automaton.add_word(key, (key, found))
        self._automaton.make_automaton()

    def find(self, text: Text) -> list[Hit]:
        """Hits in the order of their place; longer before shorter at the same place."""
        words = text.words
        if not words or not self._phrases:
            return []
        stream, word_at = _stream(text)
        hits: list[Hit] = []
        parts: dict[Phrase, list[list[Hit]]] = {}
        for end, (key, entries) in self._automaton.iter(stream):
            first = word_at[end - len(key) + 2]
            for phrase, position, count, wanted in entries:
                folded = _agrees(text, first, wanted)
                if folded is None:
                    continue
                hit = Hit(phrase, first, first + len(wanted) - 1, folded, folded and len(wanted) == 1)
                if count == 1:
                    hits.append(hit)
                else:
                    parts.setdefault(phrase, [[] for _ in range(count)])[position].append(hit)
        hits.extend(joined for found in parts.values() for joined in _join(text, found))
        return sorted(set(hits), key=lambda hit: (hit.first, -hit.last, hit.phrase.pattern, hit.phrase.key))


def _spellings(part: str) -> Iterator[str]:
    """All ways of choosing one alternative from each innermost "(a|b)", then from the rest."""
    group = _ALTERNATIVES.search(part)
    if group is None:
        yield " ".join(part.split())
        return
    choices = group[1].split("|") + ([""] if group[2] else [])
    for choice in choices:
        yield from _spellings(f"{part[: group.start()]} {choice} {part[group.end() :]}")


def _stream(text: Text) -> tuple[str, Mapping[int, int]]:
    """Folded words with single spaces, "|" at pauses, and the word that starts at each place."""
    pieces = [" "]
    place = 1
    word_at: dict[int, int] = {}
    for index, word in enumerate(text.words):
        if word.pause:
            pieces.append("| ")
            place += 2
        word_at[place] = index
        pieces.append(word.folded + " ")
        place += len(word.folded) + 1
    return "".join(pieces), word_at


def _agrees(text: Text, first: int, wanted: tuple[str, ...]) -> bool | None:
    """None when the diacritics contradict, else whether any had to be guessed."""
    guessed = False
    for word, form in zip(text.words[first:], wanted, strict=False):
        if word.accented == form:
            continue
        if not word.bare:
            return None
        guessed = True
    return guessed


def _join(text: Text, parts: list[list[Hit]]) -> Iterator[Hit]:
    """Parts in order, each within GAP words of the one before, in one sentence."""
    for start in parts[0]:
        chosen = [start]
        for candidates in parts[1:]:
            following = next((hit for hit in candidates if _goes_on(text, chosen[-1], hit)), None)
            if following is None:
                break
            chosen.append(following)
        else:
            folded = any(hit.folded for hit in chosen)
            thin = folded and all(hit.first == hit.last for hit in chosen)
            yield Hit(start.phrase, start.first, chosen[-1].last, folded, thin)


def _goes_on(text: Text, before: Hit, after: Hit) -> bool:
    return 0 < after.first - before.last <= GAP + 1 and not any(
        word.stop for word in text.words[before.last + 1 : after.first + 1]
    )
