"""`make bench`: every benchmark beside what it is compared with."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import vosk

from bench.measure import compare
from speech import models
from speech.vosk_engine import VoskEngine

VOICEMAILS = sorted((Path(__file__).parent.parent / "tests/data/voicemails").glob("*.wav"))
CHUNK_FRAMES = 4000


def main() -> None:
    """Our transcription beside a bare KaldiRecognizer loop on the same files and model."""
    engine = VoskEngine.load(models.DEMO_MODEL)
    bare_model = vosk.Model(str(models.DEMO_MODEL))

    def ours() -> list[str]:
        return [engine.transcribe(path).text for path in VOICEMAILS]

    def bare() -> list[str]:
        return [_bare(bare_model, path) for path in VOICEMAILS]

    if ours() != bare():
        raise SystemExit("our text differs from the bare engine's: the times would compare different work")
    compare("speech", ours, bare, what="a bare KaldiRecognizer loop", target=1.05, rounds=5)


def _bare(model: vosk.Model, path: Path) -> str:
    texts = []
    with wave.open(str(path)) as file:
        recognizer = vosk.KaldiRecognizer(model, file.getframerate())
        recognizer.SetWords(True)
        while data := file.readframes(CHUNK_FRAMES):
            if recognizer.AcceptWaveform(data):
                texts.append(json.loads(recognizer.Result())["text"])
    texts.append(json.loads(recognizer.FinalResult())["text"])
    return " ".join(text for text in texts if text)


if __name__ == "__main__":
    main()
