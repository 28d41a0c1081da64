"""What comes in is decoded or refused with the reason."""

from __future__ import annotations

import io
import os
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speech.audio import CHUNK_FRAMES, pcm_chunks, probe
from speech.errors import UnreadableAudio
from tests.speech.conftest import FIRE

WAV = FIRE.read_bytes()
SECONDS = 65390 / 8000


@pytest.mark.parametrize(
    ("name", "container", "codec", "seconds"),
    [
        ("mulaw.wav", "wav", "ulaw", SECONDS),
        ("alaw.wav", "wav", "alaw", SECONDS),
        ("float.wav", "wav", "float", SECONDS),
        ("voice.mp3", "mp3", "mpeg_layer_iii", SECONDS),
        ("vorbis.ogg", "ogg", "vorbis", SECONDS),
        ("opus.ogg", "ogg", "opus", SECONDS),
        ("voice.flac", "flac", "pcm_16", SECONDS),
        ("stereo.wav", "wav", "pcm_16", SECONDS),
        ("silence.wav", "wav", "pcm_16", 2),
        ("no-frames.wav", "wav", "pcm_16", 0),
    ],
)
def test_what_is_in_a_recording(
    recordings: dict[str, Path], name: str, container: str, codec: str, seconds: float
) -> None:
    info = probe(recordings[name])
    assert (info.container, info.codec, info.truncated) == (container, codec, False)
    assert info.duration_s == pytest.approx(seconds, abs=0.001)
    assert probe(io.BytesIO(recordings[name].read_bytes())) == info


def _riff(size: int, data_size: int | None) -> bytes:
    head = b"RIFF" + struct.pack("<I", size) + WAV[8:36]
    return head if data_size is None else head + b"data" + struct.pack("<I", data_size)


BROKEN = {
    "zero bytes": (b"", "empty-file"),
    "an error page": (b"<!DOCTYPE html><html><body>404 Not Found</body></html>" * 40, "not-audio"),
    "text": ("Không tìm thấy bản ghi âm. ".encode() * 40, "not-audio"),
    "JSON": (b'{"code": 20404, "status": 404}', "not-audio"),
    "random bytes": (b"\x07" + os.urandom(5000), "not-audio"),
    "zeros": (bytes(5000), "not-audio"),
    "M4A that is no more than its first bytes": (b"\0\0\0\x18ftypM4A " + bytes(500), "truncated"),
    "WebM that is no more than its first bytes": (b"\x1aE\xdf\xa3" + bytes(500), "truncated"),
    "an AVI film": (b"RIFF" + struct.pack("<I", 500) + b"AVI LIST" + bytes(488), "unsupported-format"),
    "WAV cut in its first bytes": (WAV[:6], "truncated"),
    "WAV cut before its data": (WAV[:36], "truncated"),
    "WAV cut after its header": (WAV[:44], "truncated"),
    "WAV whose length was never written": (_riff(36, 0) + WAV[44:], "truncated"),
    "WAV without a data chunk": (_riff(28, None), "no-audio-stream"),
    "Ogg with pictures only": (
        b"OggS\0\x02" + bytes(20) + b"\x01\x2a\x80theora" + bytes(40),
        "no-audio-stream",
    ),
    "Ogg cut in its first page": (b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHe", "truncated"),
}


@pytest.mark.parametrize(("content", "code"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_recordings_are_refused_by_name(tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "recording.wav"
    file.write_bytes(content)
    for source in (file, io.BytesIO(content)):
        with pytest.raises(UnreadableAudio) as refused:
            probe(source)
        assert refused.value.code == code


def test_a_missing_file_and_a_pipe_are_refused_by_name(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        os.mkfifo(tmp_path / "named.wav")  # into which nobody writes
        for source in (tmp_path / "none.wav", tmp_path, pipe, tmp_path / "named.wav"):
            with pytest.raises(UnreadableAudio) as refused:
                probe(source)
            assert refused.value.code == "unreadable-file"


@pytest.mark.parametrize("name", ["mulaw.wav", "voice.mp3", "voice.flac"])
def test_half_a_download_is_seen_by_what_the_header_announced(recordings: dict[str, Path], name: str) -> None:
    whole = recordings[name].read_bytes()
    info = probe(io.BytesIO(whole[: len(whole) // 2]))
    assert info.truncated
    assert info.announced_duration_s == pytest.approx(SECONDS, abs=0.01)
    assert 0.3 * SECONDS < info.duration_s < 0.6 * SECONDS


def test_a_recorder_that_did_not_know_the_length_is_read_to_the_end() -> None:
    info = probe(io.BytesIO(_riff(0xFFFFFFFF, 0xFFFFFFFF) + WAV[44:]))
    assert (info.duration_s, info.announced_duration_s, info.truncated) == (SECONDS, None, False)


def test_a_small_file_that_decodes_to_hours_is_refused_before_the_end() -> None:
    bomb = io.BytesIO()
    with soundfile.SoundFile(bomb, "w", 8000, 1, format="FLAC", subtype="PCM_16") as out:
        for _ in range(20):
            out.write(np.zeros(60 * 8000, np.int16))
    assert bomb.tell() < 100_000
    assert probe(bomb, max_duration_s=20 * 60).duration_s == 1200
    for read in (probe, lambda source, **limit: list(pcm_chunks(source, **limit))):
        with pytest.raises(UnreadableAudio) as refused:
            read(bomb, max_duration_s=20 * 60 - 1)
        assert refused.value.code == "too-long"


def test_telephone_samples_pass_unchanged(recordings: dict[str, Path]) -> None:
    with wave.open(str(FIRE)) as reference:
        samples = reference.readframes(reference.getnframes())
    chunks = list(pcm_chunks(FIRE))
    assert b"".join(chunks) == samples
    assert {len(chunk) for chunk in chunks[:-1]} == {2 * CHUNK_FRAMES}
    assert b"".join(pcm_chunks(recordings["stereo.wav"])) == samples
    assert b"".join(pcm_chunks(recordings["float.wav"])) == samples


@pytest.mark.parametrize("rate", [6000, 16000, 44100])
def test_a_tone_keeps_its_pitch_and_length_at_another_rate(rate: int) -> None:
    tone = io.BytesIO()
    soundfile.write(tone, 0.5 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000), 8000, format="WAV")
    samples = np.frombuffer(b"".join(pcm_chunks(tone, rate)), np.int16)
    assert len(samples) == pytest.approx(rate, abs=1)
    assert np.argmax(np.abs(np.fft.rfft(samples, n=rate))) == 440


def test_not_a_number_becomes_silence() -> None:
    damaged = io.BytesIO()
    soundfile.write(damaged, np.array([0.5, np.nan, np.inf, -3e38]), 8000, format="WAV", subtype="FLOAT")
    assert np.frombuffer(b"".join(pcm_chunks(damaged)), np.int16).tolist() == [16384, 0, 32767, -32768]
