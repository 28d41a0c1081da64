"""The models that can be installed by name, each with where it is published."""

from __future__ import annotations

from dataclasses import dataclass

_VOSK = "https://alphacephei.com/vosk/models/"
_SHERPA = "https://github.com/k2-fsa/sherpa-onnx/releases/download/asr-models/"


@dataclass(frozen=True, slots=True)
class OfficialModel:
    """A published model; `size_mb` of its archive as its publisher states it, rounded."""

    url: str
    size_mb: int
    language: str
    note: str

    @property
    def archive(self) -> str:
        """The file's name at the publisher."""
        return self.url.rpartition("/")[2]

    @property
    def name(self) -> str:
        """The archive's name without its ending: also that of the folder in it."""
        return self.archive.removesuffix(".zip").removesuffix(".tar.bz2")


# https://alphacephei.com/vosk/models (Apache-2.0), and
# https://k2-fsa.github.io/sherpa/onnx/pretrained_models/offline-transducer/zipformer-transducer-models.html.
# The more exact one first: of a language's Vosk models it is taken when none was chosen.
OFFICIAL = {
    model.name: model
    for model in (
        OfficialModel(_VOSK + "vosk-model-vn-0.4.zip", 78, "vi", "for servers"),
        OfficialModel(_VOSK + "vosk-model-small-vn-0.4.zip", 32, "vi", "for small machines"),
        OfficialModel(_VOSK + "vosk-model-en-us-0.22-lgraph.zip", 128, "en", "English, for servers"),
        OfficialModel(_VOSK + "vosk-model-small-en-us-0.15.zip", 40, "en", "English, for small machines"),
        OfficialModel(
            _SHERPA + "sherpa-onnx-zipformer-vi-int8-2025-04-20.tar.bz2", 57, "vi", "second engine: docs/speech.md"
        ),
        OfficialModel(
            _SHERPA + "sherpa-onnx-zipformer-vi-2025-04-20.tar.bz2", 250, "vi", "second engine, not rounded to 8 bits"
        ),
    )
}  # fmt: skip
