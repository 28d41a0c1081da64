"""Adapt a back-off model to counts: the model is the prior, the adaptation text the evidence.

    P'(w | h) = (c(h w) + m(h) P(w | h)) / (c(h) + m(h))
    m(h) = ends(h) + kinds(h) + P(h) N (1 - weight) / weight

for every context h that the adaptation text has: c counts its words, `ends` how often a phrase ends after h, `kinds`
its different followers (Witten and Bell 1991), N all words of the text, and P(h) is how often the old model expects h
at all. So the old model counts as a text of which the new one is the part `weight`. A context of common speech keeps
its own words; one that mostly leads to place names ("xã đông ...") leads to the unit's own. After the end of a phrase
whatever the old model expects may follow. Contexts that the adaptation text does not have keep their probabilities,
and back-off weights are worked out anew, so that the words after every context have the sum of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from speech.adaptation.counts import Context, Followers
from speech.adaptation.model import LanguageModel, by_length, depths
from speech.adaptation.ngram_fst import Floats, Integers, NgramFst

# The least N: ten phrases must not become a tenth of all speech.
_SHORT = 5_000
_LEAST = 1e-7  # a back-off weight is never nothing, so that no word becomes impossible


def adapt(base: LanguageModel, counts: Mapping[Context, Followers], weight: float) -> NgramFst:
    """The adapted model; `weight` (0 to 1, both excluded) is the part of the adaptation text in it."""
    tree = _Tree(base, counts)
    mass = max(counts[()].words.total(), _SHORT) * (1 - weight) / weight
    states, words, costs = base.entries()
    probabilities = np.exp(-costs)
    kept = np.ones(len(tree.parent))  # the part of a context's probability that the old model keeps
    new: dict[tuple[int, int], float] = {}
    for context, expected in _expected(base, counts):
        followers, state = counts[context], tree.states[context]
        seen = followers.words.total()
        prior = followers.ends + len(followers.words) + mass * expected
        kept[state] = prior / (seen + prior)
        for word, times in followers.words.items():
            new[state, word] = times / (seen + prior)
    # The old model's words, in the new numbering of contexts, then what the text adds to them.
    states = tree.renumbered[states]
    width = base.end + 1
    keys = states * width + words
    order = np.argsort(keys)
    keys, probabilities = keys[order], (probabilities * kept[states])[order]
    added = np.array([state * width + word for state, word in new], np.int64)
    gains = np.array(list(new.values()))
    at = np.minimum(np.searchsorted(keys, added), len(keys) - 1)
    known = keys[at] == added
    probabilities[at[known]] += gains[known]
    fresh, gains = added[~known], gains[~known]
    before = base.costs(tree.base_state[fresh // width], fresh % width)
    gains += kept[fresh // width] * np.exp(-before)
    keys, probabilities = np.concatenate([keys, fresh]), np.concatenate([probabilities, gains])
    order = np.argsort(keys)
    return _assemble(base, tree, keys[order], probabilities[order])


def _expected(base: LanguageModel, contexts: Iterable[Context]) -> Iterator[tuple[Context, float]]:
    """Each context with its probability in the base."""
    for group in by_length(contexts).values():
        yield from zip(map(tuple, group.tolist()), np.exp(-base.context_costs(group)).tolist(), strict=True)


class _Tree:
    """The contexts of both, numbered breadth first: `states` by context, `renumbered` by the base's own number."""

    def __init__(self, base: LanguageModel, contexts: Iterable[Context]) -> None:
        fst = base.fst
        parent, older, base_state = fst.parent.tolist(), fst.older.tolist(), list(range(fst.states))
        numbers: dict[Context, int] = {}
        for length, group in sorted(by_length(contexts).items()):
            for context, state, known in zip(
                group.tolist(), *map(np.ndarray.tolist, base.states(group)), strict=True
            ):
                if known < length:
                    parent.append(numbers[tuple(context[1:])])
                    older.append(context[0])
                    base_state.append(state)
                numbers[tuple(context)] = state if known == length else len(parent) - 1
        renumbered = _breadth_first(np.array(parent), np.array(older))
        order = np.argsort(renumbered)
        self.parent: Integers = np.where(np.array(parent) < 0, -1, renumbered[np.array(parent)])[order]
        self.older: Integers = np.array(older)[order]
        self.base_state: Integers = np.array(base_state)[order]
        self.renumbered: Integers = renumbered[: fst.states]
        self.states = {context: int(renumbered[number]) for context, number in numbers.items()}


def _breadth_first(parent: Integers, older: Integers) -> Integers:
    numbers = np.zeros(len(parent), np.int64)
    depth, given = depths(parent), 1
    for level in range(1, int(depth.max()) + 1):
        members = np.flatnonzero(depth == level)
        members = members[np.lexsort((older[members], numbers[parent[members]]))]
        numbers[members] = np.arange(given, given + len(members))
        given += len(members)
    return numbers


def _assemble(base: LanguageModel, tree: _Tree, keys: Integers, probabilities: Floats) -> NgramFst:
    """Split the words from the ends of utterances, then work out the back-off weights from short contexts to long."""
    width, count = base.end + 1, len(tree.parent)
    states, words = keys // width, keys % width
    is_end = words == base.end
    final = np.full(count, np.inf)
    final[states[is_end]] = -np.log(probabilities[is_end])
    first = np.concatenate([[0], np.cumsum(np.bincount(states[~is_end], minlength=count))])
    backoff = np.full(count, np.inf)
    fst = NgramFst(
        prefix=base.fst.prefix,
        symbols=base.fst.symbols,
        parent=tree.parent,
        older=tree.older,
        backoff=backoff,
        final=final,
        first=first,
        words=words[~is_end],
        costs=-np.log(probabilities[~is_end]),
    )
    said = np.bincount(states, probabilities, minlength=count)
    depth = depths(tree.parent)
    for level in range(1, int(depth.max()) + 1):
        here = depth[states] == level
        shorter = np.exp(
            -LanguageModel(replace(fst, backoff=backoff)).costs(tree.parent[states[here]], words[here])
        )
        taken = np.bincount(states[here], shorter, minlength=count)
        members = depth == level
        left = np.maximum(1 - said[members], _LEAST) / np.maximum(1 - taken[members], _LEAST)
        backoff[members] = -np.log(left)
    return fst
