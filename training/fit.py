"""One fit of the linear model, and its file."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from hotline.rules.classifier import NOT_A_TIP, URGENT
from training.messages import Message
from training.vectors import Seen, Vocabulary

# Chosen by cross-validation: smaller forgets rare words, larger learns single messages by heart.
CATEGORY_C, URGENT_C, TIP_C = 0.5, 20.0, 20.0
# How much a phrase of the taxonomy counts beside a message.
PHRASE_WEIGHT = 0.3
# How much a made variant counts beside the message as written.
VARIANT_WEIGHT = 0.2
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Linear:
    """labels x features weights and one bias each; margins above zero speak for a label."""

    vocabulary: Vocabulary
    labels: tuple[str, ...]
    weights: Matrix
    biases: Matrix

    def margins(self, seen: Sequence[Seen]) -> Matrix:
        """messages x labels."""
        found: Matrix = self.vocabulary.rows(seen) @ self.weights.T + self.biases
        return found


def fit(
    messages: Sequence[Message],
    groups: Sequence[Sequence[Seen]],
    phrases: Sequence[tuple[str, Seen]] = (),
) -> Linear:
    """A model of these messages.

    `groups` holds each message as written first, then its variants; `phrases` are labels with phrases
    that name them, which teach categories only.
    """
    known = [seen for _, seen in phrases]
    vocabulary = Vocabulary([*groups, *([seen] for seen in known)])
    flat = [seen for group in groups for seen in group]
    owner = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    first = np.concatenate([[True] + [False] * (len(group) - 1) for group in groups])
    rows = vocabulary.rows(flat)
    counts = np.where(first, 1.0, VARIANT_WEIGHT)
    labels = np.array([message.label for message in messages])[owner]
    sorter = LinearSVC(C=CATEGORY_C, class_weight="balanced", random_state=0).fit(
        sparse.vstack([rows, vocabulary.rows(known)]),
        np.concatenate([labels, np.array([label for label, _ in phrases], dtype=str)]),
        sample_weight=np.concatenate([counts, np.full(len(known), PHRASE_WEIGHT)]),
    )
    urgent = _judge(rows, np.array([m.urgent for m in messages])[owner], counts, URGENT_C)
    no_tip = _judge(rows, np.array([not m.is_tip for m in messages])[owner], counts, TIP_C)
    return Linear(
        vocabulary,
        (*(str(label) for label in sorter.classes_), URGENT, NOT_A_TIP),
        np.vstack([sorter.coef_, urgent.coef_, no_tip.coef_]),
        np.concatenate([sorter.intercept_, urgent.intercept_, no_tip.intercept_]),
    )


def _judge(
    rows: sparse.csr_matrix, wanted: NDArray[np.bool_], counts: Matrix, strictness: float
) -> LogisticRegression:
    judge = LogisticRegression(C=strictness, solver="liblinear", random_state=0)
    return judge.fit(rows, wanted, sample_weight=counts)


def pack(linear: Linear, thresholds: dict[str, float], sharpness: float) -> bytes:
    """The file that `hotline.rules.classifier.load` reads; thresholds are moved into the biases."""
    vocabulary = linear.vocabulary
    size = len(vocabulary.names)
    scaled = linear.weights[:, :size] * vocabulary.rarity
    steps = np.abs(scaled).max(axis=1) / 127
    rows = np.round(scaled / steps[:, None]).astype(np.int8).T
    kept = np.flatnonzero(np.abs(rows).max(axis=1))
    biases = [
        bias - thresholds.get(label, 0.0) for label, bias in zip(linear.labels, linear.biases, strict=True)
    ]
    names = "\n".join(vocabulary.names[i] for i in kept).encode()
    about = {
        "labels": linear.labels,
        "names": len(names),
        "scales": [float(f"{step:.6g}") for step in steps],
        "biases": [round(float(bias), 5) for bias in biases],
        "signs": {
            name: [round(float(weight), 4) for weight in linear.weights[:, size + number]]
            for number, name in enumerate(vocabulary.signs)
        },
        "settings": {"sharpness": round(sharpness, 4)},
    }
    head = json.dumps(about, ensure_ascii=False).encode()
    return zlib.compress(head + b"\n" + names + vocabulary.rarity[kept].tobytes() + rows[kept].tobytes(), 9)
