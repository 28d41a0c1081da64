"""What a recording without words holds: silence, keypad and line tones, or noise; and who is on which channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Sound = Literal["speech", "silence", "tones", "noise"]

_FRAME_S = 0.032
# A quiet telephone line lies near -60 dB of full scale, a whisper into it near -45.
_SILENT_DB = -55
_SOUNDING_FRAMES = 4  # less, and a click of the receiver would make noise of silence
_FLOOR_DB = -100
# ITU-T Q.23's rows and columns of the keypad; 425 Hz is the dial, ringing and busy tone of Vietnam (ITU-T E.180).
_ROWS = (697.0, 770.0, 852.0, 941.0)
_COLUMNS = (1209.0, 1336.0, 1477.0, 1633.0)
_LINE = (425.0,)
_IN_TONES = 0.5  # of a frame's energy: its first and last frame hold a part of a tone only
_FRAMES_IN_TONES = 0.5
_TONES_RANGE_DB = 25  # what is fainter than the loudest frame by more is the line's noise
# A word between tones takes a quarter of a second, however softly it is said: better words heard in tones than lost.
_WORD_FRAMES = 8
_WORD_RANGE_DB = 40
# Channels that swell together are two microphones in one room; two people on a line take turns.
_ONE_SCENE = 0.9


class SoundMeter:
    """Statistics of a stream of one or two channels: level and kind of every 32 ms, a few megabytes for four hours."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        import numpy as np

        self._size = max(16, round(sample_rate * _FRAME_S))
        angles = np.outer(np.arange(self._size), np.array(_ROWS + _COLUMNS + _LINE)) * (
            2 * np.pi / sample_rate
        )
        self._waves = np.concatenate([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        self._waiting = [np.zeros((0, channels), np.float32)]
        self._batch = 32 * self._size
        self._levels = [np.zeros((0, channels), np.int8)]  # dB of full scale
        self._tones = [np.zeros((0, channels), np.bool_)]
        self._frames = 0
        self._level_sum, self._level_products = np.zeros(channels), np.zeros((channels, channels))

    def feed(self, block: NDArray[np.float32]) -> None:
        """Take samples in -1..1, shaped (frames, channels)."""
        import numpy as np

        self._waiting.append(block)
        if sum(len(waiting) for waiting in self._waiting) < self._batch:
            return
        samples = np.concatenate(self._waiting)
        whole = len(samples) - len(samples) % self._size
        self._waiting = [samples[whole:]]
        self._measure(samples[:whole])

    def result(self) -> tuple[Sound, tuple[int, ...]]:
        """What is heard if no words are found, and the channels worth recognising: none where only tones are."""
        import numpy as np

        samples = np.concatenate(self._waiting)
        missing = -len(samples) % self._size
        self._measure(np.pad(samples, ((0, missing), (0, 0))))
        self._waiting = [samples[:0]]
        levels, tones = np.concatenate(self._levels), np.concatenate(self._tones)
        sounding = (levels > _SILENT_DB).sum(axis=0) >= _SOUNDING_FRAMES
        if not sounding.any():
            return "silence", (0,)
        if _nothing_but_tones(levels, tones):
            return "tones", ()
        speakers = tuple(int(channel) for channel in np.flatnonzero(sounding))
        if len(speakers) == 2 and self._one_scene():
            speakers = (int(np.argmax(self._level_sum)),)
        return "noise", speakers

    def _measure(self, samples: NDArray[np.float32]) -> None:
        import numpy as np

        if not len(samples):
            return
        channels = samples.shape[1]
        # (frames, channels, samples of a frame), without the offset of cheap converters.
        frames = samples.reshape(-1, self._size, channels).transpose(0, 2, 1)
        frames = frames - frames.mean(axis=2, keepdims=True)
        energy = np.einsum("fcs,fcs->fc", frames, frames) / self._size
        parts = (frames @ self._waves) ** 2
        tones = (parts[..., :9] + parts[..., 9:]) * (2 / self._size**2)
        pair = tones[..., :4].max(axis=2) + tones[..., 4:8].max(axis=2)
        in_tones = np.maximum(pair, tones[..., 8]) > _IN_TONES * energy
        level = np.clip(10 * np.log10(np.maximum(2 * energy, 1e-10)), _FLOOR_DB, 0)
        self._levels.append(level.astype(np.int8))
        self._tones.append(in_tones)
        root = np.sqrt(energy)
        self._frames += len(root)
        self._level_sum += root.sum(axis=0)
        self._level_products += root.T @ root

    def _one_scene(self) -> bool:
        import numpy as np

        mean = self._level_sum / self._frames
        covariance = self._level_products / self._frames - np.outer(mean, mean)
        spread = float(np.sqrt(covariance[0, 0] * covariance[1, 1]))
        # Even levels, as of a continuous tone, say nothing by their swelling: equal ones are one scene.
        even = spread < 1e-4 * float(mean[0] * mean[1])
        if even:
            return bool(np.isclose(mean[0], mean[1], rtol=0.05))
        return bool(covariance[0, 1] >= _ONE_SCENE * spread)


def _nothing_but_tones(levels: NDArray[np.int8], tones: NDArray[np.bool_]) -> bool:
    """Whether tones are most of what sounds, and no word fits between them: a recogniser would hear words in tones."""
    import numpy as np

    loudest = int(levels.max())
    loud = levels > max(_SILENT_DB, loudest - _TONES_RANGE_DB)
    if (loud & tones).sum() < _FRAMES_IN_TONES * loud.sum():
        return False
    for other in (~tones & (levels > max(_SILENT_DB, loudest - _WORD_RANGE_DB))).T:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], other.astype(np.int8), [0]])))
        if len(edges) and (edges[1::2] - edges[::2]).max() >= _WORD_FRAMES:
            return False
    return True
