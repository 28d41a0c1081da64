"""Unpack a model archive without trusting it: .zip as Vosk publishes, .tar.bz2 as sherpa-onnx does."""

from __future__ import annotations

import errno
import lzma
import re
import shutil
import stat
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from speech.errors import ModelProblem
from speech.model_files import no_room, unwritten

ENDINGS = (".zip", ".tar.bz2")

# The largest Vosk model unpacks to about 5 GB; its files shrink to a third at best, a bomb to a thousandth.
MAX_UNPACKED = 8 << 30
MAX_RATIO = 100
MAX_ENTRIES = 2000
# A tar's long names and notes are read whole into memory; a path has at most 4,096 bytes.
_MAX_TAR_NOTE = 1 << 16
_BLOCK = 1 << 20
# Damage, an unknown method, an entry without a name or with one that is no text, or two entries with one name.
_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    IndexError,
    ValueError,
    FileExistsError,
    NotADirectoryError,
    IsADirectoryError,
)
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


def is_archive(name: str) -> bool:
    """Whether a name is that of an archive rather than of a model."""
    return name.lower().endswith(ENDINGS)


def unpack(archive: Path, into: Path) -> Path:
    """Unpack a model archive below the empty folder `into`; returns the model's folder in it.

    A single top folder gives the model its name, else the archive's own name does. Raises ModelProblem:
    archive-unsafe (entries that climb out, links, encrypted or special files, a bomb), archive-broken, disk-full,
    not-writable.
    """
    try:
        files = _Entries(archive, into)
        if archive.name.lower().endswith(".zip"):
            _unpack_zip(archive, files)
        else:
            _unpack_tar(archive, files)
        return files.folder()
    except FileNotFoundError as error:
        raise ModelProblem("model-missing", f"there is no file {archive}") from error
    except _DAMAGED as error:
        raise _not_whole(archive) from error
    except OSError as error:
        # bz2 tells damage by an OSError without a number of the system's, zipfile seeks before the file's beginning.
        damaged = error.errno in (None, errno.EINVAL)
        raise (_not_whole(archive) if damaged else unwritten(into, error)) from error


class _Entries:
    """Writes the files of one archive, each checked before; what all of them come to is bounded."""

    def __init__(self, archive: Path, into: Path) -> None:
        self._archive, self._into, self._all = archive, into, into / ".all"
        self._left = min(MAX_UNPACKED, MAX_RATIO * max(archive.stat().st_size, 1 << 16))
        self._seen = 0

    def check(self, name: str) -> None:
        """Refuse an entry that would land elsewhere, or one too many."""
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
            raise self.unsafe(f"{name!r} would be written outside the model's folder")
        self._seen += 1
        if self._seen > MAX_ENTRIES:
            raise self.unsafe(f"it has more than {MAX_ENTRIES} entries")

    def check_size(self, size: int) -> None:
        """Refuse what unpacks to more than is left, before any of it is written."""
        self._left -= size
        if self._left < 0:
            raise self.unsafe("it would unpack to far more than a model")
        if size > shutil.disk_usage(self._into).free:
            raise no_room(self._into)

    def write(self, name: str, source: IO[bytes]) -> None:
        """One file, new; its reader stops at the size that was checked."""
        target = self._all / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            shutil.copyfileobj(source, file, _BLOCK)

    def folder(self) -> Path:
        """The model's folder in `into`, under the name it is to have."""
        tops = list(self._all.iterdir()) if self._all.is_dir() else []
        single = len(tops) == 1 and tops[0].is_dir()
        name = tops[0].name if single else _stem(self._archive.name)
        if not tops or not _SAFE_NAME.fullmatch(name):
            raise (
                self.unsafe(f"{name!r} cannot be the name of a model") if tops else _not_whole(self._archive)
            )
        return (tops[0] if single else self._all).rename(self._into / name)

    def unsafe(self, why: str) -> ModelProblem:
        """The error for an archive that nobody honest makes."""
        return ModelProblem(
            "archive-unsafe", f"{self._archive.name} is refused: {why}; take it from its publisher"
        )


def _unpack_zip(archive: Path, files: _Entries) -> None:
    with zipfile.ZipFile(archive) as opened:
        entries = opened.infolist()
        for entry in entries:
            files.check(entry.filename)
            if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise files.unsafe(f"{entry.filename!r} is a link or a special file")
            if entry.flag_bits & 1:
                raise files.unsafe("it is encrypted")
        files.check_size(sum(entry.file_size for entry in entries))
        for entry in entries:
            if not entry.is_dir():
                # zipfile stops at the size the directory promises and checks the sum.
                with opened.open(entry) as source:
                    files.write(entry.filename, source)


def _unpack_tar(archive: Path, files: _Entries) -> None:
    class Note(tarfile.TarInfo):
        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Note:
            entry = super().frombuf(buf, encoding, errors)
            if entry.type not in (*tarfile.REGULAR_TYPES, tarfile.DIRTYPE) and entry.size > _MAX_TAR_NOTE:
                raise files.unsafe("it has an entry that is no file and yet large")
            return entry

    # As a stream: bzip2 checks every block, and nothing is unpacked to look ahead.
    with tarfile.open(archive, "r|bz2", tarinfo=Note) as opened:
        for entry in opened:
            files.check(entry.name)
            if entry.isdir():
                continue
            if entry.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
                raise files.unsafe(f"{entry.name!r} is a link or a special file")
            files.check_size(entry.size)
            source = opened.extractfile(entry)
            if source is not None:
                with source:
                    files.write(entry.name, source)


def _stem(name: str) -> str:
    ending = next((ending for ending in ENDINGS if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)].lstrip(".")


def _not_whole(archive: Path) -> ModelProblem:
    return ModelProblem("archive-broken", f"{archive.name} is not a whole archive; download or copy it again")
