"""What spreadsheets make of text."""

from __future__ import annotations

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text
