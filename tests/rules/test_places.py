import pytest

from hotline.rules.gazetteer import gazetteer, place_key
from hotline.rules.places import Place, find_places


def communes(place: Place) -> set[tuple[str, str]]:
    return {(commune.name, commune.province) for commune in place.candidates}


def test_the_gazetteer_is_the_country_since_july_2025() -> None:
    assert len(gazetteer().provinces) == 34
    assert len(gazetteer().communes) == 3321
    codes = [commune.code for commune in gazetteer().communes]
    assert len(set(codes)) == 3321
    assert all(len(code) == 5 and code.isdigit() for code in codes)


BEN_CAT = {("Phường Bến Cát", "Hồ Chí Minh"), ("Phường Long Nguyên", "Hồ Chí Minh")}
THANH_HOA = {("Phường Hạc Thành", "Thanh Hóa"), ("Phường Hàm Rồng", "Thanh Hóa")}
DUC_LAP = {("Xã Đức Lập", "Lâm Đồng")}


@pytest.mark.parametrize(
    ("text", "mention", "wanted", "old_unit"),
    [
        ("ở phường Mỹ Phước, Bến Cát có sòng bạc", "phường Mỹ Phước, Bến Cát", BEN_CAT, "phường Mỹ Phước"),
        ("o phuong My Phuoc Ben Cat co song bac", "phuong My Phuoc Ben Cat", BEN_CAT, "phường Mỹ Phước"),
        ("phường Đông Thọ, Thanh Hóa", "phường Đông Thọ, Thanh Hóa", THANH_HOA, "phường Đông Thọ"),
        ("xa Duc Minh, Dak Mil", "xa Duc Minh, Dak Mil", DUC_LAP, "xã Đức Minh"),
        ("x. Đức Minh h. Đắk Mil", "x. Đức Minh h. Đắk Mil", DUC_LAP, "xã Đức Minh"),
        ("tôi ở Sủng Là", "Sủng Là", {("Xã Sà Phìn", "Tuyên Quang")}, "xã Sủng Là"),
        ("chở từ Na Ư về phố", "Na Ư", {("Xã Sam Mứn", "Điện Biên")}, "xã Na Ư"),
        ("thôn sáu xã cư jút", "thôn sáu xã cư jút", {("Xã Cư Jút", "Lâm Đồng")}, None),
        ("ngõ 7 phường Thảo Nguyên", "ngõ 7 phường Thảo Nguyên", {("Phường Thảo Nguyên", "Sơn La")}, None),
        ("trước chợ Ba Đồn", "chợ Ba Đồn", {("Phường Ba Đồn", "Quảng Trị")}, None),
    ],
)
def test_finds_the_current_communes(
    text: str, mention: str, wanted: set[tuple[str, str]], old_unit: str | None
) -> None:
    (place,) = find_places(text)
    assert place.mention == mention
    assert wanted <= communes(place)
    assert (place.candidates[0].name, place.candidates[0].province) in wanted
    assert place.old_unit == old_unit


def test_an_ambiguous_name_offers_every_commune() -> None:
    (place,) = find_places("thôn ba xã Đức Minh")
    assert {("Xã Đức Lập", "Lâm Đồng"), ("Xã Đức Minh", "Hà Tĩnh")} <= communes(place)


def test_the_units_own_area_comes_first() -> None:
    (duc_lap,) = (c.code for c in gazetteer().communes if (c.name, c.province) == ("Xã Đức Lập", "Lâm Đồng"))
    (place,) = find_places("thôn ba xã Đức Minh", near=frozenset({duc_lap}))
    assert place.candidates[0].code == duc_lap
    assert len(place.candidates) > 1


def test_a_province_named_elsewhere_in_the_message_decides() -> None:
    places = find_places("Tôi quê Lâm Đồng. Xã Đức Minh có người phá rừng.")
    assert places[-1].candidates[0].name == "Xã Đức Lập"


def test_one_wrong_letter_after_a_prefix_is_forgiven() -> None:
    (place,) = find_places("ở xã Đức Mịnk có trộm")
    assert ("Xã Đức Lập", "Lâm Đồng") in communes(place)


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("nhà ở ấp Thạnh Lợi nha", "ấp Thạnh Lợi"),
        ("trên đường TL 725 xe chạy", "đường TL 725"),
        ("ở thôn bảy có người lạ", "thôn bảy"),
    ],
)
def test_hamlets_and_roads_are_kept_without_candidates(text: str, mention: str) -> None:
    (place,) = find_places(text)
    assert (place.mention, place.level, place.candidates) == (mention, "detail", ())


@pytest.mark.parametrize(
    "text",
    [
        "công an cấp xã ở đâu vậy",
        "xa quá em không tới được",
        "bản thân em không biết gì",
        "hàng xóm nuôi gà gáy suốt đêm",
        "ông Tân Bình đánh vợ",
        "em là giáo viên. Bản nhạc nó mở ồn lắm",
    ],
)
def test_ordinary_words_are_no_places(text: str) -> None:
    assert find_places(text) == ()


def test_highland_names_are_one_however_spelt() -> None:
    assert place_key("Đắk", "Mil") == place_key("Đăk", "Mil") == place_key("dac", "mil")
