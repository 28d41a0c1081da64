"""Bring a model archive: download it, resuming where it broke off, and unpack it without trusting it."""

from __future__ import annotations

import re
import shutil
import stat
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path, PurePosixPath

from speech.errors import ModelProblem

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all when known

# The largest Vosk model unpacks to about 5 GB; its files shrink to a third at best, a bomb to a thousandth.
MAX_UNPACKED = 8 << 30
MAX_RATIO = 100
MAX_ENTRIES = 2000
_BLOCK = 1 << 20
# Damage, an unknown method, an entry without a name, or two entries with one name.
_NOT_A_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    IndexError,
    FileExistsError,
    NotADirectoryError,
    IsADirectoryError,
)
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def download(url: str, part: Path, progress: Progress) -> None:
    """Fetch `url` into `part`, going on after the bytes that are already there.

    Raises ModelProblem: download-failed or disk-full; `part` is kept for the next try.
    """
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
            if answer.status != 206:
                have = 0
            length = answer.headers.get("Content-Length")
            total = have + int(length) if length else None
            with part.open("ab" if have else "wb") as file:
                while block := answer.read(_BLOCK):
                    file.write(block)
                    have += len(block)
                    progress(have, total)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing left to send: the part is whole, or not a part of this file
            return
        raise _download_failed(url, f"the server answered {error.code}") from error
    except urllib.error.URLError as error:
        raise _download_failed(url, str(error.reason)) from error
    except (HTTPException, TimeoutError, ConnectionError) as error:
        raise _download_failed(url, "the connection broke off") from error
    except OSError as error:
        raise _no_room(part.parent) from error
    if total is not None and have < total:
        raise _download_failed(url, f"the connection broke off after {have} of {total} bytes")


def unpack(archive: Path, into: Path) -> Path:
    """Unpack a model archive below the empty folder `into`; returns the model's folder in it.

    A single top folder gives the model its name, else the archive's own name does. Raises ModelProblem:
    archive-unsafe (entries that climb out, links, encrypted or special files, a bomb), archive-broken, disk-full.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            tops = {PurePosixPath(entry.filename).parts[0] for entry in entries}
            _refuse_unsafe(archive, entries)
            if sum(entry.file_size for entry in entries) > shutil.disk_usage(into).free:
                raise _no_room(into)
            single = len(tops) == 1 and all("/" in entry.filename for entry in entries)
            name = tops.pop() if single else archive.stem
            for entry in entries:
                if not entry.is_dir():
                    _unpack_entry(opened, entry, (into if single else into / name) / entry.filename)
    except FileNotFoundError as error:
        raise ModelProblem("model-missing", f"there is no file {archive}") from error
    except _NOT_A_ZIP as error:
        raise ModelProblem(
            "archive-broken", f"{archive.name} is not a whole zip file; download or copy it again"
        ) from error
    except OSError as error:
        raise _no_room(into) from error
    if not _SAFE_NAME.fullmatch(name):
        raise _unsafe(archive, f"{name!r} cannot be the name of a model")
    return into / name


def _refuse_unsafe(archive: Path, entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise _unsafe(archive, f"it has {len(entries)} entries")
    for entry in entries:
        path, kind = PurePosixPath(entry.filename), stat.S_IFMT(entry.external_attr >> 16)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename:
            raise _unsafe(archive, f"{entry.filename!r} would be written outside the model's folder")
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _unsafe(archive, f"{entry.filename!r} is a link or a special file")
        if entry.flag_bits & 1:
            raise _unsafe(archive, "it is encrypted")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(archive.stat().st_size, 1 << 16):
        raise _unsafe(archive, f"it would unpack to {unpacked} bytes")


def _unpack_entry(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    # zipfile stops at the size the directory promises and checks the sum, so the limits above hold.
    target.parent.mkdir(parents=True, exist_ok=True)
    with opened.open(entry) as source, target.open("xb") as file:
        shutil.copyfileobj(source, file, _BLOCK)


def _unsafe(archive: Path, why: str) -> ModelProblem:
    return ModelProblem("archive-unsafe", f"{archive.name} is refused: {why}; take it from its publisher")


def _download_failed(url: str, why: str) -> ModelProblem:
    return ModelProblem(
        "download-failed",
        f"{url} could not be fetched: {why}. Try again (it goes on where it stopped), or fetch the file on "
        "another computer, bring it on a USB stick and run: python -m speech model install FILE.zip",
    )


def _no_room(folder: Path) -> ModelProblem:
    return ModelProblem("disk-full", f"{folder} cannot hold the model; free some space and try again")
