"""Measure triage on a labelled file (default tests/data/labelled_dev.json).

Usage: python scripts/measure_triage.py [FILE.json|FILE.jsonl] [--misses]
"""

import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from hotline.rules.triage import Triage, triage  # noqa: E402

Message = dict[str, Any]
KINDS = ("plates", "phones", "money_vnd", "times")


def share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


class Tally:
    """True and false positives, false negatives."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def add(self, wanted: Iterable[Any], got: Iterable[Any]) -> None:
        want, have = Counter(wanted), Counter(got)
        hits = sum((want & have).values())
        self.counts.update(hit=hits, extra=sum(have.values()) - hits, missed=sum(want.values()) - hits)

    @property
    def precision(self) -> float:
        return share(self.counts["hit"], self.counts["hit"] + self.counts["extra"])

    @property
    def recall(self) -> float:
        return share(self.counts["hit"], self.counts["hit"] + self.counts["missed"])

    @property
    def f1(self) -> float:
        return share(
            2 * self.counts["hit"], 2 * self.counts["hit"] + self.counts["extra"] + self.counts["missed"]
        )


def communes(labelled: list[Message], results: list[Triage]) -> tuple[float, float]:
    """Share of named communes among the candidates of an overlapping mention, and as the first of one."""
    among = first = count = 0
    for message, result in zip(labelled, results, strict=True):
        for label in message["places"]:
            if not label["commune"]:
                continue
            count += 1
            wanted = (label["commune"], label["province"])
            start = message["text"].find(label["mention"])
            end = start + len(label["mention"])
            found = [
                [(commune.name, commune.province) for commune in place.candidates]
                for place in result.places
                if place.start < end and start < place.end
            ]
            among += any(wanted in candidates for candidates in found)
            first += any(candidates[:1] == [wanted] for candidates in found)
    return share(among, count), share(first, count)


def measure(labelled: list[Message]) -> tuple[dict[str, float], list[Triage]]:
    """All measures of a labelled file, shares 0..1 and milliseconds."""
    triage("khởi động")
    results, taken = [], []
    for message in labelled:
        began = time.perf_counter()
        results.append(triage(message["text"]))
        taken.append((time.perf_counter() - began) * 1000)
    categories, urgent, no_tip = Tally(), Tally(), Tally()
    entities = {kind: Tally() for kind in KINDS}
    every_entity = Tally()
    first = among = 0
    by_style: dict[str, list[bool]] = {}
    for message, result in zip(labelled, results, strict=True):
        codes = [category.code for category in result.categories]
        right = codes[0] == message["categories"][0]
        first += right
        among += message["categories"][0] in codes[:2]
        by_style.setdefault(message["style"], []).append(right)
        categories.add(message["categories"], codes)
        urgent.add(["urgent"] * message["urgent"], ["urgent"] * result.urgent)
        no_tip.add(["no tip"] * (not message["is_tip"]), ["no tip"] * (not result.is_tip))
        for kind in KINDS:
            got = [entity.value for entity in getattr(result.entities, kind)]
            entities[kind].add(message["entities"][kind], got)
            every_entity.add(message["entities"][kind], got)
    in_candidates, as_first = communes(labelled, results)
    figures = {
        "first category": share(first, len(labelled)),
        "first two": share(among, len(labelled)),
        **{f"first category, {style}": share(sum(r), len(r)) for style, r in sorted(by_style.items())},
        "category micro-F1": categories.f1,
        "urgent recall": urgent.recall,
        "urgent precision": urgent.precision,
        "not a tip F1": no_tip.f1,
        "commune among candidates": in_candidates,
        "commune first": as_first,
        "entities F1": every_entity.f1,
        **{f"{kind} F1": tally.f1 for kind, tally in entities.items()},
        "ms median": statistics.median(taken),
        "ms p99": sorted(taken)[int(len(taken) * 0.99)],
    }
    return figures, results


def start_up() -> dict[str, float]:
    """Seconds and megabytes of a fresh process that reads one message."""
    code = (
        "import resource, time; began = time.perf_counter()\n"
        "from hotline.rules.triage import triage; triage('xã Đức Minh')\n"
        "print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, megabytes = out.stdout.split()
    return {"start-up s": float(seconds), "memory MB": float(megabytes)}


def main(arguments: list[str]) -> None:
    files = [argument for argument in arguments if not argument.startswith("--")]
    path = Path(files[0]) if files else ROOT / "tests" / "data" / "labelled_dev.json"
    content = path.read_text(encoding="utf-8")
    labelled = (
        [json.loads(line) for line in content.splitlines()]
        if path.suffix == ".jsonl"
        else json.loads(content)
    )
    figures, results = measure(labelled)
    for name, value in {**figures, **start_up()}.items():
        print(f"| {name} | {value:.3f} |")
    if "--misses" in arguments:
        for message, result in zip(labelled, results, strict=True):
            codes = [category.code for category in result.categories]
            if codes[0] != message["categories"][0] or result.urgent != message["urgent"]:
                print(message["id"], message["categories"], message["urgent"], codes, result.urgent)


if __name__ == "__main__":
    main(sys.argv[1:])
