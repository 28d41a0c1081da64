"""Train the triage model: `python -m training.train [--more FILE.jsonl ...] [--out FILE] [--check]`.

Cross-validates (all variants of a message on one side), prints the figures, and writes the model and
training/report.json. The same messages give the same file, byte for byte. A model that is replaced is kept
beside the new one with the ending `.old`; `--check` writes nothing. With `--out` elsewhere the model is a candidate: its
figures lie beside it as .json, without the learning curve but compared with the model in use, and nothing else changes.
"""

import argparse
import json
import os
import sys
import zlib
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from hotline.rules import classifier
from hotline.rules.classifier import MODEL, NOT_A_TIP, URGENT
from hotline.rules.tagging import NOTHING
from hotline.rules.taxonomy import data
from hotline.rules.text import fold
from training import compare, evaluate
from training.fit import Linear, fit, pack
from training.messages import FOLDER, Message, load
from training.variants import VARIANTS
from training.vectors import Seen, see

ROOT = Path(__file__).parents[1]
OUT = ROOT / "hotline" / "data" / MODEL
REPORT = Path(__file__).parent / "report.json"
HELD_OUT = Path(__file__).parent / "heldout.jsonl"
FOLDS = 5
CURVE = (500, 1000, 2000, 4000, 8000, 16000)
AS_WRITTEN = "as written"
Matrix = NDArray[np.float64]
Split = tuple[NDArray[np.int64], NDArray[np.int64]]


def variants(message: Message) -> list[Seen]:
    """The message as written, then each variant; the same every time."""
    random = Random(zlib.crc32(message.text.encode()))
    return [see(message.text), *(see(make(message.text, random)) for make in VARIANTS.values())]


@cache
def phrases() -> tuple[tuple[str, Seen], ...]:
    """The taxonomy's names for every category, with diacritics and without."""
    return tuple(
        (entry["code"], see(written))
        for entry in data("taxonomy_vi")["categories"]
        for phrase in entry["phrases"]
        if entry["code"] != NOTHING
        for written in dict.fromkeys((phrase, fold(phrase)))
    )


@dataclass(frozen=True, slots=True)
class Validated:
    """Margins of every message under a model that never saw it, for each way of writing it."""

    labels: tuple[str, ...]
    margins: dict[str, Matrix]


def cross_validate(messages: Sequence[Message], groups: Sequence[list[Seen]]) -> Validated:
    """Margins from FOLDS models; a message and its variants are always together."""
    kinds = [message.label for message in messages]

    def validate(split: Split) -> tuple[tuple[str, ...], list[Matrix]]:
        seen, unseen = split
        linear = fit([messages[i] for i in seen], [groups[i] for i in seen], phrases())
        ways = range(1 + len(VARIANTS))
        return linear.labels, [linear.margins([groups[i][way] for i in unseen]) for way in ways]

    splits = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(kinds, kinds))
    found = []
    # liblinear works without the interpreter's lock.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, validated in enumerate(pool.map(validate, splits), start=1):
            _say(f"cross-validation {number} of {FOLDS}")
            found.append(validated)
    labels = found[0][0]
    margins = {way: np.zeros((len(messages), len(labels))) for way in (AS_WRITTEN, *VARIANTS)}
    for (_, unseen), (_, parts) in zip(splits, found, strict=True):
        for filled, part in zip(margins.values(), parts, strict=True):
            filled[unseen] = part
    return Validated(labels, margins)


def learning_curve(messages: Sequence[Message], groups: Sequence[list[Seen]]) -> dict[str, float]:
    """Share of first categories right by the number of messages learned from, on the same fifth."""
    kinds = [message.label for message in messages]
    seen, unseen = next(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(kinds, kinds))
    order = np.random.default_rng(0).permutation(seen)
    found = {}
    for size in (*(size for size in CURVE if size < len(order)), len(order)):
        linear = fit([messages[i] for i in order[:size]], [groups[i] for i in order[:size]], phrases())
        answers = _answers(linear, [groups[i][0] for i in unseen])
        found[str(size)] = evaluate.category_figures([messages[i] for i in unseen], answers)["first"]
    return found


def _answers(linear: Linear, seen: Sequence[Seen]) -> list[dict[str, float]]:
    return evaluate.ranked(linear.margins(seen)[:, :-2], linear.labels[:-2], 1.0)


def report(messages: Sequence[Message], found: Validated) -> tuple[dict[str, Any], dict[str, float], float]:
    """Figures, thresholds of urgency and of not a tip, and the sharpness of confidences."""
    categories = found.labels[:-2]
    written = found.margins[AS_WRITTEN]
    right = np.array([categories.index(message.label) for message in messages])
    sharpness = evaluate.best_sharpness(written[:, :-2], right)
    urgent = np.array([message.urgent for message in messages])
    no_tip = np.array([not message.is_tip for message in messages])
    thresholds = {
        URGENT: evaluate.urgent_threshold(written[:, -2], urgent),
        NOT_A_TIP: evaluate.f1_threshold(written[:, -1], no_tip),
    }
    by_way = {}
    for way, margins in found.margins.items():
        answers = evaluate.ranked(margins[:, :-2], categories, sharpness)
        what = evaluate.category_figures(messages, answers)
        _, precision, recall = evaluate.f1(margins[:, -2] >= thresholds[URGENT], urgent)
        no_tip_f1, _, _ = evaluate.f1(margins[:, -1] >= thresholds[NOT_A_TIP], no_tip)
        by_way[way] = what | {
            "urgent recall": recall,
            "urgent precision": precision,
            "not a tip F1": no_tip_f1,
        }
    answers = evaluate.ranked(written[:, :-2], categories, sharpness)
    by_style: dict[str, list[bool]] = defaultdict(list)
    by_category: dict[str, list[bool]] = defaultdict(list)
    for message, answer in zip(messages, answers, strict=True):
        hit = next(iter(answer)) == message.categories[0]
        by_style[message.style].append(hit)
        by_category[message.categories[0]].append(hit)
    figures: dict[str, Any] = {
        "messages": len(messages),
        "written": by_way,
        "first by style": {style: float(np.mean(hits)) for style, hits in sorted(by_style.items())},
        "first by category": {code: float(np.mean(hits)) for code, hits in sorted(by_category.items())},
        "confusions": evaluate.confusions(messages, answers)[:40],
    }
    return figures, thresholds, sharpness


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.train", description="Train the triage model.")
    parser.add_argument(
        "--more", type=Path, nargs="*", default=[], help="further labelled messages (JSON lines)"
    )
    parser.add_argument("--messages", type=Path, default=FOLDER, help="folder of the messages to learn from")
    parser.add_argument(
        "--out", type=Path, default=OUT, help="the model file (default: the one that is shipped)"
    )
    parser.add_argument(
        "--now", type=Path, help="the model in use, to compare with (default: the shipped one)"
    )
    parser.add_argument("--against", type=Path, default=HELD_OUT, help="labelled messages to compare both on")
    parser.add_argument("--check", action="store_true", help="only print the figures")
    options = parser.parse_args()
    candidate = options.out != OUT
    further = load(options.more) if options.more else []
    messages = load(sorted(options.messages.glob("*.jsonl"))) + further
    _say(
        f"reading {len(messages)} messages, {len(further)} of them further ones, each in {len(VARIANTS) + 1} ways"
    )
    with ProcessPoolExecutor() as pool:
        groups = list(pool.map(variants, messages, chunksize=100))
    validated = cross_validate(messages, groups)
    figures, thresholds, sharpness = report(messages, validated)
    if further:
        classifier.use(options.now)
        after = compare.of_margins(
            validated.margins[AS_WRITTEN][-len(further) :], validated.labels, thresholds
        )
        figures["further messages"] = {
            "now": compare.figures(further, compare.of_the_model_in_use(further)),
            "after": compare.figures(further, after),
        }
    if not candidate:
        _say("learning curve")
        figures["learning curve"] = learning_curve(messages, groups)
    if options.check:
        print(json.dumps(_rounded(figures), ensure_ascii=False, indent=1))
        return
    _say("the model of all messages")
    content = pack(fit(messages, groups, phrases()), thresholds, sharpness)
    if not candidate and options.out.exists() and options.out.read_bytes() != content:
        options.out.replace(options.out.with_suffix(options.out.suffix + ".old"))
    options.out.write_bytes(content)
    if candidate:
        against = load([options.against])
        figures["against"] = {
            "now": compare.figures(against, compare.of_triage(against, options.now)),
            "after": compare.figures(against, compare.of_triage(against, options.out)),
        }
    kept = options.out.with_suffix(".json") if candidate else REPORT
    kept.write_text(json.dumps(_rounded(figures), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(_rounded(figures), ensure_ascii=False, indent=1))
    print(f"{options.out}: {len(content) / 1e6:.1f} MB")


def _say(what: str) -> None:
    """A line of progress, apart from the figures."""
    print(what, file=sys.stderr, flush=True)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
