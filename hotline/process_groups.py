"""Ending processes so that none is left over, also when the one that started them is killed outright."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

# In the environment of every child: finds grandchildren that left their process group, as RQ's jobs do.
RUN_KEY = "HOTLINE_RUN"
POLL_S = 0.05


def signal_groups(groups: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to process groups; one that is already gone is no error."""
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a zombie's group
            os.killpg(group, number)


def group_alive(group: int) -> bool:
    """Whether a process group has a member, zombies included."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False
    return True


def kill_run(groups: Iterable[int], run_id: str) -> None:
    """Kill the groups at once, and on Linux whatever else still carries this run's mark."""
    signal_groups(groups, signal.SIGKILL)
    for pid in _marked(run_id):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _marked(run_id: str) -> list[int]:
    mark, found = f"{RUN_KEY}={run_id}".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):  # empty where there is no /proc
        with contextlib.suppress(OSError):  # ended meanwhile, or another user's
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


class Warden:
    """A small process that outlives its parent just long enough to end the parent's children.

    It reads process groups from a pipe, "+123" and "-123" a line; when the pipe ends, whether the parent
    finished or was killed with SIGKILL, it ends the groups it still knows. Unlike Linux's PR_SET_PDEATHSIG
    this gives them time to finish, reaches grandchildren, and works on any Unix.
    """

    def __init__(self, run_id: str, grace_s: float) -> None:
        reading, self._pipe = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self._pipe)
                _stand_guard(reading, run_id, grace_s)
            finally:
                os._exit(0)  # the parent's clean-up handlers are not ours to run
        os.close(reading)

    def watch(self, group: int) -> None:
        """From now on this group is ended with us."""
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        """This group has ended."""
        self._tell(f"-{group}\n")

    def dismiss(self) -> None:
        """Close the pipe and wait until the warden has ended what was left."""
        os.close(self._pipe)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _tell(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # a killed warden must not stop the service
            os.write(self._pipe, line.encode())


def _stand_guard(reading: int, run_id: str, grace_s: float) -> None:
    os.setsid()  # Ctrl-C and a closed terminal concern the parent only
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL if number == signal.SIGCHLD else signal.SIG_IGN)
    signal.set_wakeup_fd(-1)
    silence = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # whoever reads the parent's output sees it end with the parent
        os.dup2(silence, standard)
    groups: set[int] = set()
    with os.fdopen(reading) as lines:
        for line in lines:
            (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    signal_groups(groups, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while any(map(group_alive, groups)) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    kill_run(groups, run_id)
