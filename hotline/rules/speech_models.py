"""How a speech model is called: by its name and, so that two of one name are told apart, by its content."""

from __future__ import annotations

from collections.abc import Iterable

# Read where no language was chosen, or none is installed for it.
DEFAULT_LANGUAGE = "vi"
_AT = "@"


def identity(name: str, fingerprint: str | None) -> str:
    """As Recording.transcript_model keeps it, such as "vosk-model-vn-0.4@3f9a04d2c1be"."""
    return f"{name}{_AT}{fingerprint}" if fingerprint else name


def name_of(identity: str) -> str:
    """The name alone, for people."""
    return identity.rpartition(_AT)[0] or identity


def labels(identities: Iterable[str]) -> dict[str, str]:
    """Names for people: two models of one name are told apart by the first digits of their fingerprints, if known."""
    distinct = set(identities)
    names = [name_of(model) for model in distinct]
    return {
        model: name_of(model)
        if names.count(name_of(model)) == 1 or model == name_of(model)
        else f"{name_of(model)} ({model.rpartition(_AT)[2][:4]})"
        for model in distinct
    }
