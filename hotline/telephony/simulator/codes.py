"""Finding the tip's code in what the hotline said."""

from __future__ import annotations

import re

# Nine digits, written together or in threes, or spelled out one by one as a voice reads them.
TIP_CODE = re.compile(r"(?<![\d+])(?:\d{3}[ .\u00a0-]?\d{3}[ .\u00a0-]?\d{3}|(?:\d[ ,.]+){8}\d)(?!\d)")


# A digit that was played from a recorded file, by its address.
PLAYED_DIGIT = re.compile(r"\S*/prompts/\w+/digit_(\d)\.\S*")


def tip_code(texts: list[str]) -> str:
    """The first tip code in these texts, digits only, or the empty text; recorded digits are read together."""
    for text in (*texts, " ".join(match.group(1) for match in map(PLAYED_DIGIT.fullmatch, texts) if match)):
        match = TIP_CODE.search(text)
        if match:
            return re.sub(r"\D", "", match.group())
    return ""
