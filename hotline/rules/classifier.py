"""The learned half of triage: a linear model over words, scored in plain Python.

`python -m training.train` makes the model. Its weights are whole numbers of one byte, so a score is a sum
of rows; that is fast enough without NumPy, which would start threads in every worker.
"""

import json
import math
import zlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from hotline.rules.features import wordings
from hotline.rules.taxonomy import categories
from hotline.rules.text import Span, Text

MODEL = "triage_model.bin"
# Labels beside the categories; NO_TIP_OTHER is KHAC in a message that is no tip.
URGENT, NOT_A_TIP, NO_TIP_OTHER = "urgent", "not a tip", "KHAC, no tip"
# A word that carries less than this share of what speaks for a label is not shown as evidence.
TELLING = 0.12
SHOWN = 4
# The fingerprint where no model can be read and the rules do alone.
NONE = "rules"
# Labels that reading a message asks for by name.
_NEEDED = frozenset({URGENT, NOT_A_TIP, NO_TIP_OTHER, "HANH_CHINH"})
_DAMAGED = "the triage model is damaged: train it again with `python -m training.train`"


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by feature name; `rows` holds len(labels) signed bytes for each, `rarity` one unsigned."""

    labels: tuple[str, ...]
    index: Mapping[str, int]
    rows: memoryview
    rarity: bytes
    signs: Mapping[str, tuple[float, ...]]
    scales: tuple[float, ...]
    biases: tuple[float, ...]
    settings: Mapping[str, float]

    def row(self, feature: int) -> memoryview:
        """The weights of one feature."""
        width = len(self.labels)
        return self.rows[feature * width : (feature + 1) * width]


def load(content: bytes) -> Model:
    """A model from its file: zlib over a line of JSON, the feature names, rarities and rows.

    ValueError when the parts do not fit together, or the categories are not the taxonomy's.
    """
    try:
        found = _unpacked(content)
    except (zlib.error, KeyError, TypeError, AttributeError) as problem:
        raise ValueError(_DAMAGED) from problem
    if not _NEEDED <= set(found.labels) <= _NEEDED | {info.code for info in categories()}:
        raise ValueError("this triage model knows other categories than the hotline: train it again")
    return found


def _unpacked(content: bytes) -> Model:
    raw = zlib.decompress(content)
    head, _, rest = raw.partition(b"\n")
    about: dict[str, Any] = json.loads(head)
    names = rest[: about["names"]].decode().split("\n")
    rarity = rest[about["names"] : about["names"] + len(names)]
    rows = memoryview(rest)[about["names"] + len(names) :].cast("b")
    if len(rows) != len(names) * len(about["labels"]):
        raise ValueError(_DAMAGED)
    return Model(
        labels=tuple(about["labels"]),
        index={name: number for number, name in enumerate(names)},
        rows=rows,
        rarity=rarity,
        signs={name: tuple(weights) for name, weights in about["signs"].items()},
        scales=tuple(about["scales"]),
        biases=tuple(about["biases"]),
        settings=about["settings"],
    )


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A model with the fingerprint of its file, and by what to see that the file is still the same."""

    model: Model
    fingerprint: str
    source: tuple[Path, int, int] | None = None


# What `use` was given; None: the one that the hotline ships.
_given: _Loaded | None = None


def use(path: Path | None) -> None:
    """Read messages from now on with the model in this file, or with the one that the hotline ships (None).

    Costs nothing while the file stays the same. OSError or ValueError, and nothing changes, when it is missing,
    damaged or made for something else.
    """
    global _given
    if path is None:
        _given = None
        return
    state = path.stat()
    source = (path, state.st_mtime_ns, state.st_size)
    if (known := _given) is not None and known.source == source:  # another thread may switch in between
        return
    content = path.read_bytes()
    _given = _Loaded(load(content), fingerprint_of(content), source)


def model() -> Model:
    """The model in use; where even the shipped one cannot be read, the rules alone in the shape of a model."""
    found = _given or _shipped()
    if found is not None:
        return found.model
    from hotline.rules.plain import rules_alone  # it stands on what stands on this module

    return rules_alone()


def fingerprint() -> str:
    """Eight hexadecimal digits that tell the model in use from others; NONE where there is none."""
    found = _given or _shipped()
    return found.fingerprint if found is not None else NONE


def fingerprint_of(content: bytes) -> str:
    """Eight hexadecimal digits that tell this file from others."""
    return f"{zlib.crc32(content):08x}"


def shipped_content() -> bytes:
    """The file that the hotline ships; OSError when it is missing."""
    return files("hotline").joinpath("data", MODEL).read_bytes()


@cache
def _shipped() -> _Loaded | None:
    """The shipped model, read once; None when it is missing or damaged."""
    try:
        content = shipped_content()
        return _Loaded(load(content), fingerprint_of(content))
    except (OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Scores:
    """What the model makes of one message; `by_label` are margins, above zero speaks for a label."""

    by_label: Mapping[str, float]
    _model: Model
    _found: Mapping[int, list[tuple[int, int]]]
    _text: Text

    def confidence(self) -> dict[str, float]:
        """Share of each category among all of them (0..1, together 1)."""
        sharpness = self._model.settings["sharpness"]
        margins = {k: v for k, v in self.by_label.items() if k not in (URGENT, NOT_A_TIP)}
        top = max(margins.values())
        parts = {label: math.exp(sharpness * (margin - top)) for label, margin in margins.items()}
        whole = sum(parts.values())
        return {label: part / whole for label, part in parts.items()}

    def evidence(self, label: str) -> tuple[Span, ...]:
        """The words that weighed most for a label, in the order of the message; none for one the model lacks."""
        if label not in self._model.labels:
            return ()
        column = self._model.labels.index(label)
        weights: dict[int, float] = defaultdict(float)
        for feature, places in self._found.items():
            weight = self._model.row(feature)[column]
            for first, last in places:
                for word in range(first, last + 1):
                    weights[word] += weight / len(places) / (last - first + 1)
        whole = sum(weight for weight in weights.values() if weight > 0)
        ranked = sorted((w for w in weights if weights[w] > TELLING * whole), key=lambda w: (-weights[w], w))
        return _joined(self._text, sorted(ranked[:SHOWN]))


def _joined(text: Text, words: list[int]) -> tuple[Span, ...]:
    """Spans of the words; neighbours share one."""
    runs: list[tuple[int, int]] = []
    for word in words:
        if runs and runs[-1][1] == word - 1 and not text.words[word].pause:
            runs[-1] = (runs[-1][0], word)
        else:
            runs.append((word, word))
    return tuple(dict.fromkeys(text.span(first, last) for first, last in runs))


def score(text: Text, signs: Mapping[str, float], using: Model | None = None) -> Scores:
    """Margins of every label for a message with its abbreviations written out."""
    using = using or model()
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for name, first, last in wordings(text):
        feature = using.index.get(name)
        if feature is not None:
            found[feature].append((first, last))
    length = math.sqrt(sum(using.rarity[feature] ** 2 for feature in found)) or 1.0
    sums = [sum(column) for column in zip(*map(using.row, found), strict=True)] or [0] * len(using.labels)
    margins = [
        bias + scale * total / length
        for bias, scale, total in zip(using.biases, using.scales, sums, strict=True)
    ]
    for name, value in signs.items():
        for label, weight in enumerate(using.signs.get(name, ())):
            margins[label] += value * weight
    return Scores(dict(zip(using.labels, margins, strict=True)), using, found, text)
