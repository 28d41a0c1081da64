"""Interleaved timing of several ways to do the same work, and the file that a result goes to."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

RESULTS = Path(__file__).parent / "results"

Item = TypeVar("Item")


def on_one_core(core: int = 0) -> None:
    """Keep this process, and those it starts from now on, on one of the cores that it may use."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})


@dataclass(frozen=True, slots=True)
class Times:
    """Of one way, a round each: seconds on the clock, and seconds of processor, its children's with them."""

    wall: list[float]
    cpu: list[float]


def interleaved(
    ways: Mapping[str, Callable[[Item], object]], items: Sequence[Item], rounds: int
) -> dict[str, Times]:
    """Times that each way takes for all items, once a round.

    The ways take turns at every item, in another order each time, so that whatever else the machine does meets
    all of them. A round before the first warms up and is not counted.
    """
    names, times = list(ways), {name: Times([0.0] * rounds, [0.0] * rounds) for name in ways}
    for number in range(-1, rounds):
        progress(f"round {number + 1} of {rounds}")
        for place, item in enumerate(items):
            turn = (number + place) % len(names)
            for name in names[turn:] + names[:turn]:
                wall, cpu = time.perf_counter(), cpu_seconds()
                ways[name](item)
                if number >= 0:
                    times[name].wall[number] += time.perf_counter() - wall
                    times[name].cpu[number] += cpu_seconds() - cpu
    return times


def cpu_seconds() -> float:
    """What this process and its ended children have had of the processor."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def ratio(ours: Sequence[float], other: Sequence[float]) -> float:
    """Of the medians."""
    return statistics.median(ours) / statistics.median(other)


def record(
    name: str,
    ours: Sequence[float],
    other: Sequence[float],
    *,
    what: str,
    target: float,
    better: Literal["lower", "higher"],
    unit: str,
    **more: Any,
) -> None:
    """Write medians and their ratio, in the shape of docs/interface.md with `more`, and print the ratio."""
    times = ratio(ours, other)
    result = {
        "name": name,
        "ours": _summary(ours) | {"unit": unit},
        "other": {"what": what} | _summary(other),
        "ratio": round(times, 3),
        "target": target,
        "better": better,
        "n": len(ours),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    } | more
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=1, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", "utf-8")
    met = times <= target if better == "lower" else times >= target
    notes = "".join(f", {key.replace('_', ' ')} {value}" for key, value in more.items())
    print(
        f"{name}: {times:.3f} times {what}{notes}; wanted {target:g} or {better}: {'met' if met else 'MISSED'}",
        flush=True,
    )


def progress(text: str) -> None:
    """A line on standard error that the next one replaces; nothing where nobody watches."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="\r", file=sys.stderr, flush=True)


def _summary(values: Sequence[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), 4),
        "min": round(min(values), 4),
        "max": round(max(values), 4),
    }
