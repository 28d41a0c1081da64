"""Speech workers that share one loaded model: stopped together, started anew together."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.ops.running import Running, alive, running
from tests.ops.waiting import until

ROOT = Path(__file__).parents[2]
FAMILY = [sys.executable, "-m", "workers", "speech", "--processes", "2"]


def members(family: Running) -> list[int]:
    children = Path(f"/proc/{family.process.pid}/task/{family.process.pid}/children")
    return [int(pid) for pid in children.read_text().split()]


@pytest.mark.parametrize(
    ("struck", "number", "status"),
    [("parent", signal.SIGTERM, 0), ("parent", signal.SIGINT, 0), ("member", signal.SIGKILL, 9)],
)
def test_the_processes_end_together(environ, struck, number, status):
    with running(FAMILY, environ, ROOT) as family:
        both = until(lambda: len(found := members(family)) == 2 and found, "two processes")
        until(lambda: all(has_own_group(pid) for pid in both), "they listen to their parent alone")
        os.kill(family.process.pid if struck == "parent" else both[0], number)
        assert (
            until(lambda: family.process.poll() is not None, "all ended")
            and family.process.returncode == status
        )
        assert not any(alive(pid) for pid in both)


def has_own_group(pid: int) -> bool:
    return os.getpgid(pid) == pid
