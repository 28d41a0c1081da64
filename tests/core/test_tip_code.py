from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.rules.tip_code import codes_in, grouped, is_code, new_code

codes = st.builds(lambda _: new_code(), st.none())
DIGITS = st.sampled_from("0123456789")


@given(codes, st.integers(0, 8), DIGITS)
def test_every_wrong_digit_is_caught(code, at, digit):
    wrong = code[:at] + digit + code[at + 1 :]
    assert is_code(wrong) == (wrong == code)


@given(codes, st.integers(0, 7))
def test_every_swap_of_neighbours_is_caught(code, at):
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert is_code(swapped) == (swapped == code)


@given(codes, st.sampled_from(["", " ", ".", "-"]), st.sampled_from(["", "tin ", "Ma tin: ", "(", "mã\n"]))
def test_a_code_is_found_in_free_text(code, separator, before):
    written = grouped(code).replace(" ", separator)
    assert list(codes_in(f"{before}{written}, xin bổ sung")) == [code]
    assert list(codes_in(f"{before}{separator.join(code)}. Hết")) == [code]


@pytest.mark.parametrize(
    "text",
    [
        "594800245 2 nguoi",
        "594800245 0900000011",
        "0900000011 594800245",
        "20/11 594800245",
        "594\u00a0800\u00a0245",
        "594\u200b800\u200b245",
        "５９４８００２４５",
        "594, 800, 245",
    ],
)
def test_a_code_is_found_however_a_phone_writes_it(text):
    assert list(codes_in(text)) == ["594800245"]


@pytest.mark.parametrize(
    "text",
    ["", "12345678", "tin 48291360", "٤٨٢٩١٣٦٠٥", "1234567890", "mã 12 345 67x 89"],
)
def test_other_digits_are_no_code(text):
    assert list(codes_in(text)) == []
    assert not is_code(text)


@given(st.integers(0, 9_999_999), st.sampled_from(["{}", "gọi {} nhé", "({})", "tel:{}"]))
def test_a_phone_number_is_no_code(subscriber, sentence):
    number = phonenumbers.parse(f"+8490{subscriber:07d}")
    formats = [phonenumbers.format_number(number, f) for f in range(4)]
    country_in_brackets = f"(+84) {formats[2][1:]}", f"(84){formats[0][3:]}"
    for written in (*formats, *country_in_brackets):
        for separator in (" ", ".", "-"):
            assert list(codes_in(sentence.format(written.replace(" ", separator)))) == []
