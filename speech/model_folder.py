"""A speech model on disk: which engine it is for, whether it is whole, and what must be known before loading it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from speech import sherpa_folder, vosk_folder
from speech.errors import ModelProblem
from speech.model_files import broken, install_hint

__all__ = [
    "DEFAULT_LANGUAGE",
    "DEMO_MODEL",
    "LANGUAGE_FILE",
    "SHERPA",
    "VOSK",
    "ModelFolder",
    "install_hint",
    "language_of",
    "verify",
]

DEMO_MODEL = Path(__file__).parent / "data" / "vosk-model-tiny-vi-synth"
VOSK, SHERPA = "vosk", "sherpa-onnx"

DEFAULT_LANGUAGE = "vi"
# Holds the language's code when whoever installed the model said it.
LANGUAGE_FILE = "LANGUAGE"
# As the publishers write them in names: Vosk says vn where ISO 639 says vi.
_IN_NAMES = {"vi": "vi", "vn": "vi", "en": "en"}
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that holds every file its engine needs; `sample_rate` in Hz is what the model was trained at.

    The engine lowers a higher rate itself; a lower one is raised by us unless it `allows_upsampling`.
    """

    path: Path
    name: str
    size_bytes: int
    sample_rate: int
    allows_upsampling: bool
    engine: str = VOSK
    language: str = DEFAULT_LANGUAGE

    @property
    def is_demonstration(self) -> bool:
        """Trained on synthetic speech only: say so wherever its text is shown, also under another name."""
        readme = self.path / "README"
        return self.name == DEMO_MODEL.name or (
            readme.is_file() and readme.read_bytes().startswith(DEMO_MODEL.name.encode())
        )

    def fingerprint(self) -> str:
        """Twelve hexadecimal digits over the content of all files; reads all of them (about a second a gigabyte)."""
        digest = blake2b(digest_size=6)
        for file in sorted(path for path in self.path.rglob("*") if path.is_file()):
            name = file.relative_to(self.path).as_posix()
            if name == LANGUAGE_FILE:
                continue
            digest.update(f"{name}\0{file.stat().st_size}\0".encode())
            with file.open("rb") as opened:
                while piece := opened.read(_PIECE):
                    digest.update(piece)
        return digest.hexdigest()


def verify(path: Path) -> ModelFolder:
    """Check that a folder is a whole model, without loading it; its structure says for which engine.

    Raises ModelProblem: model-missing when there is no such folder, model-broken when files are missing, empty
    or not what their names say.
    """
    if not path.is_dir():
        raise ModelProblem("model-missing", f"there is no model folder {path}; {install_hint()}")
    try:
        return _verified(path)
    except OSError as error:  # no permission, a failing disk
        raise broken(path, f"{error.filename} cannot be read ({error.strerror})") from error


def _verified(path: Path) -> ModelFolder:
    if sherpa_folder.is_sherpa(path):
        sherpa_folder.check(path)
        engine, sample_rate, allows_upsampling = SHERPA, sherpa_folder.SAMPLE_RATE, True
    else:
        engine, (sample_rate, allows_upsampling) = VOSK, vosk_folder.check(path)
    return ModelFolder(
        path=path,
        name=path.resolve().name,
        size_bytes=sum(file.stat().st_size for file in path.rglob("*") if file.is_file()),
        sample_rate=sample_rate,
        allows_upsampling=allows_upsampling,
        engine=engine,
        language=language_of(path),
    )


def is_language(code: str) -> bool:
    """Whether this is how a language is written here: two letters (ISO 639-1)."""
    return re.fullmatch("[a-z]{2}", code) is not None


def language_of(path: Path) -> str:
    """What a model understands: as said when it was installed, else as its name says, else Vietnamese."""
    said = path / LANGUAGE_FILE
    if said.is_file():
        code = said.read_text("utf-8", errors="replace").strip()
        if is_language(code):
            return code
    parts = re.split(r"[-_.]", path.resolve().name.lower())
    return next((_IN_NAMES[part] for part in parts if part in _IN_NAMES), DEFAULT_LANGUAGE)
