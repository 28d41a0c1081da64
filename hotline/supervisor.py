"""Keeps the hotline's processes running: starts them in stages, restarts what dies, stops all together.

Circus (tornado, ZeroMQ), Supervisor (a daemon with its own configuration language) and honcho (no restarts)
were looked at; none starts in stages or leaves nothing behind when it is killed itself.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, TextIO, cast

from hotline.process_groups import RUN_KEY, Warden, kill_run, signal_groups

LONGEST_DELAY_S = 30.0
STEADY_S = 60.0  # a process that lived this long was well: its next death starts the delays anew
GRACE_S = 10.0
READY_POLL_S = 0.1
KEPT_LINES = 3
COLOURS = (36, 32, 35, 33, 34, 96)
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Program:
    """A process to keep running; the next stage starts when `ready` says so (at once without one)."""

    name: str
    argv: Sequence[str]
    ready: Callable[[], bool] | None = None
    quiet: bool = False  # its output is shown only when it dies


@dataclass(frozen=True, slots=True)
class Words:
    """What the supervisor says, in the language of whoever runs it."""

    starting: str = "starting {names}"
    died: str = "{name} ended ({reason}); starting it again in {delay:.0f} s"
    status: str = "exit status {code}"
    signal: str = "signal {name}"
    stopping: str = "stopping; press Ctrl-C again to stop at once"
    stopped: str = "stopped"


ENGLISH = Words()


@dataclass(slots=True)
class _Child:
    program: Program
    colour: int
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float | None = None
    deaths: int = 0
    partial: bytes = b""
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))


class Supervisor:
    """Runs stages of programs until a signal; a later stage waits until the earlier ones are ready."""

    def __init__(
        self,
        stages: Sequence[Sequence[Program]],
        *,
        environ: Mapping[str, str],
        on_ready: Callable[[], None] = lambda: None,
        out: TextIO = sys.stdout,
        words: Words = ENGLISH,
        grace_s: float = GRACE_S,
    ) -> None:
        self._run_id = secrets.token_hex(8)
        self._environ = {**environ, RUN_KEY: self._run_id, "PYTHONUNBUFFERED": "1"}
        programs = [program for stage in stages for program in stage]
        colours = {program.name: COLOURS[i % len(COLOURS)] for i, program in enumerate(programs)}
        self._stages = [[_Child(program, colours[program.name]) for program in stage] for stage in stages]
        self._started: list[list[_Child]] = []
        self._width = max(len(program.name) for program in programs)
        self._on_ready, self._out, self._words, self._grace_s = on_ready, out, words, grace_s
        self._tty = out.isatty() and "NO_COLOR" not in environ
        self._serving = False
        self._signals = 0
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Start everything, and return when a signal has stopped all of it."""
        with self._woken_by_signals():
            self._warden = Warden(self._run_id, self._grace_s)
            try:
                while not self._signals:
                    self._advance()
                    self._step()
                self._stop()
            finally:
                self._warden.dismiss()

    def _advance(self) -> None:
        """Start the next stage when everything started so far is ready."""
        if self._serving or not all(self._is_ready(child) for child in self._children()):
            return
        if len(self._started) < len(self._stages):
            stage = self._stages[len(self._started)]
            self._started.append(stage)
            self.say(self._words.starting.format(names=", ".join(child.program.name for child in stage)))
            for child in stage:
                self._start(child)
        else:
            self._serving = True
            self._on_ready()

    def _step(self) -> None:
        """Wait for output, a signal, a death or the next thing that is due, and deal with it."""
        now = time.monotonic()
        due = [child.start_at - now for child in self._children() if child.start_at is not None]
        timeout = min([1.0 if self._serving else READY_POLL_S, *due])
        for key, _ in self._selector.select(max(0.0, timeout)):
            if key.data is None:
                os.read(key.fd, 1024)
            else:
                self._read(cast("IO[bytes]", key.fileobj), key.data)
        for child in self._children():
            if child.process and child.process.poll() is not None:
                self._bury(child, child.process)
            elif child.start_at is not None and child.start_at <= time.monotonic() and not self._signals:
                self._start(child)

    def _start(self, child: _Child) -> None:
        child.start_at, child.started_at = None, time.monotonic()
        child.last_lines.clear()
        child.process = subprocess.Popen(  # noqa: S603 - our own command lines
            child.program.argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environ,
            start_new_session=True,  # Ctrl-C at the terminal reaches us alone: we stop them in order
        )
        self._warden.watch(child.process.pid)
        output = _output(child.process)
        os.set_blocking(output.fileno(), False)
        self._selector.register(output, selectors.EVENT_READ, child)

    def _bury(self, child: _Child, process: subprocess.Popen[bytes]) -> None:
        """Clear up after a process that ended, and plan its next start unless we are stopping."""
        child.process = None
        if not _output(process).closed:  # stays open after this if a job that outlives its worker holds it
            self._read(_output(process), child)
        signal_groups([process.pid], signal.SIGTERM)  # what it started must not keep its port
        self._warden.forget(process.pid)
        if self._signals:
            return
        child.deaths = 1 if time.monotonic() - child.started_at >= STEADY_S else child.deaths + 1
        delay = min(2.0 ** (child.deaths - 1), LONGEST_DELAY_S)
        child.start_at = time.monotonic() + delay
        reason = self._reason(process.returncode)
        self.say(self._words.died.format(name=child.program.name, reason=reason, delay=delay))
        for line in child.last_lines if child.program.quiet else ():
            self.say(f"  {line}")

    def _stop(self) -> None:
        """End the stages in reverse, each with a polite signal first; a second signal ends all at once."""
        self.say(self._words.stopping)
        asked, deadline = self._signals, time.monotonic() + self._grace_s
        for stage in reversed(self._started):
            signal_groups((child.process.pid for child in stage if child.process), signal.SIGTERM)
            while any(child.process for child in stage):
                if self._signals > asked or time.monotonic() >= deadline:
                    kill_run((child.process.pid for child in stage if child.process), self._run_id)
                self._serving = False  # look often
                self._step()
        kill_run((), self._run_id)
        self.say(self._words.stopped)

    def _read(self, stream: IO[bytes], child: _Child) -> None:
        """Show the whole lines that a process has written, and close its output at the end."""
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(stream.fileno(), 65_536):
                *lines, child.partial = (child.partial + piece).split(b"\n")
                for line in lines:
                    self._show(child, line)
            self._selector.unregister(stream)
            stream.close()
            self._show(child, child.partial)
            child.partial = b""

    def _show(self, child: _Child, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        if text:
            child.last_lines.append(text)
            if not child.program.quiet:
                self.say(text, child.program.name, child.colour)

    def say(self, text: str, name: str = "", colour: int = 1) -> None:
        """Print a line under a process's name; a terminal that went away is no reason to stop serving."""
        label = f"{name or '*':<{self._width}} |"
        with contextlib.suppress(OSError):
            print(f"\x1b[{colour}m{label}\x1b[0m {text}" if self._tty else f"{label} {text}", file=self._out)
            self._out.flush()

    def _children(self) -> list[_Child]:
        return [child for stage in self._started for child in stage]

    @staticmethod
    def _is_ready(child: _Child) -> bool:
        return child.program.ready is None or (child.process is not None and child.program.ready())

    def _reason(self, status: int) -> str:
        if status >= 0:
            return self._words.status.format(code=status)
        return self._words.signal.format(name=signal.Signals(-status).name)

    @contextlib.contextmanager
    def _woken_by_signals(self) -> Iterator[None]:
        """Let signals and deaths wake the loop; `nohup` keeps its meaning."""

        def note(number: int, _frame: object) -> None:
            self._signals += number in STOPPING

        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        self._selector.register(reading, selectors.EVENT_READ, None)
        ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        numbers = [n for n in (*STOPPING, signal.SIGCHLD) if not (n == signal.SIGHUP and ignored)]
        before = {number: signal.signal(number, note) for number in numbers}
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._selector.close()
            os.close(reading)
            os.close(writing)


def _output(process: subprocess.Popen[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", process.stdout)  # we asked for a pipe
