"""Said numbers in figures, as an officer writes them: 22 giờ 30, ngày 12/3, 47B1-234.56, 0900 000 012, 2,5 triệu.

The numbers themselves are read by numbers.py and spelt.py, as for triage; here it is decided which of them are numbers
at all. A single small number is one only beside what is counted or numbered ("3 chiếc", "thôn 3"); "ba" is also a
father, "năm" a year, "chín" ripe and "không" no.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from hotline.rules.counting import (
    AFTER_VAGUE_YEARS,
    DAYS,
    FATHER,
    FIVE,
    MEASURED,
    NEVER,
    NO,
    NUMBERED,
    NUMBERED_PAIRS,
    ONE_OF,
    SHORT_UNITS,
    TITLES,
    VAGUE,
    Beside,
)
from hotline.rules.numbers import TEN, Number, cardinal, digit, magnitude, shape, spoken
from hotline.rules.spelt import digit_run, said_phone, said_plate
from hotline.rules.text import Word, canonical

# Fewer digits in a row may be people counting up: "ba bốn năm".
LEAST_DIGITS = 5
# Somebody counts, or waits for the tone.
COUNTING_UP = "0123456789"
EMERGENCY = frozenset({"111", "112", "113", "114", "115"})
YEARS = range(1900, 2101)
_UNIT_NAMES = ((10**9, "tỷ"), (10**6, "triệu"))
_PERCENT, _POINT, _HOUR, _MONTH = ("phần", "trăm"), "phẩy", "giờ", "tháng"
_FOUR, _FATHER = canonical("tư"), "ba"


class Written(NamedTuple):
    """What is written for some words, the last of them, and what it is."""

    last: int
    text: str
    kind: str


def figures(words: Sequence[Word]) -> dict[int, Written]:
    """What is written in figures, by the first of its words; none overlap."""
    found: dict[int, Written] = {}
    reader, at = _Reader(words), 0
    while at < len(words):
        written = reader.at(at)
        if written is None:
            at += 1
        else:
            found[at] = written
            at = written.last + 1
    return found


class _Reader(Beside):
    def at(self, at: int) -> Written | None:
        """What is written for the words from `at` on."""
        if digit(self.words[at]) is None and shape(self.words[at]) != TEN:
            return None
        readings: tuple[Callable[[int], Written | None], ...] = (
            self._plate, self._phone, self._date, self._clock, self._year, self._digits, self._amount,
        )  # fmt: skip
        return next((found for read in readings if (found := read(at)) is not None), None)

    # -- what is spelt

    def _plate(self, at: int) -> Written | None:
        plate = said_plate(self.words, at)
        if plate is None or plate.last == at:
            return None
        front, tail = plate.province + plate.letters, plate.tail
        if len(tail) == 6:
            return Written(plate.last, f"{front}{tail[0]}-{tail[1:4]}.{tail[4:]}", "plate")
        # Five digits may be a car's number or a motorbike's old one with its series: the signs would be a guess.
        return Written(plate.last, f"{front}-{tail}", "plate")

    def _phone(self, at: int) -> Written | None:
        phone = said_phone(self.words, at)
        if phone is None or phone.last == at:
            return None
        number = phone.digits
        shown = f"{number[:4]} {number[4:7]} {number[7:]}" if len(number) == 10 else number
        return Written(phone.last, shown, "phone")

    def _digits(self, at: int) -> Written | None:
        """Accounts, identity numbers, 113: digits in a row that are no telephone number."""
        run = digit_run(self.words, at, limit=self.end)
        said, last = run.digits, run.last
        if said.endswith("0") and self.forms[last] == NO and self._closes(last):
            said, last = said[:-1], last - 1  # "..., phải không"
        if said[:3] in EMERGENCY and (len(said) == 3 or self.forms[at + 3 : last + 1] == [NO]):
            return Written(at + 2, said[:3], "number")  # "gọi một một ba không được"
        known = self._form(at - 1) in ("số", "khoản") and len(said) >= LEAST_DIGITS - 1
        if last == at or not (known or len(said) >= LEAST_DIGITS) or said in COUNTING_UP:
            return None
        if self.forms[at] == FIVE and len(said) == 5 and int(said[1:]) in YEARS:
            return None  # the year itself begins at the next word
        return Written(last, said, "number")

    # -- moments

    def _date(self, at: int) -> Written | None:
        """ "mười hai tháng ba" where a day was announced: 12/3, with the year 12/3/2026."""
        if self._form(at - 1) not in DAYS:
            return None
        day = self._for_short(at, _MONTH) or spoken(self.words, at)
        if day is None or not 1 <= day.value <= 31:
            return None
        month = self._month(day.last + 2) if self._form(day.last + 1) == _MONTH else None
        if month is None:
            alone = self._form(at - 1) in ("mùng", "mồng")
            return Written(day.last, str(day.value), "date") if alone and day.value <= 10 else None
        said = f"{day.value}/{month.value}"
        after = month.last + 1
        year = self._year(after + 1) if self._form(after) == FIVE else None
        return (
            Written(month.last, said, "date")
            if year is None
            else Written(year.last, f"{said}/{year.text}", "date")
        )

    def _month(self, at: int) -> Number | None:
        month = spoken(self.words, at) if at < self.end and not self.words[at].pause else None
        if month is None or not 1 <= month.value <= 12 or self._is_counted(month.last + 1):
            return None
        return month

    def _year(self, at: int) -> Written | None:
        """ "hai nghìn không trăm hai mươi sáu", "một chín chín tám", "hai nghìn mười chín" behind "năm"."""
        if self._form(at - 1) != FIVE:
            return None
        run = digit_run(self.words, at)
        if len(run.digits) == 4 and run.last == at + 3 and int(run.digits) in YEARS:
            return Written(run.last, run.digits, "date")
        number = cardinal(self.words, at)
        if number is None or number.value not in YEARS:
            return None
        rest = (
            spoken(self.words, number.last + 1)
            if number.value == 2_000 and number.last + 1 < self.end
            else None
        )
        if rest is not None and 10 <= rest.value <= 99 and not self.words[rest.first].pause:
            number = Number(at, rest.last, number.value + rest.value)
        return Written(number.last, str(number.value), "date")

    def _clock(self, at: int) -> Written | None:
        hour = self._hour(at)
        if hour is None:
            return None
        at = hour.last + 2
        if self._form(at) in ("rưỡi", "rưởi") and not self.words[at].pause:
            return Written(at, f"{hour.value} giờ 30", "time")
        less = self._form(at) == "kém"
        minute = self._minute(at + less, bare=less)
        if minute is None:
            return Written(hour.last + 1, f"{hour.value} giờ", "time")
        last = minute.last + (self._form(minute.last + 1) == "phút")
        return Written(last, f"{hour.value} giờ {'kém ' if less else ''}{minute.value:02}", "time")

    def _hour(self, at: int) -> Number | None:
        """The hour that "giờ" follows; "hai hai giờ" is 22, but "hai ba giờ" two or three."""
        hour = self._for_short(at, _HOUR)
        if hour is None or self._form(at + 1) == _FATHER:
            hour = spoken(self.words, at)
        if hour is None or hour.value > 24 or self._form(hour.last + 1) != _HOUR:
            return None
        return None if self._guessed(at, hour) or self.forms[at] == NO else hour

    def _for_short(self, at: int, before: str) -> Number | None:
        """ "hai tám" for hai mươi tám, where the word after it says that one number is meant."""
        second = digit(self.words[at + 1]) if self._form(at + 1) else None
        if digit(self.words[at]) != 2 or not second or self._form(at + 2) != before:
            return None
        return Number(at, at + 1, 20 + second)

    def _minute(self, at: int, *, bare: bool) -> Number | None:
        """Minutes behind an hour; a single digit needs its "phút", for it may count what follows."""
        minute = spoken(self.words, at) if at < self.end and not self.words[at].pause else None
        if minute is None or not 1 <= minute.value <= 59 or self._guessed(at, minute):
            return None
        if self._form(minute.last + 1) == "phút":
            return minute
        certain = minute.value >= 10 and not self._is_counted(minute.last + 1)
        return minute if (bare or certain) and not magnitude(self.words, minute.last + 1) else None

    # -- amounts

    def _amount(self, at: int) -> Written | None:
        number = cardinal(self.words, at)
        if number is None or self._guessed(at, number):
            return None
        after = number.last + 1
        said = _figure(number.value)
        if self._form(after) == _POINT and (tenths := digit_run(self.words, after + 1)).digits:
            said, after = f"{said},{tenths.digits}", tenths.last + 1
        elif self._form(after) == _POINT and (
            rest := spoken(self.words, after + 1) if after + 1 < self.end else None
        ):
            said, after = f"{said},{rest.value}", rest.last + 1
        elif not self._is_number(at, number):
            return None
        if self._follows(after, _PERCENT):
            return Written(after + 1, f"{said}%", "number")
        for unit, short in SHORT_UNITS:
            if self._follows(after, unit):
                return Written(after + len(unit) - 1, f"{said} {short}", "number")
        return Written(after - 1, said, "number")

    def _is_number(self, at: int, number: Number) -> bool:
        """Whether it surely is a number here, and no other word that sounds like one."""
        before, after = self._form(at - 1), self._form(number.last + 1)
        if any(self.forms[i] == "chục" for i in range(at, number.last + 1)) and number.value < 1_000:
            return False  # about as many
        if number.last > at:
            return True
        if number.value == 10:
            counted = self._is_counted(at + 1) or self._follows(at + 1, _PERCENT) or after == FIVE
            return counted or before in NUMBERED or before in (_MONTH, "ngày")
        if (
            number.value == 0
            or (self.forms[at] == _FATHER and after in FATHER)
            or (self.forms[at], after) in NEVER
        ):
            return False
        if before == _MONTH:
            return self._is_month(at)
        if before in NUMBERED or (self._form(at - 2), before) in NUMBERED_PAIRS:
            return not self._is_counted(at + 1) and not (number.value == 1 and after in ONE_OF)
        if self.forms[at] in (_FOUR, "mốt", "lăm", "nhăm"):
            return False
        if self._follows(at + 1, _PERCENT) or after in MEASURED or self._is_short(at + 1):
            return before not in TITLES
        if number.value == 1 or before in TITLES or before == "thứ" or self._follows(at + 1, ("người", "ta")):
            return False
        if self.forms[at] == FIVE and before in AFTER_VAGUE_YEARS:
            return False
        return self._is_counted(at + 1) or after == FIVE

    def _is_month(self, at: int) -> bool:
        """ "tháng tư", but not "hai tháng ba lần" and not "năm tháng năm"."""
        before = self._form(at - 2)
        counted = before in VAGUE or (at >= 2 and (digit(self.words[at - 2]) is not None or before == "mươi"))
        return self.forms[at] != FIVE and not counted and not self._is_counted(at + 1)


def _figure(value: int) -> str:
    """1.200 and 800.000 in full, 2,5 triệu and 3 tỷ by their unit where one decimal says it all."""
    for unit, name in _UNIT_NAMES:
        if value >= unit and value * 10 % unit == 0:
            whole, tenth = divmod(value * 10 // unit, 10)
            return f"{_dotted(whole)}{f',{tenth}' if tenth else ''} {name}"
    return _dotted(value)


def _dotted(value: int) -> str:
    return f"{value:,}".replace(",", ".")
