"""Our transcription, from a file and from the sealed store, beside a bare KaldiRecognizer loop."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path

from bench.measure import interleaved, on_one_core, ratio, record
from bench.voicemails import HELD_OUT, TIMED, VOICEMAILS, Heard, bare_loop, bare_model, files, require_equal
from hotline.storage import AudioStore
from speech import models
from speech.transcript import Transcript
from speech.vosk_engine import VoskEngine

ROUNDS = 5


def main() -> None:
    on_one_core()
    engine, model, key = VoskEngine.load(models.DEMO_MODEL), bare_model(), secrets.token_bytes(32)
    every = files([*VOICEMAILS, *HELD_OUT])
    with tempfile.TemporaryDirectory() as folder:
        store = AudioStore(Path(folder).as_uri())
        stored = {path: store.put(key, [path.read_bytes()]) for path in every}

        def from_file(path: Path) -> list[Heard]:
            return _words(engine.transcribe(path))

        def from_store(path: Path) -> list[Heard]:
            with store.open(key, stored[path]) as audio:
                return _words(engine.transcribe(audio))

        def bare(path: Path) -> list[Heard]:
            return bare_loop(model, path)

        heard = {path.name: bare(path) for path in every}
        require_equal({path.name: from_file(path) for path in every}, heard)
        require_equal({path.name: from_store(path) for path in every}, heard)
        print(f"words, times and confidences of {len(every)} files are the bare engine's", flush=True)
        times = interleaved({"file": from_file, "store": from_store, "bare": bare}, TIMED, ROUNDS)
    bare_times = times["bare"]
    for name, ours in (("speech", times["file"]), ("speech_store", times["store"])):
        record(
            name, ours.wall, bare_times.wall, what="a bare KaldiRecognizer loop", target=1.05, better="lower",
            unit="s", by_cpu_time=round(ratio(ours.cpu, bare_times.cpu), 3),
        )  # fmt: skip


def _words(transcript: Transcript) -> list[Heard]:
    return [(word.word, word.start, word.end, word.conf) for word in transcript.words]


if __name__ == "__main__":
    main()
