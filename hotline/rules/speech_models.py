"""How a speech model is called: by its name and, so that two of one name are told apart, by its content."""

from __future__ import annotations

# Read where no language was chosen, or none is installed for it.
DEFAULT_LANGUAGE = "vi"
_AT = "@"


def identity(name: str, fingerprint: str | None) -> str:
    """As Recording.transcript_model keeps it, such as "vosk-model-vn-0.4@3f9a04d2c1be"."""
    return f"{name}{_AT}{fingerprint}" if fingerprint else name


def name_of(identity: str) -> str:
    """The name alone, for people."""
    return identity.rpartition(_AT)[0] or identity
