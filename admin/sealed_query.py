"""A search that an address may carry: what was typed can name a person, so the address holds it sealed."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

from hotline.context import parts


def seal(query: str) -> str:
    """What was typed, unreadable in histories and logs."""
    return _cipher().encrypt(query.encode()).decode().rstrip("=")


def unseal(token: str) -> str | None:
    """What was typed; None for an address that is not ours."""
    try:
        return _cipher().decrypt(token + "=" * (-len(token) % 4)).decode()
    except (InvalidToken, UnicodeError):
        return None


def _cipher() -> Fernet:
    key = hashlib.sha256(b"hotline/search-address\0" + parts().settings.secrets.session_key.encode())
    return Fernet(base64.urlsafe_b64encode(key.digest()))
