"""Vosk: a recording in, its transcript out. The only module that loads libvosk."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

import vosk

from speech.audio import Source, channel_chunks, probe
from speech.errors import ModelProblem, SpeechError
from speech.model_folder import ModelFolder, verify
from speech.transcript import Transcript, Word, at_pauses

_QUIET = -1  # Kaldi's level for errors only


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
        recognizers = [self._recognizer(rate) for _ in info.speakers]
        results: list[list[str]] = [[] for _ in info.speakers]
        done = 0
        for chunks in channel_chunks(source, rate, info.speakers):
            for recognizer, chunk, heard in zip(recognizers, chunks, results, strict=True):
                if self._accept(recognizer, chunk):
                    heard.append(recognizer.Result())
            done += len(chunks[0])
            if on_progress:
                on_progress(min(1.0, done / total_bytes))
        for recognizer, heard in zip(recognizers, results, strict=True):
            heard.append(recognizer.FinalResult())
        segments = [
            segment
            for channel, heard in zip(info.speakers, results, strict=True)
            for result in heard
            for segment in at_pauses(_words(result, channel if len(info.speakers) > 1 else None))
        ]
        segments.sort(key=lambda segment: segment.start)
        sound = "speech" if segments else info.sound
        return Transcript(self.folder.name, info.duration_s, tuple(segments), sound, self.fingerprint)

    def _recognizer(self, rate: int) -> vosk.KaldiRecognizer:
        recognizer = vosk.KaldiRecognizer(self._model, rate)
        recognizer.SetWords(True)
        return recognizer

    def _accept(self, recognizer: vosk.KaldiRecognizer, chunk: bytes) -> bool:
        try:
            return bool(recognizer.AcceptWaveform(chunk))
        except Exception as error:  # the binding raises nothing narrower
            raise SpeechError(
                "recognition-failed", f"libvosk gave up on this recording with model {self.folder.name}"
            ) from error


def _words(result: str, channel: int | None) -> list[Word]:
    return [
        Word(unicodedata.normalize("NFC", w["word"]), w["start"], w["end"], min(1.0, w["conf"]), channel)
        for w in json.loads(result).get("result", [])
    ]
