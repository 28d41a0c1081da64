"""What the speech benchmarks have in common: the recordings, a bare loop around the engine, and a check of texts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import jiwer
import soundfile  # type: ignore[import-untyped]  # ships no py.typed
import vosk

from speech import models
from speech.evaluation import Reference, read_manifest

DATA = Path(__file__).parent.parent / "tests/data"
VOICEMAILS = read_manifest(DATA / "voicemails/voicemails.json")
HELD_OUT = read_manifest(DATA / "voicemails_heldout/voicemails.json")
# Enough speech for a steady time, and few enough that a round takes seconds.
TIMED = [reference.file for reference in [*VOICEMAILS[::2], *HELD_OUT[::12]]]
CHUNK_FRAMES = 4000  # as in Vosk's own examples

# A word, its start and its end in seconds, and its confidence.
Heard = tuple[str, float, float, float]


def bare_model() -> vosk.Model:
    vosk.SetLogLevel(-1)
    return vosk.Model(str(models.DEMO_MODEL))


def bare_loop(model: vosk.Model, path: Path) -> list[Heard]:
    """The loop of Vosk's examples, with the least around it that reads mu-law too."""
    results = []
    with soundfile.SoundFile(path) as file:
        recognizer = vosk.KaldiRecognizer(model, file.samplerate)
        recognizer.SetWords(True)
        while len(samples := file.read(CHUNK_FRAMES, dtype="int16")):
            if recognizer.AcceptWaveform(samples.tobytes()):
                results.append(json.loads(recognizer.Result()))
    results.append(json.loads(recognizer.FinalResult()))
    return [
        (w["word"], w["start"], w["end"], w["conf"]) for result in results for w in result.get("result", [])
    ]


def text(words: Sequence[Heard]) -> str:
    return " ".join(word for word, *_ in words)


def as_spoken(written: str) -> str:
    """Words only, as the engine writes them."""
    return " ".join(re.findall(r"\w+", written.lower()))


def differing_words(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words would have to be changed, added or left out in one list of texts to make the other."""
    found = jiwer.process_words(list(one), list(other))
    return int(found.substitutions + found.deletions + found.insertions)


def as_stored(words: Sequence[Heard]) -> list[Heard]:
    """As a transcript's JSON rounds them."""
    return [(word, round(start, 3), round(end, 3), round(conf, 4)) for word, start, end, conf in words]


def require_equal(ours: Mapping[str, object], bare: Mapping[str, object]) -> None:
    """End the benchmark unless both say the same: otherwise the times would compare different work."""
    different = [name for name in ours if ours[name] != bare[name]]
    if different:
        raise SystemExit(f"our words differ from the bare engine's in {', '.join(different)}")


def seconds_of(paths: Sequence[Path]) -> float:
    return float(sum(soundfile.info(path).duration for path in paths))


def files(references: Sequence[Reference]) -> list[Path]:
    return [reference.file for reference in references]
