"""The labelled messages the classifier learns from, and whether they repeat any it is measured on."""

import json
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hotline.rules.classifier import NO_TIP_OTHER
from hotline.rules.tagging import NOTHING
from hotline.rules.taxonomy import categories
from hotline.rules.text import parse

FOLDER = Path(__file__).parent / "messages"
# Two messages that share this part of their runs of three words say the same.
SAME = 0.5
RUN = 3


@dataclass(frozen=True, slots=True)
class Message:
    """One labelled message; `categories` most important first."""

    text: str
    categories: tuple[str, ...]
    urgent: bool
    is_tip: bool
    style: str

    @property
    def label(self) -> str:
        """What the classifier is to answer: the first category, KHAC told apart by whether it is a tip."""
        first = self.categories[0]
        return NO_TIP_OTHER if first == NOTHING and not self.is_tip else first


def load(paths: Iterable[Path] | None = None) -> list[Message]:
    """All messages of the folder, or of these JSON lines files, in the order of files and lines.

    ValueError names the file and line of a message that is not labelled as README.md says.
    """
    known = {info.code for info in categories()}
    found = []
    for path in sorted(FOLDER.glob("*.jsonl")) if paths is None else paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                entry = json.loads(line)
                message = Message(
                    text=unicodedata.normalize("NFC", entry["text"]),
                    categories=tuple(entry["categories"]),
                    urgent=bool(entry["urgent"]),
                    is_tip=bool(entry["is_tip"]),
                    style=entry.get("style", "accented"),
                )
            except (KeyError, TypeError, json.JSONDecodeError) as problem:
                raise ValueError(f"{path.name}:{number}: no labelled message ({problem})") from problem
            if not message.categories or not known.issuperset(message.categories):
                raise ValueError(f"{path.name}:{number}: unknown category in {message.categories}")
            found.append(message)
    return found


def runs(text: str) -> frozenset[tuple[str, ...]]:
    """Runs of three folded words, or all words of a shorter text."""
    words = [word.folded for word in parse(text).words]
    return frozenset(tuple(words[i : i + RUN]) for i in range(max(1, len(words) - RUN + 1)))


def repeats(texts: Iterable[str], others: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of a text and one of `others` that say the same in nearly the same words."""
    listed = [(other, runs(other)) for other in others]
    by_run: dict[tuple[str, ...], list[int]] = {}
    for position, (_, found) in enumerate(listed):
        for run in found:
            by_run.setdefault(run, []).append(position)
    for text in texts:
        mine = runs(text)
        for position in sorted({p for run in mine for p in by_run.get(run, ())}):
            other, theirs = listed[position]
            if len(mine & theirs) >= SAME * min(len(mine), len(theirs)):
                yield text, other
