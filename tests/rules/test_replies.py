"""What residents are told fits into two parts of a text, and an emergency comes first."""

from __future__ import annotations

from itertools import product

import pytest

from hotline.rules.replies import received
from hotline.rules.tip_code import codes_in

CODE = "482913608"
CALLS = {(): "", ("114",): "114", ("114", "115"): "114 và 115", ("113", "114", "115"): "113, 114 và 115"}


@pytest.mark.parametrize(("first", "diacritics", "call"), list(product((True, False), (True, False), CALLS)))
def test_an_answer_has_the_code_and_fits_two_parts(first, diacritics, call):
    text = received(CODE, first=first, diacritics=diacritics, call=call)
    assert list(codes_in(text)) == [CODE]
    assert len(text) <= (2 * 67 if diacritics else 2 * 153)
    assert diacritics or text.isascii()


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(("call", "said"), list(CALLS.items()))
def test_an_emergency_is_the_first_thing_said(call, said, first):
    text = received(CODE, first=first, diacritics=True, call=call)
    assert text.startswith(f"KHẨN CẤP: hãy gọi ngay {said}. ") is bool(call)
