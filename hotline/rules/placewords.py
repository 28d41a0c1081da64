"""The words that stand before, around and after the name of a place."""

import re

from hotline.rules.gazetteer import COMMUNE, DISTRICT, PROVINCE
from hotline.rules.text import canonical, fold

Phrases = dict[tuple[str, ...], tuple[str, ...]]


def _spoken(table: str) -> Phrases:
    """Folded words -> canonical words, for the entries of a "|" list."""
    entries = [tuple(canonical(word) for word in entry.split()) for entry in table.split("|")]
    return {tuple(fold(word) for word in entry): entry for entry in entries}


def _words(listed: str) -> frozenset[str]:
    """A set from words with spaces between."""
    return frozenset(listed.split())


KINDS = {
    COMMUNE: _spoken("xã|phường|thị trấn|tt|đặc khu|x|p|f"),
    DISTRICT: _spoken("huyện|quận|thị xã|thành phố|tp|tx|h|q"),
    PROVINCE: _spoken("tỉnh|t"),
}
FULL_KINDS = {
    "xa": "Xã",
    "x": "Xã",
    "phuong": "Phường",
    "p": "Phường",
    "f": "Phường",
    "thi": "Thị trấn",
    "tt": "Thị trấn",
}
LETTERS = frozenset("xpfhqt")
SHORT = LETTERS | {"tt", "tx", "tp"}
VILLAGE = _spoken(
    "thôn|xóm|ấp|bản|buôn|làng|sóc|phum|khu|khu phố|khóm|tổ|tổ dân phố|đội|kp|tdp|cụm|"
    "khu dân cư|kdc|khu tập thể|khu công nghiệp|kcn|khu tái định cư|tiểu khu|ngõ|hẻm|kiệt|ngách|"
    "đường|phố|đại lộ|số nhà|nhà số|quốc lộ|ql|tỉnh lộ|tl|đt|hương lộ|cao tốc|km"
)
LANDMARK = _spoken(
    "chợ|cầu|đèo|dốc|bến|bến xe|bến xe buýt|bến đò|bến phà|bến cá|bến tàu|cảng|cửa biển|cửa khẩu|"
    "ngã ba|ngã tư|ngã năm|ngã 3|ngã 4|ngã 5|hồ|núi|suối|sông|vàm|kênh|kinh|rạch|đảo|bãi biển|"
    "sân vận động|công viên|đập|thủy điện|thác|đồi|khu du lịch|bệnh viện|trạm y tế|vòng xoay|"
    "cầu kênh|ủy ban|ubnd|nông trường|lâm trường|bùng binh"
)
# These too name a spot, but whose name it is nobody can know: never looked up.
BUSINESS = _spoken(
    "nhà trọ|khách sạn|nhà nghỉ|quán|tiệm|tiệm cầm đồ|cửa hàng|nhà hàng|karaoke|công ty|cty|cây xăng|"
    "chùa|đình|miếu|miễu|nhà thờ|đại lý|xưởng|trại|trường gà|chung cư|nghĩa trang|htx|hợp tác xã"
)
WORDS_OF_PLACE = _spoken(
    "ở|tại|từ|về|đến|tới|qua|sang|lên|xuống|ra|vô|vào|đoạn|khu vực|vùng|miền|ngoài|trong|dưới|trên|quê|hướng|thuộc|gần"
)
TITLES = _words(
    "anh ba bac be bo cau chi chu co con di dong duong em hieu ho lao mo mr ms mu nick ong ten thang thay tia"
)
# Words a free name never holds or goes on over, folded.
ENDS = _words(
    "a an anh ay ba bac ban bi bon cac chay chi cho chu chua chuc chung co con cong cu cua cung cuoi "
    "da dang danh dau de den di do doi duoi em gio giua hai hay het hom huyen khong kia la lai lam "
    "len luc ma may minh mo moi mot nam nay nen ngang ngay nghe nguoi nha nhau nhe nhieu nhung no nua "
    "o oi phuong ra rat rieng roi sau se ta tai than thanh thay thi tinh toi tren truoc tu tui va vao "
    "ve vi vien voi vua xa xe xong xuong"
)
# Village words that mean nothing else, so that a name follows even without capitals.
HAMLETS = frozenset({"thon", "xom", "ap", "buon", "hem", "ngo", "kdc", "kcn"})
NUMBERS = _words("ba bảy bẩy bốn chín hai linh lăm lẻ mươi mười mốt một năm sáu trăm tám tư")
FOLDED_NUMBERS = frozenset(fold(word) for word in NUMBERS)
DIGITS = re.compile(r"\d+[a-z]?$|[a-z]\d+$")
NUMBERED_WARD = re.compile(r"^[pfq](\d{1,2})$")
