"""Vietnamese numbers written in words, digits or both: "tám trăm nghìn", "14 triệu rưỡi", "hai chục"."""

from collections.abc import Callable, Sequence
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
MAGNITUDES = {
    canonical(word): value
    for word, value in (("nghìn", 1_000), ("ngàn", 1_000), ("triệu", 10**6), ("tỷ", 10**9), ("tỉ", 10**9))
}
HALF = frozenset({canonical("rưỡi"), canonical("rưởi"), "ruoi"})
# Said only after tens: "hai mươi mốt", for short "hai mốt".
_AFTER_TENS = frozenset(canonical(word) for word in ("mốt", "lăm", "nhăm"))
# Never five after tens (that is lăm) but the year: "hai mươi năm".
_YEAR = canonical("năm")
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
    """The number below a thousand that starts at `first`: "hai trăm linh năm", "mười bốn", "tám chục", "ba lăm"."""
    total, part, at = 0, None, first
    while at < len(words) and not (words[at].pause and at > first):
        kind, value = shape(words[at]), digit(words[at])
        before = words[at - 1] if at > first else None
        if kind == HUNDRED and part is not None:
            total, part = total + part * 100, None
        elif kind == TEN or (kind == TENS and part is None):
            if before is not None and shape(before) not in (None, HUNDRED):
                break  # "mười mươi": beyond doubt
            total, part = total + 10, None
        elif kind in (TENS, DOZEN):
            total, part = total + (part or 1) * 10, None
        elif before is not None and shape(before) == HUNDRED and words[at].accented in HALF:
            total += 50
        elif _odd(words, at, first):
            pass
        elif value is not None and part is None:
            if before is not None and not _continues(words, at, before):
                break
            part = value * 10 if before is not None and _tens_for_short(words, at, before) else value
        elif part is not None and words[at].accented in _AFTER_TENS:
            total, part = total + part * 10, value
        else:
            break
        at += 1
    if at == first:
        return None
    return Number(first, at - 1, total + (part or 0))


def in_groups(words: Sequence[Word], first: int, unit: Callable[[int], int | None]) -> Number | None:
    """A number whose groups each have a unit, falling: "một triệu hai trăm nghìn", "mười bốn triệu rưỡi".

    `unit` gives what the word at an index multiplies by.
    """
    total, at, before = 0, first, None
    while at < len(words) and (at == first or not words[at].pause):
        number = spoken(words, at)
        after = number.last + 1 if number else at
        found = unit(after) if number else None
        if number is None or found is None or (before is not None and found >= before):
            break
        total, at, before = total + number.value * found, after + 1, found
        if at < len(words) and words[at].accented in HALF:
            return Number(first, at, total + found // 2)
        if _tenth(words, at):
            return Number(first, at, total + (digit(words[at]) or 0) * found // 10)
    return Number(first, at - 1, total) if at > first else None


def cardinal(words: Sequence[Word], first: int) -> Number | None:
    """Any whole number said at `first`: "hai nghìn không trăm hai mươi sáu", "ba triệu", "bốn mươi"."""
    groups = in_groups(words, first, lambda at: magnitude(words, at))
    if groups is None:
        return spoken(words, first)
    at = groups.last + 1
    rest = None if at >= len(words) or words[at].pause else spoken(words, at)
    # Only with its hundreds said is what follows surely part of it: not "một triệu, hai người".
    hundreds = rest is not None and any(shape(words[i]) == HUNDRED for i in range(at, rest.last + 1))
    if rest is None or not hundreds or groups.value % 1000 or magnitude(words, rest.last + 1):
        return groups
    return Number(first, rest.last, groups.value + rest.value)


def magnitude(words: Sequence[Word], at: int) -> int | None:
    """1,000 for nghìn and so on; None for any other word, behind a pause and at the end."""
    return None if at >= len(words) or words[at].pause else MAGNITUDES.get(words[at].accented)


def _ends(words: Sequence[Word], at: int) -> bool:
    return at >= len(words) or words[at].pause


def _odd(words: Sequence[Word], at: int, first: int) -> bool:
    """ "linh", "lẻ": between hundreds and a digit."""
    return (
        words[at].accented in _ODD
        and at > first
        and not _ends(words, at + 1)
        and digit(words[at + 1]) is not None
    )


def _continues(words: Sequence[Word], at: int, before: Word) -> bool:
    """Whether a digit belongs to the tens or hundreds before it; "năm" after them is a year unless a unit follows."""
    doubtful = words[at].accented == _YEAR and before.accented not in _ODD
    if not doubtful or _grows(words, at):
        return True
    return magnitude(words, at + 1) is not None


def _tens_for_short(words: Sequence[Word], at: int, before: Word) -> bool:
    """ "một trăm hai (nghìn)" is 120: the digit has neither its "linh" nor its "mươi"."""
    after = shape(before) == HUNDRED and words[at].accented != canonical("không")
    return after and not _grows(words, at) and (_ends(words, at + 1) or magnitude(words, at + 1) is not None)


def _grows(words: Sequence[Word], at: int) -> bool:
    """Whether mươi, chục or trăm follows."""
    return not _ends(words, at + 1) and shape(words[at + 1]) in (TENS, DOZEN, HUNDRED)


def _tenth(words: Sequence[Word], at: int) -> bool:
    """ "một triệu tám" is 1.8 million, where nothing follows that could be counted."""
    return at < len(words) and not words[at].pause and bool(digit(words[at])) and _ends(words, at + 1)
