"""Plates, telephone numbers, sums of money and times named in a message, typed or said."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hotline.rules.money import find_money
from hotline.rules.spelt import said_phone, said_plate
from hotline.rules.text import Span, Text, cut, parse
from hotline.rules.times import find_times

# Two digits of the province, a series of one or two letters and perhaps a digit, four or five digits.
# Series letters as issued since Circular 24/2023/TT-BCA; Đ is for electric two-wheelers (MĐ).
_PLATE = re.compile(
    r"(?<![\w.])(\d{2})[ .\-]{0,2}([A-HK-NPS-VX-ZĐ][A-HK-NPS-VX-ZĐ]?)(\d?)[ .\-]{0,3}(\d{3}[ .\-]?\d{2}|\d{4})(?![\w]|[.,]\d)",
    re.IGNORECASE,
)
# Vietnamese numbers have ten digits after the trunk 0 or +84 (nine without it), hotlines 1900/1800.
_PHONE = re.compile(r"(?<![\w+])(?:\+?84|0)(?:[ .\-]?\d){9,10}(?!\d)|(?<!\d)1[89]00(?:[ .\-]?\d){4,6}(?!\d)")


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
    at = 0
    while at < len(text.words):
        plate = said_plate(text.words, at)
        if plate is not None:
            yield Entity(plate.value, text.span(at, plate.last))
        at = at + 1 if plate is None else plate.last + 1


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
        phone = said_phone(text.words, at)
        if phone is not None:
            yield Entity(phone.digits, text.span(at, phone.last))
        at = at + 1 if phone is None else phone.last + 1
