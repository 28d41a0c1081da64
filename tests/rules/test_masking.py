"""Numbers that point to a person are taken out; what else a text says stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.rules.entities import find_entities
from hotline.rules.masking import masked


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("gọi 0900 000 012 cho tôi", "gọi 0900 000 000 cho tôi"),
        ("+84900000099 nha", "+09000000000 nha"),
        ("số không chín không không không không không không một hai", "số 0900000000"),
        ("mã 482 913 605 nó lại tới", "mã 000 000 000 nó lại tới"),
        ("cccd 079123456789", "cccd 000000000000"),
        ("xe 49H-012.88 chạy", "xe 00H-000.00 chạy"),
        ("mất 200.000.000 đồng lúc 23h30 ngày 12/10", "mất 200.000.000 đồng lúc 23h30 ngày 12/10"),
        ("nhà số 12 thôn 3, gọi 114", "nhà số 12 thôn 3, gọi 114"),
        ("", ""),
    ],
)
def test_what_is_left(text: str, left: str) -> None:
    assert masked(text) == left


def test_a_masked_text_is_read_as_before() -> None:
    text = "Nó đi xe 49H-012.88, số nó 0900000012, trộm bò của tôi"
    before, after = find_entities(text), find_entities(masked(text))
    assert (len(before.plates), len(before.phones)) == (len(after.plates), len(after.phones)) == (1, 1)


@given(st.from_regex(r"[a-zà ]{0,8}\d[\d .\-]{6,25}[a-zà ]{0,8}", fullmatch=True))
def test_no_long_number_survives(text: str) -> None:
    money = find_entities(text).money_vnd
    for run in re.findall(r"\d(?:[ .\-]{0,2}\d){6,}", masked(text)):
        assert money or set(run) <= set("09 .-"), text
