"""What the caller says, as the telephone carries it: 8 kHz mono 16-bit samples."""

from __future__ import annotations

import io
import math
import wave
from array import array

import av
from av.audio.resampler import AudioResampler

from hotline.telephony.simulator.errors import SimulatorError

RATE = 8000
FRAME = RATE // 50  # 20 ms, the telephone network's own packet
# On the sample voicemails the noise of the line stays below 85 of 32,768 and speech has a median above 220.
SPEECH_RMS = 120
# Soft first and last consonants fall below the threshold; a quarter of a second keeps them.
MARGIN = RATE // 4


def read_speech(source: bytes) -> array[int]:
    """Decode any audio file to telephone samples; raises SimulatorError when it holds none."""
    samples = array("h")
    try:
        with av.open(io.BytesIO(source), mode="r") as container:
            resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
            for frame in container.decode(audio=0):
                for part in resampler.resample(frame):
                    samples.frombytes(bytes(part.planes[0])[: part.samples * 2])
            for part in resampler.resample(None):
                samples.frombytes(bytes(part.planes[0])[: part.samples * 2])
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise SimulatorError(f"this file is not audio that can be played: {error}") from error
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
    buffer = io.BytesIO()
    with (
        av.open(io.BytesIO(source), mode="r") as container,
        av.open(buffer, mode="w", format="mp3") as output,
    ):
        stream = output.add_stream("mp3", rate=RATE)
        for frame in container.decode(audio=0):
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
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
