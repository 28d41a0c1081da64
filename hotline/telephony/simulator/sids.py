"""Identifiers and dates in the forms that Twilio uses."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from email.utils import format_datetime

GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_TWO_SEPTETS = set("^{}\\[~]|€\f")
COUNTRIES = {"+84": "VN", "+1": "US", "+44": "GB"}


def new_sid(prefix: str) -> str:
    """34 characters: a two-letter kind and 32 hexadecimal digits (Twilio glossary, "String Identifier")."""
    return prefix + secrets.token_hex(16)


def is_sid(text: str, prefix: str) -> bool:
    """Whether `text` is a String Identifier of this kind, and so safe as a file name."""
    return re.fullmatch(prefix + "[0-9a-f]{32}", text) is not None


def rfc2822(moment: datetime) -> str:
    """A date in GMT as the REST API writes it: `Fri, 25 Aug 2023 14:10:12 +0000`."""
    return format_datetime(moment)


def segments(text: str) -> int:
    """How many SMS a text takes: 160/153 septets of GSM-7, otherwise 70/67 UTF-16 units (GSM 03.38, 03.40)."""
    if all(c in GSM_7 or c in GSM_7_TWO_SEPTETS for c in text):
        units, single, joined = sum(2 if c in GSM_7_TWO_SEPTETS else 1 for c in text), 160, 153
    else:
        units, single, joined = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if units <= single else -(-units // joined)


def country(number: str) -> str:
    """The country that Twilio would guess from a number, or the empty text."""
    return next((code for prefix, code in COUNTRIES.items() if number.startswith(prefix)), "")
