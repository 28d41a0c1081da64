import pytest

from hotline.rules.taxonomy import categories, category_name, group_name
from hotline.rules.triage import triage


def codes(text: str) -> list[str]:
    return [category.code for category in triage(text).categories]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nhà nó bán ma túy", "MA_TUY"),
        ("nha no ban ma tuy", "MA_TUY"),
        ("Tối qua nhà em bị trộm bẻ khóa", "TROM_CAP"),
        ("đang cháy nhà trong hẻm 45", "CHAY_NO"),
        ("dang chay nha trong hem 45", "CHAY_NO"),
        ("có người định tự tử trên cầu", "CUU_NAN"),
        ("bọn nó đua xe trái phép", "GIAO_THONG"),
        ("nó giật đồ của em", "CUOP_GIAT"),
        ("hỗ trợ hoả hoạn, hỏa hoạn lớn lắm", "CHAY_NO"),
        ("2 đứa đag đánh nhau ngoài đườg", "CO_Y_GAY_THUONG_TICH"),
    ],
)
def test_says_what_happened(text: str, code: str) -> None:
    assert codes(text)[0] == code


# Removing diacritics makes ordinary words into crimes: each of these did so with a naive matcher.
@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("công an cấp xã làm việc mấy giờ", "TROM_CAP"),
        ("cong an cap xa lam viec may gio", "TROM_CAP"),
        ("em đang chạy xe trên đường về", "CHAY_NO"),
        ("em dang chay xe tren duong ve", "CHAY_NO"),
        ("từ từ rồi anh qua nhé", "CUU_NAN"),
        ("tu tu roi anh qua nhe", "CUU_NAN"),
        ("anh đưa xe ra tiệm sửa", "GIAO_THONG"),
        ("anh dua xe ra tiem sua", "GIAO_THONG"),
        ("bản thân tôi không có ý kiến", "MUA_BAN_NGUOI"),
        ("ban than toi khong co y kien", "MUA_BAN_NGUOI"),
        ("mẹ em giặt đồ ngoài sông", "CUOP_GIAT"),
        ("me em giat do ngoai song", "CUOP_GIAT"),
        ("ba em đi soi nhái bắt cóc ngoài đồng", "MA_TUY"),
    ],
)
def test_harmless_words_name_no_crime(text: str, never: str) -> None:
    assert never not in codes(text)


@pytest.mark.parametrize(
    "text",
    [
        "ở đây không có ma túy",
        "khu này chưa bị mất trộm bao giờ",
        "o day khong co ma tuy",
    ],
)
def test_what_is_denied_is_not_reported(text: str) -> None:
    assert codes(text) == ["KHAC"]


@pytest.mark.parametrize(
    ("text", "is_tip"),
    [
        ("Cho em hỏi làm căn cước cần giấy tờ gì", False),
        ("cho hoi may gio cong an phuong lam viec de lam can cuoc", False),
        ("Chúc các anh chị công an năm mới vui vẻ", False),
        ("alo", False),
        ("Vay vốn ưu đãi lãi suất thấp, giải ngân trong ngày, liên hệ 0900 000 012", False),
        ("Xóm em đêm nào cũng có xe lạ ra vào", True),
        ("Có cái gì đó kỳ lạ ở sau vườn nhà tôi", True),
    ],
)
def test_tells_tips_from_other_messages(text: str, is_tip: bool) -> None:
    assert triage(text).is_tip is is_tip


def test_evidence_is_in_the_senders_words() -> None:
    text = "a lo, NHA EM BI TROM  cay cua"
    spans = [span for found in triage(text).categories for span in found.evidence]
    assert any("TROM" in span.text for span in spans)
    assert all(text[span.start : span.end] == span.text for span in spans)


def test_every_category_has_names_and_a_known_group() -> None:
    assert len(categories()) == 34
    for info in categories():
        assert category_name(info.code, "vi") == info.name_vi
        assert category_name(info.code, "en") == info.name_en
        assert group_name(info.group, "vi")
        assert group_name(info.group, "en")
