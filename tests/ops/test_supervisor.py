"""The supervisor on real processes: restarts with a reason, stages, and no process left behind, ever."""

from __future__ import annotations

import os
import re
import signal
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.ops.running import Running, processes_with, running
from tests.ops.waiting import until

ROOT = Path(__file__).parents[2]
IDLE = "import os,signal; os.write(1, b'pid %d\\n' % os.getpid()); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\nwhile 1: signal.pause()"
# Leaves its group as RQ's jobs do, and dies; the grandchild goes on.
DESERTER = """
import os, signal
if os.fork() == 0:
    os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN); os.write(1, b'deserted\\n')
    while 1: signal.pause()
os.write(1, b'pid %d\\n' % os.getpid()); signal.pause()
"""


@pytest.fixture
def mark() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def supervise(tmp_path: Path, mark: str) -> Iterator[Callable[..., Running]]:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TEST_MARK": mark}
    with ExitStack() as stack:

        def start(*programs: str) -> Running:
            argv = [sys.executable, "-m", "tests.ops.supervised", *programs]
            return stack.enter_context(running(argv, environ, tmp_path))

        yield start
    until(lambda: not processes_with(mark), "every process of the test ended")


def pids(program: Running) -> list[int]:
    return [int(pid) for pid in re.findall(r"pid (\d+)", program.text)]


def test_restarts_what_dies_and_says_why(supervise, mark):
    program = supervise(f"idle={IDLE}")
    program.wait_for("all ready")
    program.wait_for("pid ")
    os.kill(pids(program)[0], signal.SIGKILL)
    program.wait_for("idle ended (signal SIGKILL); starting it again in 1 s")
    program.wait_for("pid ", times=2)
    assert program.stop() == 0
    assert "Traceback" not in program.text


def test_delays_grow_and_the_output_of_a_quiet_program_is_shown_at_its_death(supervise):
    program = supervise("quiet=print('the reason'); raise SystemExit(3)")
    program.wait_for("quiet ended (exit status 3); starting it again in 1 s")
    program.wait_for("quiet ended (exit status 3); starting it again in 2 s")
    program.wait_for("the reason", times=2)


def test_a_later_stage_waits_for_the_earlier_one(supervise, tmp_path):
    program = supervise(f"slow={IDLE}", "second=import signal; print('second is up'); signal.pause()")
    program.wait_for("pid ")
    assert "second is up" not in program.text
    assert "all ready" not in program.text
    (tmp_path / "slow.ready").touch()
    program.wait_for("second is up")
    program.wait_for("all ready")


@pytest.fixture
def hang_ups_heeded():
    """The supervisor ignores SIGHUP where it was started so, as under nohup: not what is tested here."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hang_ups_heeded")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_stubborn_or_gone_astray(supervise, mark, number):
    program = supervise(f"idle={IDLE}", f"stubborn={STUBBORN}", f"deserter={DESERTER}")
    for piece in ("up", "deserted", "all ready"):
        program.wait_for(piece)
    assert program.stop(number) == 0
    assert processes_with(mark) == []


def test_an_orphan_of_a_killed_child_ends_with_the_rest(supervise, mark):
    program = supervise(f"deserter={DESERTER}")
    program.wait_for("deserted")
    program.wait_for("pid ")
    os.kill(pids(program)[0], signal.SIGKILL)
    program.wait_for("deserted", times=2)
    program.stop()
    assert processes_with(mark) == []


def test_nothing_is_left_when_the_supervisor_itself_is_killed(supervise, mark):
    program = supervise(f"idle={IDLE}", f"stubborn={STUBBORN}", f"deserter={DESERTER}")
    for piece in ("up", "deserted", "all ready"):
        program.wait_for(piece)
    program.stop(signal.SIGKILL)
    until(lambda: not processes_with(mark), "the warden ended every process", 10)


def test_a_second_signal_stops_at_once(supervise, mark):
    program = supervise(f"stubborn={STUBBORN}", f"other={STUBBORN}")
    program.wait_for("up", times=2)
    program.process.send_signal(signal.SIGINT)
    program.wait_for("press Ctrl-C again")
    assert program.stop() == 0
    assert processes_with(mark) == []
