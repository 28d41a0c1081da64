"""Words as they were meant: telex left-overs, missing spaces and digits for letters undone.

Only what is no Vietnamese word as it stands is touched, and only where what comes out is one.
"""

import math
import re
from functools import cache, lru_cache

from hotline.rules.syllables import analyse, from_telex, is_folded
from hotline.rules.taxonomy import abbreviations, data

# Shorter runs of letters are abbreviations and foreign words more often than two words in one.
STUCK_FROM, STUCK_TO = 5, 40
LONGEST_SYLLABLE = 7
# A syllable never seen costs as much as one seen this rarely; letters alone are hardly ever words.
UNSEEN, LETTER = 0.1, 6.0
_LOOKALIKE = str.maketrans("0134", "oiea")
# "c0ng", "m4y" inside a word; at its end only a zero: "k0", but not "t3" (Tuesday) or "b1".
_DISGUISED = re.compile(r"[^\W\d_]+(?:[0134][^\W\d_]+)+|[^\W\d_]{1,3}0")
_SHAPE_KEYS = re.compile("aa|aw|ee|oo|ow|uw|dd")


@lru_cache(maxsize=16384)
def undisguised(word: str) -> str:
    """A lower-case word with digits that stand for letters put back: "c0ng" -> "cong"."""
    if not _DISGUISED.fullmatch(word):
        return word
    meant = word.translate(_LOOKALIKE)
    return meant if meant in abbreviations() or analyse(meant) or is_folded(meant) else word


@lru_cache(maxsize=16384)
def unkeyed(word: str, sure: bool) -> str | None:
    """What the keys of the Telex method meant; None when the word is none of it.

    Keys of a tone alone ("bar", "gas") are believed only where the writer is `sure` to have typed so elsewhere.
    """
    if word in _known() or not (sure or _SHAPE_KEYS.search(word)):
        return None
    return from_telex(word)


@lru_cache(maxsize=16384)
def split(folded: str, accented: str) -> tuple[int, ...]:
    """Where the words of a run begin: "dangchayto" -> (0, 4, 8); (0,) when it is one word.

    `accented` is the same run with its diacritics, letter by letter.
    """
    whole = (0,)
    if not STUCK_FROM <= len(folded) <= STUCK_TO or len(accented) != len(folded) or not folded.isalpha():
        return whole
    if is_folded(folded) or folded in _known() or folded in abbreviations():
        return whole
    # best[end]: the cost of the cheapest way to read the letters before `end`, and where its last word begins.
    best: list[tuple[float, int]] = [(0.0, 0)] + [(math.inf, 0)] * len(folded)
    for end in range(1, len(folded) + 1):
        for start in range(max(0, end - LONGEST_SYLLABLE), end):
            cost = best[start][0] + _cost(folded[start:end], accented[start:end])
            if cost < best[end][0]:
                best[end] = (cost, start)
    if math.isinf(best[-1][0]):
        return whole
    starts: list[int] = []
    end = len(folded)
    while end:
        end = best[end][1]
        starts.append(end)
    return tuple(reversed(starts))


def _cost(folded: str, accented: str) -> float:
    if not is_folded(folded) or (accented != folded and analyse(accented) is None):
        return math.inf
    count, total = _counts()
    return math.log(total / count.get(folded, UNSEEN)) + (LETTER if len(folded) == 1 else 0.0)


@cache
def _counts() -> tuple[dict[str, int], int]:
    counted = {word: times for word, times in data("words_vi")["words"].items() if is_folded(word)}
    return counted, sum(counted.values())


@cache
def _known() -> frozenset[str]:
    """Foreign words and names that people do use: "karaoke", "camera", "taxi"."""
    return frozenset(word for word in data("words_vi")["words"] if word.isalpha() and not is_folded(word))
