"""Plates and telephone numbers said sign by sign: "bốn bảy bê một hai ba bốn năm sáu"."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from hotline.rules.numbers import digit, shape, spoken
from hotline.rules.text import Word, canonical

_LETTERS = {
    "a": "A", "bê": "B", "bờ": "B", "b": "B", "xê": "C", "cờ": "C", "c": "C", "đê": "D", "dê": "D", "dờ": "D", "d": "D",
    "e": "E", "ép": "F", "ép phờ": "F", "f": "F", "gờ": "G", "giê": "G", "g": "G", "hát": "H", "hờ": "H", "h": "H",
    "ca": "K", "ka": "K", "k": "K", "lờ": "L", "en lờ": "L", "l": "L", "mờ": "M", "em mờ": "M", "m": "M", "nờ": "N",
    "en nờ": "N", "n": "N", "pê": "P", "pờ": "P", "p": "P", "ét": "S", "sờ": "S", "s": "S", "tê": "T", "tờ": "T", "t": "T",
    "u": "U", "vê": "V", "vờ": "V", "v": "V", "ích": "X", "x": "X", "y": "Y", "i dài": "Y", "dét": "Z", "z": "Z",
}  # fmt: skip
_SPELT = {tuple(canonical(word) for word in said.split()): letter for said, letter in _LETTERS.items()}
# Since 2018 a mobile number has ten digits (03, 05, 07, 08, 09), a fixed one eleven (02); older ones had either.
_TEN_DIGITS = re.compile(r"0[35789]\d{8}")
_PHONE_LENGTHS = (10, 11)
# Digits of a plate behind its letters: of the series perhaps one, then four or five.
_TAIL = range(4, 7)


class Plate(NamedTuple):
    """The parts of a plate, and the last of its words."""

    province: str
    letters: str
    tail: str
    last: int

    @property
    def value(self) -> str:
        """Without separators."""
        return self.province + self.letters + self.tail


class Run(NamedTuple):
    """Digits said one by one or typed, and the last of their words."""

    digits: str
    last: int


def said_plate(words: Sequence[Word], at: int) -> Plate | None:
    """The whole plate whose first word is at `at`: digits of the province, letters spelt out, digits."""
    province = _province(words, at)
    letters = None if province is None else _letters(words, province.last + 1)
    if province is None or letters is None:
        return None
    tail = digit_run(words, letters[1])
    return Plate(province.digits, letters[0], tail.digits, tail.last) if len(tail.digits) in _TAIL else None


def said_phone(words: Sequence[Word], at: int) -> Run | None:
    """The telephone number whose first word is at `at`; what else is counted behind a whole one is not part of it."""
    run = digit_run(words, at)
    if len(run.digits) > 10 and _TEN_DIGITS.match(run.digits) and run.last - at + 1 == len(run.digits):
        run = Run(run.digits[:10], at + 9)
    return run if run.digits.startswith("0") and len(run.digits) in _PHONE_LENGTHS else None


def digit_run(words: Sequence[Word], at: int, limit: int = 12) -> Run:
    """Digits from `at` on, "" when the word there is none."""
    said = ""
    while at < len(words) and len(said) < limit:
        word = words[at]
        value = digit(word)
        # "sáu mươi" goes on: a digit followed by mươi is the first half of a number.
        if value is not None and not (at + 1 < len(words) and shape(words[at + 1])):
            said += str(value)
        elif word.folded.isdigit():
            said += word.folded
        else:
            break
        at += 1
    return Run(said, at - 1)


def _province(words: Sequence[Word], at: int) -> Run | None:
    """ "86" from "tám sáu" or "tám mươi sáu"."""
    if words[at].folded.isdigit() and len(words[at].folded) == 2:
        return Run(words[at].folded, at)
    pair = digit_run(words, at, limit=2)
    if len(pair.digits) == 2:
        return pair
    number = spoken(words, at)
    if number is None or not 11 <= number.value <= 99:
        return None
    return Run(str(number.value), number.last)


def _letters(words: Sequence[Word], at: int) -> tuple[str, int] | None:
    """One letter or two, and the word after them."""
    found = ""
    while len(found) < 2:
        for size in (2, 1):
            letter = _SPELT.get(tuple(word.accented for word in words[at : at + size]))
            if letter is not None:
                found, at = found + letter, at + size
                break
        else:
            break
    return (found, at) if found else None
