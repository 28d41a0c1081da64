"""A new model beside the one in use: on the messages that were added, and on others that neither has seen.

The added ones are compared by the margins of the classifier alone, under models of the cross-validation that never saw
them. If the model in use learned from some of them already, its own column flatters it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hotline.rules import classifier
from hotline.rules.classifier import NO_TIP_OTHER, NOT_A_TIP, URGENT
from hotline.rules.tagging import NOTHING
from hotline.rules.triage import look, prepare, triage
from training.evaluate import f1
from training.messages import Message

Matrix = NDArray[np.float64]
# First category, urgent, a tip.
Answer = tuple[str, bool, bool]


def of_margins(margins: Matrix, labels: Sequence[str], thresholds: dict[str, float]) -> list[Answer]:
    """What margins (messages x labels, urgent and not a tip last) say of each message."""
    return [
        (
            _code(labels[int(row[:-2].argmax())]),
            bool(row[-2] >= thresholds[URGENT]),
            bool(row[-1] < thresholds[NOT_A_TIP]),
        )
        for row in margins
    ]


def of_the_model_in_use(messages: Sequence[Message]) -> list[Answer]:
    """The same by the margins of the model that the rules use now."""
    found = []
    for message in messages:
        readings = prepare(message.text)
        margins = dict(classifier.score(readings[-1], look(*readings)[2]).by_label)
        urgent, no_tip = margins.pop(URGENT), margins.pop(NOT_A_TIP)
        found.append((_code(max(margins, key=lambda label: margins[label])), urgent > 0, no_tip <= 0))
    return found


def of_triage(messages: Sequence[Message], model: Path | None) -> list[Answer]:
    """What is read with this model, rules and all; None is the one that the hotline ships."""
    classifier.use(model)
    read = [triage(message.text) for message in messages]
    return [(found.categories[0].code, found.urgent, found.is_tip) for found in read]


def figures(messages: Sequence[Message], answers: Sequence[Answer]) -> dict[str, float]:
    """Share of first categories right, recall and precision of urgent, F1 of not a tip."""

    def flags(of: Callable[[Message], bool]) -> NDArray[np.bool_]:
        return np.array([of(message) for message in messages])

    urgent, tip = (np.array([answer[n] for answer in answers]) for n in (1, 2))
    _, precision, recall = f1(urgent, flags(lambda message: message.urgent))
    no_tip, _, _ = f1(~tip, flags(lambda message: not message.is_tip))
    first = [answer[0] == message.categories[0] for message, answer in zip(messages, answers, strict=True)]
    return {
        "messages": len(messages),
        "first": float(np.mean(first)),
        "urgent recall": recall,
        "urgent precision": precision,
        "not a tip F1": no_tip,
    }


def _code(label: str) -> str:
    return NOTHING if label == NO_TIP_OTHER else label
