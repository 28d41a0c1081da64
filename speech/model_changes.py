"""One change at a time in the folder of the models, and nothing left of one that was broken off."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from speech.model_files import unwritten

_UNFINISHED = ".unfinished-"


@contextmanager
def changing(models_dir: Path) -> Iterator[Path]:
    """Wait for any other change, then give a folder to work in, in `models_dir` and gone with everything left in it.

    Raises ModelProblem: disk-full, not-writable.
    """
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        folder = os.open(models_dir, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            for left in models_dir.glob(f"{_UNFINISHED}*"):  # its process was killed
                shutil.rmtree(left)
            with TemporaryDirectory(prefix=_UNFINISHED, dir=models_dir) as temporary:
                yield Path(temporary)
        finally:
            os.close(folder)
    except OSError as error:
        raise unwritten(models_dir, error) from error
