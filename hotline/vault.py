"""Keys and sealing: a data key per tip, wrapped by a key ring that lives outside the database.

Authenticated encryption is AES-256-GCM (NIST SP 800-38D) from `cryptography`; keyed lookups are HMAC-SHA-256.
What the lookups and the blind index leak is written in docs/threat-model.md.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from hotline.errors import BadConfiguration, KeyUnavailable
from hotline.secret_store import read_or_create_private

KEY_BYTES = 32
NONCE_BYTES = 12
# 64 bits: two of a million different words collide by chance once in 37 million indexes.
TOKEN_BYTES = 8
LOOKUP_BYTES = 16


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """The installation's root keys: wrapping keys by id (one of them active) and the key of all lookups."""

    active: str
    wrapping: Mapping[str, bytes]
    index: bytes

    @classmethod
    def load_or_create(cls, data_dir: Path, environ: Mapping[str, str]) -> KeyRing:
        """Read the ring from HOTLINE_KEYRING, else from `keyring.json` (mode 0600), made on the first run.

        Raises BadConfiguration when it is damaged or cannot be read: nothing can be opened without it.
        """
        path = data_dir / "keyring.json"
        given = environ.get("HOTLINE_KEYRING")
        if not given and not path.exists() and any(data_dir.glob("*.db")):
            raise BadConfiguration(
                f"{path} is missing, but {data_dir} holds a database that was written with it: "
                "put it back from its backup. A new one would open nothing"
            )
        content = given or read_or_create_private(path, _new_ring)
        try:
            raw = json.loads(content)
            wrapping = {name: _key(value) for name, value in raw["wrapping"].items()}
            ring = cls(raw["active"], wrapping, _key(raw["index"]))
            wrapping[ring.active]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadConfiguration(
                f"the key ring in HOTLINE_KEYRING or {path} is damaged: restore it from a backup. "
                "Without it no stored message can be read; do not delete it"
            ) from error
        return ring


class Vault:
    """Seals, opens and looks up; holds no data and no session."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._lookup_key = _derive(ring.index, b"lookup")
        self._token_key = _derive(ring.index, b"blind-index")
        self._chain_key = _derive(ring.index, b"audit-chain")

    @property
    def fingerprint(self) -> str:
        """Tells key rings apart without revealing them; the database remembers whose it is."""
        return _derive(self._ring.index, b"fingerprint").hex()[:16]

    def new_data_key(self) -> tuple[bytes, str, bytes]:
        """A fresh data key: (key, id of the ring key that wraps it, wrapped key)."""
        key = AESGCM.generate_key(KEY_BYTES * 8)
        ring_key = self._ring.active
        return key, ring_key, seal(self._ring.wrapping[ring_key], key, ring_key.encode())

    def unwrap(self, ring_key: str, wrapped: bytes) -> bytes:
        """The data key back; raises KeyUnavailable when its ring key is not here."""
        try:
            return open_sealed(self._ring.wrapping[ring_key], wrapped, ring_key.encode())
        except KeyError:
            raise KeyUnavailable(
                f"the key ring has no key {ring_key!r}: use the keyring.json that belongs to this database"
            ) from None

    def lookup(self, kind: str, value: str) -> bytes:
        """A keyed hash for equality: the same value gives the same bytes only to who holds the ring."""
        return _mac(self._lookup_key, f"{kind}\0{value}".encode())[:LOOKUP_BYTES]

    def token(self, word: str) -> bytes:
        """The blind index's entry for a word."""
        return _mac(self._token_key, word.encode())[:TOKEN_BYTES]

    def chain(self, previous: bytes, event: bytes) -> bytes:
        """The audit chain's next hash; keyed, so that a thief of the database cannot rewrite history."""
        return _mac(self._chain_key, previous + event)


def seal(key: bytes, plain: bytes, context: bytes) -> bytes:
    """Nonce and ciphertext; `context` must be the same to open it, so that a row cannot be moved elsewhere."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def open_sealed(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """The plain bytes; raises KeyUnavailable when key, context or bytes are not those that were sealed."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except (InvalidTag, ValueError):
        raise KeyUnavailable(
            "a sealed value does not open: it was changed, moved, or has another key"
        ) from None


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDFExpand(SHA256(), KEY_BYTES, b"hotline/" + purpose).derive(key)


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("a key must have 32 bytes")
    return key


def _new_ring() -> str:
    def fresh() -> str:
        return base64.b64encode(os.urandom(KEY_BYTES)).decode()

    name = "k" + os.urandom(4).hex()
    return json.dumps({"active": name, "wrapping": {name: fresh()}, "index": fresh()}, indent=1)
