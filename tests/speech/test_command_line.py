"""`python -m speech` as scripts use it: clean output, named errors, exit status."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Barrier

import pytest

from speech.audio import Source
from speech.cli.recognition import transcripts
from speech.errors import UnreadableAudio
from speech.models import DEMO_MODEL, verify
from speech.transcript import Transcript
from tests.speech.conftest import FIRE

OTHER = FIRE.with_name("vm10_suspicious_stranger.wav")


def run(*arguments: str | Path, data_dir: Path) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if k != "VOSK_MODEL"} | {"DATA_DIR": str(data_dir)}
    command = [sys.executable, "-W", "error", "-m", "speech", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environ)


def test_json_lines_in_order_and_a_bad_file_stops_nobody(tmp_path: Path) -> None:
    page = tmp_path / "page.wav"
    page.write_text("<html>")
    done = run("transcribe", "--json", "--jobs", "2", FIRE, page, OTHER, data_dir=tmp_path)
    fire, stranger = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 1
    assert [fire["file"], stranger["file"]] == [str(FIRE), str(OTHER)]
    assert "chữa cháy" in fire["text"] and "tiểu học" in stranger["text"]
    assert Transcript.from_dict(fire).to_dict() == {k: v for k, v in fire.items() if k != "file"}
    note, error = done.stderr.splitlines()
    assert "synthetic speech only" in note
    assert error.startswith(f"{page}: ") and error.endswith("[not-audio]")


@pytest.mark.parametrize(
    ("arguments", "status", "stdout", "stderr"),
    [
        (["transcribe", "--srt", OTHER], 0, "1\n00:00:", "synthetic"),
        (["transcribe", OTHER], 0, "tiểu học", "synthetic"),
        (["transcribe"], 2, "", "FILES"),
        (["transcribe", "--srt", FIRE, OTHER], 2, "", "one file"),
        (["transcribe", "--model", "none", OTHER], 1, "", "[model-missing]"),
        (["evaluate", "none.json"], 1, "", "[bad-manifest]"),
        (["model", "list"], 0, f"* {DEMO_MODEL.name}  6 MB  demonstration", ""),
        (["model", "list"], 0, "vosk-model-vn-0.4  78 MB", ""),
        (["model", "verify", DEMO_MODEL], 0, "8000 Hz", ""),
        (["model", "verify", "none"], 1, "", "[model-missing]"),
        (["model", "install", "vosk-model-xx"], 1, "", "[model-unknown]"),
        (["model", "use", "vosk-model-xx"], 1, "", "[model-missing]"),
        (["model", "use", DEMO_MODEL.name], 0, "is in use for vi", ""),
        (["model", "remove", DEMO_MODEL.name, "--yes"], 1, "", "part of the program"),
    ],
)
def test_commands(arguments: list[str | Path], status: int, stdout: str, stderr: str, tmp_path: Path) -> None:
    done = run(*arguments, data_dir=tmp_path)
    assert done.returncode == status, done.stderr
    assert stdout in done.stdout and bool(stdout) == bool(done.stdout)
    assert stderr in done.stderr and bool(stderr) == bool(done.stderr)


def test_evaluate_counts_over_all_files_and_prefers_the_transcript(tmp_path: Path) -> None:
    entries = [
        {"file": str(FIRE), "text": "khác hẳn", "transcript": "cháy rồi"},
        {
            "file": str(OTHER),
            "text": "Hai hôm nay, có một ông lạ mặt cứ đứng trước cổng trường tiểu học cho kẹo mấy đứa nhỏ.",
        },
    ]
    (tmp_path / "set.json").write_text(json.dumps(entries))
    done = run("evaluate", tmp_path / "set.json", data_dir=tmp_path)
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    # 19 words follow the first two of the fire call; the other call has its usual two errors.
    assert [line.split()[0] for line in lines[:2]] == ["950.00%", "10.00%"]
    assert lines[2].split()[1:5] == ["21", "of", "22", "words,"]
    assert lines[3].split() == ["2", "substituted,", "0", "missing,", "19", "added"]
    assert all("right of words with confidence from" in line for line in lines[4:]) and lines[4:]
    done = run("evaluate", tmp_path / "set.json", "--json", data_dir=tmp_path)
    [measured] = json.loads(done.stdout)["models"]
    assert (measured["model"], measured["wer"], measured["words"]) == (DEMO_MODEL.name, 0.9545, 22)
    assert sum(band["of"] for band in measured["bands"]) == 41
    assert [recording["wer"] for recording in measured["recordings"]] == [9.5, 0.1]


def test_a_model_is_loaded_in_a_child_before_it_is_called_whole_or_used(tmp_path: Path) -> None:
    copy = tmp_path / "stick" / "model"
    shutil.copytree(DEMO_MODEL, copy)
    os.truncate(copy / "graph" / "Gr.fst", 100_000)
    archive = shutil.make_archive(str(tmp_path / "model"), "zip", tmp_path / "stick")
    for command in (("verify", copy), ("install", archive)):
        done = run("model", *command, data_dir=tmp_path)
        assert done.returncode == 1
        assert "does not load; install it again" in done.stderr
    assert not (tmp_path / "models" / "model").exists()


class _Interrupted:
    """An engine that is at one recording for long when Ctrl-C comes at the other."""

    folder, fingerprint = verify(DEMO_MODEL), ""

    def __init__(self) -> None:
        self.reading = Barrier(2)
        self.to_the_end = False

    def transcribe(self, source: Source, *, on_progress: Callable[[float], None] | None = None) -> Transcript:
        assert on_progress
        self.reading.wait(10)
        if source == Path("b"):
            raise KeyboardInterrupt
        for n in range(1_000_000):
            on_progress(n / 1_000_000)
        self.to_the_end = True
        raise UnreadableAudio("damaged", "")


def test_an_interruption_waits_for_no_recording() -> None:
    engine = _Interrupted()
    with pytest.raises(KeyboardInterrupt):
        list(transcripts(engine, (Path("b"), Path("a")), 2))
    assert not engine.to_the_end
