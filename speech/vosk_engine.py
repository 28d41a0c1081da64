"""Vosk: a recording in, its transcript out. The only module that loads libvosk."""

from __future__ import annotations

import json
import unicodedata
from collections import deque
from collections.abc import Callable
from pathlib import Path

import vosk

from speech.audio import Source, channel_chunks, probe
from speech.errors import ModelProblem, SpeechError
from speech.model_folder import ModelFolder, verify
from speech.transcript import Segment, Transcript, Word, at_pauses

_QUIET = -1  # Kaldi's level for errors only
# Longer than any model looks ahead of what it has decided on: by then it has heard the last sound to its end.
_HEARD_S = 2.0
# Handed on in one go where sound follows, so it is bounded: whoever waits for a sign of life waits for seconds.
_KEPT_BACK_S = 60


class VoskEngine:
    """One loaded model. It starts no thread, so children forked after loading share its memory and work."""

    def __init__(self, model: vosk.Model, folder: ModelFolder) -> None:
        self._model = model
        self.folder = folder
        self.fingerprint = folder.fingerprint()

    @classmethod
    def load(cls, model: Path | ModelFolder, *, log_level: int = _QUIET) -> VoskEngine:
        """Load a model folder; raises ModelProblem when it is missing or broken."""
        folder = model if isinstance(model, ModelFolder) else verify(model)
        vosk.SetLogLevel(log_level)
        try:
            loaded = vosk.Model(str(folder.path))
            vosk.KaldiRecognizer(loaded, folder.sample_rate)  # a damaged graph shows only here
        except Exception as error:  # the binding raises nothing narrower
            raise ModelProblem(
                "model-broken", f"libvosk cannot load {folder.path}; delete it and install it again"
            ) from error
        return cls(loaded, folder)

    def transcribe(self, source: Source, *, on_progress: Callable[[float], None] | None = None) -> Transcript:
        """Recognise a recording, each speaker apart; silence gives a transcript without words.

        `on_progress` gets the fraction done, 0 to 1. Raises UnreadableAudio, or SpeechError
        "recognition-failed" when libvosk gives up.
        """
        info = probe(source)
        rate = info.sample_rate
        if rate < self.folder.sample_rate and not self.folder.allows_upsampling:
            rate = self.folder.sample_rate
        total_bytes = max(1.0, info.duration_s * rate * 2)
        several = len(info.speakers) > 1
        speakers = [
            _Speaker(self._recognizer(rate), rate, channel if several else None) for channel in info.speakers
        ]
        done = 0
        for chunks in channel_chunks(source, rate, info.speakers):
            for speaker, chunk in zip(speakers, chunks, strict=True):
                self._guarded(speaker.hear, chunk)
            done += len(chunks[0])
            if on_progress:
                on_progress(min(1.0, done / total_bytes))
        segments = (segment for speaker in speakers for segment in speaker.segments())
        return Transcript.heard(self.folder.name, self.fingerprint, info.duration_s, segments, info.sound)

    def _recognizer(self, rate: int) -> vosk.KaldiRecognizer:
        recognizer = vosk.KaldiRecognizer(self._model, rate)
        recognizer.SetWords(True)
        return recognizer

    def _guarded(self, hear: Callable[[bytes], None], chunk: bytes) -> None:
        try:
            hear(chunk)
        except Exception as error:  # the binding raises nothing narrower
            raise SpeechError(
                "recognition-failed", f"libvosk gave up on this recording with model {self.folder.name}"
            ) from error


class _Speaker:
    """One speaker's recogniser, and the results it has ended.

    Where a line carries no sound at all, its zeros are kept back once the engine has ended what was said before:
    they are handed on if sound follows, so that it hears exactly the recording, and left out if none does.
    """

    def __init__(self, recognizer: vosk.KaldiRecognizer, rate: int, channel: int | None) -> None:
        self._recognizer = recognizer
        self._rate = rate
        self._channel = channel
        self._results: list[str] = []
        self._silent_s = 0.0
        self._ended = False
        self._kept_back: deque[bytes] = deque()

    def hear(self, chunk: bytes) -> None:
        """Take the next 16-bit samples."""
        if chunk.count(0) < len(chunk):
            while self._kept_back:
                self._accept(self._kept_back.popleft())
            self._silent_s, self._ended = 0.0, False
            self._accept(chunk)
        elif self._ended and self._silent_s >= _HEARD_S:
            self._kept_back.append(chunk)
            if len(self._kept_back) * len(chunk) > _KEPT_BACK_S * 2 * self._rate:
                self._accept(self._kept_back.popleft())
        else:
            self._silent_s += len(chunk) / 2 / self._rate
            self._ended |= self._accept(chunk)

    def segments(self) -> list[Segment]:
        """Everything heard, to its end."""
        self._results.append(self._recognizer.FinalResult())
        return [segment for result in self._results for segment in at_pauses(_words(result, self._channel))]

    def _accept(self, samples: bytes) -> bool:
        ended = bool(self._recognizer.AcceptWaveform(samples))
        if ended:
            self._results.append(self._recognizer.Result())
        return ended


def _words(result: str, channel: int | None) -> list[Word]:
    return [
        Word(unicodedata.normalize("NFC", w["word"]), w["start"], w["end"], min(1.0, w["conf"]), channel)
        for w in json.loads(result).get("result", [])
    ]
