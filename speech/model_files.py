"""Checks that the layouts of all engines share, and what to tell whoever installs models."""

from __future__ import annotations

import errno
from pathlib import Path

from speech.errors import ModelProblem

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, None)  # shutil.copytree tells no number


def install_hint(what: str = "vosk-model-vn-0.4") -> str:
    """The command that brings a model."""
    return f"to install one: python -m speech model install {what}"


def check_file(folder: Path, name: str, begins: bytes = b"") -> None:
    """Raise ModelProblem model-broken unless the file is there, not empty and begins as it should."""
    try:
        with (folder / name).open("rb") as opened:
            head = opened.read(max(1, len(begins)))
    except OSError as error:
        raise broken(folder, f"{name} cannot be read ({error.strerror})") from error
    if not head:
        raise broken(folder, f"{name} is empty")
    if not head.startswith(begins):
        raise broken(folder, f"{name} is not what its name says (a broken download?)")


def broken(folder: Path, what: str) -> ModelProblem:
    """The error for a model that is not whole."""
    return ModelProblem(
        "model-broken",
        f"the model {folder} is not complete: {what}; delete the folder and install it again, {install_hint()}",
    )


def unwritten(folder: Path, error: OSError) -> ModelProblem:
    """The error for a folder that does not take a model."""
    if error.errno in _FULL:
        return no_room(folder)
    return ModelProblem(
        "not-writable", f"{folder} cannot hold the model: {error.strerror}; mend that and try again"
    )


def no_room(folder: Path) -> ModelProblem:
    """The error for a disk that is full."""
    return ModelProblem("disk-full", f"{folder} cannot hold the model; free some space and try again")
