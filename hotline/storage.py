"""Audio and pictures at rest: encrypted in chunks, so that hours of sound are written and read in bounded memory.

Chunks follow the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): the nonce of AES-256-GCM
is a random prefix, the chunk's number and a mark on the last, so that chunks cannot be swapped or cut off.
"""

from __future__ import annotations

import io
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hotline.errors import KeyUnavailable, StorageProblem

MAGIC = b"HLA1"
PREFIX_BYTES = 7
CHUNK = 64 * 1024
TAG_BYTES = 16
DRAFT = ".part"
_NAME = re.compile(r"[0-9a-f]{32}")  # nothing else in the folder is ours to judge
HEADER = len(MAGIC) + PREFIX_BYTES


class AudioStore:
    """Sealed files in a local folder, addressed by the random key that `put` returns."""

    def __init__(self, storage_url: str) -> None:
        self.root = Path(unquote(urlsplit(storage_url).path))

    def put(self, data_key: bytes, plain: Iterable[bytes]) -> str:
        """Seal a stream into a new file, whole or not at all, and return its storage key.

        Raises StorageProblem when the disk refuses (full, read-only); nothing is left behind.
        """
        storage_key = secrets.token_hex(16)
        target = self._path(storage_key)
        draft = target.with_suffix(DRAFT)
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for piece in _sealed_chunks(data_key, plain):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(target)
            _sync_folder(target.parent)
        except BaseException as error:  # a job that ran too long must leave nothing behind either
            with suppress(OSError):
                draft.unlink()
            if not isinstance(error, OSError):
                raise
            raise StorageProblem(
                f"cannot store audio in {self.root}: {error.strerror}. Free some space or mend the folder; "
                "the recording stays with the provider and is fetched again"
            ) from error
        return storage_key

    def open(self, data_key: bytes, storage_key: str) -> BinaryIO:
        """A seekable reader of the plain bytes.

        Raises StorageProblem when the file is gone or damaged, KeyUnavailable when it was cut or has another
        key; reading raises KeyUnavailable at a chunk that was changed.
        """
        try:
            file = self._path(storage_key).open("rb")
        except OSError as error:
            raise StorageProblem(f"audio file {storage_key} cannot be opened: {error.strerror}") from error
        try:
            return io.BufferedReader(_SealedFile(data_key, file, storage_key), CHUNK)
        except BaseException:
            file.close()
            raise

    def same(self, data_key: bytes, one: str, other: str) -> bool:
        """Whether two files hold the same bytes, read in bounded memory; raises as `open` does."""
        with self.open(data_key, one) as first, self.open(data_key, other) as second:
            while piece := first.read(CHUNK):
                if piece != second.read(CHUNK):
                    return False
            return not second.read(1)

    def delete(self, storage_key: str) -> None:
        """Remove a file; a file already gone is no error."""
        try:
            self._path(storage_key).unlink(missing_ok=True)
        except OSError as error:
            raise StorageProblem(
                f"audio file {storage_key} cannot be removed: {error.strerror}. Mend the folder {self.root}"
            ) from error

    def older_than(self, moment: datetime) -> Iterator[str]:
        """Storage keys of the files last written before a moment; drafts that a dead process left are removed."""
        for path in self.root.glob("??/*"):
            try:
                old = path.stat().st_mtime < moment.timestamp()
            except OSError:  # gone meanwhile
                continue
            if old and path.suffix == DRAFT:
                path.unlink(missing_ok=True)
            elif old and _NAME.fullmatch(path.name):
                yield path.name

    def check(self) -> None:
        """Raise StorageProblem unless a file can be written and removed."""
        self.delete(self.put(secrets.token_bytes(32), [b"check"]))

    def _path(self, storage_key: str) -> Path:
        return self.root / storage_key[:2] / storage_key


def _sealed_chunks(data_key: bytes, plain: Iterable[bytes]) -> Iterator[bytes]:
    cipher, prefix = AESGCM(data_key), os.urandom(PREFIX_BYTES)
    yield MAGIC + prefix
    number, buffer = 0, bytearray()
    for piece in plain:
        buffer += piece
        while len(buffer) > CHUNK:  # the last chunk must be known as the last, so one is always kept back
            yield cipher.encrypt(_nonce(prefix, number, last=False), bytes(buffer[:CHUNK]), None)
            del buffer[:CHUNK]
            number += 1
    yield cipher.encrypt(_nonce(prefix, number, last=True), bytes(buffer), None)


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _SealedFile(io.RawIOBase):
    """Random access to the plain bytes of a sealed file, a chunk in memory at a time."""

    def __init__(self, data_key: bytes, file: BinaryIO, name: str) -> None:
        self._cipher, self._file, self._label = AESGCM(data_key), file, name
        header = file.read(HEADER)
        sealed = file.seek(0, io.SEEK_END) - HEADER
        if not header.startswith(MAGIC) or sealed < TAG_BYTES:
            raise StorageProblem(f"audio file {name} is damaged: restore it from a backup")
        self._prefix = header[len(MAGIC) :]
        self._chunks = -(-sealed // (CHUNK + TAG_BYTES))
        self._size = sealed - self._chunks * TAG_BYTES
        self._position = 0
        self._held: tuple[int, bytes] = (-1, b"")
        self._chunk(self._chunks - 1)  # only the last chunk proves that the file was not cut

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # RawIOBase promises a writable buffer
        if self._position >= self._size:
            return 0
        number, offset = divmod(self._position, CHUNK)
        piece = self._chunk(number)[offset : offset + len(view)]
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    def _chunk(self, number: int) -> bytes:
        if self._held[0] != number:
            self._file.seek(HEADER + number * (CHUNK + TAG_BYTES))
            nonce = _nonce(self._prefix, number, last=number == self._chunks - 1)
            try:
                plain = self._cipher.decrypt(nonce, self._file.read(CHUNK + TAG_BYTES), None)
            except InvalidTag:
                raise KeyUnavailable(f"audio file {self._label} was changed or has another key") from None
            self._held = (number, plain)
        return self._held[1]
