"""Decoding by libsndfile: WAV with PCM, mu-law, A-law, GSM and ADPCM, MP3, OGG with Vorbis or Opus, FLAC."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from speech.containers import refusal, riff_duration
from speech.decoding import BLOCK_FRAMES, Decoded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@contextmanager
def opened(file: BinaryIO, by_descriptor: bool, head: bytes, size: int) -> Iterator[Decoded]:
    """The sound of a seekable file; raises UnreadableAudio.

    A real file is best read by its descriptor: reading through Python callbacks is slower.
    """
    import soundfile  # type: ignore[import-untyped]  # ships no py.typed

    class Stream(soundfile.SoundFile):  # type: ignore[misc]  # the same
        def seekable(self) -> bool:
            # Otherwise soundfile seeks after every read, which costs MP3 its bit reservoir, and stops at the
            # length the header claims.
            return False

    file.seek(0)
    watched = _Watched(file)
    try:
        audio = Stream(os.dup(file.fileno()) if by_descriptor else watched)
    except (soundfile.LibsndfileError, TypeError) as error:
        raise watched.error or refusal(head, size) from error
    with audio:
        yield Decoded(
            container=audio.format.lower(),
            codec=audio.subtype.lower(),
            sample_rate=audio.samplerate,
            channels=audio.channels,
            announced_duration_s=_announced_duration(audio, head),
            blocks=_blocks(audio, watched),
        )


class _Watched:
    """A file whose errors are kept: libsndfile takes a read that fails for the end of the recording."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: BaseException | None = None

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:
        try:
            piece = self._file.read(len(buffer))
        except BaseException as error:  # a worker's time limit too comes as an error, wherever it strikes
            self.error = error
            return 0
        buffer[: len(piece)] = piece
        return len(piece)


def _blocks(audio: Any, watched: _Watched) -> Iterator[NDArray[np.float32]]:
    import soundfile

    while True:
        try:
            block = audio.read(BLOCK_FRAMES, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError:
            block = ()  # damage in the middle ends the recording before its block
        if watched.error:
            raise watched.error
        if not len(block):
            return
        yield block


def _announced_duration(audio: Any, head: bytes) -> float | None:
    if audio.format == "WAV":
        return riff_duration(head)
    if audio.format == "MP3" and not (b"Xing" in head or b"Info" in head):
        return None  # only an estimate from the first frames' bit rate
    return audio.frames / audio.samplerate if 0 < audio.frames < 1 << 60 else None
