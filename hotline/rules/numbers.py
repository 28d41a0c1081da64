"""Vietnamese numbers written in words, digits or both: "tám trăm nghìn", "14 triệu rưỡi", "hai chục"."""

from collections.abc import Sequence
from dataclasses import dataclass

from hotline.rules.text import Word, canonical, fold

DIGITS = {
    canonical(word): value
    for word, value in (
        ("không", 0), ("một", 1), ("mốt", 1), ("hai", 2), ("ba", 3), ("bốn", 4), ("tư", 4), ("năm", 5), ("lăm", 5),
        ("nhăm", 5), ("sáu", 6), ("bảy", 7), ("bẩy", 7), ("tám", 8), ("chín", 9),
    )
}  # fmt: skip
_FOLDED_DIGITS = {fold(word): value for word, value in DIGITS.items()}
TEN, TENS, DOZEN, HUNDRED = "mười", "mươi", "chục", "trăm"
_ODD = frozenset({canonical("linh"), canonical("lẻ")})
_SHAPE = {canonical(word): word for word in (TEN, TENS, DOZEN, HUNDRED)}
_FOLDED_SHAPE = {fold(word): word for word in (TENS, DOZEN, HUNDRED)}


@dataclass(frozen=True, slots=True)
class Number:
    """A number said in words `first` to `last`, both included."""

    first: int
    last: int
    value: int


def digit(word: Word) -> int | None:
    """0-9 when the word says one, diacritics or not."""
    value = DIGITS.get(word.accented)
    if value is None and word.bare:
        value = _FOLDED_DIGITS.get(word.folded)
    return value


def shape(word: Word) -> str | None:
    """Which of mười, mươi, chục, trăm the word is; unaccented "muoi" is mươi, or mười at the front."""
    found = _SHAPE.get(word.accented)
    if found is None and word.bare:
        found = _FOLDED_SHAPE.get(word.folded)
    return found


def spoken(words: Sequence[Word], first: int) -> Number | None:
    """The number below a thousand that starts at `first`: "hai trăm linh năm", "mười bốn", "tám chục"."""
    total, part, at = 0, None, first
    while at < len(words) and not (words[at].pause and at > first):
        kind, value = shape(words[at]), digit(words[at])
        if kind == HUNDRED and part is not None:
            total, part = total + part * 100, None
        elif kind == TEN or (kind == TENS and part is None):
            total, part = total + 10, None
        elif kind in (TENS, DOZEN):
            total, part = total + (part or 1) * 10, None
        elif words[at].accented in _ODD and at > first:
            pass
        elif value is not None and part is None:
            part = value
        else:
            break
        at += 1
    if at == first:
        return None
    return Number(first, at - 1, total + (part or 0))
