"""Sums of money, typed or said: "200tr", "1 triệu 8", "mười bốn triệu rưỡi", "mỗi đêm trăm nghìn"."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from hotline.rules.numbers import HUNDRED, digit, in_groups, shape
from hotline.rules.text import Span, Text, cut, fold

_MULTIPLIERS = {
    "k": 1_000, "nghìn": 1_000, "ngàn": 1_000, "ngh": 1_000, "nghin": 1_000, "ngan": 1_000,
    "tr": 1_000_000, "triệu": 1_000_000, "trieu": 1_000_000, "củ": 1_000_000, "chai": 1_000_000, "xị": 100_000,
    "tỷ": 1_000_000_000, "tỉ": 1_000_000_000, "ty": 1_000_000_000, "ti": 1_000_000_000, "đồng": 1, "đ": 1, "vnđ": 1, "vnd": 1,
}  # fmt: skip
_FOLDED_MULTIPLIERS = {
    fold(unit): value for unit, value in _MULTIPLIERS.items() if fold(unit) not in {"cu", "d", "chai"}
}
_FIGURE = r"\d{1,3}(?:[.,]\d{3})+|\d+(?:[.,]\d+)?"
_UNITS = r"(?<=\d)k|nghìn|ngàn|nghin|ngan|ngh|triệu|trieu|tr|củ|chai|xị|tỷ|tỉ|ty|ti|đồng|dong|vnđ|vnd|đ"
_MONEY = re.compile(
    rf"(?<![\w.,])(?:(?P<low>\d+)-)?(?P<figure>{_FIGURE})(?P<many>\s+(?:chục|chuc|trăm|tram))?\s*(?P<unit>{_UNITS})"
    r"(?P<rest>\d{1,3})?(?P<half>\s+(?:rưỡi|rưởi|ruoi))?(?![\w])",
    re.IGNORECASE,
)
_MANY = {"chục": 10, "chuc": 10, "trăm": 100, "tram": 100}
# "3 triệu 200 nghìn" is one sum, "1 triệu 8" is 1.8 million.
_AND_MORE = re.compile(rf"\s+(?P<figure>\d{{1,3}})\s*(?P<unit>{_UNITS})(?![\w])", re.IGNORECASE)
_TENTHS = re.compile(
    r"\s+(\d)(?![\w.,]?\d|[\w]|\s+(?:người|nguoi|đứa|dua|cái|cai|con|chiếc|chiec|lần|lan|tháng|thang|ngày|ngay)(?!\w))"
)
# What is counted in thousands and is no money: followers, heads, metres, another currency.
_NO_MONEY = re.compile(
    r"\s*(?:người|nguoi|ng|mem|lượt|luot|thành viên|thanh vien|follow\w*|đô|do|đôla|usd|tệ|te|km|mét|met|m2|hecta|ha|"
    r"cây|cay|con|tấn|tan|ký|kg|bao|viên|vien|tờ rơi|phong bì|việc)(?!\w)",
    re.IGNORECASE,
)
# The smallest sum that is meant as one; "200 đ/cái" names its unit, "200 đồng chí" does not.
_LEAST = 100
# "vài trăm nghìn" is no sum.
_VAGUE = frozenset({"vai", "may", "bao", "hang", "chuc", "tung", "ca"})
_NOT_DONG = re.compile(r"\s+(?:chí|chi|bào|bao|đội|doi|hương|huong|hồ|ho|ý|y|bọn|bon)(?!\w)", re.IGNORECASE)


class Sum(NamedTuple):
    """Whole VND and the words they were read from."""

    value: int
    span: Span


def find_money(text: Text) -> Iterator[Sum]:
    """Typed sums, then said ones; they may overlap."""
    yield from _typed_money(text.original)
    yield from _said_money(text)


def _typed_money(original: str) -> Iterator[Sum]:
    end = 0
    for match in _MONEY.finditer(original):
        if match.start() < end or not _is_money(original, match):
            continue
        unit = _value(match["unit"])
        total = _figure(match["figure"]) * _MANY.get((match["many"] or "").strip().lower(), 1) * unit
        end = match.end()
        if match["half"]:
            total += unit / 2
        elif match["rest"]:
            # "1tr5" is 1.5 million, "2tr350" is 2.35 million.
            total += float("0." + match["rest"]) * unit
        elif (more := _AND_MORE.match(original, end)) and _value(more["unit"]) < unit:
            total, end = total + int(more["figure"]) * _value(more["unit"]), more.end()
        elif unit >= 1_000_000 and (tenths := _TENTHS.match(original, end)):
            total, end = total + int(tenths[1]) * unit / 10, tenths.end()
        if match["low"] and "." not in match["figure"]:
            yield Sum(int(match["low"]) * unit, cut(original, match.start(), match.end("low")))
        if total >= _LEAST:
            yield Sum(round(total), cut(original, match.start("figure"), end))


def _value(unit: str) -> int:
    return _MULTIPLIERS.get(unit.lower()) or _FOLDED_MULTIPLIERS[fold(unit)]


def _figure(written: str) -> float:
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", written):
        return float(re.sub(r"[.,]", "", written))
    return float(written.replace(",", "."))


def _is_money(original: str, match: re.Match[str]) -> bool:
    unit = match["unit"]
    if _value(unit) == 1:
        return not _NOT_DONG.match(original, match.end())
    if _named(unit) and not original.isupper():
        return False  # "khu tro 5 Ty"
    return not (_value(unit) == 1_000 and _NO_MONEY.match(original, match.end()))


def _named(word: str) -> bool:
    return word[0].isupper() and word[1:].islower()


def _said_money(text: Text) -> Iterator[Sum]:
    """Words of number and of unit: "tám trăm nghìn", "mười bốn triệu rưỡi", "một triệu hai trăm nghìn"."""
    words = text.words
    at = 0
    while at < len(words):
        first, said = at, in_groups(words, at, lambda index: _unit(text, index))
        if said is not None and said.value >= 1_000:
            yield Sum(said.value, text.span(first, said.last))
            at = said.last + 1
        elif (whole := _bare_unit(text, first)) is not None:
            yield Sum(whole[0], text.span(first, whole[1]))
            at = whole[1] + 1
        else:
            at = first + 1


def _unit(text: Text, at: int) -> int | None:
    if at >= len(text.words) or text.words[at].pause:
        return None
    word = text.words[at]
    if _named(text.original[word.start : word.end]) and not text.original.isupper():
        return None  # "bến Tám Ngàn"
    found = _MULTIPLIERS.get(word.accented)
    if found is None and word.bare:
        found = _FOLDED_MULTIPLIERS.get(word.folded)
    return found if found and found >= 1_000 else None


def _bare_unit(text: Text, at: int) -> tuple[int, int] | None:
    """One of the unit, and the last word: "cả tỷ", "hơn triệu", "trăm triệu", "mỗi đêm trăm nghìn"."""
    word = text.words[at]
    found = _unit(text, at + 1)
    if found is None:
        return None
    if shape(word) == HUNDRED and (word.accented == HUNDRED or word.bare):
        before = text.words[at - 1] if at and not word.pause else None
        vague = before is not None and (before.folded in _VAGUE or digit(before) is not None)
        return None if vague else (100 * found, at + 1)
    return (found, at + 1) if word.accented in {"cả", "hơn", "gần"} and found >= 1_000_000 else None
