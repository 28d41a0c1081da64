"""Finding the tip's code in what the hotline said."""

from __future__ import annotations

import re

# Nine digits, written together or in threes, or spelled out one by one as a voice reads them.
TIP_CODE = re.compile(r"(?<![\d+])(?:\d{3}[ .\u00a0-]?\d{3}[ .\u00a0-]?\d{3}|(?:\d[ ,.]+){8}\d)(?!\d)")


def tip_code(texts: list[str]) -> str:
    """The first tip code in these texts, digits only, or the empty text."""
    for text in texts:
        match = TIP_CODE.search(text)
        if match:
            return re.sub(r"\D", "", match.group())
    return ""
