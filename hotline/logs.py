"""Logs: one line an event, ids only. What could name a person is refused here, whoever logs it.

JSON lines by default; LOG_FORMAT=text is for people. Libraries that use `logging` (gunicorn, RQ, Alembic,
SQLAlchemy, the provider's SDK) go through the same processors. An exception is logged by its type and the
places in the code, never by its message: a library may put there what a resident wrote.
"""

from __future__ import annotations

import copy
import logging
import os
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from hotline.errors import BadConfiguration, HotlineError

# fmt: off
PRIVATE_KEYS = frozenset((
    "address", "body", "caller", "code", "detail", "display_name", "from", "from_", "name", "note", "number",
    "password", "phone", "place", "recipient", "reply", "sender", "text", "title", "to", "token", "transcript",
    "username", "words",
))
# fmt: on
# A phone number as people and providers write it in an error message; ids and times do not look like this.
NUMBER = re.compile(r"(?<![\w.:-])(?:\+\d{8,15}|0\d{8,10}|84\d{9}|0\d{2,3}([ .-])\d{3}\1\d{3,4})(?![\w-])")
# A traceback that a library wrote into its message: where it passed, and the kinds of error.
TRACEBACK = "Traceback (most recent call last):"
PLACE = re.compile(r'^ *File "([^"\n]+)", line (\d+), in (\S+)$', re.M)
KIND = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Timeout|Warning))(?=:|\s*$)", re.M)
MOST_PLACES = 20
PROJECT = str(Path(__file__).parents[1])
# Of these only trouble is worth a line: RQ's INFO repeats what our jobs say by id, gunicorn's its own start.
QUIET = {
    "rq": logging.WARNING,
    "gunicorn.error": logging.WARNING,
    "twilio": logging.WARNING,
    "alembic": logging.WARNING,
    "urllib3": logging.WARNING,
    "werkzeug": logging.WARNING,  # its request lines hold addresses and queries
}


def configure(environ: Mapping[str, str] | None = None) -> None:
    """Set up logging for this process, to standard error; called once by each entry point.

    Reads LOG_FORMAT (json, text), NO_COLOR and FORCE_COLOR. Raises BadConfiguration for another format.
    """
    environ = os.environ if environ is None else environ
    form = environ.get("LOG_FORMAT", "").strip() or ("text" if sys.stderr.isatty() else "json")
    if form not in ("json", "text"):
        raise BadConfiguration(f"LOG_FORMAT: is {form!r}, must be json or text")
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        refuse_private,
        describe_exceptions,
        mask_numbers,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(form, colours="NO_COLOR" not in environ and _wants_colour(environ)),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [h for h in root.handlers if not isinstance(h, _StandardError)] + [handler]
    root.setLevel(logging.INFO)
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)


def refuse_private(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Drop what a log may not hold, and say that it was dropped."""
    refused = sorted(PRIVATE_KEYS & event.keys())
    for key in refused:
        del event[key]
    if refused:
        event["refused"] = refused
    return event


def describe(error: BaseException) -> str:
    """Type and places, innermost first, then what it came from; the message only of our own errors.

    Such as "KeyError at hotline/vault.py:90 open < workers/jobs.py:44 triage_tip; from ValueError at ...".
    """
    parts, seen, current = [], set[int](), error
    while id(current) not in seen:
        seen.add(id(current))
        parts.append(_kind_and_places(current))
        source = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if source is None:
            break
        current = source
    return "; from ".join(parts)


def describe_exceptions(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Put an exception's description in the place of the exception, and of a traceback in a message."""
    given = event.pop("exc_info", None)
    event.pop("stack_info", None)
    error = given[1] if isinstance(given, tuple) else sys.exception() if given is True else given
    if isinstance(error, BaseException):
        event["exception"] = describe(error)
    for key, value in event.items():
        if isinstance(value, BaseException):
            event[key] = describe(value)
        elif isinstance(value, str) and TRACEBACK in value:
            event[key] = _without_traceback(value)
    return event


def mask_numbers(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Mask phone numbers in messages that libraries wrote."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = NUMBER.sub("[number]", value)
    return event


class _StandardError(logging.Handler):
    """Writes to whatever standard error is at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(_by_kind(record)) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def _by_kind(record: logging.LogRecord) -> logging.LogRecord:
    """The record with descriptions in the place of exceptions, which would be written out as their messages."""

    def shown(value: object) -> object:
        return describe(value) if isinstance(value, BaseException) else value

    record = copy.copy(record)
    if not isinstance(record.msg, dict):  # structlog's own event, whose values are looked at later
        record.msg = shown(record.msg)
    if isinstance(record.args, tuple):
        record.args = tuple(shown(value) for value in record.args)
    elif record.args:
        record.args = {key: shown(value) for key, value in record.args.items()}
    return record


def _kind_and_places(error: BaseException) -> str:
    places = [
        _place(frame.f_code.co_filename, line, frame.f_code.co_name)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return _joined(type(error).__name__, places) + (f": {error}" if isinstance(error, HotlineError) else "")


def _without_traceback(text: str) -> str:
    before, _, inside = text.partition(TRACEBACK)
    places: Iterator[tuple[str, ...]] = (found.groups() for found in PLACE.finditer(inside))
    kinds = " from ".join(reversed(KIND.findall(inside))) or "error"
    return before + _joined(kinds, [_place(*place) for place in places])


def _joined(kind: str, places: list[str]) -> str:
    return f"{kind} at {' < '.join(reversed(places[-MOST_PLACES:]))}" if places else kind


def _place(file: str, line: int | str | None, function: str) -> str:
    """Shortened to what is below the project's folder or one of Python's path."""
    roots = [root for root in (PROJECT, *sys.path) if root and file.startswith(root + os.sep)]
    return f"{file[len(max(roots, key=len, default='')) :].lstrip(os.sep)}:{line} {function}"


def _rendering(form: str, *, colours: bool) -> list[Processor]:
    if form == "json":
        return [structlog.processors.JSONRenderer(ensure_ascii=False)]
    plain = structlog.dev.plain_traceback  # expects that `exception` is a text
    return [structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=0, exception_formatter=plain)]


def _wants_colour(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("FORCE_COLOR")) or sys.stderr.isatty()
