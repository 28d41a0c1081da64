"""Measures of margins against labels, and what to set thresholds by."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hotline.rules.classifier import NO_TIP_OTHER
from hotline.rules.tagging import ALONE, BESIDE, MOST, NOTHING
from training.messages import Message

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]
# Officers ignore a mark that is wrong more often than this allows; below it, every urgent tip found counts.
PRECISION_KEPT = 0.8
SHARPNESSES = np.linspace(1.0, 8.0, 29)


def shares(margins: Matrix, sharpness: float) -> Matrix:
    """Margins of categories to shares that add up to 1."""
    parts = np.exp(sharpness * (margins - margins.max(axis=1, keepdims=True)))
    whole: Matrix = parts / parts.sum(axis=1, keepdims=True)
    return whole


def best_sharpness(margins: Matrix, right: NDArray[np.int64]) -> float:
    """The sharpness under which the right answers were most likely."""

    def surprise(sharpness: float) -> float:
        found = shares(margins, sharpness)[np.arange(len(right)), right]
        return float(-np.log(np.maximum(found, 1e-9)).mean())

    return float(min(SHARPNESSES, key=surprise))


def urgent_threshold(margins: Matrix, wanted: Flags) -> float:
    """The lowest margin at which precision is still kept; the best F1 where it never is."""
    for threshold in np.quantile(margins, np.linspace(0.0, 0.99, 397)):
        if wanted[margins >= threshold].mean() >= PRECISION_KEPT:
            return float(threshold)
    return f1_threshold(margins, wanted)


def f1_threshold(margins: Matrix, wanted: Flags) -> float:
    """The margin with the best F1."""
    return float(
        max(np.quantile(margins, np.linspace(0.0, 0.99, 397)), key=lambda t: f1(margins >= t, wanted)[0])
    )


def f1(found: Flags, wanted: Flags) -> tuple[float, float, float]:
    """F1, precision, recall."""
    hits = float((found & wanted).sum())
    precision, recall = hits / max(1, found.sum()), hits / max(1, wanted.sum())
    return (2 * precision * recall / (precision + recall) if hits else 0.0), precision, recall


def ranked(margins: Matrix, labels: Sequence[str], sharpness: float) -> list[dict[str, float]]:
    """For each message the codes, most likely first, with their shares."""
    answers = []
    for row in shares(margins, sharpness):
        found: dict[str, float] = defaultdict(float)
        for label, share in zip(labels, row, strict=True):
            code = NOTHING if label == NO_TIP_OTHER else label
            found[code] = max(found[code], float(share))
        answers.append(dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))))
    return answers


def named(answer: dict[str, float]) -> list[str]:
    """The categories that triage would name."""
    codes = list(answer)
    beside = [c for c in codes[1:MOST] if answer[c] >= BESIDE * answer[codes[0]] and c not in ALONE]
    return codes[:1] if codes[0] in ALONE else [codes[0], *beside]


def category_figures(messages: Sequence[Message], answers: Sequence[dict[str, float]]) -> dict[str, float]:
    """First category, first two, micro-F1."""
    first = two = hits = given = wanted = 0
    for message, answer in zip(messages, answers, strict=True):
        codes = list(answer)
        first += codes[0] == message.categories[0]
        two += message.categories[0] in codes[:2]
        said = set(named(answer))
        hits += len(said & set(message.categories))
        given += len(said)
        wanted += len(message.categories)
    count = len(messages)
    return {"first": first / count, "first two": two / count, "micro-F1": 2 * hits / (given + wanted)}


def confusions(
    messages: Sequence[Message], answers: Sequence[dict[str, float]]
) -> list[tuple[str, str, int]]:
    """(right, answered, how often), most frequent first."""
    pairs = Counter(
        (message.categories[0], next(iter(answer))) for message, answer in zip(messages, answers, strict=True)
    )
    wrong = [(right, said, count) for (right, said), count in pairs.items() if right != said]
    return sorted(wrong, key=lambda pair: (-pair[2], pair[0], pair[1]))
