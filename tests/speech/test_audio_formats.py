"""What phones and browsers record is decoded to the same sound, from a file and from memory, damaged or not."""

from __future__ import annotations

import io
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from speech import amr
from speech.audio import channel_chunks, pcm_chunks, probe
from speech.decoder_process import windows
from speech.errors import UnreadableAudio
from speech.evaluation import word_errors
from speech.vosk_engine import VoskEngine
from tests.speech.conftest import FIRE

PHONES = Path(__file__).parents[1] / "data" / "audio"
SECONDS = 65390 / 8000


def _samples(source: object, rate: int = 8000) -> np.ndarray:
    return np.frombuffer(b"".join(pcm_chunks(source, rate)), np.int16).astype(float)


def _likeness(one: np.ndarray, other: np.ndarray) -> tuple[float, int]:
    """The best correlation of two sounds, and by how many samples the first comes later then."""
    size = 1 << 20
    products = np.fft.irfft(np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)), size)
    late = int(np.argmax(products))
    return products.max() / np.sqrt((one**2).sum() * (other**2).sum()), late - size * (late > size // 2)


@pytest.mark.parametrize(
    ("name", "container", "codec", "rate"),
    [
        ("voice.m4a", "mp4", "aac", 8000),
        ("voice.webm", "webm", "opus", 48000),
        ("narrow.amr", "amr", "amr_nb", 8000),
        ("wide.amr", "amr", "amr_wb", 16000),
        ("voice.3gp", "3gp", "amr_nb", 8000),
        ("voice.aac", "aac", "aac", 8000),
        ("voice.wma", "asf", "wmav2", 16000),
        ("speex.ogg", "ogg", "speex", 16000),
        ("g726.wav", "wav", "adpcm_g726", 8000),
    ],
)
def test_what_phones_record_sounds_like_the_original(
    name: str, container: str, codec: str, rate: int
) -> None:
    info = probe(PHONES / name)
    assert (info.container, info.codec, info.sample_rate, info.truncated) == (container, codec, rate, False)
    assert info.duration_s == pytest.approx(SECONDS, abs=0.15)
    # From memory, as a decrypted recording comes.
    likeness, late = _likeness(_samples(io.BytesIO((PHONES / name).read_bytes())), _samples(FIRE))
    assert likeness > 0.9 and abs(late) <= 1024


def test_both_channels_of_a_film_are_heard() -> None:
    info = probe(PHONES / "two-speakers.mp4")
    assert (info.sample_rate, info.channels, info.speakers) == (44100, 2, (0, 1))
    chunks = list(channel_chunks(PHONES / "two-speakers.mp4", 8000, info.speakers))
    first, second = (
        np.frombuffer(b"".join(side), np.int16).astype(float) for side in zip(*chunks, strict=True)
    )
    assert _likeness(first, _samples(FIRE))[0] > 0.9
    assert _likeness(second, _samples(FIRE.with_name("vm08_fight.wav"))[: len(second)])[0] > 0.9
    assert len(first) == len(second)


def test_a_voice_from_a_phone_is_understood(engine: VoskEngine) -> None:
    expected = engine.transcribe(FIRE).text
    assert word_errors(expected, engine.transcribe(PHONES / "narrow.amr").text).rate <= 0.2


@pytest.mark.parametrize(
    ("name", "kept", "code"),
    [("voice.m4a", 0.5, "truncated"), ("two-speakers.mp4", 0.5, None), ("voice.webm", 0.5, None)],
)
def test_half_a_file_is_read_as_far_as_its_index_goes(name: str, kept: float, code: str | None) -> None:
    whole = (PHONES / name).read_bytes()
    half = io.BytesIO(whole[: int(len(whole) * kept)])
    if code:
        with pytest.raises(UnreadableAudio) as refused:
            probe(half)
        assert refused.value.code == code
    else:
        info = probe(half)
        assert 0.3 * SECONDS < info.duration_s < 0.6 * SECONDS
        assert info.truncated == (info.announced_duration_s is not None)


def test_damage_in_the_middle_costs_only_the_sound_around_it() -> None:
    whole = (PHONES / "two-speakers.mp4").read_bytes()
    middle = len(whole) // 2
    damaged = io.BytesIO(whole[:middle] + bytes(150) + whole[middle + 150 :])
    assert probe(damaged).duration_s == pytest.approx(SECONDS, abs=0.01)
    assert _likeness(_samples(damaged), _samples(PHONES / "two-speakers.mp4"))[0] > 0.8


@pytest.mark.parametrize(
    ("name", "rate", "channels"),
    [
        ("voice.m4a", 8000, 1), ("two-speakers.mp4", 44_100, 2), ("voice.webm", 48_000, 1),
        ("voice.aac", 8000, 1), ("voice.wma", 16_000, 1),
    ],
)  # fmt: skip
def test_windows_join_without_a_seam(name: str, rate: int, channels: int) -> None:
    file = str(PHONES / name)
    whole = np.concatenate(list(windows(file, rate, channels, 60 * rate)))
    joined = np.concatenate(list(windows(file, rate, channels, rate)))
    assert len(joined) == pytest.approx(len(whole), abs=0.005 * rate)
    assert _likeness(joined[:, 0], whole[:, 0])[0] > 0.98


def test_frames_of_silence_keep_their_time() -> None:
    content = (PHONES / "narrow.amr").read_bytes()[len(amr.NARROW.magic) :]
    runs = list(amr.runs(amr.NARROW, content, 10_000))
    assert sum(len(frames) for _, frames in runs) / amr.FRAMES_A_SECOND == pytest.approx(SECONDS, abs=0.02)
    assert sum(len(frames) for silent, frames in runs if silent) > 50
    samples, per_frame = _samples(PHONES / "narrow.amr"), 8000 // amr.FRAMES_A_SECOND
    position = 0
    for silent, frames in runs:
        length = len(frames) * per_frame
        assert not silent or not samples[position : position + length].any()
        position += length


@pytest.mark.parametrize("lost", [b"\x7c", b"\x04" + bytes(12), b"\x4c"])
def test_amr_ends_at_what_is_no_frame(lost: bytes) -> None:
    """A frame that was never sent (one byte), a frame of speech, and a type that does not exist."""
    good = (PHONES / "narrow.amr").read_bytes()[len(amr.NARROW.magic) :]
    known = lost[0] >> 3 & 15 in amr.NARROW.sizes
    assert amr.is_whole(amr.NARROW, good + lost) == known
    assert not amr.is_whole(amr.NARROW, good + b"\x04")


def _decoding() -> list[int]:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [int(pid) for pid in children if b"decoder_process" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_the_decoding_process_ends_with_whoever_reads() -> None:
    chunks = pcm_chunks(PHONES / "voice.webm")
    next(chunks)
    [decoder] = _decoding()
    environ = Path(f"/proc/{decoder}/environ").read_bytes().split(b"\0")
    assert {name.split(b"_")[0] for name in environ if name} == {b"OPENBLAS"}
    chunks.close()
    assert _decoding() == []


def test_a_decoder_that_crashes_ends_the_recording_where_it_was() -> None:
    chunks = pcm_chunks(PHONES / "voice.webm")
    read = len(next(chunks))
    [decoder] = _decoding()
    os.kill(decoder, signal.SIGSEGV)
    read += sum(map(len, chunks))
    assert 0 < read / 2 / 48_000 < SECONDS / 2
