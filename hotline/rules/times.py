"""Clock times, dates, weekdays and day-relative words, verbatim, those of one moment together.

Not durations ("ba tháng"), not "bây giờ", not what recurs ("tối nào cũng").
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from hotline.rules.text import Span, Text, cut, fold

_TO_TWELVE = "mười một|mười hai|một|hai|ba|bốn|tư|năm|sáu|bảy|bẩy|tám|chín|mười"
_TO_THIRTY = (
    "(?:hai mươi|hăm) (?:mốt|hai|ba|bốn|tư|lăm|nhăm|sáu|bảy|bẩy|tám|chín)|hai mươi|ba mươi mốt|ba mươi|"
    f"mười (?:ba|bốn|lăm|sáu|bảy|bẩy|tám|chín)|{_TO_TWELVE}"
)
_DAY_NUMBER = rf"(?:3[01]|[12]\d|0?[1-9]|{_TO_THIRTY})"
_MONTH = (
    rf"(?:tháng (?:1[0-2]|0?[1-9]|giêng|chạp|{_TO_TWELVE})(?! ?(?:k|tr|triệu|nghìn|ngàn|tỷ|tỉ|củ)(?!\w)|\d))"
)
_PART = "rạng sáng|sáng sớm|chiều tối|nửa đêm|sáng|trưa|chiều|tối|đêm|khuya"
# What makes of a part of the day, a weekday or a month one that can be found in a calendar.
_THAT_DAY = "hôm qua|hôm nay|hôm kia|hôm kìa|hôm trước|qua|nay|mai|kia|mốt"
_THAT_ONE = "này|nay|tới|rồi|trước|sau|tuần (?:này|trước|rồi|sau|tới)"

# Alone a part of the day is no time ("ban đêm"); beside another piece it belongs to it.
_WEAK = rf"(?:{_PART})|sớm"
_MINUTES = rf" ?(?:[0-5]\d(?!\d)|(?:{_TO_TWELVE}) mươi(?: (?:mốt|hai|ba|tư|lăm|sáu|bảy|tám|chín))?|rưỡi|hơn|kém)(?: ?(?:phút|p)(?!\w))?"
_CLOCK = (
    rf"(?:\d{{1,2}}-)?(?:2[0-3]|1\d|0?\d)(?:h|g(?=[0-5]\d(?!\d))| ?giờ|:(?=[0-5]\d))(?:{_MINUTES})?|"
    rf"(?<!mươi )(?:(?:{_TO_TWELVE}) )?(?:{_TO_TWELVE}) giờ(?:{_MINUTES})?|"
    rf"(?:{_TO_TWELVE}) rưỡi(?= (?:{_PART})(?!\w))"
)
_OF_TODAY = (
    rf"(?:{_PART}) (?:{_THAT_DAY})|từ (?:sáng|trưa|chiều|tối|đêm)(?: sớm)?|xế (?:trưa|chiều)|"
    "hồi (?:hôm|sáng|trưa|chiều|tối|khuya)"
)
_DAY = (
    "(?:ngày )?hôm (?:qua|nay|kia|kìa|trước|trc|sau|nọ|rồi)|ngày (?:mai|kia|mốt)|"
    "bữa (?:nay|qua|hổm|trước|kia|rồi)|(?:đêm |tối )?giao thừa|thanh minh|mùa hè|(?:trước|sau|hồi) tết(?! dương)"
)
_WEEKDAY = rf"(?:thứ (?:hai|ba|tư|năm|sáu|bảy|bẩy|[2-7])|chủ nhật|t[2-7]|(?<=t\d )cn|(?<=t\d, )cn)(?: (?:{_THAT_ONE}))?"
_DATE = (
    r"(?:ngày )?(?:3[01]|[12]\d|0?[1-9])/(?:1[0-2]|0?[1-9])(?:/\d{2,4})?|"
    rf"(?:ngày|đêm|tối|chiều|sáng) {_DAY_NUMBER}(?: {_MONTH}| âm lịch)(?: năm \d{{4}})?|"
    rf"(?:3[01]|[12]\d|0?[1-9]) {_MONTH}(?: năm \d{{4}})?|"
    r"(?:ngày|hôm|đêm) (?:3[01]|[12]\d|0?[1-9])(?=$|[.,;] |[.;]?$| (?:vừa|này|âm|thì|có|tôi|em))|"
    rf"(?:mùng|mồng) (?:10|\d|{_TO_TWELVE})(?: {_MONTH}| này)?|"
    rf"rằm(?: {_MONTH}| tháng này)?(?: (?:nay|này|tới|trước|rồi))?|"
    rf"{_MONTH}(?: năm (?:ngoái|kia|nay|\d{{4}}))?|(?<!nửa )tháng (?:trước|rồi|sau|tới)|"
    r"tuần (?:trước|rồi|sau|tới|r)|năm (?:ngoái|kia|trước|rồi)|(?:giữa|đầu) (?:năm|tháng)(?: (?:trước|này|1[0-2]|[1-9](?!\d)))?|cuối (?:năm|tháng) (?:trước|này|1[0-2]|[1-9](?!\d))"
)
# "mai" is a flower and a name as well: it is tomorrow where somebody is to do something.
_TOMORROW = "mai(?= (?:em|tôi|tui|con|cháu|mình|nó|họ|lại|chắc|là|sẽ|phải|trẻ con|chúng|người ta)(?!\\w))"
_STRONG = f"{_OF_TODAY}|{_DATE}|{_CLOCK}|{_DAY}|{_WEEKDAY}"
_PIECES = rf"(?<![\w/])(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK}))(?![\w/])"
_ACCENTED = re.compile(rf"{_PIECES}|(?<![\w/])(?P<tomorrow>{_TOMORROW})")
# Typed bare, "thang ba" is a fellow called Ba at least as often as March.
_FOLDED = re.compile(
    fold(_PIECES.replace(f"|giêng|chạp|{_TO_TWELVE})(?!", "|giêng|chạp)(?!")).replace("(?p<", "(?P<")
)
# Between two pieces of one moment.
_JOINT = re.compile(r" (?:(?:khoảng|khoang|lúc|luc|hồi|hoi|vào|vao|tầm|tam|cỡ|co) )?$")
# "mấy hôm nay" and "hai tháng nay" are durations, "lần thứ ba" counts, "hai mươi tư giờ" is an opening time.
_COUNTED = re.compile(
    r"(?<!thứ )(?<!số )(?:mấy|may|vài|vai|một|mot|hai|ba|bốn|bon|năm|sáu|sau|bảy|bay|tám|chín|chin|mười|muoi|"
    r"nhiều|nhieu|những|lần|lan|đứa|dua|người|nguoi|độ|vụ|mươi|nửa|nua|mỗi|moi|từng|tung|(?<![\w./])\d{1,2}) $"
)
_COUNTABLE = re.compile(
    r"(?:hôm|bữa|thứ|tháng|tuần|năm|đêm|hom|bua|thu|thang|tuan|nam (?:roi|truoc)|dem)(?!\w)"
)
# What is opened, paid or repeated by the hour is no moment.
_EVERY = re.compile(r" (?:nào|nao)(?!\w)")
_RECURRING = re.compile(r"(?:cứ|cu|mỗi|moi|hễ|he|mấy|may) $")
_MONEY = re.compile(r" (?:triệu|trieu|nghìn|nghin|ngàn|ngan|tỷ|củ|chục)(?!\w)")
_ALL_DAY = re.compile(r"24(?:/24|h|/7)")
# Typed bare, "sau gio" is "after hours" far more often than six o'clock, and "toi" is the writer.
_DOUBTFUL = re.compile(r"sau gio|tu gio")
_I = "toi"
_CLOCK_END = re.compile(r"(?:\d|h|gio|ruoi|hon|kem)$")
_UNTIL_NOW = re.compile(r" gio(?!\w)")
_OF_WEEK = re.compile("thu |t[2-7]|cn|chu nhat")


class _Piece(NamedTuple):
    start: int
    end: int
    weak: bool


def find_times(text: Text) -> tuple[Span, ...]:
    """Times in reading order, as slices of the message."""
    stream, places = _stream(text)
    # Folding keeps the stream's length, so that places hold for both readings.
    bare = fold(stream)
    found = list(_pieces(_ACCENTED, stream, stream))
    found += [
        piece
        for piece in _pieces(_FOLDED, bare, stream)
        if _typed_bare(text, places[piece.start][0], places[piece.end - 1][1])
        and not _DOUBTFUL.match(bare, piece.start)
    ]
    spans = []
    for group in _joined(_apart(found), stream):
        if all(piece.weak for piece in group):
            continue
        start, end = places[group[0].start][0], places[group[-1].end - 1][1]
        spans.append(cut(text.original, start, end))
    return tuple(spans)


def _pieces(pattern: re.Pattern[str], read: str, stream: str) -> Iterator[_Piece]:
    for match in pattern.finditer(read):
        start, end = match.span()
        counted = _COUNTABLE.match(read, start) and _COUNTED.search(stream, 0, start)
        if counted or _EVERY.match(stream, end) or _ALL_DAY.match(read, start):
            continue
        if match.group().startswith(("thứ", "thu")) and _MONEY.match(stream, end):
            continue
        yield _Piece(start, end, match.lastgroup == "weak")


def _apart(pieces: list[_Piece]) -> list[_Piece]:
    """Without pieces inside longer ones, in reading order."""
    kept: list[_Piece] = []
    for piece in sorted(pieces, key=lambda p: (p.start - p.end, p.weak, p.start)):
        if all(piece.end <= other.start or other.end <= piece.start for other in kept):
            kept.append(piece)
    return sorted(kept)


def _joined(pieces: list[_Piece], stream: str) -> list[list[_Piece]]:
    """Pieces that tell one moment together: "sáng thứ hai", "tối hôm qua khoảng bảy giờ"."""
    groups: list[list[_Piece]] = []
    for piece in pieces:
        last = groups[-1][-1] if groups else None
        if last and _JOINT.fullmatch(stream, last.end, piece.start) and not _ambiguous(last, piece, stream):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return [group for group in groups if not (len(group) == 1 and _habit(group[0], stream))]


def _ambiguous(one: _Piece, two: _Piece, stream: str) -> bool:
    """ "chau nha toi hom qua": the writer, not the evening; "moi chieu khoang 17h"; weekdays in a row are several."""
    first, second = stream[one.start : one.end], stream[two.start : two.end]
    if first == _I:
        return not _OF_WEEK.match(fold(second))
    if second == _I:
        return not _CLOCK_END.search(fold(first)) or bool(_UNTIL_NOW.match(stream, two.end))
    if one.weak and _RECURRING.search(stream, 0, one.start):
        return True
    return bool(_OF_WEEK.match(fold(first)) and _OF_WEEK.match(fold(second)))


def _habit(piece: _Piece, stream: str) -> bool:
    """ "cứ xế chiều là": when it happens every day."""
    words = stream[piece.start : piece.end]
    return fold(words).startswith("xe ") and bool(_RECURRING.search(stream, 0, piece.start))


def _typed_bare(text: Text, start: int, end: int) -> bool:
    """Whether every word there was typed where its writer uses no diacritics."""
    inside = [word for word in text.words if start <= word.start and word.end <= end]
    return bool(inside) and all(word.bare or word.folded[:1].isdigit() for word in inside)


def _stream(text: Text) -> tuple[str, list[tuple[int, int]]]:
    """Words in canonical form with the signs between them, and the original span of each character."""
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    previous = 0
    for word in text.words:
        gap = text.original[previous : word.start]
        joint = " ".join(gap.split()) if gap.strip() else gap[:1].replace("\t", " ").replace("\n", " ")
        if gap.strip() and gap[-1:].isspace():
            joint += " "
        # A form that folding would shorten (a stray combining mark) goes in folded already.
        form = word.accented if len(fold(word.accented)) == len(word.accented) else word.folded
        joint = "".join(sign if len(fold(sign)) == 1 else "?" for sign in joint)
        pieces += [joint, form]
        places += [(previous, word.start)] * len(joint)
        if len(form) == word.end - word.start:
            places += [(word.start + offset, word.start + offset + 1) for offset in range(len(form))]
        else:
            places += [(word.start, word.end)] * len(form)
        previous = word.end
    return "".join(pieces), places
