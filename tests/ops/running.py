"""A program under test as a real process: its output so far, and what it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.ops.waiting import until


class Running:
    """A child process in its own group whose output is collected while it runs."""

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str], cwd: Path) -> None:
        self.process = subprocess.Popen(
            argv,
            env=environ,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._output = bytearray()
        self._reader = threading.Thread(target=self._collect, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        return self._output.decode("utf-8", "replace")

    def wait_for(self, piece: str, seconds: float = 30.0, times: int = 1) -> str:
        def there() -> bool:
            if self.text.count(piece) < times and self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode} before {piece!r}:\n{self.text}")
            return self.text.count(piece) >= times

        try:
            until(there, f"{piece!r} in its output", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text}") from None
        return self.text

    def stop(self, number: signal.Signals = signal.SIGINT, seconds: float = 30.0) -> int:
        self.process.send_signal(number)
        return self.finish(seconds)

    def finish(self, seconds: float = 30.0) -> int:
        status = self.process.wait(seconds)
        self._reader.join(seconds)
        return status

    def _collect(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            while piece := os.read(stream.fileno(), 65_536):
                self._output += piece


@contextlib.contextmanager
def running(argv: Sequence[str], environ: Mapping[str, str], cwd: Path) -> Iterator[Running]:
    """Start a program, and make sure of its end when the test is over."""
    program = Running(argv, environ, cwd)
    try:
        yield program
    finally:
        if program.process.poll() is None:
            program.process.terminate()
            try:
                program.finish(20)
            except subprocess.TimeoutExpired:
                program.process.kill()
                program.finish()


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not collected yet does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def processes_with(word: str) -> list[int]:
    """The processes that carry `word` in their environment or command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            text = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
            if word.encode() in text and int(folder.name) != os.getpid() and alive(int(folder.name)):
                found.append(int(folder.name))
    return found
