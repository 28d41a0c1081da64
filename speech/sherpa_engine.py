"""sherpa-onnx: a recording in, its transcript out, by a transducer such as the Vietnamese Zipformers."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speech import sherpa_folder
from speech.audio import Source, channel_chunks, probe
from speech.errors import ModelProblem, SpeechError
from speech.model_folder import ModelFolder, verify
from speech.transcript import Transcript, Word, at_pauses

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RATE = sherpa_folder.SAMPLE_RATE
# Such models see a whole stretch at once and were trained on some ten to thirty seconds: memory and errors grow
# beyond. A stretch is cut at its quietest moment past the middle, so that no word is cut through.
LONGEST_S = 30
_SHORTEST_S = 15
_FRAME_S = 0.02
_QUIET_S = 0.3
# A token is heard for as long as it takes to the next, but a syllable hardly ever longer than this.
_TOKEN_S = 0.32
_INSTALL = "python -m pip install -c constraints.txt -r requirements-sherpa.txt"


class SherpaEngine:
    """One loaded model. With one thread to compute on it starts none, so that forked children can share it."""

    def __init__(self, recognizer: Any, folder: ModelFolder) -> None:
        self._recognizer = recognizer
        self.folder = folder
        self.fingerprint = folder.fingerprint()

    @classmethod
    def load(cls, model: Path | ModelFolder) -> SherpaEngine:
        """Load a model folder; raises ModelProblem: model-missing, model-broken, engine-missing."""
        folder = model if isinstance(model, ModelFolder) else verify(model)
        files = sherpa_folder.check(folder.path)
        try:
            import sherpa_onnx  # an optional install: requirements-sherpa.txt
        except ImportError as error:
            raise ModelProblem(
                "engine-missing", f"{folder.name} needs sherpa-onnx, which is not installed: run {_INSTALL}"
            ) from error
        try:
            recognizer = sherpa_onnx.OfflineRecognizer.from_transducer(
                encoder=str(files.encoder), decoder=str(files.decoder), joiner=str(files.joiner),
                tokens=str(files.tokens), num_threads=1, sample_rate=_RATE,
            )  # fmt: skip
        except RuntimeError as error:  # what its C++ exceptions become
            raise ModelProblem(
                "model-broken", f"sherpa-onnx cannot load {folder.path}; delete it and install it again"
            ) from error
        return cls(recognizer, folder)

    def transcribe(self, source: Source, *, on_progress: Callable[[float], None] | None = None) -> Transcript:
        """Recognise a recording, stretch by stretch in bounded memory; see Engine.transcribe."""
        info = probe(source)
        two = len(info.speakers) > 1
        speakers = [_Stretches() for _ in info.speakers]
        words: list[list[Word]] = [[] for _ in speakers]
        total = max(1.0, info.duration_s * _RATE)
        done = 0

        def recognise(number: int, found: Iterable[tuple[float, NDArray[np.float32]]]) -> None:
            channel = info.speakers[number] if two else None
            for start, samples in found:
                words[number] += self._words(samples, start, channel)

        for chunks in channel_chunks(source, _RATE, info.speakers):
            for number, (stretches, chunk) in enumerate(zip(speakers, chunks, strict=True)):
                recognise(number, stretches.feed(chunk))
            done += len(chunks[0]) // 2
            if on_progress:
                on_progress(min(1.0, done / total))
        for number, stretches in enumerate(speakers):
            recognise(number, stretches.rest())
        segments = (segment for spoken in words for segment in at_pauses(spoken))
        return Transcript.heard(self.folder.name, self.fingerprint, info.duration_s, segments, info.sound)

    def _words(self, samples: NDArray[np.float32], start: float, channel: int | None) -> list[Word]:
        stream = self._recognizer.create_stream()
        stream.accept_waveform(_RATE, samples)
        try:
            self._recognizer.decode_stream(stream)
        except RuntimeError as error:  # what its C++ exceptions become
            raise SpeechError(
                "recognition-failed", f"sherpa-onnx gave up on this recording with model {self.folder.name}"
            ) from error
        result = stream.result
        return _joined(
            result.tokens,
            result.timestamps,
            result.ys_log_probs,
            start,
            start + len(samples) / _RATE,
            channel,
        )


class _Stretches:
    """Cuts one speaker's samples into stretches of at most `LONGEST_S`, at moments when nobody speaks."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._start = 0  # samples before what is waiting

    def feed(self, chunk: bytes) -> Iterator[tuple[float, NDArray[np.float32]]]:
        """Take 16-bit samples; give each stretch that is complete, with its start in seconds."""
        self._waiting += chunk
        while len(self._waiting) >= 2 * LONGEST_S * _RATE:
            yield self._cut(_quietest(_samples(self._waiting[: 2 * LONGEST_S * _RATE])))

    def rest(self) -> Iterator[tuple[float, NDArray[np.float32]]]:
        """What is left at the end."""
        if self._waiting:
            yield self._cut(len(self._waiting) // 2)

    def _cut(self, length: int) -> tuple[float, NDArray[np.float32]]:
        start, samples = self._start / _RATE, _samples(self._waiting[: 2 * length])
        del self._waiting[: 2 * length]
        self._start += length
        return start, samples


def _samples(pcm: bytearray) -> NDArray[np.float32]:
    import numpy as np

    return np.frombuffer(bytes(pcm), np.int16).astype(np.float32) / np.float32(32768)


def _quietest(samples: NDArray[np.float32]) -> int:
    """Where to cut: the middle of the quietest `_QUIET_S`, not before `_SHORTEST_S`."""
    import numpy as np

    frame = round(_FRAME_S * _RATE)
    energy = np.square(samples[: len(samples) // frame * frame]).reshape(-1, frame).sum(axis=1)
    width = round(_QUIET_S / _FRAME_S)
    first = round(_SHORTEST_S / _FRAME_S)
    level = np.convolve(energy, np.ones(width), "valid")[first:]
    return int(first + np.argmin(level) + width // 2) * frame


def _joined(
    tokens: list[str],
    times: list[float],
    log_probs: list[float],
    start: float,
    end: float,
    channel: int | None,
) -> list[Word]:
    """Pieces to words: a piece that begins with a space begins a word; its confidence is the product of theirs."""
    words: list[Word] = []
    firsts = [n for n, token in enumerate(tokens) if n == 0 or token.startswith(" ")]
    for first, after in pairwise([*firsts, len(tokens)]):
        text = unicodedata.normalize("NFC", _text(tokens[first:after]).strip().lower())
        if not text or text == "<unk>":
            continue
        until = start + times[after] if after < len(tokens) else end
        words.append(
            Word(
                text,
                start + times[first],
                min(until, start + times[after - 1] + _TOKEN_S),
                min(1.0, math.exp(sum(log_probs[first:after]))),
                channel,
            )
        )
    return words


def _text(pieces: list[str]) -> str:
    """The pieces' letters; a byte of a letter that the model does not know as a whole is written <0xE1>."""
    raw = b"".join(
        bytes.fromhex(piece[3:5]) if len(piece) == 6 and piece.startswith("<0x") else piece.encode()
        for piece in pieces
    )
    return raw.decode("utf-8", errors="replace")
