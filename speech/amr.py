"""AMR as phones write it (RFC 4867, section 5): frames of 20 ms, each beginning with its type.

FFmpeg decodes frames of speech but refuses a file at the first frame that says "silence here", which phones
write in every pause; so files are taken apart here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

FRAMES_A_SECOND = 50


@dataclass(frozen=True, slots=True)
class Flavour:
    """Narrow or wide band: what a file begins with, its rate, and bytes by frame type with the type's own byte.

    Types in `silent` describe background noise, or say that nothing was sent or arrived.
    """

    magic: bytes
    sample_rate: int
    sizes: dict[int, int]
    silent: frozenset[int]


NARROW = Flavour(
    b"#!AMR\n",
    8000,
    dict(enumerate((13, 14, 16, 18, 20, 21, 27, 32, 6))) | {15: 1},
    frozenset({8, 15}),
)
WIDE = Flavour(
    b"#!AMR-WB\n",
    16000,
    dict(enumerate((18, 24, 33, 37, 41, 47, 51, 59, 61, 6))) | {14: 1, 15: 1},
    frozenset({9, 14, 15}),
)


def flavour(head: bytes) -> Flavour | None:
    """The kind of AMR file that begins so."""
    return next((kind for kind in (NARROW, WIDE) if head.startswith(kind.magic)), None)


def runs(kind: Flavour, data: bytes | memoryview, longest: int) -> Iterator[tuple[bool, list[bytes]]]:
    """Frames that follow each other in groups, either all of speech or all silent, at most `longest` at once.

    Ends at the first byte that begins no frame, and leaves out a last frame that is cut off.
    """
    silent, frames = False, list[bytes]()
    position = 0
    while position < len(data):
        first = data[position]
        frame_type = first >> 3 & 15
        size = kind.sizes.get(frame_type, 0)
        if not size or first & 0x83 or position + size > len(data):
            break
        if frames and (len(frames) == longest or silent != (frame_type in kind.silent)):
            yield silent, frames
            frames = []
        silent = frame_type in kind.silent
        frames.append(bytes(data[position : position + size]))
        position += size
    if frames:
        yield silent, frames


def is_whole(kind: Flavour, data: bytes | memoryview) -> bool:
    """Whether these bytes are frames from the first to the last."""
    return bool(data) and sum(len(b"".join(frames)) for _, frames in runs(kind, data, 1000)) == len(data)
