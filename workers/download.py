"""A file on its way from the provider to the store: streamed, never whole in memory, never in the clear on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hotline.errors import HotlineError, ProviderError, StorageProblem
from hotline.telephony.port import Download

# Four hours of 8 kHz 16-bit mono, the longest recording the speech side takes; refused beyond.
MAX_BYTES = 4 * 3600 * 8000 * 2 + 4096
AUDIO_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "mp4": "audio/mp4",
    "mov": "audio/mp4",
    "3gp": "audio/3gpp",
    "webm": "audio/webm",
    "amr": "audio/amr",
    "aac": "audio/aac",
    "asf": "audio/x-ms-wma",
}
# What may be shown in a browser as it is; anything else is handed over as a plain download.
SAFE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "audio/", "video/")


class Measured:
    """The pieces of a download as they arrive, counted; `alive` is called with each.

    Raises ProviderError when it is too large to be a message's.
    """

    def __init__(self, incoming: Download, alive: Callable[[], None]) -> None:
        self._incoming, self._alive = incoming, alive
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._incoming.chunks():
            self.size += len(piece)
            if self.size > MAX_BYTES:
                raise ProviderError("too-large", permanent=True)
            self._alive()
            yield piece


def audio_type(container: str) -> str:
    """The media type a browser plays this container by."""
    return AUDIO_TYPES.get(container, "application/octet-stream")


def checked_type(served: str, announced: str) -> str:
    """The type to keep: what the provider served, if it is safe to show and no error page."""
    served = served.split(";")[0].strip().lower()
    if served == "text/html" and not announced.startswith("text/html"):
        raise ProviderError("not-a-file", permanent=False)
    return served if served.startswith(SAFE_TYPES) else "application/octet-stream"


def failure_code(error: HotlineError) -> str:
    """A stable word for a row's `failure`; provider errors carry theirs as text."""
    if isinstance(error, ProviderError):
        return str(error)
    return "storage" if isinstance(error, StorageProblem) else "key-unavailable"
