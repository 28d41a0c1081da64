"""What the adaptation text says: after which words come which others, how often."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

Context = tuple[int, ...]  # words before, oldest first


@dataclass(slots=True)
class Followers:
    """What follows a context: words with their counts, and how often the phrase ended there."""

    words: Counter[int] = field(default_factory=Counter)
    ends: int = 0


def count(phrases: Iterable[tuple[int, ...]], order: int) -> dict[Context, Followers]:
    """Followers of every context of up to `order` - 1 words within the phrases."""
    found: dict[Context, Followers] = defaultdict(Followers)
    for phrase in phrases:
        for at in range(len(phrase) + 1):
            for length in range(min(order - 1, at) + 1):
                followers = found[phrase[at - length : at]]
                if at < len(phrase):
                    followers.words[phrase[at]] += 1
                else:
                    followers.ends += 1
    return {context: followers for context, followers in found.items() if followers.words}
