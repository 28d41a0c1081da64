"""Two processes on two cores beside one, and what several processes that share one model take in memory."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bench.measure import Times, cpu_seconds, on_one_core, progress, ratio, record
from bench.voicemails import TIMED, seconds_of
from speech import models
from speech.vosk_engine import VoskEngine

ROUNDS = 3
EACH_MB = 90  # what a process may take beside the model, that all share
SAMPLE_S = 0.05


def main() -> None:
    import workers.jobs  # noqa: F401  # a real worker has them in memory too

    before = _pss_mb(os.getpid())
    engine = VoskEngine.load(models.DEMO_MODEL)
    model_mb = _pss_mb(os.getpid()) - before

    def work() -> None:
        for path in TIMED:
            engine.transcribe(path)

    for number in (1, 2, 4):
        progress(f"memory of {number}")
        _memory(number, model_mb, work)
    if len(os.sched_getaffinity(0)) < 2:
        print("speech_two_processes: SKIPPED, there is one core")
        return
    audio_s = seconds_of(TIMED)
    one, two = Times([], []), Times([], [])
    for number in range(ROUNDS):
        progress(f"round {number + 1} of {ROUNDS}")
        for processes, times in ((1, one), (2, two))[:: 1 if number % 2 else -1]:
            wall, cpu = time.perf_counter(), cpu_seconds()
            for child in [_forked(work, core) for core in range(processes)]:
                _ended(child, 0)
            # Seconds of recordings done a second, of the clock and of each processor.
            times.wall.append(processes * audio_s / (time.perf_counter() - wall))
            times.cpu.append(processes * audio_s / ((cpu_seconds() - cpu) / processes))
    record(
        "speech_two_processes", two.wall, one.wall, what="the throughput of one process", target=1.8,
        better="higher", unit="seconds of audio a second", by_cpu_time=round(ratio(two.cpu, one.cpu), 3),
    )  # fmt: skip


def _memory(processes: int, model_mb: float, work: Callable[[], None]) -> None:
    children = {_forked(work, core) for core in range(processes)}
    peak = with_parent = 0.0
    while children:
        taken = sum(_pss_mb(child) for child in children)
        if taken > peak:
            peak, with_parent = taken, taken + _pss_mb(os.getpid())
        time.sleep(SAMPLE_S)
        children -= {child for child in children if _ended(child)}
    record(
        f"speech_memory_{processes}", [peak], [model_mb + EACH_MB * processes],
        what=f"the model ({model_mb:.0f} MB) and {EACH_MB} MB for each of {processes}", target=1.0,
        better="lower", unit="MB (PSS, at its highest)", with_parent=round(with_parent, 1),
    )  # fmt: skip


def _forked(work: Callable[[], None], core: int) -> int:
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    on_one_core(core)
    try:
        work()
        os._exit(0)
    finally:
        os._exit(1)


def _ended(child: int, options: int = os.WNOHANG) -> bool:
    ended, status = os.waitpid(child, options)
    if status:
        raise SystemExit("a process ended with an error")
    return bool(ended)


def _pss_mb(pid: int) -> float:
    """Resident memory, shared pages counted in shares (proc(5), smaps_rollup); 0 for a process that has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
