"""The process that runs FFmpeg's decoders, apart from the one that asks: a recording in, its samples out.

Started by speech/ffmpeg.py with the recording as standard input. Standard output gets a line of JSON, then
float32 samples, channel by channel within a moment. A damaged file may crash a decoder or make it eat memory or
time: the kernel's limits end this process then, and nobody else.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from speech import amr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FILE = "/dev/stdin"
_MEMORY = 1 << 30  # a window and its copies take 150 MB, the rest is Python's and NumPy's address space
_CPU_S = 300  # four hours of Opus from a browser, which writes no index, take 70
_WINDOW_SAMPLES = 8_000_000
_LEAF_S = 0.25  # damage costs this much sound around it
_LONGEST_GAP_S = 10.0  # after so much damage nothing more is expected
_AMR_PIECE = 1500  # frames: half a minute
_AMR_LEAD_IN = 10  # frames that a decoder needs before it is in tune


def main() -> None:
    """Decode standard input; exit status 0 also when the answer is a refusal."""
    for limit, value in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _CPU_S),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    import codecpod

    try:
        info = codecpod.info(_FILE)
    except codecpod.CodecpodError as error:
        _tell(error=str(error))
        return
    announced = info.frames / info.sample_rate if info.frames else None
    found = _amr_frames(info.codec)
    if found:
        kind, data = found
        _tell(codec=info.codec, sample_rate=kind.sample_rate, channels=1, announced_duration_s=announced)
        blocks = _amr_blocks(kind, data)
    else:
        _tell(
            codec=info.codec,
            sample_rate=info.sample_rate,
            channels=info.channels,
            announced_duration_s=announced,
        )
        length = max(info.sample_rate, _WINDOW_SAMPLES // info.channels)
        blocks = windows(_FILE, info.sample_rate, info.channels, length)
    for block in blocks:
        sys.stdout.buffer.write(block.tobytes())
    sys.stdout.buffer.flush()


def _tell(**facts: Any) -> None:
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n")


def windows(file: str, rate: int, channels: int, length: int) -> Iterator[NDArray[np.float32]]:
    """The sound in windows of `length` frames; damage becomes silence when sound comes after it, and else ends it."""
    import numpy as np

    start, gap = 0, 0
    while True:
        for asked, block in _pieces(file, start, length, rate):
            if block is None:
                gap += asked
                if gap >= _LONGEST_GAP_S * rate:
                    return
            elif not len(block):
                return  # not when it is short: times in a container are rounded
            else:
                if gap:
                    yield np.zeros((gap, channels), np.float32)
                    gap = 0
                yield block.reshape(-1, channels)
        start += length


def _pieces(
    file: str, start: int, length: int, rate: int
) -> Iterator[tuple[int, NDArray[np.float32] | None]]:
    """Frames asked for and decoded, None where they could not be: then halved until the damage is small."""
    import codecpod

    # What a decoder gives right after a jump begins with its next packet: the lead-in shows where that is.
    lead_in = min(start, round(rate * _LEAF_S))
    before = 0
    try:
        if lead_in:
            before = len(
                _samples(file, frame_offset=start - lead_in, num_frames=lead_in, channels_first=False)
            )
        both = _samples(file, frame_offset=start - lead_in, num_frames=lead_in + length, channels_first=False)
        yield length, both[before:]
    except codecpod.CodecpodError:
        if length <= rate * _LEAF_S:
            yield length, None
            return
        half = length // 2
        yield from _pieces(file, start, half, rate)
        yield from _pieces(file, start + half, length - half, rate)


def _samples(source: str | bytes, **options: Any) -> NDArray[np.float32]:
    import codecpod

    # A pair of samples and rate, unless a buffer is asked for.
    samples, _ = cast("tuple[NDArray[np.float32], int]", codecpod.load(source, **options))
    return samples


def _amr_frames(codec: str | None) -> tuple[amr.Flavour, bytes] | None:
    """The frames of an AMR file, or of a 3GP file that holds nothing but AMR."""
    with Path(_FILE).open("rb") as file:
        head = file.read(16)
        kind = amr.flavour(head)
        if kind:
            file.seek(len(kind.magic))
            return kind, file.read()
        kind = {"amr_nb": amr.NARROW, "amr_wb": amr.WIDE}.get(codec or "")
        if kind:
            data = _box(file, b"mdat")
            if amr.is_whole(kind, data):
                return kind, data
    return None


def _box(file: Any, wanted: bytes) -> bytes:
    """What the first box of this name holds (ISO/IEC 14496-12, section 4.2)."""
    end = file.seek(0, os.SEEK_END)
    position = 0
    while position + 16 <= end:
        file.seek(position)
        size, name, long_size = struct.unpack(">I4sQ", file.read(16))
        header, size = (16, long_size) if size == 1 else (8, size or end - position)
        if name == wanted:
            file.seek(position + header)
            return bytes(file.read(min(size - header, end)))
        if size < header:
            break
        position += size
    return b""


def _amr_blocks(kind: amr.Flavour, data: bytes) -> Iterator[NDArray[np.float32]]:
    import codecpod
    import numpy as np

    per_frame = kind.sample_rate // amr.FRAMES_A_SECOND
    lead_in: list[bytes] = []
    for silent, frames in amr.runs(kind, data, _AMR_PIECE):
        block = np.zeros(len(frames) * per_frame, np.float32)
        if not silent:
            try:
                decoded = _samples(kind.magic + b"".join(lead_in + frames))
            except codecpod.CodecpodError:
                decoded = block[:0]
            wanted = decoded[len(lead_in) * per_frame :][: len(block)]
            block[: len(wanted)] = wanted
        lead_in = [] if silent else frames[-_AMR_LEAD_IN:]
        yield block


if __name__ == "__main__":
    main()
