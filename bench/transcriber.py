"""Our transcription beside the `vosk-transcriber` program that comes with Vosk, on a folder of files."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.measure import interleaved, on_one_core, ratio, record
from bench.voicemails import HELD_OUT, TIMED, VOICEMAILS, differing_words, files
from speech import models
from speech.vosk_engine import VoskEngine

ROUNDS = 3
MAY_DIFFER = 0.005
PROGRAM = Path(sys.executable).parent / "vosk-transcriber"


def main() -> None:
    if shutil.which("ffmpeg") is None:
        print(
            "speech_transcriber: SKIPPED, vosk-transcriber needs the ffmpeg program: apt-get install ffmpeg"
        )
        return
    on_one_core()
    engine = VoskEngine.load(models.DEMO_MODEL)
    every = files([*VOICEMAILS, *HELD_OUT])
    theirs = _transcriber(every)
    written = [theirs[path.stem] for path in every]
    differing = differing_words(written, [engine.transcribe(path).text for path in every])
    words = sum(len(line.split()) for line in written)
    # It raises everything to 16 kHz and libvosk lowers it again, which changes the samples a little.
    print(f"{differing} of {words} words differ from vosk-transcriber's", flush=True)
    if differing > MAY_DIFFER * words:
        raise SystemExit("that is more than its resampling explains: the times would compare different work")

    times = interleaved(
        {
            "ours": lambda paths: [engine.transcribe(path).text for path in paths],
            "theirs": _transcriber,
            "start": lambda _: _transcriber([]),
        },
        [TIMED],
        ROUNDS,
    )
    # Python's start and loading the model are no part of our time, so they are taken out of theirs.
    work, cpu = (
        [total - start for total, start in zip(theirs, start, strict=True)]
        for theirs, start in (
            (times["theirs"].wall, times["start"].wall),
            (times["theirs"].cpu, times["start"].cpu),
        )
    )
    record(
        "speech_transcriber", times["ours"].wall, work, what="the vosk-transcriber program without its start",
        target=1.05, better="lower", unit="s", differing_words=differing,
        by_cpu_time=round(ratio(times["ours"].cpu, cpu), 3),
    )  # fmt: skip


def _transcriber(paths: list[Path]) -> dict[str, str]:
    """What the program writes for each file, by the file's name without ending."""
    with tempfile.TemporaryDirectory() as folder:
        given, written = Path(folder) / "in", Path(folder) / "out"
        given.mkdir()
        written.mkdir()
        for path in paths:
            (given / path.name).symlink_to(path)
        command: list[str | Path] = [
            PROGRAM,
            "-m",
            models.DEMO_MODEL,
            "-i",
            given,
            "-o",
            written,
            "--log-level",
            "error",
        ]
        subprocess.run(command, check=True, capture_output=True)
        return {
            path.stem: " ".join((written / f"{path.stem}.txt").read_text("utf-8").split()) for path in paths
        }


if __name__ == "__main__":
    main()
