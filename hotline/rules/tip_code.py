"""The code a reporter can read out and key in on any phone: nine digits, the last a check digit.

Eight random digits leave a guesser three tries in a hundred million; the check digit (H. M. Damm, 2004)
catches every single wrong digit and every swap of neighbours.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

LENGTH = 9
# Damm's totally anti-symmetric quasigroup of order 10.
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
# Nine digits, alone or in groups; not part of a longer number: a phone number has ten, or "(+84)" and nine.
_WRITTEN = re.compile(r"(?<![\d+])(?<!\d[ .-])(?<!\d\d\))(?<!\d\d\)[ .-])\d(?:[ .-]?\d){8}(?![ .-]?\d)")


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
    """Every code written in a text, in order, with or without spaces, dots or dashes."""
    for match in _WRITTEN.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if is_code(digits):
            yield digits


def _check(digits: str) -> int:
    state = 0
    for digit in digits:
        state = int(_DAMM[state][int(digit)])
    return state
