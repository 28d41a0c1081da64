"""Clock times, dates, weekdays and day-relative words, verbatim.

Not durations ("ba tháng"), not "bây giờ", not what recurs ("tối nào cũng").
"""

import re

from hotline.rules.text import Span, Text, fold

_SAID = "mười một|mười hai|một|hai|ba|bốn|năm|sáu|bảy|bẩy|tám|chín|mười"
_PART = "xế trưa|xế chiều|chiều tối|rạng sáng|sáng|trưa|chiều|tối|đêm|khuya|sớm"
_RELATIVE = "hôm qua|hôm nay|hôm kia|hôm trước|qua|nay|mai|kia"
_PART_OF_DAY = (
    rf"(?:{_PART}) (?:{_RELATIVE})|từ (?:sáng|trưa|chiều|tối|đêm)(?: (?:{_RELATIVE}))?|xế trưa|xế chiều"
)
_MINUTES = rf" ?(?:\d{{2}}|(?:{_SAID}) mươi(?: \w+)?|rưỡi|hơn|kém)(?: phút|p)?"
_CLOCK = (
    rf"(?:\d{{1,2}}-\d{{1,2}}|\d{{1,2}}|(?:(?:{_SAID}) )?(?:{_SAID}))"
    rf"(?: ?giờ|h|:(?=\d\d))(?:{_MINUTES})?(?: (?:{_PART}))?(?: (?:{_RELATIVE}))?"
)
_DAY = (
    "(?:ngày )?hôm (?:qua|nay|kia|trước|sau|nọ|rồi)|ngày (?:mai|kia|mốt)|"
    "bữa (?:nay|qua|hổm|trước|kia|rồi)|rằm(?: nay| này| tới)?|(?:đêm )?giao thừa"
)
_WEEKDAY = r"thứ (?:hai|ba|tư|năm|sáu|bảy|bẩy|[2-7])|chủ nhật|t[2-7]|(?<=t\d )cn|(?<=t\d, )cn"
_DATE = (
    r"(?:ngày )?\d{1,2}/\d{1,2}(?:/\d{2,4})?|ngày \d{1,2}(?: tháng \d{1,2})?|"
    rf"(?:mùng|mồng) (?:\d{{1,2}}|{_SAID})|tháng (?:\d{{1,2}}|giêng|chạp|trước|rồi)|"
    r"tuần (?:trước|rồi|này|sau)|năm (?:ngoái|trước|rồi)|(?:giữa|đầu|cuối) (?:năm|tháng)(?: \d{1,2})?"
)
_TIME = (
    rf"(?:(?:{_PART_OF_DAY}|{_DAY}) (?:khoảng |lúc )?)?(?:{_CLOCK})(?: (?:{_DATE}|{_DAY}))?|"
    rf"{_PART_OF_DAY}|{_DAY}|{_WEEKDAY}|{_DATE}"
)
_ACCENTED = re.compile(rf"(?<![\w/])(?:{_TIME})(?![\w/])")
_FOLDED = re.compile(rf"(?<![\w/])(?:{fold(_TIME)})(?![\w/])")
# "mấy hôm nay" and "hai tháng nay" are durations, "lần thứ ba" counts, "hai mươi tư giờ" is an opening time.
_COUNTED = re.compile(
    r"(?<!thứ )(?:mấy|may|vài|vai|một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|"
    r"nhiều|nhieu|những|nhung|lần|lan|đứa|dua|người|mươi|muoi|(?<!\w)\d{1,2}) $"
)
# Typed bare, "sau gio" is "after hours" far more often than six o'clock.
_AFTER = "sau "
_EVERY = re.compile(r" (?:nào|nao)(?!\w)")
_ALWAYS = "24/7"


def find_times(text: Text) -> tuple[Span, ...]:
    """Times in reading order, as slices of the message."""
    stream, places = _stream(text)
    # Folding keeps the stream's length, so that places hold for both readings.
    matches = [(match, False) for match in _ACCENTED.finditer(stream)]
    matches += [(match, True) for match in _FOLDED.finditer(fold(stream))]
    spans: list[Span] = []
    for match, guessed in sorted(matches, key=lambda item: (item[0].start() - item[0].end(), item[1])):
        start, end = places[match.start()][0], places[match.end() - 1][1]
        taken = any(start < span.end and span.start < end for span in spans)
        if taken or match.group() == _ALWAYS:
            continue
        if guessed and (match.group().startswith(_AFTER) or not _typed_bare(text, start, end)):
            continue
        if _EVERY.match(stream, match.end()) or _COUNTED.search(stream, 0, match.start()):
            continue
        spans.append(Span(start, end, text.original[start:end]))
    return tuple(sorted(spans, key=lambda span: span.start))


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
