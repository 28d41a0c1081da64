"""What residents write and say in the demonstration, and what officers make of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_FOLDER = files("hotline.demo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One tip from its first word to its end.

    It is a text, or a call: `audio` names the voicemail, `silent` a caller who hung up, `failed` why a recording
    never came. `months` bind it to a season (1..12), `hour` to a time of day (Vietnam), `hours_ago` to the
    present. `categories`, `place` (a commune's code) and `urgent` are what an officer makes of it; where
    triage differs, they correct it. Valuable unless `undecided`, or `weak`, which says why not.
    Stories of one `event` are linked; those of one `sender` come from one number, which `muted` says why to mute.
    `days` from receipt to `outcome`; None is as it comes. `untouched` is left lying by the officers.
    """

    text: str = ""
    audio: str | None = None
    silent: bool = False
    failed: str | None = None
    categories: tuple[str, ...] = ()
    place: str | None = None
    urgent: bool = False
    months: tuple[int, ...] = ()
    hour: str | None = None
    hours_ago: float | None = None
    withheld: bool = False
    more: tuple[tuple[float, str], ...] = ()
    notes: tuple[str, ...] = ()
    reply: str | None = None
    undelivered: bool = False
    weak: str | None = None
    undecided: bool = False
    outcome: str | None = None
    detail: str = ""
    days: float | None = None
    untouched: bool = False
    event: str | None = None
    sender: str | None = None
    muted: str | None = None
    reopened: Reopening | None = None

    @property
    def is_call(self) -> bool:
        """Whether somebody rang."""
        return self.audio is not None or self.silent or self.failed is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """Why a closed tip was opened again, days after its end, and how it ended then, if it did."""

    days: float
    why: str
    outcome: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Voicemail:
    """A recording with what the demonstration model wrote down of it, mistakes and all."""

    audio: bytes
    transcript: dict[str, Any]


@cache
def load() -> tuple[Story, ...]:
    """All stories, in the order of the files' names."""
    sources = sorted(
        (path for path in _FOLDER.iterdir() if path.name.startswith("tips_")), key=lambda path: path.name
    )
    return tuple(_story(raw) for path in sources for raw in json.loads(path.read_text(encoding="utf-8")))


@cache
def voicemail(name: str) -> Voicemail:
    """The recording of this name ("vm01"); 8 kHz mono WAV."""
    entry = json.loads(_FOLDER.joinpath("voicemails.json").read_text(encoding="utf-8"))[name]
    return Voicemail(_FOLDER.joinpath("audio", entry["file"]).read_bytes(), entry["transcript"])


def _story(raw: dict[str, Any]) -> Story:
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()
    }
    if "more" in raw:
        given["more"] = tuple((minutes, text) for minutes, text in raw["more"])
    if "reopened" in raw:
        given["reopened"] = Reopening(**raw["reopened"])
    return Story(**given)
