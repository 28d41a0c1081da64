"""Looking for what must not be there, in every form that a program might have written it."""

from __future__ import annotations

import base64
import json
import unicodedata
import zlib
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from redis import Redis

SHORTEST = 8  # bytes: a shorter piece is found anywhere by chance


def forms(secret: str) -> set[bytes]:
    """A text as UTF-8, UTF-16, base64 at any offset, JSON, a URL, hexadecimal; composed and decomposed."""
    found: set[bytes] = set()
    for text in {unicodedata.normalize(form, secret) for form in ("NFC", "NFD")}:
        for plain in (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")):
            found |= {plain, plain.hex().encode()}
            # What stands before it shifts base64 by up to two bytes; the ends depend on the neighbours.
            found |= {base64.b64encode(bytes(shift) + plain)[4:-4] for shift in range(3)}
        found |= {json.dumps(text)[1:-1].encode(), quote(text).encode()}
    return {form for form in found if len(form) >= SHORTEST}


def of_number(number: str) -> set[bytes]:
    """A number as provider, people and databases write it."""
    national = number.removeprefix("+84")
    spaced = f"{national[:3]} {national[3:6]} {national[6:]}"
    return forms(national) | forms(spaced) | forms(spaced.replace(" ", ".")) | forms(spaced.replace(" ", "-"))


def of_speech(text: str, words: int = 4) -> set[bytes]:
    """Every run of so many words, for a recogniser may have heard the rest differently."""
    spoken = text.split()
    return set().union(*(forms(" ".join(spoken[i : i + words])) for i in range(len(spoken) - words + 1)))


def in_bytes(secrets: Iterable[bytes], content: bytes) -> list[bytes]:
    return [secret for secret in secrets if secret in content]


def in_files(secrets: Iterable[bytes], files: Iterable[Path]) -> list[tuple[str, bytes]]:
    return [
        (str(path), secret)
        for path in files
        if path.is_file()
        for secret in in_bytes(secrets, path.read_bytes())
    ]


def in_queue(secrets: Iterable[bytes], redis: Redis) -> list[bytes]:
    """In what the queue's server would write to its dump: keys and values, which RQ compresses."""
    content = b"".join(part for key in redis.scan_iter() for part in (key, *_values(redis, key)))
    return in_bytes(secrets, content)


def _values(redis: Redis, key: bytes) -> list[bytes]:
    read = {
        b"string": lambda: [redis.get(key)],
        b"list": lambda: redis.lrange(key, 0, -1),
        b"set": lambda: list(redis.smembers(key)),
        b"zset": lambda: redis.zrange(key, 0, -1),
        b"hash": lambda: [part for pair in redis.hgetall(key).items() for part in pair],
        b"stream": lambda: [
            part for _, entry in redis.xrange(key) for pair in entry.items() for part in pair
        ],
    }
    return [plain for value in read[redis.type(key)]() for plain in (value, _inflated(value))]


def _inflated(value: bytes) -> bytes:
    try:
        return zlib.decompress(value)
    except zlib.error:
        return b""
