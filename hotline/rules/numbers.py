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
ODD = frozenset({canonical("linh"), canonical("lẻ")})
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
    """The number below a thousand that starts at `first`: "hai trăm linh năm", "mười bốn", "tám chục", "ba lăm".

    Its hundreds, tens and ones fall: "mười lăm mười sáu" are two numbers, and "một trăm hai người" says no 102.
    """
    total, at = 0, first
    hundreds = _digit_at(words, at, first)
    if hundreds is not None and _shape_at(words, at + 1, first) == HUNDRED:
        total, at = hundreds * 100, at + 2
        if _word_at(words, at, first) in HALF:
            return Number(first, at, total + 50)
        ones = _digit_at(words, at + 1, first)
        if _word_at(words, at, first) in ODD and ones is not None:
            return Number(first, at + 1, total + ones)
        if _tens_for_short(words, at, first):
            return Number(first, at, total + (_digit_at(words, at, first) or 0) * 10)
    tens, after = _tens(words, at, first)
    if after > at:
        one = _ones(words, after, first)
        return Number(first, after, total + tens + one) if one else Number(first, after - 1, total + tens)
    if at > first:
        return Number(first, at - 1, total)
    return None if hundreds is None else Number(first, first, hundreds)


def _tens(words: Sequence[Word], at: int, first: int) -> tuple[int, int]:
    """The tens said at `at` and the word after them, which is `at` when there are none."""
    kind, value = _shape_at(words, at, first), _digit_at(words, at, first)
    if kind in (TEN, TENS, DOZEN):
        return 10, at + 1
    if value is None:
        return 0, at
    if _shape_at(words, at + 1, first) in (TENS, DOZEN):
        return (value or 1) * 10, at + 2
    return (value * 10, at + 1) if _word_at(words, at + 1, first) in _AFTER_TENS else (0, at)


def _ones(words: Sequence[Word], at: int, first: int) -> int:
    """The digit that belongs to the tens before it; 0 where it is the front of another number, or "không" a question."""
    value = _digit_at(words, at, first)
    if not value or _grows(words, at) or _word_at(words, at + 1, first) in _AFTER_TENS:
        return 0
    return value if words[at].accented != _YEAR or magnitude(words, at + 1) is not None else 0


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
    # Only behind thousands and with its hundreds said is what follows surely part of it: not "một triệu, hai người",
    # and "ba triệu ba trăm" are three hundred thousand more.
    hundreds = rest is not None and any(shape(words[i]) == HUNDRED for i in range(at, rest.last + 1))
    thousands = not groups.value % 1_000 and groups.value % 1_000_000
    if rest is None or not hundreds or not thousands or magnitude(words, rest.last + 1):
        return groups
    return Number(first, rest.last, groups.value + rest.value)


def magnitude(words: Sequence[Word], at: int) -> int | None:
    """1,000 for nghìn and so on; None for any other word, behind a pause and at the end."""
    return None if at >= len(words) or words[at].pause else MAGNITUDES.get(words[at].accented)


def _ends(words: Sequence[Word], at: int) -> bool:
    return at >= len(words) or words[at].pause


def _tens_for_short(words: Sequence[Word], at: int, first: int) -> bool:
    """ "một trăm hai (nghìn)" is 120: the digit has neither its "linh" nor its "mươi"."""
    if not _digit_at(words, at, first):
        return False
    unit = magnitude(words, at + 1) is not None
    return unit or (_ends(words, at + 1) and words[at].accented != _YEAR)


def _word_at(words: Sequence[Word], at: int, first: int) -> str:
    """The word there; "" at the end and behind a pause within a number that began at `first`."""
    return "" if at >= len(words) or (words[at].pause and at > first) else words[at].accented


def _digit_at(words: Sequence[Word], at: int, first: int) -> int | None:
    return digit(words[at]) if _word_at(words, at, first) else None


def _shape_at(words: Sequence[Word], at: int, first: int) -> str | None:
    return shape(words[at]) if _word_at(words, at, first) else None


def _grows(words: Sequence[Word], at: int) -> bool:
    """Whether mươi, chục or trăm follows."""
    return not _ends(words, at + 1) and shape(words[at + 1]) in (TENS, DOZEN, HUNDRED)


def _tenth(words: Sequence[Word], at: int) -> bool:
    """ "một triệu tám" is 1.8 million, where nothing follows that could be counted."""
    return at < len(words) and not words[at].pause and bool(digit(words[at])) and _ends(words, at + 1)
