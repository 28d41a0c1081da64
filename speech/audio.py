"""Any recording a provider sends, decoded as a stream: what is in it, and its samples as 16-bit mono.

libsndfile (by soundfile) reads WAV with PCM, mu-law, A-law, GSM and ADPCM, MP3, OGG with Vorbis or Opus,
and FLAC. NumPy and the decoder are loaded on first use: NumPy starts threads, and a process that forks after
loading its speech model should have none.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from speech.errors import UnreadableAudio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Source = str | os.PathLike[str] | BinaryIO  # a path, or a seekable binary file such as BytesIO

# A provider ends a voicemail after minutes; four hours is far beyond a call and still bounded work.
MAX_DURATION_S = 4 * 3600.0
CHUNK_FRAMES = 4000  # as in Vosk's own examples: half a second of telephone audio
_HEAD = 4096

# Audio that libsndfile does not read, or video: worth another message than "not audio".
_OTHER_MEDIA = (
    (4, b"ftyp", "MPEG-4 (M4A, MP4, 3GP)"),
    (0, b"\x1aE\xdf\xa3", "Matroska or WebM"),
    (0, b"#!AMR", "AMR"),
    (0, b"0&\xb2u", "Windows Media"),
    (8, b"AVI ", "AVI"),
)


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What decoding the whole recording showed.

    `announced_duration_s` is what the header promises (None when it does not say): a download that broke off
    decodes to less.
    """

    duration_s: float
    container: str
    codec: str
    sample_rate: int
    channels: int
    announced_duration_s: float | None

    @property
    def truncated(self) -> bool:
        """Whether more than a quarter of a second and one per cent of what was announced is missing."""
        announced = self.announced_duration_s
        return announced is not None and announced - self.duration_s > max(0.25, announced / 100)


def probe(source: Source, max_duration_s: float = MAX_DURATION_S) -> AudioInfo:
    """Decode all of a recording in bounded memory; raises UnreadableAudio with the reason."""
    with _opened(source) as (audio, head, size):
        frames = sum(len(block) for block in _blocks(audio, max_duration_s))
        announced = _announced_duration(audio, head)
        # Without a length in its header a WAV of any size decodes to nothing: that is no silent caller.
        if not frames and (announced or size > _HEAD):
            raise _truncated()
        return AudioInfo(
            duration_s=frames / audio.samplerate,
            container=audio.format.lower(),
            codec=audio.subtype.lower(),
            sample_rate=audio.samplerate,
            channels=audio.channels,
            announced_duration_s=announced,
        )


def pcm_chunks(
    source: Source, rate: int | None = None, max_duration_s: float = MAX_DURATION_S
) -> Iterator[bytes]:
    """Samples as 16-bit native-endian mono, `CHUNK_FRAMES` at a time, at `rate` Hz (None: the file's own).

    Channels are averaged. 16-bit input at its own rate passes unchanged. Raises UnreadableAudio.
    """
    with _opened(source) as (audio, _, _):
        if rate is None or rate == audio.samplerate:
            for block in _blocks(audio, max_duration_s):
                yield _pcm16(block)
        else:
            yield from _resampled(_blocks(audio, max_duration_s), audio.samplerate, rate)


@contextmanager
def _opened(source: Source) -> Iterator[tuple[Any, bytes, int]]:
    """The decoder on a source, the first bytes of it and its size."""
    import soundfile  # type: ignore[import-untyped]  # ships no py.typed

    class Stream(soundfile.SoundFile):  # type: ignore[misc]  # the same
        def seekable(self) -> bool:
            # Otherwise soundfile seeks after every read, which costs MP3 its bit reservoir, and stops at the
            # length the header claims.
            return False

    try:
        file = open(source, "rb") if isinstance(source, str | os.PathLike) else source  # noqa: SIM115, PTH123
    except OSError as error:
        raise _unreadable(error) from error
    try:
        try:
            file.seek(0)
            head = file.read(_HEAD)
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
        except OSError as error:  # a pipe, a failing disk
            raise _unreadable(error) from error
        try:
            # By descriptor where there is one: reading through Python callbacks is slower.
            audio = Stream(os.dup(file.fileno()) if file is not source else file)
        except (soundfile.LibsndfileError, TypeError) as error:
            raise _refusal(head, size) from error
        with audio:
            yield audio, head, size
    finally:
        if file is not source:
            file.close()


def _blocks(audio: Any, max_duration_s: float) -> Iterator[NDArray[np.float32]]:
    """Mono blocks in -1..1; damage in the middle ends the recording before its block."""
    import numpy as np
    import soundfile

    left = max_duration_s * audio.samplerate
    while True:
        try:
            block = audio.read(CHUNK_FRAMES, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError:
            return
        if not len(block):
            return
        left -= len(block)
        if left < 0:
            raise UnreadableAudio(
                "too-long", f"longer than {max_duration_s / 3600:g} hours of sound; cut it into parts"
            )
        # A float file may hold NaN or infinity, which would poison everything after it.
        block = np.clip(np.nan_to_num(block), -1, 1)
        yield block.mean(axis=1) if audio.channels > 1 else block[:, 0]


def _pcm16(block: NDArray[np.float32]) -> bytes:
    import numpy as np

    return np.clip(np.rint(block * 32768), -32768, 32767).astype(np.int16).tobytes()


def _resampled(blocks: Iterator[NDArray[np.float32]], source_rate: int, rate: int) -> Iterator[bytes]:
    import numpy as np
    import soxr  # type: ignore[import-untyped]  # ships no py.typed

    resampler = soxr.ResampleStream(source_rate, rate, 1)
    chunk, waiting = 2 * CHUNK_FRAMES, b""
    for block in blocks:
        waiting += _pcm16(resampler.resample_chunk(block))
        while len(waiting) >= chunk:
            yield waiting[:chunk]
            waiting = waiting[chunk:]
    waiting += _pcm16(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    for start in range(0, len(waiting), chunk):
        yield waiting[start : start + chunk]


def _announced_duration(audio: Any, head: bytes) -> float | None:
    if audio.format == "WAV":
        return _riff_duration(head)
    if audio.format == "MP3" and not (b"Xing" in head or b"Info" in head):
        return None  # only an estimate from the first frames' bit rate
    return audio.frames / audio.samplerate if 0 < audio.frames < 1 << 60 else None


def _riff_duration(head: bytes) -> float | None:
    """Length of the data chunk by the bytes a second of the fmt chunk (Microsoft RIFF, WAVEFORMATEX)."""
    position, byte_rate = 12, 0
    while position + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, position)
        if name == b"fmt " and position + 20 <= len(head):
            (byte_rate,) = struct.unpack_from("<I", head, position + 16)
        if name == b"data":
            # 0 and values near 2**32 are what recorders write that do not know the length yet.
            return size / byte_rate if byte_rate and 0 < size < 0x7FFF_0000 else None
        position += 8 + size + size % 2
    return None


def _refusal(head: bytes, size: int) -> UnreadableAudio:
    """Why the decoder would not open a file of `size` bytes that begins with `head`."""
    if size == 0:
        return UnreadableAudio("empty-file", "the file is empty; fetch it again")
    for offset, magic, name in _OTHER_MEDIA:
        if head[offset : offset + len(magic)] == magic:
            return UnreadableAudio(
                "unsupported-format", f"{name} is not read here; convert it to WAV, MP3, OGG or FLAC"
            )
    if head[:4] == b"RIFF" and (len(head) < 12 or head[8:12] == b"WAVE"):
        promised = struct.unpack_from("<I", head, 4)[0] + 8 if len(head) >= 8 else size + 1
        return _no_sound() if size >= promised else _truncated()
    if head[:4] == b"OggS":
        streams = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")
        video_only = b"\x80theora" in head and not any(stream in head for stream in streams)
        return _no_sound() if video_only else _truncated()
    if head[:4] in (b"fLaC", b"FORM", b".snd", b"caff") or head[:3] == b"ID3":
        return _truncated()
    return UnreadableAudio(
        "not-audio", "this is not a recording (perhaps an error page saved as one); fetch it again"
    )


def _unreadable(error: OSError) -> UnreadableAudio:
    return UnreadableAudio("unreadable-file", f"cannot open the file: {error.strerror or error}")


def _truncated() -> UnreadableAudio:
    return UnreadableAudio("truncated", "the file breaks off before any sound; fetch it again")


def _no_sound() -> UnreadableAudio:
    return UnreadableAudio("no-audio-stream", "the file holds no sound track; ask for the recording itself")
