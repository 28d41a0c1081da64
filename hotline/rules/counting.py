"""Words that numbers stand beside, and those that make of a number something else."""

from __future__ import annotations

from collections.abc import Sequence

from hotline.rules.numbers import HUNDRED, MAGNITUDES, ODD, TEN, TENS, Number, digit, shape, spoken
from hotline.rules.text import Word, canonical

# Five and the year, nought and "not".
FIVE, NO = canonical("năm"), "không"


def _words(listed: str) -> frozenset[str]:
    return frozenset(canonical(word) for word in listed.split())


def _pairs(listed: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(canonical(word) for word in pair.split()) for pair in listed.split("|"))


# What things are counted by; "3 người", "2 chiếc".
COUNTED = _words(
    "người đứa thằng con cái chiếc bao bộ cặp cây căn cuốn đôi gói hộ hòn hộp khẩu lần lượt mảnh mâm miếng nhóm ổ "
    "phát quả tấm tờ thùng trái túi vụ viên xe can bịch két tên ghe bánh điếu tép ống "
    "giây phút tiếng ngày đêm tuần tháng tuổi chỗ"
)
COUNTED_PAIRS = _pairs("đối tượng|thanh niên|học sinh|công nhân|nạn nhân|con bạc|ngôi nhà|chỉ vàng")
# Measures, beside which even "một" is a number: "1 kg".
MEASURED = _words(
    "kg ký kí cân lạng tấn tạ yến gam gram mét km cm mm sào mẫu hecta lít thước lượng vôn độ giờ"
)
SHORT_UNITS: tuple[tuple[tuple[str, ...], str], ...] = tuple(
    (tuple(canonical(word) for word in said.split()), short)
    for said, short in (
        ("ki lô mét vuông", "km²"), ("ki lô mét", "km"), ("ki lô gam", "kg"), ("ki lô gram", "kg"), ("ki lô", "kg"),
        ("xăng ti mét", "cm"), ("mi li mét", "mm"), ("mi li lít", "ml"), ("mét vuông", "m²"), ("mét khối", "m³"),
        ("héc ta", "ha"), ("cây số", "cây số"),
    )
)  # fmt: skip
# What bears a number: "thôn 3", "lớp 9", "quốc lộ 14"; an area needs its second word.
NUMBERED = _words(
    "thôn ấp tổ khu khóm đội xóm phường quận lớp lộ hẻm ngõ ngách kiệt tầng phòng lô khối cụm số dãy km cấp"
)
NUMBERED_PAIRS = _pairs("khu phố|dân phố|khu vực|số nhà|cây số")
# "tổ một số người", "khu một bên": some, one side.
ONE_OF = _words("số mình bên cách vài ít chút lúc mực trong cái người")
# A day of the month may follow; streets are named by dates.
DAYS = _words("ngày mùng mồng hôm sáng trưa chiều tối đêm khuya đường")
# Before a number these make it a guess or a habit.
VAGUE = _words("mấy vài dăm mỗi từng hàng hằng nhiều những")
AFTER_VAGUE_YEARS = VAGUE | _words(
    "cả suốt quanh một nửa cuối đầu giữa trong mươi mười bao qua các theo hết trăm"
)
# Brothers and sisters are called by number: "anh Hai", "bà Năm".
TITLES = _words("ông bà anh chị cô chú bác cậu dì mợ thím em thầy")
# "ba tôi", "ba cháu": a father.
FATHER = _words("tôi tui cháu con em mình nó mẹ má của tên chỉ xe ổng dượng ruột chồng vợ")
# Number and next word that mean something else: ripe on the tree, months and years, three-wheeled.
NEVER = _pairs(
    "chín cây|chín mọng|năm tháng|ba gác|ba lô|ba ba|ba chỉ|ba hoa|ba phải|sáu bánh xe|hai lúa|tám chuyện"
)
# A number that ends in one of these may go on: "hai trăm ba", "ba triệu hai".
PARTS = frozenset({HUNDRED, *MAGNITUDES})


class Beside:
    """What stands beside a word."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        self.forms = [word.accented for word in words]
        self.end = len(words)

    def _form(self, at: int) -> str:
        """The word there, "" outside."""
        return self.forms[at] if 0 <= at < self.end else ""

    def _follows(self, at: int, said: tuple[str, ...]) -> bool:
        return tuple(self.forms[at : at + len(said)]) == said and not self.words[at].pause

    def _is_counted(self, at: int) -> bool:
        """Whether the word there is one that things are counted by."""
        if not self._form(at) or self.words[at].pause:
            return False
        pair = (self.forms[at], self._form(at + 1))
        return self.forms[at] in COUNTED or self.forms[at] in MEASURED or pair in COUNTED_PAIRS

    def _is_short(self, at: int) -> bool:
        return at < self.end and any(self._follows(at, unit) for unit, _short in SHORT_UNITS)

    def _closes(self, at: int) -> bool:
        return at + 1 >= self.end or self.words[at + 1].pause

    def _guessed(self, at: int, number: Number) -> bool:
        """ "ba bốn người", "vài ba", "một trăm hai người": a guess or half a number, which stays as it was said."""
        before = self._form(at - 1)
        if before in VAGUE or self._adjoins(at, before):
            return True
        last = number.last
        after = "" if self._form(last + 1) and self.words[last + 1].pause else self._form(last + 1)
        if not after or after in ODD:
            return bool(after)
        follows = digit(self.words[last + 1])
        if self.forms[last] in PARTS:  # "một trăm một bao" is so much for each
            hundreds = shape(self.words[last]) == HUNDRED
            return (
                follows is not None
                and after != "một"
                and (hundreds or after != FIVE)
                and self._single(last + 1)
            )
        if last > at or (follows is None and shape(self.words[last + 1]) != TEN):
            return False
        # "hai năm" are two years, "bốn năm" may be four or five.
        years = after == FIVE and follows != number.value + 1
        return not years

    def _adjoins(self, at: int, before: str) -> bool:
        """Whether the word before is a part of the same number, or the lower end of a guess."""
        if not before or self.words[at].pause:
            return False
        if before == FIVE:  # behind a number it is years: "hai năm sáu tháng"
            return (digit(self.words[at]) in (6, 7) or shape(self.words[at]) == TEN) and not self._counts(
                at - 2
            )
        # "mười bảy mười tám" are two whole numbers.
        small = digit(self.words[at - 1]) is not None and before != NO and not self._tens(at - 2)
        return small or before in PARTS or before in ODD or shape(self.words[at - 1]) == TEN

    def _counts(self, at: int) -> bool:
        return at >= 0 and (digit(self.words[at]) is not None or shape(self.words[at]) is not None)

    def _tens(self, at: int) -> bool:
        return at >= 0 and shape(self.words[at]) in (TEN, TENS)

    def _single(self, at: int) -> bool:
        number = spoken(self.words, at)
        return number is not None and (number.last == at or number.value < 100)
