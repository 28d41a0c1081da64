"""A back-off language model that can be asked and adapted, over the arrays of its file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from speech.adaptation.ngram_fst import Floats, Integers, NgramFst

START = 0  # the context word that stands for the start of an utterance


class LanguageModel:
    """Probabilities of words after contexts. The end of an utterance is a word like others, of number `end`."""

    def __init__(self, fst: NgramFst) -> None:
        self.fst = fst
        top = int(max(fst.words.max(initial=0), fst.older.max(initial=0)))
        self.end = top + 1
        self._width = top + 2
        self._children = fst.parent[1:] * self._width + fst.older[1:]  # ascending, as states are numbered
        states = np.repeat(np.arange(fst.states), np.diff(fst.first))
        finals = np.flatnonzero(np.isfinite(fst.final))
        keys = np.concatenate([states * self._width + fst.words, finals * self._width + self.end])
        order = np.argsort(keys)
        self._keys = keys[order]
        self._costs = np.concatenate([fst.costs, fst.final[finals]])[order]

    @property
    def order(self) -> int:
        """Words of the longest n-gram: 3 for a trigram."""
        return int(depths(self.fst.parent).max()) + 1

    def entries(self) -> tuple[Integers, Integers, Floats]:
        """State, word and cost of everything that is said explicitly, by state and word."""
        return self._keys // self._width, self._keys % self._width, self._costs

    def states(self, contexts: Integers) -> tuple[Integers, Integers]:
        """The states of the longest known ends of contexts (contexts, words), and how many words each has."""
        states, lengths = np.zeros((2, len(contexts)), np.int64)
        going = np.arange(len(contexts))
        for words in contexts.T[::-1]:
            if not len(
                going
            ):  # no context is longer than the model's; a text in one line has a hundred thousand words
                break
            keys = states[going] * self._width + words[going]
            at = np.minimum(np.searchsorted(self._children, keys), len(self._children) - 1)
            hit = self._children[at] == keys
            going = going[hit]
            states[going] = at[hit] + 1
            lengths[going] += 1
        return states, lengths

    def costs(self, states: Integers, words: Integers) -> Floats:
        """-ln P(word | state) for pairs, backing off where a state does not say; infinite for an unknown word."""
        states, total = states.copy(), np.zeros(len(states))
        pending = np.arange(len(states))
        while len(pending):
            keys = states[pending] * self._width + words[pending]
            at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            hit = self._keys[at] == keys
            total[pending[hit]] += self._costs[at[hit]]
            pending = pending[~hit]
            total[pending] += self.fst.backoff[states[pending]]  # infinite at the empty context
            states[pending] = self.fst.parent[states[pending]]
            pending = pending[states[pending] >= 0]
        return total

    def context_costs(self, contexts: Integers) -> Floats:
        """-ln of how often the words of contexts (contexts, words) are said one after another."""
        total = np.zeros(len(contexts))
        for at in range(contexts.shape[1]):
            total += self.costs(self.states(contexts[:, :at])[0], contexts[:, at])
        return total

    def perplexity(self, phrases: Sequence[tuple[int, ...]]) -> float:
        """How many words the model wavers between, on average, at each word of the phrases (at least one word)."""
        total = sum(self.context_costs(group).sum() for group in by_length(phrases).values())
        return float(np.exp(total / sum(map(len, phrases))))


def by_length(phrases: Iterable[tuple[int, ...]]) -> dict[int, Integers]:
    """The different lengths, each with its phrases (phrases, words) in their order."""
    groups: dict[int, list[tuple[int, ...]]] = {}
    for phrase in phrases:
        groups.setdefault(len(phrase), []).append(phrase)
    return {length: np.array(group, np.int64).reshape(len(group), length) for length, group in groups.items()}


def depths(parent: Integers) -> NDArray[np.int64]:
    """Words of each state's context; a parent has the lower number."""
    found = np.zeros(len(parent), np.int64)
    level, depth = np.array([0]), 0
    while len(level):
        found[level] = depth
        level = np.flatnonzero(np.isin(parent, level)) if depth < 16 else level[:0]
        depth += 1
    return found
