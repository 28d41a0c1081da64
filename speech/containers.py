"""What the first bytes of a file say: why a decoder will not open it, and how long it should be."""

from __future__ import annotations

import struct

from speech.errors import UnreadableAudio

HEAD = 4096

# What no decoder of ours reads: worth another message than "not audio".
_OTHER_MEDIA = (
    (4, b"ftyp", "MPEG-4 (M4A, MP4, 3GP)"),
    (0, b"\x1aE\xdf\xa3", "Matroska or WebM"),
    (0, b"#!AMR", "AMR"),
    (0, b"0&\xb2u", "Windows Media"),
    (8, b"AVI ", "AVI"),
    (0, b"FLV", "Flash video"),
    (0, b"\0\0\x01\xba", "MPEG-PS video"),
)


def riff_duration(head: bytes) -> float | None:
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


def refusal(head: bytes, size: int) -> UnreadableAudio:
    """Why the decoder would not open a file of `size` bytes that begins with `head`."""
    if size == 0:
        return UnreadableAudio("empty-file", "the file is empty; fetch it again")
    for offset, magic, name in _OTHER_MEDIA:
        if head[offset : offset + len(magic)] == magic:
            return unsupported(f"{name} is not read here; convert it to WAV, MP3, OGG or FLAC")
    if head[:4] == b"RIFF" and (len(head) < 12 or head[8:12] == b"WAVE"):
        promised = struct.unpack_from("<I", head, 4)[0] + 8 if len(head) >= 8 else size + 1
        return no_sound() if size >= promised else truncated()
    if head[:4] == b"OggS":
        streams = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")
        video_only = b"\x80theora" in head and not any(stream in head for stream in streams)
        return no_sound() if video_only else truncated()
    if head[:4] in (b"fLaC", b"FORM", b".snd", b"caff") or head[:3] == b"ID3":
        return truncated()
    return UnreadableAudio(
        "not-audio", "this is not a recording (perhaps an error page saved as one); fetch it again"
    )


def unreadable(error: OSError) -> UnreadableAudio:
    return UnreadableAudio("unreadable-file", f"cannot open the file: {error.strerror or error}")


def unsupported(message: str) -> UnreadableAudio:
    return UnreadableAudio("unsupported-format", message)


def truncated() -> UnreadableAudio:
    return UnreadableAudio("truncated", "the file breaks off before any sound; fetch it again")


def no_sound() -> UnreadableAudio:
    return UnreadableAudio("no-audio-stream", "the file holds no sound track; ask for the recording itself")
