"""What the classifier looks at: words and pairs of words, kinds of things, and what the rules found."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from hotline.rules.phrases import Phrase, PhraseIndex
from hotline.rules.taxonomy import data
from hotline.rules.text import Text, Word

# Weight of the rules beside a message's words, whose vector has length 1: measured by cross-validation.
RULE, REASON, SIGN = 0.05, 0.1, 0.2
# Numbers this long are told apart by their length only.
LONG_NUMBER = 3
# A message of so few words is seldom a tip.
TERSE = 5


class Wording(NamedTuple):
    """A feature found from word `first` to word `last`."""

    name: str
    first: int
    last: int


def _plain(word: Word) -> str:
    return (
        "0" * len(word.folded) if word.folded.isdigit() and len(word.folded) >= LONG_NUMBER else word.folded
    )


def wordings(text: Text) -> Iterator[Wording]:
    """Words and pairs, folded, and again with diacritics where they have any; "#kind" for each concept."""
    for index, word in enumerate(text.words):
        yield Wording(_plain(word), index, index)
        if word.accented != word.folded:
            yield Wording(word.accented, index, index)
    for index, (one, two) in enumerate(pairwise(text.words)):
        yield Wording(f"{_plain(one)} {_plain(two)}", index, index + 1)
        if one.accented != one.folded or two.accented != two.folded:
            yield Wording(f"{one.accented} {two.accented}", index, index + 1)
    for hit in _concepts().find(text):
        if not hit.thin:
            yield Wording(f"#{hit.phrase.key}", hit.first, hit.last)


@cache
def _concepts() -> PhraseIndex:
    return PhraseIndex(
        Phrase(pattern, kind)
        for kind, patterns in data("concepts_vi").items()
        if kind != "note"
        for pattern in patterns
    )


def signs(
    points: Mapping[str, float], reasons: Mapping[str, float], asides: Sequence[str], words: int
) -> dict[str, float]:
    """What the rules found, as numbers beside the words.

    `points` of categories, `reasons` points for and against urgency by kind, `asides` kinds of marks of
    a message that is no tip, `words` the length of the message.
    """
    found = {f"rule {code}": RULE * math.sqrt(total) for code, total in points.items() if total > 0}
    found |= {f"urgency {kind}": REASON * total for kind, total in reasons.items()}
    found |= {f"aside {kind}": SIGN for kind in asides}
    if words <= TERSE:
        found["terse"] = SIGN
    return found
