"""Interleaved timing of two ways to do the same work, and the file that a result goes to."""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def compare(
    name: str,
    ours: Callable[[], object],
    other: Callable[[], object],
    *,
    what: str,
    target: float,
    rounds: int,
) -> float:
    """Run both in turn, after one warm-up each; write medians and their ratio, and return the ratio."""
    ours()
    other()
    mine, theirs = [], []
    for number in range(rounds):
        pair = [(ours, mine), (other, theirs)]
        for work, times in pair if number % 2 else reversed(pair):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
    ratio = statistics.median(mine) / statistics.median(theirs)
    result = {
        "name": name,
        "ours": _summary(mine) | {"unit": "s"},
        "other": {"what": what} | _summary(theirs),
        "ratio": round(ratio, 3),
        "target": target,
        "better": "lower",
        "n": rounds,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(f"{name}: {ratio:.3f} times {what} (target {target} or lower)")
    return ratio


def _summary(times: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(times), 4),
        "min": round(min(times), 4),
        "max": round(max(times), 4),
    }
