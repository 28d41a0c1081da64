"""A recording as its decoder hands it over, whichever decoder that is, within bounds on what it may decode to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from speech.containers import unsupported
from speech.errors import UnreadableAudio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK_FRAMES = 4000

# Half of a telephone's rate, which old voice recorders use, up to studio equipment.
MIN_RATE, MAX_RATE = 4000, 192_000
MAX_CHANNELS = 8
# Four hours of 48 kHz stereo: what is within the hours but beyond this is a header's lie, not a recording.
MAX_SAMPLES = 4 * 3600 * 48_000 * 2


@dataclass(frozen=True, slots=True)
class Decoded:
    """A recording while it is open: `blocks` are float32, shaped (frames, channels), and can be read once.

    Raises UnreadableAudio when the rate or the number of channels is no recording's.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    announced_duration_s: float | None
    blocks: Iterator[NDArray[np.float32]]

    def __post_init__(self) -> None:
        if not MIN_RATE <= self.sample_rate <= MAX_RATE or not 1 <= self.channels <= MAX_CHANNELS:
            raise unsupported(
                f"{self.sample_rate} samples a second on {self.channels} channels is no recording of speech; "
                "convert it to one or two channels and 8,000 to 48,000 samples a second"
            )

    @property
    def columns(self) -> int:
        """Channels of what `bounded` yields: telephones and dual recordings have one or two, more are averaged."""
        return self.channels if self.channels <= 2 else 1

    def bounded(self, max_duration_s: float) -> Iterator[NDArray[np.float32]]:
        """Blocks in -1..1, shaped (frames, columns); raises UnreadableAudio when there are too many."""
        import numpy as np

        left = min(max_duration_s * self.sample_rate, MAX_SAMPLES / self.channels)
        for block in self.blocks:
            left -= len(block)
            if left < 0:
                raise UnreadableAudio(
                    "too-long", f"longer than {max_duration_s / 3600:g} hours of sound; cut it into parts"
                )
            # A float file may hold NaN or infinity, which would poison everything after it.
            block = np.clip(np.nan_to_num(block), -1, 1)
            yield block if self.channels == self.columns else block.mean(axis=1, keepdims=True)
