"""What an adapted model was made from, kept in its folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

ORIGIN_FILE = "ADAPTED.json"


@dataclass(frozen=True, slots=True)
class Origin:
    """What an adapted model was made from; `made` is the day (ISO 8601), `words` are those of the `lines`."""

    base: str
    made: str
    weight: float
    lines: int
    words: int
    unknown_words: int


def origin(path: Path) -> Origin | None:
    """What a model was adapted from; None for one that was not."""
    try:
        return Origin(**json.loads((path / ORIGIN_FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
