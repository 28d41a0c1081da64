"""The code a reporter can read out and key in on any phone: nine digits, the last a check digit.

Eight random digits leave a guesser three tries in a hundred million; the check digit (H. M. Damm, 2004)
catches every single wrong digit and every swap of neighbours.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterator
from itertools import chain

LENGTH = 9
# Damm's totally anti-symmetric quasigroup of order 10.
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
# Nine digits in one piece, whatever stands beside them; but not part of a longer number.
_IN_ONE = re.compile(r"(?<![\d+.-])\d{9}(?![.-]?\d)")
# Nine digits in groups, where a neighbouring digit would make them part of a phone number (which has ten).
_IN_GROUPS = re.compile(r"(?<![\d+])(?<!\d[ .,-])\d(?:(?:, |[ .-])?\d){8}(?![ .-]?\d)")
# What stands before the nine digits of a phone number: "+84 ", "(+84)", "(84) ", "84-".
_COUNTRY_CODE = re.compile(r"(?:\+\d{1,3}\)?|\d\d\)|\b84)[ .-]?$")


def new_code() -> str:
    """A random code; the database's unique constraint decides whether it is free."""
    digits = f"{secrets.randbelow(10 ** (LENGTH - 1)):0{LENGTH - 1}d}"
    return digits + str(_check(digits))


def is_code(text: str) -> bool:
    """Whether these are nine digits that agree with their check digit."""
    return len(text) == LENGTH and text.isascii() and text.isdigit() and _check(text) == 0


def grouped(code: str) -> str:
    """The code as people read it aloud: 482 913 605."""
    return " ".join(code[i : i + 3] for i in range(0, LENGTH, 3))


def codes_in(text: str) -> Iterator[str]:
    """Every code written in a text, those in one piece first, with or without spaces, dots or dashes.

    Phones and keyboards put in wide digits, no-break spaces and invisible characters: NFKC and dropping the
    format characters (Unicode category Cf) undo that.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    seen = set()
    for match in chain(_IN_ONE.finditer(plain), _IN_GROUPS.finditer(plain)):
        digits = re.sub(r"\D", "", match.group())
        if digits not in seen and is_code(digits) and not _COUNTRY_CODE.search(plain, 0, match.start()):
            seen.add(digits)
            yield digits


def _check(digits: str) -> int:
    state = 0
    for digit in digits:
        state = int(_DAMM[state][int(digit)])
    return state
