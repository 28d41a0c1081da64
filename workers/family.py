"""Several worker processes that share what was loaded before they were forked: a speech model is large."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn


def run(processes: int, work: Callable[[], None]) -> None:
    """Do `work` in so many forked processes until a signal; one that ends by itself ends all.

    Whoever started us starts all of them anew, so that none is missed for long and a changed model reaches each.
    """
    members: set[int] = set()
    asked = told = False

    def end() -> None:
        nonlocal told
        if not told:  # RQ finishes the job at hand, and takes a second signal for "at once"
            told = True
            for member in members:
                os.kill(member, signal.SIGTERM)

    def stop(_number: int, _frame: object) -> None:
        nonlocal asked
        asked = True
        end()

    stopping = (signal.SIGTERM, signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, stopping)  # until each member can be told
    for _ in range(processes):
        member = os.fork()
        if member == 0:
            _be_member(stopping, work)
        members.add(member)
    for number in stopping:
        signal.signal(number, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, stopping)
    status = 0
    while members:
        ended, how = os.wait()
        members.discard(ended)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(ended, signal.SIGKILL)  # RQ's scheduler, which outlives a worker that was killed
        status = status or abs(os.waitstatus_to_exitcode(how))
        end()
    sys.exit(0 if asked else status)


def _be_member(stopping: tuple[signal.Signals, ...], work: Callable[[], None]) -> NoReturn:
    status = 1
    try:
        os.setpgid(0, 0)  # a signal to our parent's group would reach us twice
        signal.pthread_sigmask(signal.SIG_UNBLOCK, stopping)
        work()
        status = 0
    except SystemExit as asked:
        status = asked.code if isinstance(asked.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # the parent's clean-up handlers are not ours to run
