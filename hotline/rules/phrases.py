"""Finding many phrases in one pass over a message (Aho-Corasick over folded words).

A phrase is written with diacritics. "(a|b)" lists alternatives, "(a)?" may be left out, "a … b" lets up
to GAP words stand between. A word of the message that has diacritics must have the phrase's own; one without may stand
for it only where its writer uses none. So "công an cấp xã" never holds "ăn cắp". A word that a recogniser was
not sure of may also stand for one that sounds alike (sounds.py).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import ahocorasick

from hotline.rules.sounds import sound
from hotline.rules.text import Text, Word, canonical, fold

GAP = 5
# A recogniser surer than this of a word is taken at its word.
SURE = 0.9
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
    "so" may be sợ, số, sờ or sổ. `trust` (0..1) is lower where a word that sounds alike was taken for one meant:
    the confidence of the least sure of them.
    """

    phrase: Phrase
    first: int
    last: int
    folded: bool
    thin: bool
    trust: float = 1.0


class _Agreement(NamedTuple):
    """How the words of a message stand for those of a phrase."""

    guessed: bool
    trust: float


# (phrase, which part of it, how many parts, canonical words)
_Entry = tuple[Phrase, int, int, tuple[str, ...]]


class PhraseIndex:
    """An immutable set of phrases, compiled once and searched many times."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._phrases = tuple(dict.fromkeys(phrases))
        entries: dict[str, list[_Entry]] = defaultdict(list)
        for phrase in self._phrases:
            parts = [part.strip() for part in phrase.pattern.split("…")]
            for position, part in enumerate(parts):
                for spelling in _spellings(part):
                    words = tuple(canonical(word) for word in spelling.split())
                    entries[_key(fold(word) for word in words)].append((phrase, position, len(parts), words))
        self._entries = entries
        self._automaton = _automaton(entries)
        # Made when the first transcript comes.
        self._by_sound: Any = None

    def find(self, text: Text) -> list[Hit]:
        """Hits in the order of their place; longer before shorter at the same place."""
        if not text.words or not self._phrases:
            return []
        hits = self._search(self._automaton, text, [word.folded for word in text.words])
        if any(word.confidence < SURE for word in text.words):
            if self._by_sound is None:
                self._by_sound = _automaton(_sounding(self._entries))
            hits += self._search(self._by_sound, text, [sound(word.accented) for word in text.words])
        return sorted(set(hits), key=lambda hit: (hit.first, -hit.last, hit.phrase.pattern, hit.phrase.key))

    def _search(self, automaton: Any, text: Text, forms: Sequence[str]) -> list[Hit]:
        stream, word_at = _stream(text, forms)
        hits: list[Hit] = []
        parts: dict[Phrase, list[list[Hit]]] = {}
        for end, (key, entries) in automaton.iter(stream):
            first = word_at[end - len(key) + 2]
            for phrase, position, count, wanted in entries:
                agreed = _agrees(text, first, wanted)
                if agreed is None:
                    continue
                guessed, trust = agreed
                hit = Hit(
                    phrase, first, first + len(wanted) - 1, guessed, guessed and len(wanted) == 1, trust
                )
                if count == 1:
                    hits.append(hit)
                else:
                    parts.setdefault(phrase, [[] for _ in range(count)])[position].append(hit)
        hits.extend(joined for found in parts.values() for joined in _join(text, found))
        return hits


def _automaton(entries: Mapping[str, list[_Entry]]) -> Any:
    automaton = ahocorasick.Automaton()
    for key, found in entries.items():
        automaton.add_word(key, (key, found))
    automaton.make_automaton()
    return automaton


def _sounding(entries: Mapping[str, list[_Entry]]) -> dict[str, list[_Entry]]:
    found: dict[str, list[_Entry]] = defaultdict(list)
    for known in entries.values():
        for entry in known:
            found[_key(sound(word) for word in entry[3])].append(entry)
    return found


def _key(forms: Iterable[str]) -> str:
    return " " + " ".join(forms) + " "


def _spellings(part: str) -> Iterator[str]:
    """All ways of choosing one alternative from each innermost "(a|b)", then from the rest."""
    group = _ALTERNATIVES.search(part)
    if group is None:
        yield " ".join(part.split())
        return
    choices = group[1].split("|") + ([""] if group[2] else [])
    for choice in choices:
        yield from _spellings(f"{part[: group.start()]} {choice} {part[group.end() :]}")


def _stream(text: Text, forms: Sequence[str]) -> tuple[str, Mapping[int, int]]:
    """Forms of the words with single spaces, "|" at pauses, and the word that starts at each place."""
    pieces = [" "]
    place = 1
    word_at: dict[int, int] = {}
    for index, (word, form) in enumerate(zip(text.words, forms, strict=True)):
        if word.pause:
            pieces.append("| ")
            place += 2
        word_at[place] = index
        pieces.append(form + " ")
        place += len(form) + 1
    return "".join(pieces), word_at


def _agrees(text: Text, first: int, wanted: tuple[str, ...]) -> _Agreement | None:
    """None when the words contradict."""
    guessed, trust = False, 1.0
    for word, form in zip(text.words[first:], wanted, strict=False):
        if word.accented == form:
            continue
        if word.bare and word.folded == fold(form):
            guessed = True
        elif _misheard(word, form):
            trust = min(trust, word.confidence)
        else:
            return None
    return _Agreement(guessed, trust)


def _misheard(word: Word, form: str) -> bool:
    return word.confidence < SURE and sound(word.accented) == sound(form)


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
            trust = min(hit.trust for hit in chosen)
            yield Hit(start.phrase, start.first, chosen[-1].last, folded, thin, trust)


def _goes_on(text: Text, before: Hit, after: Hit) -> bool:
    return 0 < after.first - before.last <= GAP + 1 and not any(
        word.stop for word in text.words[before.last + 1 : after.first + 1]
    )
