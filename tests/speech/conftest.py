"""One loaded engine for all tests, and recordings in every form a provider may send."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from speech.models import DEMO_MODEL
from speech.vosk_engine import VoskEngine

VOICEMAILS = Path(__file__).parents[1] / "data" / "voicemails"
FIRE = VOICEMAILS / "vm09_fire.wav"


@pytest.fixture(scope="session")
def engine() -> VoskEngine:
    return VoskEngine.load(DEMO_MODEL)


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same eight seconds of speech, re-encoded; silence, noise and nothing at all besides."""
    folder = tmp_path_factory.mktemp("recordings")
    speech, rate = soundfile.read(FIRE, dtype="float32")
    noise = np.random.default_rng(7).normal(0, 0.1, 2 * rate).astype("float32")
    made = {
        "mulaw.wav": (speech, rate, "WAV", "ULAW"),
        "alaw.wav": (speech, rate, "WAV", "ALAW"),
        "float.wav": (speech, rate, "WAV", "FLOAT"),
        "voice.mp3": (speech, rate, "MP3", None),
        "vorbis.ogg": (speech, rate, "OGG", "VORBIS"),
        "opus.ogg": (speech, rate, "OGG", "OPUS"),
        "voice.flac": (speech, rate, "FLAC", None),
        "stereo.wav": (np.stack([speech, speech], axis=1), rate, "WAV", "PCM_16"),
        # Half the samples: 4 kHz is below what the model takes, so we must raise it.
        "low.wav": (speech[::2], rate // 2, "WAV", "PCM_16"),
        "silence.wav": (np.zeros(2 * rate, "float32"), rate, "WAV", "PCM_16"),
        "noise.wav": (noise, rate, "WAV", "PCM_16"),
        "no-frames.wav": (np.zeros(0, "float32"), rate, "WAV", "PCM_16"),
    }
    for name, (samples, sample_rate, container, codec) in made.items():
        soundfile.write(folder / name, samples, sample_rate, format=container, subtype=codec)
    return {name: folder / name for name in made}
