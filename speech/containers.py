"""What the first bytes of a file say: why a decoder will not open it, and how long it should be."""

from __future__ import annotations

import struct

from speech.errors import UnreadableAudio

HEAD = 4096

# By the first bytes at an offset: what libsndfile does not read, but FFmpeg does.
_FFMPEG = (
    (4, b"ftyp3g", "3gp"),
    (4, b"ftypqt", "mov"),
    (4, b"ftyp", "mp4"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
    (0, b"\x1aE\xdf\xa3", "webm"),
    (0, b"#!AMR", "amr"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "asf"),
)
# wFormatTag of WAV that libsndfile reads: where it refuses one of these, the file is damaged, not unknown.
_SNDFILE_TAGS = (1, 2, 3, 6, 7, 0x11, 0x31, 0xFFFE)
# Video that neither reads: worth another message than "not audio".
_OTHER_MEDIA = ((8, b"AVI ", "AVI"), (0, b"FLV", "Flash video"), (0, b"\0\0\x01\xba", "MPEG video"))


def ffmpeg_container(head: bytes) -> str | None:
    """The name of a container that only FFmpeg reads."""
    # AAC without a container: 12 bits of ones, MPEG-4 or 2, layer 0 (ISO/IEC 13818-7, section 6.2).
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "aac"
    return _named(head, _FFMPEG)


def shared_container(head: bytes) -> str | None:
    """The name of a container that libsndfile reads too, if FFmpeg may know the codec inside when it does not."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        at = head.find(b"fmt ") + 8
        tag = int.from_bytes(head[at : at + 2], "little") if 8 <= at <= len(head) - 2 else 1
        return None if tag in _SNDFILE_TAGS else "wav"
    if head[:4] == b"OggS":
        return "ogg" if b"Speex   " in head[:64] else None
    return "caf" if head[:4] == b"caff" else None


def _named(head: bytes, table: tuple[tuple[int, bytes, str], ...]) -> str | None:
    return next((name for at, magic, name in table if head[at : at + len(magic)] == magic), None)


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
    other = _named(head, _OTHER_MEDIA)
    if other:
        return unsupported(f"{other} is not read here; convert it to WAV, MP3, OGG or FLAC")
    if head[:4] == b"RIFF" and (len(head) < 12 or head[8:12] == b"WAVE"):
        promised = struct.unpack_from("<I", head, 4)[0] + 8 if len(head) >= 8 else size + 1
        if size < promised:
            return truncated()
        if b"data" not in head:
            return no_sound()
        return unsupported("this kind of WAV is not read here; convert it to one with 16-bit samples")
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


def damaged() -> UnreadableAudio:
    return UnreadableAudio(
        "damaged", "the decoder gave up on this file; ask for it again, or convert it to WAV elsewhere"
    )
