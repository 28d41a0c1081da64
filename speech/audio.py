"""Any recording a provider sends or an officer brings, decoded as a stream: what is in it, and its samples.

NumPy and the decoders are loaded on first use: NumPy starts threads, and a process that forks after loading its
speech model should have none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from speech import ffmpeg, libsndfile
from speech.containers import HEAD, ffmpeg_container, shared_container, truncated, unreadable
from speech.decoding import BLOCK_FRAMES, Decoded
from speech.errors import UnreadableAudio
from speech.sound import Sound, SoundMeter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Source = str | os.PathLike[str] | BinaryIO  # a path, or a seekable binary file such as BytesIO

# A provider ends a voicemail after minutes; four hours is far beyond a call and still bounded work.
MAX_DURATION_S = 4 * 3600.0
CHUNK_FRAMES = BLOCK_FRAMES  # as in Vosk's own examples: half a second of telephone audio


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What decoding the whole recording showed.

    `announced_duration_s` is what the header promises (None when it does not say): a download that broke off
    decodes to less. `sound` is what is heard if no words are found. `speakers` are the channels worth
    recognising: two only where two people were recorded apart, never a silent one or one voice twice, none where
    there is nothing but tones.
    """

    duration_s: float
    container: str
    codec: str
    sample_rate: int
    channels: int
    announced_duration_s: float | None
    sound: Sound
    speakers: tuple[int, ...]

    @property
    def truncated(self) -> bool:
        """Whether more than a quarter of a second and one per cent of what was announced is missing."""
        announced = self.announced_duration_s
        return announced is not None and announced - self.duration_s > max(0.25, announced / 100)


def probe(source: Source, max_duration_s: float = MAX_DURATION_S) -> AudioInfo:
    """Decode all of a recording in bounded memory; raises UnreadableAudio with the reason."""
    with _opened(source) as (audio, size):
        frames, meter = 0, SoundMeter(audio.sample_rate, audio.columns)
        for block in audio.bounded(max_duration_s):
            frames += len(block)
            meter.feed(block)
        # Without a length in its header a WAV of any size decodes to nothing: that is no silent caller.
        if not frames and (audio.announced_duration_s or size > HEAD):
            raise truncated()
        sound, speakers = meter.result()
        return AudioInfo(
            duration_s=frames / audio.sample_rate,
            container=audio.container,
            codec=audio.codec,
            sample_rate=audio.sample_rate,
            channels=audio.channels,
            announced_duration_s=audio.announced_duration_s,
            sound=sound,
            speakers=speakers,
        )


def channel_chunks(
    source: Source,
    rate: int | None = None,
    speakers: tuple[int, ...] = (0,),
    max_duration_s: float = MAX_DURATION_S,
) -> Iterator[tuple[bytes, ...]]:
    """For each of `speakers` 16-bit native-endian samples of one stretch of time, `CHUNK_FRAMES` at a time.

    At `rate` Hz (None: the file's own). 16-bit input at its own rate passes unchanged. More than two channels
    count as one, their average. Nothing without speakers. Raises UnreadableAudio.
    """
    if not speakers:
        return
    with _opened(source) as (audio, _):
        chosen = (block[:, speakers] for block in audio.bounded(max_duration_s))
        yield from _chunks(_resampled(chosen, audio.sample_rate, rate, len(speakers)))


def pcm_chunks(
    source: Source, rate: int | None = None, max_duration_s: float = MAX_DURATION_S
) -> Iterator[bytes]:
    """As `channel_chunks`, with all channels averaged to one."""
    with _opened(source) as (audio, _):
        mono = (block.mean(axis=1, keepdims=True) for block in audio.bounded(max_duration_s))
        for (chunk,) in _chunks(_resampled(mono, audio.sample_rate, rate, 1)):
            yield chunk


@contextmanager
def _opened(source: Source) -> Iterator[tuple[Decoded, int]]:
    """The decoder on a source, and the source's size in bytes."""
    try:
        file = open(source, "rb", opener=_at_once) if isinstance(source, str | os.PathLike) else source  # noqa: SIM115
    except OSError as error:
        raise unreadable(error) from error
    try:
        try:
            file.seek(0)
            head = file.read(HEAD)
            size = file.seek(0, os.SEEK_END)
        except OSError as error:  # a pipe, a failing disk
            raise unreadable(error) from error
        with _decoder(file, file is not source, head, size) as audio:
            yield audio, size
    finally:
        if file is not source:
            file.close()


def _at_once(path: str, flags: int) -> int:
    """Opened without waiting for whoever writes into a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


@contextmanager
def _decoder(file: BinaryIO, by_descriptor: bool, head: bytes, size: int) -> Iterator[Decoded]:
    with ExitStack() as stack:
        container = ffmpeg_container(head)
        if container:
            yield stack.enter_context(ffmpeg.opened(file, by_descriptor, container))
            return
        try:
            audio = stack.enter_context(libsndfile.opened(file, by_descriptor, head, size))
        except UnreadableAudio as refused:
            container = shared_container(head)
            if container is None or not ffmpeg.available():
                raise
            try:
                audio = stack.enter_context(ffmpeg.opened(file, by_descriptor, container))
            except UnreadableAudio:
                raise refused from None
        yield audio


def _chunks(blocks: Iterator[NDArray[np.float32]]) -> Iterator[tuple[bytes, ...]]:
    """Blocks of any length in pieces of `CHUNK_FRAMES`, the last one shorter."""
    import numpy as np

    waiting: NDArray[np.int16] | None = None
    for block in blocks:
        samples = np.clip(np.rint(block * 32768), -32768, 32767).astype(np.int16)
        waiting = samples if waiting is None else np.concatenate([waiting, samples])
        while len(waiting) >= CHUNK_FRAMES:
            yield _columns(waiting[:CHUNK_FRAMES])
            waiting = waiting[CHUNK_FRAMES:]
    if waiting is not None and len(waiting):
        yield _columns(waiting)


def _columns(samples: NDArray[np.int16]) -> tuple[bytes, ...]:
    return tuple(column.tobytes() for column in samples.T)


def _resampled(
    blocks: Iterator[NDArray[np.float32]], source_rate: int, rate: int | None, channels: int
) -> Iterator[NDArray[np.float32]]:
    if rate in (None, source_rate):
        yield from blocks
        return
    import numpy as np
    import soxr  # type: ignore[import-untyped]  # ships no py.typed

    resampler = soxr.ResampleStream(source_rate, rate, channels)
    for block in blocks:
        yield resampler.resample_chunk(np.ascontiguousarray(block))
    yield resampler.resample_chunk(np.zeros((0, channels), np.float32), last=True)
