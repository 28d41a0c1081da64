"""Speak a list of sentences as telephone voicemails, for measuring recognition: synthetic voices, no person's.

`python scripts/make_voicemails.py LIST.json FOLDER` reads a JSON list of

    {"file": "vm01.wav", "text": "a lô, tôi ở thôn ba", "voice": "vi-vn-x-south+f2"}

with optional `rate_wpm` (160), `pitch` (50, of 0-99), `noise` (pink, white, hum or quiet), `snr_db` (25, before the
telephone's band; 17 is a bad line) and `level_db` (-26 dBFS), and writes each `file` below FOLDER: 8 kHz, mono,
mu-law for .wav (8 kB a second), else what the ending says (.flac, .ogg). Voices are `vi`, `vi-vn-x-central` and
`vi-vn-x-south`, alone or with one of the variants of `espeak-ng --voices=variant`. The noise follows from the file's
name, so a list always makes the same files with one version of espeak-ng. That program speaks (Debian: apt-get
install espeak-ng); it is GPL, needed for this script only, and nothing of it is shipped.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

TELEPHONE = 8000
BAND_HZ = (300, 3400)  # ITU-T G.712, the pass band of a telephone channel
EDGE_S = 0.7  # callers start after the tone and hang up after the last word

Samples = np.ndarray[Any, np.dtype[np.float64]]


def main(arguments: list[str]) -> None:
    if len(arguments) != 2:
        sys.exit("usage: python scripts/make_voicemails.py LIST.json FOLDER")
    manifest, folder = map(Path, arguments)
    for entry in json.loads(manifest.read_text("utf-8")):
        target = folder / entry["file"]
        target.parent.mkdir(parents=True, exist_ok=True)
        subtype = "ULAW" if target.suffix == ".wav" else None
        soundfile.write(target, voicemail(entry), TELEPHONE, subtype=subtype)


def voicemail(entry: dict[str, Any]) -> Samples:
    """The sentence, with noise from the room, as a telephone would deliver it, 8 kHz, -1 to 1."""
    voice = np.pad(spoken(entry), round(EDGE_S * TELEPHONE))
    hiss = noise(
        entry.get("noise", "pink"), voice.size, np.random.default_rng(zlib.crc32(entry["file"].encode()))
    )
    if hiss.any():
        voice += hiss * rms(voice) / rms(hiss) * 10 ** (-entry.get("snr_db", 25) / 20)
    heard = telephone_band(voice)
    heard *= 10 ** (entry.get("level_db", -26) / 20) / rms(heard)
    return np.clip(heard, -0.99, 0.99)


def spoken(entry: dict[str, Any]) -> Samples:
    """The sentence from espeak-ng, lowered to 8 kHz."""
    command = ["espeak-ng", "--stdout", "-v", entry["voice"]]
    command += ["-s", str(entry.get("rate_wpm", 160)), "-p", str(entry.get("pitch", 50))]
    try:
        said = subprocess.run(
            [*command, "--stdin"], input=entry["text"].encode(), capture_output=True, check=True
        )
    except FileNotFoundError:
        sys.exit("espeak-ng is not installed: apt-get install espeak-ng")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{entry['file']}: espeak-ng refused it: {error.stderr.decode(errors='replace').strip()}")
    # Written to a pipe, the header's length is a guess; soundfile reads what is there.
    samples, rate = soundfile.read(io.BytesIO(said.stdout), dtype="float64")
    return soxr.resample(samples, rate, TELEPHONE)


def noise(kind: str, size: int, rng: np.random.Generator) -> Samples:
    if kind == "quiet":
        return np.zeros(size)
    if kind == "hum":  # mains and its harmonics, as in a bad adapter
        time = np.arange(size) / TELEPHONE
        return sum(np.sin(2 * np.pi * 50 * n * time + rng.uniform(0, 6)) / n for n in range(1, 40))
    white = rng.normal(size=size)
    if kind == "white":
        return white
    if kind == "pink":
        spectrum = np.fft.rfft(white)
        return np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(spectrum.size))), size)
    sys.exit(f"noise {kind!r} is none of pink, white, hum, quiet")


def telephone_band(samples: Samples) -> Samples:
    """Two-pole Butterworth edges at 300 and 3400 Hz (bilinear), without their delay."""
    low, high = (np.tan(np.pi * hz / TELEPHONE) for hz in BAND_HZ)
    warped = np.tan(np.pi * np.fft.rfftfreq(samples.size, 1 / TELEPHONE)[1:-1] / TELEPHONE)
    gain = np.zeros(samples.size // 2 + 1)
    gain[1:-1] = 1 / np.sqrt((1 + (low / warped) ** 4) * (1 + (warped / high) ** 4))
    return np.fft.irfft(np.fft.rfft(samples) * gain, samples.size)


def rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2)))


if __name__ == "__main__":
    main(sys.argv[1:])
