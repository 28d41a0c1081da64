"""What a unit's callers will say: names around it, old and new, and slang."""

from __future__ import annotations

from hotline.rules.gazetteer import gazetteer
from hotline.rules.speech_phrases import place_phrases, slang


def of(*names: str) -> frozenset[str]:
    return frozenset(commune.code for commune in gazetteer().communes if commune.name in names)


def test_names_of_the_province_with_the_units_own_first() -> None:
    phrases = place_phrases(of("Xã Hàm Kiệm"))
    assert {"xã Hàm Kiệm", "Hàm Kiệm", "ở xã Hàm Kiệm", "ở Hàm Kiệm"} <= set(phrases)
    # A neighbour, an abolished commune, an abolished district and a former province of the same province.
    assert {"Hàm Thạnh", "xã Hàm Minh", "huyện Hàm Thuận Nam", "tỉnh Bình Thuận", "tỉnh Lâm Đồng"} <= set(
        phrases
    )
    assert "ở Hàm Thạnh" not in phrases
    assert "Cần Đăng" not in phrases
    assert len(set(phrases)) == len(phrases) > 500


def test_halves_and_numbers() -> None:
    phrases = place_phrases(of("Phường Lâm Viên - Đà Lạt"))
    assert {"phường Lâm Viên", "Lâm Viên", "Đà Lạt"} <= set(phrases)
    assert "phường 12" in phrases and "12" not in phrases
    assert not any(" - " in phrase for phrase in phrases)


def test_no_communes_no_places() -> None:
    assert place_phrases(frozenset()) == []


def test_slang_as_it_is_said() -> None:
    assert {"đập đá", "bay lắc", "tài xỉu"} <= set(slang())
    assert "dap da" not in slang()
