"""Plates, telephone numbers, sums of money and times named in a message, typed or said."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hotline.rules.money import find_money
from hotline.rules.numbers import digit, shape, spoken
from hotline.rules.text import Span, Text, canonical, cut, parse
from hotline.rules.times import find_times

# Two digits of the province, a series of one or two letters and perhaps a digit, four or five digits.
# Series letters as issued since Circular 24/2023/TT-BCA; Đ is for electric two-wheelers (MĐ).
_PLATE = re.compile(
    r"(?<![\w.])(\d{2})[ .\-]{0,2}([A-HK-NPS-VX-ZĐ][A-HK-NPS-VX-ZĐ]?)(\d?)[ .\-]{0,3}(\d{3}[ .\-]?\d{2}|\d{4})(?![\w]|[.,]\d)",
    re.IGNORECASE,
)
_LETTERS = {
    "a": "A", "bê": "B", "bờ": "B", "b": "B", "xê": "C", "cờ": "C", "c": "C", "đê": "D", "dê": "D", "dờ": "D", "d": "D",
    "e": "E", "ép": "F", "ép phờ": "F", "f": "F", "gờ": "G", "giê": "G", "g": "G", "hát": "H", "hờ": "H", "h": "H",
    "ca": "K", "ka": "K", "k": "K", "lờ": "L", "en lờ": "L", "l": "L", "mờ": "M", "em mờ": "M", "m": "M", "nờ": "N",
    "en nờ": "N", "n": "N", "pê": "P", "pờ": "P", "p": "P", "ét": "S", "sờ": "S", "s": "S", "tê": "T", "tờ": "T", "t": "T",
    "u": "U", "vê": "V", "vờ": "V", "v": "V", "ích": "X", "x": "X", "y": "Y", "i dài": "Y", "dét": "Z", "z": "Z",
}  # fmt: skip
_SPELT = {tuple(canonical(word) for word in said.split()): letter for said, letter in _LETTERS.items()}
# Vietnamese numbers have ten digits after the trunk 0 or +84 (nine without it), hotlines 1900/1800.
_PHONE = re.compile(r"(?<![\w+])(?:\+?84|0)(?:[ .\-]?\d){9,10}(?!\d)|(?<!\d)1[89]00(?:[ .\-]?\d){4,6}(?!\d)")
_PHONE_LENGTHS = (10, 11)


@dataclass(frozen=True, slots=True)
class Entity:
    """A value with the words it was read from."""

    value: str | int
    span: Span


@dataclass(frozen=True, slots=True)
class Entities:
    """What a message names, each kind in reading order.

    Plates are upper case without separators, complete ones only; telephone numbers digits only;
    money is whole VND; times are verbatim.
    """

    plates: tuple[Entity, ...]
    phones: tuple[Entity, ...]
    money_vnd: tuple[Entity, ...]
    times: tuple[Entity, ...]


def find_entities(text: str | Text) -> Entities:
    """All entities of a message."""
    parsed = parse(text) if isinstance(text, str) else text
    phones = _distinct([*_typed_phones(parsed.original), *_said_phones(parsed)])
    plates = _distinct([*_typed_plates(parsed.original), *_said_plates(parsed)], without=phones)
    sums = [Entity(value, span) for value, span in find_money(parsed)]
    money = _distinct(sums, without=(*phones, *plates))
    times = tuple(Entity(span.text, span) for span in find_times(parsed))
    return Entities(plates, phones, money, times)


def _distinct(found: list[Entity], without: tuple[Entity, ...] = ()) -> tuple[Entity, ...]:
    """In reading order; the first of overlapping ones, none that overlaps `without`."""
    kept: list[Entity] = []
    for entity in sorted(found, key=lambda item: (item.span.start, -item.span.end)):
        others = (*without, *kept)
        if all(entity.span.end <= o.span.start or entity.span.start >= o.span.end for o in others):
            kept.append(entity)
    return tuple(kept)


# -- plates


def _typed_plates(original: str) -> Iterator[Entity]:
    for match in _PLATE.finditer(original):
        value = re.sub(r"[ .\-]", "", match.group()).upper()
        yield Entity(value, cut(original, match.start(), match.end()))


def _said_plates(text: Text) -> Iterator[Entity]:
    """Digits of the province, letters spelt out, digits: "bốn bảy ép một hai một ba không chín"."""
    words = text.words
    at = 0
    while at < len(words):
        province = _province_digits(text, at)
        letters = None if province is None else _letters(text, province[1])
        if province is None or letters is None:
            at += 1
            continue
        tail, after = _digit_run(text, letters[1])
        if 4 <= len(tail) <= 6:
            yield Entity(province[0] + letters[0] + tail, text.span(at, after - 1))
            at = after
        else:
            at += 1


def _province_digits(text: Text, at: int) -> tuple[str, int] | None:
    """("86", next word) from "tám sáu" or "tám mươi sáu"."""
    words = text.words
    if words[at].folded.isdigit() and len(words[at].folded) == 2:
        return words[at].folded, at + 1
    pair, after = _digit_run(text, at, limit=2)
    if len(pair) == 2:
        return pair, after
    number = spoken(words, at)
    if number is None or not 11 <= number.value <= 99:
        return None
    return str(number.value), number.last + 1


def _letters(text: Text, at: int) -> tuple[str, int] | None:
    found = ""
    while len(found) < 2:
        for size in (2, 1):
            letter = _SPELT.get(tuple(word.accented for word in text.words[at : at + size]))
            if letter is not None:
                found, at = found + letter, at + size
                break
        else:
            break
    return (found, at) if found else None


def _digit_run(text: Text, at: int, limit: int = 12) -> tuple[str, int]:
    """Digits said one by one or typed, and the word after them."""
    said = ""
    while at < len(text.words) and len(said) < limit:
        word = text.words[at]
        value = digit(word)
        # "sáu mươi" goes on: a digit followed by mươi is the first half of a number.
        if value is not None and not (at + 1 < len(text.words) and shape(text.words[at + 1])):
            said += str(value)
        elif word.folded.isdigit():
            said += word.folded
        else:
            break
        at += 1
    return said, at


# -- telephone numbers


def _typed_phones(original: str) -> Iterator[Entity]:
    for match in _PHONE.finditer(original):
        digits = re.sub(r"\D", "", match.group())
        if digits.startswith("84") and len(digits) in (11, 12):
            digits = "0" + digits[2:]
        yield Entity(digits, cut(original, match.start(), match.end()))


def _said_phones(text: Text) -> Iterator[Entity]:
    at = 0
    while at < len(text.words):
        said, after = _digit_run(text, at)
        if said.startswith("0") and len(said) in _PHONE_LENGTHS:
            yield Entity(said, text.span(at, after - 1))
            at = after
        else:
            at += 1
