"""What the caller says, as the telephone carries it: 8 kHz mono 16-bit samples."""

from __future__ import annotations

import io
import math
import wave
from array import array

import numpy as np
import soundfile  # type: ignore[import-untyped]  # ships no types
import soxr  # type: ignore[import-untyped]  # ships no types

from hotline.telephony.simulator.errors import SimulatorError

RATE = 8000
FRAME = RATE // 50  # 20 ms, the telephone network's own packet
# On the sample voicemails the noise of the line stays below 85 of 32,768 and speech has a median above 220.
SPEECH_RMS = 120
# Soft first and last consonants fall below the threshold; a quarter of a second keeps them.
MARGIN = RATE // 4


def read_speech(source: bytes) -> array[int]:
    """Decode any audio file to telephone samples; raises SimulatorError when it holds none."""
    try:
        sound, rate = soundfile.read(io.BytesIO(source), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise SimulatorError(f"this file is not audio that can be played: {error}") from error
    samples = array("h")
    if len(sound):
        mono = soxr.resample(sound.mean(axis=1), rate, RATE)
        samples.frombytes(np.clip(mono * 32768, -32768, 32767).round().astype("<i2").tobytes())
    if not samples:
        raise SimulatorError("this audio file is empty")
    return samples


def write_wav(samples: array[int]) -> bytes:
    """The samples as a WAV file (PCM, 8 kHz, mono)."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def wav_to_mp3(source: bytes) -> bytes:
    """The same sound as MP3."""
    sound, rate = soundfile.read(io.BytesIO(source), dtype="int16")
    buffer = io.BytesIO()
    soundfile.write(buffer, sound, rate, format="MP3")
    return buffer.getvalue()


def speech_frames(samples: array[int]) -> list[bool]:
    """For each 20 ms, whether somebody speaks."""
    return [_rms(samples[start : start + FRAME]) >= SPEECH_RMS for start in range(0, len(samples), FRAME)]


def end_by_silence(samples: array[int], timeout_s: float) -> float:
    """The second at which silence has lasted `timeout_s`, since the beep or the last word.

    After the samples the line is silent.
    """
    silent_since = 0
    for index, speaking in enumerate(speech_frames(samples)):
        if speaking:
            silent_since = (index + 1) * FRAME
        elif (index + 1) * FRAME - silent_since >= timeout_s * RATE:
            break
    return silent_since / RATE + timeout_s


def cut(samples: array[int], seconds: float) -> array[int]:
    """Exactly `seconds` of the line: the samples, then silence."""
    wanted = round(seconds * RATE)
    return samples[:wanted] + array("h", bytes(2 * max(0, wanted - len(samples))))


def trim_silence(samples: array[int]) -> array[int]:
    """Without the silence before the first and after the last word; empty when nobody spoke."""
    frames = speech_frames(samples)
    if True not in frames:
        return array("h")
    first, last = frames.index(True), len(frames) - 1 - frames[::-1].index(True)
    return samples[max(0, first * FRAME - MARGIN) : (last + 1) * FRAME + MARGIN]


def whole_seconds(samples: array[int]) -> int:
    """The length as RecordingDuration gives it."""
    return max(1, round(len(samples) / RATE))


def _rms(samples: array[int]) -> float:
    return math.sqrt(sum(s * s for s in samples) / len(samples))
