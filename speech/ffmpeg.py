"""Decoding by FFmpeg's own decoders: M4A, MP4 and 3GP, AMR, WebM, AAC, Windows Media, and rare WAV.

codecpod (LGPL) brings them. They run in a process of their own (decoder_process.py) that reads the recording
from memory or by a descriptor and can open nothing but files.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

from speech.containers import damaged, no_sound, truncated, unsupported
from speech.decoding import BLOCK_FRAMES, Decoded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RUN = "import sys; sys.path.insert(0, sys.argv[1]); from speech.decoder_process import main; main()"
# Elsewhere FFmpeg's length is a guess by the bit rate of the first frames.
_ANNOUNCING = ("mp4", "mov", "3gp", "asf", "wav")
_PIECE = 1 << 20


def available() -> bool:
    """Whether the decoders are installed: there is a package for Linux on x86-64 only."""
    return find_spec("codecpod") is not None


@contextmanager
def opened(file: BinaryIO, by_descriptor: bool, container: str) -> Iterator[Decoded]:
    """The sound of a seekable file whose container is known by its first bytes; raises UnreadableAudio."""
    if not available():
        raise unsupported(
            f"{container} needs codecpod, which this machine has not (pip install codecpod); "
            "or convert the recording to WAV, MP3, OGG or FLAC"
        )
    with _descriptor(file, by_descriptor) as descriptor:
        child = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-I", "-c", _RUN, str(Path(__file__).parents[1])],
            stdin=descriptor,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        try:
            samples = cast(IO[bytes], child.stdout)
            facts = _facts(samples.readline())
            yield Decoded(
                container=container,
                codec=facts["codec"] or "unknown",
                sample_rate=facts["sample_rate"],
                channels=facts["channels"],
                announced_duration_s=facts["announced_duration_s"] if container in _ANNOUNCING else None,
                blocks=_blocks(samples, facts["channels"]),
            )
        finally:
            child.kill()
            child.communicate()


@contextmanager
def _descriptor(file: BinaryIO, by_descriptor: bool) -> Iterator[int]:
    """A descriptor to read the file by: a decrypted recording is copied into memory, never onto a disk."""
    file.seek(0)
    if by_descriptor:
        yield file.fileno()
        return
    copy = os.memfd_create("recording")
    try:
        while piece := file.read(_PIECE):
            os.write(copy, piece)
        os.lseek(copy, 0, os.SEEK_SET)
        yield copy
    finally:
        os.close(copy)


def _environment() -> dict[str, str]:
    """Nothing of ours, which holds secrets; what NumPy needs to know of this processor."""
    blas = {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_")}
    return blas | {"OPENBLAS_NUM_THREADS": "1"}


def _facts(line: bytes) -> dict[str, Any]:
    if not line:
        raise damaged()
    facts: dict[str, Any] = json.loads(line)
    error = facts.get("error")
    if error is None:
        return facts
    if "no audio stream" in error:
        raise no_sound()
    if "decoder" in error:
        raise unsupported(f"no decoder here reads this sound ({error}); convert it to WAV, MP3, OGG or FLAC")
    raise truncated()


def _blocks(samples: IO[bytes], channels: int) -> Iterator[NDArray[np.float32]]:
    import numpy as np

    size = BLOCK_FRAMES * channels * 4
    while piece := samples.read(size):
        whole = len(piece) - len(piece) % (4 * channels)
        yield np.frombuffer(piece[:whole], np.float32).reshape(-1, channels)
