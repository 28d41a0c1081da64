"""Two hundred recordings that are damaged, lie about themselves, or are none: made anew from small seeds, always the same."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

PHONES = Path(__file__).parents[1] / "data" / "audio"
_RATES = (4000, 5512, 6000, 8000, 11025, 12000, 16000, 22050, 32000, 44100, 48000, 96000, 192_000)


def odd_files() -> Iterator[tuple[str, bytes]]:
    """A name that tells what is wrong, and the content."""
    yield from _no_audio()
    yield from _lying_headers()
    yield from _bombs()
    yield from _rates_and_channels()
    seed = 0
    for name, whole in _whole_files():
        for kind, damage in (("cut", _cut), ("bits", _flipped), ("hole", _hole), ("splice", _spliced)):
            for _ in range(1 if name in _SLOW else 2):
                seed += 1
                yield f"{kind} {name} {seed}", damage(whole, random.Random(seed))


def wav(samples: np.ndarray, rate: int = 8000, container: str = "WAV", codec: str | None = "PCM_16") -> bytes:
    """An encoded recording."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=container, subtype=codec)
    return file.getvalue()


def keypad(rate: int, on_s: float = 0.1) -> np.ndarray:
    """The keys 1, 5, 9 and # as a telephone sends them (ITU-T Q.23), with 0.1 s between."""
    time = np.arange(round(rate * on_s)) / rate
    tones = [
        0.2 * (np.sin(2 * np.pi * row * time) + np.sin(2 * np.pi * column * time))
        for row, column in ((697, 1209), (770, 1336), (852, 1477), (941, 1477))
    ]
    return np.concatenate([part for tone in tones for part in (tone, np.zeros(rate // 10))])


def mp4_that_promises(samples: int) -> bytes:
    """An MP4 of a few hundred bytes whose index announces so many samples of one byte (ISO/IEC 14496-12)."""

    def box(name: bytes, *content: bytes) -> bytes:
        body = b"".join(content)
        return struct.pack(">I4s", 8 + len(body), name) + body

    entry = box(b"samr", bytes(6), struct.pack(">HHHIHHHHI", 1, 0, 0, 0, 1, 16, 0, 0, 8000 << 16))
    table = box(
        b"stbl",
        box(b"stsd", bytes(4), struct.pack(">I", 1), entry),
        box(b"stts", bytes(4), struct.pack(">III", 1, samples, 1)),
        box(b"stsc", bytes(4), struct.pack(">IIII", 1, 1, samples, 1)),
        box(b"stsz", bytes(4), struct.pack(">II", 13, samples)),
        box(b"stco", bytes(4), struct.pack(">II", 1, 8)),
    )
    media = box(
        b"mdia",
        box(b"mdhd", bytes(12), struct.pack(">IIHH", 8000, samples, 0, 0)),
        box(b"hdlr", bytes(8), b"soun", bytes(13)),
        box(b"minf", table),
    )
    header = box(b"mvhd", bytes(12), struct.pack(">II", 8000, samples), bytes(80))
    track = box(b"trak", box(b"tkhd", bytes(12), struct.pack(">I", 1), bytes(68)), media)
    return box(b"ftyp", b"M4A ", bytes(4)) + box(b"moov", header, track) + box(b"mdat", bytes(64))


@cache
def _voice() -> np.ndarray:
    return soundfile.read(PHONES.parent / "voicemails" / "vm09_fire.wav", dtype="float32")[0][:12_000]


_SLOW = ("m4a", "two-speakers.mp4", "webm", "amr", "3gp", "wma", "aac", "speex")


@cache
def _whole_files() -> tuple[tuple[str, bytes], ...]:
    voice = _voice()
    made = [
        ("wav", wav(voice)),
        ("mulaw", wav(voice, codec="ULAW")),
        ("alaw", wav(voice, codec="ALAW")),
        ("gsm", wav(voice, codec="GSM610")),
        ("adpcm", wav(voice, codec="IMA_ADPCM")),
        ("float", wav(voice, codec="FLOAT")),
        ("stereo", wav(np.stack([voice, voice[::-1]], axis=1))),
        ("mp3", wav(voice, container="MP3", codec=None)),
        ("vorbis", wav(voice, container="OGG", codec="VORBIS")),
        ("opus", wav(voice, container="OGG", codec="OPUS")),
        ("flac", wav(voice, container="FLAC")),
    ]
    kept = (
        "voice.m4a",
        "two-speakers.mp4",
        "voice.webm",
        "narrow.amr",
        "voice.3gp",
        "voice.wma",
        "voice.aac",
        "speex.ogg",
    )
    return tuple(made) + tuple(
        (name, (PHONES / file).read_bytes()) for name, file in zip(_SLOW, kept, strict=True)
    )


def _cut(whole: bytes, chance: random.Random) -> bytes:
    return whole[: chance.randrange(1, len(whole))]


def _flipped(whole: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(whole)
    for _ in range(chance.randrange(1, 40)):
        # Half of them among the first bytes, where headers are.
        reach = len(damaged) if chance.random() < 0.5 else min(200, len(damaged))
        damaged[chance.randrange(reach)] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def _hole(whole: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(whole)) for _ in range(2))
    return whole[:start] + bytes(end - start) + whole[end:]


def _spliced(whole: bytes, chance: random.Random) -> bytes:
    _, other = chance.choice(_whole_files())
    return whole[: chance.randrange(len(whole))] + other[chance.randrange(len(other)) :]


def _no_audio() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "one byte", b"R"
    yield "text named .wav", "Không tìm thấy bản ghi âm. ".encode() * 40
    yield "an error page", b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>" * 100
    yield "JSON", b'{"code": 20404, "status": 404}'
    yield "zeros", bytes(5000)
    yield "ones", b"\xff" * 5000
    yield "a picture", b"\x89PNG\r\n\x1a\n" + bytes(3000)
    yield "a playlist", b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n"
    yield "an ffconcat", b"ffconcat version 1.0\nfile /etc/passwd\n"
    yield "a PDF", b"%PDF-1.7\n" + bytes(3000)
    yield "a zip", b"PK\x03\x04" + bytes(3000)
    yield "an AVI film", b"RIFF" + struct.pack("<I", 500) + b"AVI LIST" + bytes(488)
    yield "a HEIC picture", b"\0\0\0\x18ftypheic" + bytes(400)
    for seed in range(8):
        yield f"random bytes {seed}", random.Random(seed).randbytes(5000)
    for magic in (b"RIFF", b"OggS", b"fLaC", b"ID3\x04", b"\xff\xfb", b"\xff\xf1", b"#!AMR\n", b"\x1aE\xdf\xa3",
                  b"\0\0\0\x20ftypM4A ", b"0&\xb2u\x8ef\xcf\x11", b"caff", b"FORM", b".snd"):  # fmt: skip
        yield f"random bytes after {magic!r}", magic + random.Random(magic).randbytes(3000)


def _lying_headers() -> Iterator[tuple[str, bytes]]:
    whole = wav(_voice())
    for what, at, form, values in (
        ("RIFF size", 4, "<I", (0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF)),
        ("fmt size", 16, "<I", (0, 2, 0x7FFF_FFFF, 0xFFFF_FFFF)),
        ("codec", 20, "<H", (0, 2, 0x31, 0x55, 0xFFFE, 0xFFFF)),
        ("channels", 22, "<H", (0, 3, 255, 0xFFFF)),
        ("rate", 24, "<I", (0, 1, 999, 0x7FFF_FFFF, 0xFFFF_FFFF)),
        ("block", 32, "<H", (0, 0xFFFF)),
        ("bits", 34, "<H", (0, 1, 7, 64, 0xFFFF)),
        ("data size", 40, "<I", (0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF)),
    ):
        for value in values:
            lying = bytearray(whole)
            struct.pack_into(form, lying, at, value)
            yield f"{what} {value}", bytes(lying)
    nested = whole[36:]
    for _ in range(2000):
        nested = b"LIST" + struct.pack("<I", len(nested) + 4) + b"INFO" + nested
    yield "nested chunks", whole[:36] + nested
    yield "a chunk of 4 GB before the sound", whole[:36] + b"JUNK\xf0\xff\xff\xff" + whole[36:]
    yield "ten thousand chunks", whole[:36] + b"JUNK\x02\0\0\0ab" * 10_000 + whole[36:]
    yield "a tag of 256 MB", b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(2000)


def _bombs() -> Iterator[tuple[str, bytes]]:
    flac = bytearray(wav(np.zeros(15 * 60 * 8000, np.int16), container="FLAC"))
    yield "FLAC of a quarter of an hour in 17 kB", bytes(flac)
    rate_and_channels = int.from_bytes(flac[18:22], "big")
    flac[18:22] = (rate_and_channels & 0xFF | 655_350 << 12 | 7 << 9).to_bytes(4, "big")
    yield "FLAC that says 655,350 Hz on 8 channels", bytes(flac)
    yield "AMR of six hours of nothing sent", b"#!AMR\n" + b"\x7c" * (6 * 3600 * 50)
    yield "MP4 that promises 4,000,000,000 samples", mp4_that_promises(4_000_000_000)
    yield "MP4 that promises 200,000,000 samples", mp4_that_promises(200_000_000)
    yield "WAV with 65,535 channels", wav(np.zeros((4, 1000), np.int16))


def _rates_and_channels() -> Iterator[tuple[str, bytes]]:
    chance = np.random.default_rng(7)
    for rate in _RATES:
        yield f"noise at {rate} Hz", wav(chance.normal(0, 0.1, rate // 4), rate)
    for channels in (2, 3, 6, 8, 9):
        yield f"noise on {channels} channels", wav(chance.normal(0, 0.1, (2000, channels)))
    yield "keys at 48 kHz", wav(keypad(48_000), 48_000)
    yield "silence", wav(np.zeros(8000))
    yield "one frame", wav(np.zeros(1))
