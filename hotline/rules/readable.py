"""Recognised words as an officer would write them: numbers in digits, capitals, sentences at pauses.

A recogniser gives lower-case syllables with times and nothing else. Here each token says which words it was made of, so
that the written form leads back to the sound and the sound to it. What may mean something else stays words: "ba tôi" is
a father and no three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hotline.rules.figures import Written, figures
from hotline.rules.gazetteer import place_key
from hotline.rules.mentions import DETAIL, Mention, mentions
from hotline.rules.text import Text, Word, canonical, fold

# Seconds of silence. Below a fifth of a second it is the mouth closing for the next sound; the gaps at the commas of the
# synthetic voicemails (tests/data) are 0.12 to 0.24 s and all others below 0.03. People who think pause for longer
# within a sentence than between two (Goldman-Eisler counts from 0.25 s), so that a full stop needs a real rest.
COMMA_S, STOP_S = 0.2, 0.7
_MARKS = frozenset(".,!?;:…")


@dataclass(frozen=True, slots=True)
class Token:
    """What stands for words `first` to `last`, both included, and the sign behind it: "", "," or "."."""

    text: str
    first: int
    last: int
    kind: str = ""
    sign: str = ""

    @property
    def shown(self) -> str:
        """With its sign."""
        return self.text + self.sign


def readable(heard: Sequence[Mapping[str, Any]]) -> tuple[Token, ...]:
    """Tokens of these words ({"word", "start", "end"}, perhaps "channel"), every word in exactly one, in order."""
    signs = _signs(heard)
    text = _text([str(word["word"]) for word in heard], signs)
    names = _names(text)
    found = figures(text.words)
    tokens: list[Token] = []
    at, opens = 0, True
    while at < len(heard):
        written = found.get(at) or Written(at, names.get(at, str(heard[at]["word"])), "")
        shown = written.text[:1].upper() + written.text[1:] if opens else written.text
        sign = "" if shown[-1:] in _MARKS else signs[written.last]
        tokens.append(Token(shown, at, written.last, written.kind, sign))
        opens = "." in (signs[written.last], shown[-1:]) or shown[-1:] in ("!", "?")
        at = written.last + 1
    return tuple(tokens)


def text_of(tokens: Sequence[Token]) -> str:
    """The tokens as one text."""
    return " ".join(token.shown for token in tokens)


def to_dict(tokens: Sequence[Token], heard: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """{"text", "tokens": [{"text", "first", "last", "start", "end"}]}: words counted from 0, times in seconds."""
    return {
        "text": text_of(tokens),
        "tokens": [
            {"text": token.shown, "first": token.first, "last": token.last}
            | {"start": heard[token.first]["start"], "end": heard[token.last]["end"]}
            for token in tokens
        ],
    }


def token_at(tokens: Sequence[Token], word: int) -> Token:
    """The token that a word is in; raises IndexError for a word that there is not."""
    low, high = 0, len(tokens)
    while low < high:
        middle = (low + high) // 2
        if tokens[middle].last < word:
            low = middle + 1
        else:
            high = middle
    return tokens[low]


def _signs(heard: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the silence after each word is written as; another speaker begins a sentence, and the last word ends one."""
    signs = []
    for before, after in pairwise(heard):
        silence = after["start"] - before["end"]
        other = before.get("channel") != after.get("channel")
        signs.append("." if other or silence >= STOP_S else "," if silence >= COMMA_S else "")
    return [*signs, "."][: len(heard)]


def _text(raw: Sequence[str], signs: Sequence[str]) -> Text:
    """Words as the rules read them, one for each that was heard: what was heard is never taken apart."""
    words, start = [], 0
    for at, one in enumerate(raw):
        form = canonical(one)
        before = signs[at - 1] if at else ""
        words.append(
            Word(
                start,
                start + len(one),
                form,
                fold(form),
                bare=False,
                pause=bool(before),
                stop=before == ".",
            )
        )
        start += len(one) + 1
    return Text(" ".join(raw), tuple(words))


def _names(text: Text) -> dict[int, str]:
    """The words of places that the gazetteer knows, with capitals; hamlets and streets may be anything."""
    found = {}
    for mention in mentions(text, frozenset()):
        if mention.level == DETAIL or not mention.units:
            continue
        length = _name_length(text.words[mention.first : mention.last + 1], mention)
        for at in range(mention.last + 1 - length, mention.last + 1):
            word = text.original[text.words[at].start : text.words[at].end]
            found[at] = word[:1].upper() + word[1:]
    return found


def _name_length(said: Sequence[Word], mention: Mention) -> int:
    """How many of the last words of a mention are a unit's name; 0 when its name is only like what was said.

    Behind its kind ("xã") a name may have other diacritics, elsewhere "cứ đứng" is near to one in the highlands.
    """
    for unit in mention.units:
        name = said[-len(unit.words) :]
        if tuple(word.accented for word in name) == unit.words:
            return len(name)
        if mention.prefixed and len(name) < len(said) and _key(name) == place_key(*unit.words):
            return len(name)
    return 0


def _key(name: Sequence[Word]) -> str:
    return place_key(*(word.folded for word in name))
