"""Whatever the bytes are: a recording with its facts, or a refusal by name, in bounded time and memory."""

from __future__ import annotations

import io
import resource
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.audio import AudioInfo, channel_chunks, probe
from speech.errors import UnreadableAudio
from tests.speech.conftest import FIRE
from tests.speech.odd_files import PHONES, keypad, odd_files, wav

CODES = {
    "empty-file", "not-audio", "unsupported-format", "no-audio-stream", "truncated", "damaged", "too-long",
    "unreadable-file",
}  # fmt: skip
LIMIT_S = 10 * 60  # instead of four hours, so that bombs are small
EXPECTED = {
    "nothing": "empty-file",
    "text named .wav": "not-audio",
    "an error page": "not-audio",
    "a playlist": "not-audio",
    "an ffconcat": "not-audio",
    "an AVI film": "unsupported-format",
    "a HEIC picture": "truncated",
    "rate 4294967295": "unsupported-format",
    "nested chunks": "no-audio-stream",
    "ten thousand chunks": "no-audio-stream",
    "FLAC of a quarter of an hour in 17 kB": "too-long",
    "FLAC that says 655,350 Hz on 8 channels": "unsupported-format",
    "AMR of six hours of nothing sent": "too-long",
    "MP4 that promises 4,000,000,000 samples": "truncated",
    "noise at 4000 Hz": "noise",
    "noise at 192000 Hz": "noise",
    "noise on 8 channels": "noise",
    "noise on 9 channels": "unsupported-format",
    "keys at 48 kHz": "tones",
    "silence": "silence",
    "one frame": "silence",
}


def outcome(content: bytes) -> str:
    """The code of the refusal, or what is heard."""
    file = io.BytesIO(content)
    try:
        info = probe(file, LIMIT_S)
    except UnreadableAudio as refused:
        assert refused.code in CODES and str(refused)
        return refused.code
    assert set(info.speakers) <= {0, 1}
    assert bool(info.speakers) == (info.sound != "tones")
    if info.speakers and info.container in ("wav", "mp3", "ogg", "flac"):
        check(info, file)
    return info.sound


def check(info: AudioInfo, file: io.BytesIO) -> None:
    """What was announced is what is then read."""
    frames = 0
    for chunks in channel_chunks(file, None, info.speakers, LIMIT_S):
        assert len({len(chunk) for chunk in chunks}) == 1 and len(chunks) == len(info.speakers)
        frames += len(chunks[0]) // 2
    assert frames == round(info.duration_s * info.sample_rate)


def test_two_hundred_odd_files_end_by_name() -> None:
    files = dict(odd_files())
    assert len(files) >= 200
    with ThreadPoolExecutor(2) as pool:
        running = {name: pool.submit(outcome, content) for name, content in files.items()}
        outcomes = {name: future.result(timeout=60) for name, future in running.items()}
    assert {name: outcomes[name] for name in EXPECTED} == EXPECTED


def _voice(file: Path) -> np.ndarray:
    return np.frombuffer(file.read_bytes()[44:], np.int16)[:60_000] / 32768


FIRE_VOICE = _voice(FIRE)
VOICE = FIRE_VOICE[:4000]
WHOLE = [
    wav(VOICE),
    wav(VOICE, codec="GSM610"),
    wav(VOICE, container="MP3", codec=None),
    wav(VOICE, container="OGG", codec="VORBIS"),
    wav(VOICE, container="FLAC"),
]
edits = st.tuples(
    st.floats(0, 1), st.sampled_from(["set", "drop", "insert"]), st.binary(min_size=1, max_size=8)
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(WHOLE), st.lists(edits, min_size=1, max_size=6))
def test_edited_bytes_end_by_name(whole: bytes, changes: list[tuple[float, str, bytes]]) -> None:
    content = bytearray(whole)
    for place, kind, value in changes:
        at = int(place**3 * len(content))  # mostly near the front, where the headers are
        replaced = {"set": len(value), "drop": 16 * len(value), "insert": 0}[kind]
        content[at : at + replaced] = b"" if kind == "drop" else value
    outcome(bytes(content))


@pytest.mark.parametrize(("rate", "on_s"), [(4000, 0.1), (8000, 0.05), (8000, 0.3), (44_100, 0.1)])
def test_pressed_keys_are_tones_at_any_rate_and_on_a_noisy_line(rate: int, on_s: float) -> None:
    keys = keypad(rate, on_s)
    noisy = keys + np.random.default_rng(3).normal(0, 0.003, len(keys))
    time = np.arange(4 * rate) / rate
    busy = 0.1 * np.sin(2 * np.pi * 425 * time) * (time % 1 < 0.5)  # Vietnam's busy tone
    for sound in (keys, noisy, busy):
        info = probe(io.BytesIO(wav(sound, rate)))
        assert (info.sound, info.speakers) == ("tones", ())


def test_a_word_among_many_keys_is_not_taken_for_a_tone() -> None:
    keys = np.concatenate([keypad(8000, 0.3)] * 4)
    word = FIRE_VOICE[8000:12_000]
    for volume in (1, 0.3, 0.1):
        for sound in (np.concatenate([keys, volume * word, keys]), np.concatenate([keys, volume * word])):
            info = probe(io.BytesIO(wav(sound)))
            assert (info.sound, info.speakers) == ("noise", (0,))  # until its words are known


def test_who_is_on_which_channel() -> None:
    rng = np.random.default_rng(5)
    one, two = FIRE_VOICE, _voice(FIRE.with_name("vm08_fight.wav"))
    quiet, line = np.zeros(60_000), rng.normal(0, 0.002, (60_000, 2))
    for left, right, speakers in (
        (one, two, (0, 1)),
        (one, one, (0,)),
        (0.4 * one, -one, (1,)),
        (one, quiet, (0,)),
        (quiet, one, (1,)),
        (quiet, quiet, (0,)),
        (one + 0.1 * two, two + 0.1 * one, (0, 1)),  # the other side leaks in
        (one, np.roll(one, 12), (0,)),  # two microphones in a room
    ):
        sides = np.stack([left, right], axis=1)
        assert probe(io.BytesIO(wav(sides))).speakers == speakers
        if len(speakers) == 2 or left is not quiet:
            assert probe(io.BytesIO(wav(sides + line))).speakers in (speakers, (0, 1))


class LostChunk(Exception):
    """What a store raises at a chunk that was changed."""


class Unreliable(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= 8192:
            raise LostChunk
        return super().read(size)


@pytest.mark.parametrize("file", [FIRE, PHONES / "voice.m4a"])
def test_a_store_that_fails_in_the_middle_is_no_end_of_the_recording(file: Path) -> None:
    broken = Unreliable(file.read_bytes())
    for read in (probe, lambda source: list(channel_chunks(source))):
        with pytest.raises(LostChunk):
            read(broken)


MEMORY = """
import resource, sys
from speech.audio import channel_chunks, probe
for file in sys.argv[1:]:
    info = probe(file)
    for _ in channel_chunks(file, 16000, info.speakers): pass
    print(info.duration_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_an_hour_takes_no_more_memory_than_a_minute(tmp_path: Path) -> None:
    files = []
    for minutes in (1, 60):
        size = minutes * 60 * 8000
        head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 7, 1, 8000, 8000, 1, 8,
                           b"data", size)  # fmt: skip
        file = tmp_path / f"{minutes}.wav"
        file.write_bytes(head)
        with file.open("r+b") as sparse:
            sparse.truncate(44 + size)
        files.append(str(file))
    done = subprocess.check_output([sys.executable, "-c", MEMORY, *files], text=True)
    (_, minute), (seconds, hour) = (line.split() for line in done.splitlines())
    assert float(seconds) == 3600
    assert int(hour) - int(minute) <= 8


def test_a_file_beyond_the_decoders_memory_is_refused_by_name(tmp_path: Path) -> None:
    huge = tmp_path / "huge.amr"
    with huge.open("wb") as sparse:
        sparse.write(b"#!AMR\n")
        sparse.truncate(2 << 30)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    with pytest.raises(UnreadableAudio) as refused:
        probe(huge)
    assert refused.value.code == "damaged"
    assert max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) < (1 << 20) + before
