"""Bring a model archive over the network, resuming where it broke off."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

from speech.catalogue import OfficialModel
from speech.errors import ModelProblem
from speech.model_files import unwritten

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all when known

_BLOCK = 1 << 20
# Publishers round their sizes and repack; half or twice as much is another file, such as a portal's sign-in page.
_SIZE_FACTOR = 2


def download(model: OfficialModel, part: Path, progress: Progress) -> None:
    """Fetch the model's archive into `part`, going on after the bytes that are already there.

    Raises ModelProblem: download-failed or disk-full; `part` is kept for the next try.
    """
    url = model.url
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
            if answer.status != 206:
                have = 0
            length = answer.headers.get("Content-Length")
            total = have + int(length) if length else None
            _check_size(model, total)
            with part.open("ab" if have else "wb") as file:
                while block := answer.read(_BLOCK):
                    file.write(block)
                    have += len(block)
                    _check_size(model, have, whole=False)
                    progress(have, total)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing left to send: the part is whole, or not a part of this file
            return
        raise _failed(url, f"the server answered {error.code}") from error
    except urllib.error.URLError as error:
        raise _failed(url, str(error.reason)) from error
    except (HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
        raise _failed(url, "the connection broke off") from error
    except OSError as error:
        raise unwritten(part.parent, error) from error
    if total is not None and have < total:
        raise _failed(url, f"the connection broke off after {have} of {total} bytes")


def _check_size(model: OfficialModel, size: int | None, *, whole: bool = True) -> None:
    if size is None:
        return
    expected = model.size_mb * 1e6
    if size > expected * _SIZE_FACTOR or (whole and size < expected / _SIZE_FACTOR):
        raise _failed(
            model.url,
            f"the server offers {size} bytes instead of about {model.size_mb} MB: that is no such model",
        )


def _failed(url: str, why: str) -> ModelProblem:
    return ModelProblem(
        "download-failed",
        f"{url} could not be fetched: {why}. Try again (it goes on where it stopped), or fetch the file on "
        "another computer, bring it on a USB stick and run: python -m speech model install FILE",
    )
