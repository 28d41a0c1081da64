"""`python -m hotline run` as a person meets it: real processes on a free port in a new folder."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.cli.run import serves
from tests.ops.running import Running, processes_with, running
from tests.ops.waiting import until

ROOT = Path(__file__).parents[2]
RUN = [sys.executable, "-m", "hotline", "run"]
SERVING = "Ctrl-C stops it"  # the last line of the announcement
PASSWORD = re.compile(r"one-time password: ([a-z2-9-]{14})")
COMMANDS = {
    "web": "gunicorn",
    "worker": "workers\0default",
    "provider": "workers\0provider",
    "speech": "workers\0speech",
    "scheduler": "workers\0scheduler",
    "valkey": "valkey-server",
}


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path / "data"),
        "PORT": str(free_port()),
        "HOTLINE_LANG": "en",
        "WEB_WORKERS": "1",
    }


@pytest.fixture
def hotline(environ: dict[str, str]) -> Iterator[Running]:
    with running(RUN, environ, ROOT) as program:
        program.wait_for(SERVING, seconds=60)
        yield program
    until(lambda: not ours(environ), "every process ended")


def ours(environ: dict[str, str]) -> list[int]:
    return processes_with(environ["DATA_DIR"])


def leader(program: Running, word: str) -> int | None:
    """The supervisor's own child that runs a command."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == program.process.pid and word.encode() in (folder / "cmdline").read_bytes():
                return int(folder.name)
    return None


def test_a_new_folder_is_served_and_every_process_is_replaced_when_it_dies(hotline, environ):
    port, data_dir = int(environ["PORT"]), Path(environ["DATA_DIR"])
    for address in ("/admin/", "/phone", "/healthz"):
        assert f"http://127.0.0.1:{port}{address}" in hotline.text
    password = PASSWORD.search(hotline.text)
    assert password
    for name in ("secrets.json", "keyring.json"):
        assert stat.S_IMODE((data_dir / name).stat().st_mode) == 0o600
        assert password[1] not in (data_dir / name).read_text()
    for name, word in COMMANDS.items():
        killed = until(lambda word=word: leader(hotline, word), f"{name} runs")
        os.kill(killed, signal.SIGKILL)
        hotline.wait_for(f"{name} ended (signal SIGKILL); starting it again")
        until(lambda word=word, killed=killed: leader(hotline, word) not in (None, killed), f"a new {name}")
    until(lambda: serves(port), "the web process answers again", 60)

    with running(RUN, environ, ROOT) as second:
        assert second.finish() == 1
        assert f"the hotline already runs on {data_dir} (process {hotline.process.pid})" in second.text
    with running(RUN, environ | {"DATA_DIR": str(data_dir.parent / "other")}, ROOT) as other:
        assert other.finish() == 1
        assert f"port {port} cannot be used" in other.text
        assert not (data_dir.parent / "other" / "hotline.db").exists()

    assert hotline.stop() == 0
    assert ours(environ) == []
    assert "Traceback" not in hotline.text.partition(SERVING)[0]


def test_a_killed_run_leaves_nothing_and_starts_again_with_its_data(hotline, environ):
    secrets = (Path(environ["DATA_DIR"]) / "secrets.json").read_text()
    hotline.stop(signal.SIGKILL)
    with running(RUN, environ, ROOT) as again:
        again.wait_for(SERVING, seconds=60)
        assert PASSWORD.search(again.text)[1] != PASSWORD.search(hotline.text)[1]
        assert len({os.getpgid(pid) for pid in ours(environ)}) >= len(COMMANDS)
        assert (Path(environ["DATA_DIR"]) / "secrets.json").read_text() == secrets
        assert again.stop(signal.SIGTERM) == 0
    assert ours(environ) == []


def test_bad_settings_are_named_before_anything_starts(environ):
    with running(RUN, environ | {"PORT": "eighty", "WEB_WORKERS": "none"}, ROOT) as program:
        assert program.finish() == 1
        assert "PORT" in program.text
        assert "WEB_WORKERS" in program.text
        assert "Traceback" not in program.text
