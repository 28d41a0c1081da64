"""Recordings as a bad day at the provider serves them."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator

from flask import Response

ERROR_PAGE = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
# The announced file is this much longer than what arrives when the connection breaks.
CUT_AT = 0.4


def spoilt(fault: str, content: bytes, content_type: str, stall: Callable[[], object]) -> Response:
    """The file, or what a fault makes of it."""
    half = content[: len(content) // 2]
    match fault:
        case "html_404":
            return Response(ERROR_PAGE.format("404 Not Found"), 404, content_type="text/html")
        case "html":
            return Response(ERROR_PAGE.format("Please try again later"), content_type="text/html")
        case "cut":
            return Response(
                _broken_off(content[: int(len(content) * CUT_AT)]),
                content_type=content_type,
                headers={"Content-Length": str(len(content))},
            )
        case "half":
            return Response(half, content_type=content_type)
        case "wrong_type":
            return Response(content, content_type="text/html")
        case "stall":
            stall()
    return Response(content, content_type=content_type)


def _broken_off(part: bytes) -> Iterator[bytes]:
    """The part, then a line that breaks: what makes gunicorn and werkzeug close the connection at once."""
    yield part
    raise ConnectionResetError(errno.ECONNRESET, "the simulated line broke")
