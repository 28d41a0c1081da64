import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.rules.text import canonical, fold, parse, search_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hòa", "hoà"),
        ("khỏe", "khoẻ"),
        ("thủy", "thuỷ"),
        ("qúy", "quý"),
        ("Mỹ", "mĩ"),
        ("đag", "đang"),
        ("ság", "sáng"),
        ("thàh", "thành"),
        ("lắmmm", "lắm"),
        (unicodedata.normalize("NFD", "đường"), "đường"),
    ],
)
def test_spellings_of_one_word_are_one(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"), [("của", "cuả!"), ("chạy", "cháy"), ("tự", "từ"), ("cứu", "cứ"), ("cuu", "cu")]
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_fold_removes_every_diacritic() -> None:
    assert fold("Đường Ủy ban NHÂN DÂN") == "duong uy ban nhan dan"


def test_bareness_is_decided_by_span() -> None:
    words = parse("Nhà ông Tư bị mất trộm đêm hôm qua. nho cong an xuong xem giup gia dinh").words
    assert [word.folded for word in words if word.bare][:6] == ["nho", "cong", "an", "xuong", "xem", "giup"]
    assert not any(word.bare for word in words[:9])


def test_search_words_meet_accented_and_folded() -> None:
    accented, folded = search_words("Mất trộm cà phê ở hoà Bình")
    assert {"mất", canonical("hòa")} <= accented
    assert {"mat", "trom", "ca", "phe", "hoa", "binh"} <= folded


@given(st.text())
def test_words_are_slices_in_reading_order(text: str) -> None:
    end = 0
    for word in parse(text).words:
        assert end <= word.start < word.end <= len(text)
        assert fold(word.accented) == word.folded
        end = word.end
