"""Recorded prompts in DATA_DIR/prompts/vi and /en: checked before they are played, and played as they are."""

from __future__ import annotations

import hashlib
import math
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hotline.errors import HotlineError
from hotline.rules.call_menu import LANGUAGES
from hotline.telephony.prompts import DIGITS, PROMPTS

# What <Play> takes (twilio.com/docs/voice/twiml/play) of what people make; the first one found is played.
TYPES = {".wav": "audio/wav", ".mp3": "audio/mpeg"}
# The samples that telephones carry without conversion, and those that every program writes.
WAV_KINDS = ("PCM_16", "ULAW", "ALAW")
RATE_MIN, RATE_MAX = 8000, 48000
# Nobody listens to more before being heard; a digit longer than this makes a code 20 seconds long.
LONGEST_S, LONGEST_DIGIT_S, SHORTEST_S = 15.0, 1.5, 0.15
# Fifteen seconds of 48 kHz WAV take 1.4 MB; more is not a prompt and would be read on every call.
LARGEST = 2 * 1024 * 1024
# Of full scale. A file below it is silence or as good as: speech has peaks above a tenth.
QUIETEST_PEAK = 0.02
# Callers hear a prompt that was recorded too loud as noise; so many samples at the limit are no chance.
CLIPPED, CLIPPED_SHARE = 0.999, 0.001


class PromptRefused(HotlineError):
    """A recorded prompt cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A recorded prompt that can be played; `version` changes with its content."""

    path: Path
    content_type: str
    seconds: float
    version: str


class PromptFiles:
    """The recorded prompts of an installation; files may be added and removed while it runs."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "prompts"

    def find(self, language: str, key: str) -> PromptFile | None:
        """The recording of a prompt; one that cannot be played counts as none, so that no call is lost by it."""
        path = self.path(language, key)
        try:
            return None if path is None else checked(path, key)
        except PromptRefused:
            return None

    def path(self, language: str, key: str) -> Path | None:
        """Where the recording of a known prompt lies, playable or not."""
        if language not in LANGUAGES or key not in PROMPTS:
            return None
        found = (self.folder / language / (key + ending) for ending in TYPES)
        try:
            return next((path for path in found if path.is_file()), None)
        except OSError:  # a folder closed to this user must not end every call
            return None

    def digits(self, language: str) -> list[PromptFile] | None:
        """The ten digits, when all of them are recorded: a code in two voices would be misheard."""
        found = [self.find(language, key) for key in DIGITS]
        whole = [file for file in found if file is not None]
        return whole if len(whole) == len(DIGITS) else None

    def add(self, key: str, source: Path, language: str) -> PromptFile:
        """Take a file over as it is, in place of an earlier one; raises PromptRefused and changes nothing."""
        if key not in PROMPTS:
            raise PromptRefused(f"there is no prompt {key}: `python -m hotline prompts list` names them")
        if source.suffix.lower() not in TYPES:
            raise PromptRefused(f"{source}: use a .wav or .mp3 file")
        checked(source, key)
        folder = self.folder / language
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = folder / (key + source.suffix.lower())
        draft = folder / f".{target.name}.{secrets.token_hex(4)}"
        draft.write_bytes(source.read_bytes())
        draft.replace(target)
        for ending in TYPES:
            if ending != target.suffix:
                target.with_suffix(ending).unlink(missing_ok=True)
        return checked(target, key)

    def closed(self) -> list[Path]:
        """Folders of recordings into which this user may not look."""
        folders = (self.folder, *(self.folder / language for language in LANGUAGES))
        return [path for path in folders if _is_closed(path)]

    def unknown(self) -> list[Path]:
        """Files that no prompt will ever play, by a wrong name, ending or folder."""
        known = {self.path(language, key) for language in LANGUAGES for key in PROMPTS}
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return [path for path in files if path not in known and not path.name.startswith(".")]


def checked(path: Path, key: str) -> PromptFile:
    """The file, if telephones can play it as this prompt; raises PromptRefused."""
    try:
        status = path.stat()
    except OSError as error:
        raise PromptRefused(f"{path}: {error.strerror}") from error
    if status.st_size > LARGEST:
        raise PromptRefused(f"{path} has {status.st_size} bytes; a prompt has at most {LARGEST}: shorten it")
    return _checked(path, key, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=256)
def _checked(path: Path, key: str, _changed: int, _size: int) -> PromptFile:
    # Imported here: a web process without recorded prompts needs no audio library in memory.
    import soundfile  # type: ignore[import-untyped]  # ships no types

    longest = LONGEST_DIGIT_S if key in DIGITS else LONGEST_S
    try:
        content = path.read_bytes()
        with soundfile.SoundFile(path) as file:
            kind, rate, channels = str(file.format), int(file.samplerate), int(file.channels)
            subtype = str(file.subtype)
            # A moment more than is allowed, so that an hour in a small file is not unpacked to be refused.
            sound = file.read(int((longest + 1) * rate), dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise PromptRefused(
            f"{path} is not sound that can be played: record it again as WAV or MP3"
        ) from error
    ending = path.suffix.lower()
    if {"WAV": ".wav", "WAVEX": ".wav", "MP3": ".mp3"}.get(kind) != ending:
        raise PromptRefused(f"{path} is {kind} inside: its name must end in its own kind, .wav or .mp3")
    if ending == ".wav" and subtype not in WAV_KINDS:
        raise PromptRefused(f"{path} has {subtype} samples: save it as 16-bit PCM (or mu-law, A-law)")
    if channels != 1:
        raise PromptRefused(f"{path} has {channels} channels: save it in mono, as telephones play it")
    if not RATE_MIN <= rate <= RATE_MAX:
        raise PromptRefused(f"{path} has {rate} samples a second: save it at 8000 to 48000, best 8000")
    length = len(sound) / rate
    if not SHORTEST_S <= length <= longest:
        raise PromptRefused(
            f"{path} lasts {_spoken(length, longest)}; {key} must last {SHORTEST_S} to {longest:g} s: cut it or say it shorter"
        )
    peak = float(abs(sound).max())
    if not math.isfinite(peak) or peak < QUIETEST_PEAK:
        raise PromptRefused(f"{path} is silent or almost: record it louder")
    if float((abs(sound) >= CLIPPED).mean()) > CLIPPED_SHARE:
        raise PromptRefused(f"{path} was recorded too loud and crackles: record it with less gain")
    version = hashlib.sha256(content).hexdigest()[:12]
    return PromptFile(path, TYPES[ending], length, version)


def _is_closed(folder: Path) -> bool:
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        return isinstance(error, PermissionError)
    return False


def _spoken(length: float, longest: float) -> str:
    return f"{length:.1f} s" if length <= longest else f"more than {longest:g} s"
