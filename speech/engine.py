"""What every recogniser is to the rest: a model folder in, an engine out; a recording in, its transcript out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from speech.audio import Source
from speech.model_folder import SHERPA, ModelFolder, verify
from speech.transcript import Transcript


class Engine(Protocol):
    """One loaded model. It starts no thread, so children forked after loading share its memory and work."""

    @property
    def folder(self) -> ModelFolder:
        """The model's name, language and sample rate, and whether it is the demonstration."""

    @property
    def fingerprint(self) -> str:
        """Tells models of one name apart: over the content of the model's files, taken when it was loaded."""

    def transcribe(self, source: Source, *, on_progress: Callable[[float], None] | None = None) -> Transcript:
        """Recognise a recording; silence gives a transcript without words.

        `on_progress` gets the fraction done, 0 to 1. Raises UnreadableAudio, or SpeechError
        "recognition-failed" when the engine gives up.
        """


def load(model: Path | ModelFolder) -> Engine:
    """Load a model folder with the engine that its structure asks for.

    Raises ModelProblem: model-missing, model-broken, or engine-missing when the engine is not installed. The
    engines' libraries are opened here and not before.
    """
    folder = model if isinstance(model, ModelFolder) else verify(model)
    if folder.engine == SHERPA:
        from speech.sherpa_engine import SherpaEngine

        return SherpaEngine.load(folder)
    from speech.vosk_engine import VoskEngine

    return VoskEngine.load(folder)
