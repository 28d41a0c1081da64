"""A hotline as an operator starts it: `python -m hotline run` in a new folder, one for a module's journeys."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hotline.settings import Settings
from tests.conftest import OURS
from tests.ops.running import Running, running

ROOT = Path(__file__).parents[2]
STATED = {"HOTLINE_LANG": "en", "WEB_WORKERS": "1", "LOG_FORMAT": "json"}


@dataclass(frozen=True)
class Stack:
    """The running program with its environment, and the command line beside it."""

    program: Running
    environ: dict[str, str]

    @property
    def settings(self) -> Settings:
        return Settings.from_env(self.environ)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "hotline", *arguments]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environ, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *arguments: str) -> str:
        """A command's output; fails with its errors unless it ends well."""
        with self.start(*arguments) as process:
            output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, (arguments, output, errors)
        return output

    def tip(self, code: str) -> dict[str, Any]:
        return json.loads(self.run("tip", "show", code, "--json"))

    def leader(self, word: str) -> int | None:
        """The supervisor's own child that runs a command."""
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == self.program.process.pid and word.encode() in (folder / "cmdline").read_bytes():
                    return int(folder.name)
        return None


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    clean = {key: value for key, value in os.environ.items() if key not in OURS}
    environ = clean | STATED | {"DATA_DIR": str(tmp_path_factory.mktemp("run") / "data"), "PORT": str(port)}
    with running([sys.executable, "-m", "hotline", "run"], environ, ROOT) as program:
        program.wait_for("The hotline is running", seconds=90)
        yield Stack(program, environ)
