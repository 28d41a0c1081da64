"""Messages as rows of numbers, exactly as `hotline.rules.classifier` will see them."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from hotline.rules.features import wordings
from hotline.rules.triage import look, prepare

# A feature of one message teaches nothing about the next.
SEEN_IN = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """A message's features: names of wordings, and signs with their values."""

    names: frozenset[str]
    signs: dict[str, float]


def see(text: str) -> Seen:
    """The features of a message."""
    readings = prepare(text)
    _, _, signs = look(*readings)
    return Seen(frozenset(wording.name for wording in wordings(readings[-1])), signs)


class Vocabulary:
    """Which features count, and how rare each is (one byte, in steps of 1 / STEPS)."""

    STEPS = 25

    def __init__(self, groups: Iterable[Sequence[Seen]]) -> None:
        """`groups` are the variants of each message: a feature counts once for all of them."""
        count: Counter[str] = Counter()
        signs: set[str] = set()
        messages = 0
        for group in groups:
            messages += 1
            count.update(frozenset().union(*(seen.names for seen in group)))
            signs.update(*(seen.signs for seen in group))
        self.names = sorted(name for name, times in count.items() if times >= SEEN_IN)
        self.signs = sorted(signs)
        self._index = {name: number for number, name in enumerate(self.names)}
        self._sign_index = {name: number for number, name in enumerate(self.signs, start=len(self.names))}
        rare = [1 + math.log((1 + messages) / (1 + count[name])) for name in self.names]
        self.rarity = np.minimum(255, np.round(np.array(rare) * self.STEPS)).astype(np.uint8)

    def rows(self, messages: Sequence[Seen]) -> sparse.csr_matrix:
        """One row each: rarities of the wordings scaled to length 1, then the signs as they are."""
        values: list[float] = []
        columns: list[int] = []
        ends = [0]
        for seen in messages:
            found = sorted(self._index[name] for name in seen.names if name in self._index)
            rare = self.rarity[found].astype(float)
            columns += found
            values += (rare / (np.linalg.norm(rare) or 1.0)).tolist()
            for name, value in seen.signs.items():
                if name in self._sign_index:
                    columns.append(self._sign_index[name])
                    values.append(value)
            ends.append(len(columns))
        shape = (len(messages), len(self.names) + len(self.signs))
        return sparse.csr_matrix((values, columns, ends), shape=shape)
