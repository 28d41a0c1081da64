"""What residents are told: short, in Vietnamese, and without their own words in it.

With diacritics a text is UCS-2: 70 characters, or 67 a part; without them GSM-7: 160 (3GPP TS 23.038).
Every answer stays within two parts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from hotline.rules.tip_code import grouped


def received(code: str, *, first: bool, diacritics: bool, call: Sequence[str] = ()) -> str:
    """The answer to a text: its tip's code, and whom to ring when it cannot wait.

    `call` holds the numbers to ring at once where the text cries for help: then they are the first words.
    """
    if call:
        kept = "Đã nhận tin báo. Mã tin:" if first else "Đã bổ sung vào tin"
        text = (
            f"KHẨN CẤP: hãy gọi ngay {_listed(call)}. {kept} {grouped(code)}. "
            "Có gì thêm, nhắn tiếp vào số này."
        )
    elif first:
        text = (
            f"Đã nhận tin báo. Mã tin: {grouped(code)}. Nhắn tiếp vào số này để bổ sung. "
            "Nếu khẩn cấp, hãy gọi 113, 114 hoặc 115. Xin cảm ơn."
        )
    else:
        text = f"Đã bổ sung vào tin {grouped(code)}. Nếu khẩn cấp, hãy gọi 113, 114 hoặc 115. Xin cảm ơn."
    return text if diacritics else without_diacritics(text)


def _listed(numbers: Sequence[str]) -> str:
    return " và ".join(filter(None, (", ".join(numbers[:-1]), numbers[-1])))


class Way(StrEnum):
    """How an officer's answer reaches the reporter: as a text, or read out to who calls and keys the code."""

    TEXT = "text"
    CALL = "call"


def way(channel: str, sender: str | None, *, texts_agreed: bool) -> Way | None:
    """The way to a reporter; None for who wrote without a number to answer and was never told a code."""
    if texts_agreed and can_reach(sender):
        return Way.TEXT
    return Way.CALL if channel == "voice" else None


def can_reach(sender: str | None) -> bool:
    """Whether a text can be sent back: withheld numbers, letters and short codes cannot be answered."""
    return sender is not None and sender.startswith("+")


def without_diacritics(text: str) -> str:
    """The text in letters that every phone shows and GSM-7 carries."""
    plain = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D")
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
