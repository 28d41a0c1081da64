"""Word error rate of a voicemail's whole way, from the webhook to the database, beside the bare engine's.

A hotline of its own is started as `make run` does it; residents call it through the simulator and speak the
held-out recordings.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import jiwer
import requests
from sqlalchemy import select

from bench.measure import progress, record
from bench.voicemails import (
    HELD_OUT,
    Heard,
    as_spoken,
    as_stored,
    bare_loop,
    bare_model,
    differing_words,
    text,
)
from hotline.context import Parts
from hotline.models import Recording
from hotline.models.call import RecordingState
from hotline.settings import Settings
from hotline.telephony.simulator.account import from_settings
from hotline.telephony.simulator.client import SimulatedPhone

ROOT = Path(__file__).parent.parent
START_S, SETTLE_S = 90, 600
LOOK_S = 0.5
ENDS = (RecordingState.TRANSCRIBED, RecordingState.ABSENT, RecordingState.FAILED)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, _hotline(Path(folder)) as settings:
        ours = _transcribed(settings)
    model = bare_model()
    bare = {reference.file.name: as_stored(bare_loop(model, reference.file)) for reference in HELD_OUT}
    differing = differing_words(_texts(bare), _texts(ours))
    spoken = [as_spoken(reference.text) for reference in HELD_OUT]
    rates = [100 * jiwer.wer(spoken, _texts(heard)) for heard in (ours, bare)]
    record(
        "whole_path", rates[:1], rates[1:], what="the bare engine's word error rate", target=1.0,
        better="lower", unit="% of words", differing_words=differing,
    )  # fmt: skip
    print(f"word error rate: {rates[0]:.2f} % from webhook to database, {rates[1]:.2f} % by the bare engine")
    if ours != bare:
        different = [name for name in bare if ours[name] != bare[name]]
        raise SystemExit(f"words, times or confidences differ in {', '.join(different)}")


def _transcribed(settings: Settings) -> dict[str, list[Heard]]:
    """What the database holds of each recording, after a call for each."""
    phone, spoken = SimulatedPhone(from_settings(settings), settings.public_url), {}
    for number, reference in enumerate(HELD_OUT):
        progress(f"call {number + 1} of {len(HELD_OUT)}")
        call = phone.call(f"+849000000{number + 10}", reference.file, hang_up=True)
        if call.error or len(call.recording_sids) != 1:
            raise SystemExit(f"{reference.file.name}: {call.error or 'the call was not recorded once'}")
        spoken[call.recording_sids[0]] = reference.file.name
    database, end = Parts.build(settings).database, time.monotonic() + SETTLE_S
    while True:
        with database.reading() as session:
            done = session.scalars(select(Recording).where(Recording.state.in_(ENDS))).all()
            if len(done) == len(HELD_OUT):
                return {spoken[recording.provider_sid or ""]: _heard(recording) for recording in done}
        progress(f"{len(done)} of {len(HELD_OUT)} transcribed")
        if time.monotonic() > end:
            raise SystemExit(f"only {len(done)} of {len(HELD_OUT)} recordings were done in {SETTLE_S} s")
        time.sleep(LOOK_S)


def _heard(recording: Recording) -> list[Heard]:
    words = recording.transcript["words"] if recording.transcript else []
    return [(word["word"], word["start"], word["end"], word["conf"]) for word in words]


def _texts(heard: dict[str, list[Heard]]) -> list[str]:
    return [text(heard[reference.file.name]) for reference in HELD_OUT]


@contextmanager
def _hotline(folder: Path) -> Iterator[Settings]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = os.environ | {"DATA_DIR": str(folder), "PORT": str(port)}
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "hotline", "run"]
        run = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        settings, end = Settings.from_env(environ), time.monotonic() + START_S
        while not _serves(settings):
            if time.monotonic() > end or run.poll() is not None:
                raise SystemExit(f"the hotline did not start: {(folder / 'log').read_text('utf-8')[-2000:]}")
            time.sleep(LOOK_S)
        yield settings
    finally:
        run.terminate()
        run.wait(30)


def _serves(settings: Settings) -> bool:
    with suppress(requests.RequestException):
        return requests.get(settings.public_url + "/healthz", timeout=2).ok
    return False


if __name__ == "__main__":
    main()
