"""Logs: one line an event, ids only. What could name a person is refused here, whoever logs it.

JSON lines by default; LOG_FORMAT=text is for people. Libraries that use `logging` (gunicorn, RQ, Alembic,
SQLAlchemy, the provider's SDK) go through the same processors.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from hotline.errors import BadConfiguration

# fmt: off
PRIVATE_KEYS = frozenset((
    "address", "body", "caller", "code", "detail", "display_name", "from", "from_", "name", "note", "number",
    "password", "phone", "place", "recipient", "reply", "sender", "text", "title", "to", "token", "transcript",
    "username", "words",
))
# fmt: on
# A phone number as people and providers write it in an error message; ids and times do not look like this.
NUMBER = re.compile(r"(?<![\w.:-])(?:\+\d{8,15}|0\d{8,10}|84\d{9}|0\d{2,3}([ .-])\d{3}\1\d{3,4})(?![\w-])")
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
        structlog.processors.format_exc_info,
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


def mask_numbers(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Mask phone numbers in messages and tracebacks that libraries wrote."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = NUMBER.sub("[number]", value)
    return event


class _StandardError(logging.Handler):
    """Writes to whatever standard error is at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def _rendering(form: str, *, colours: bool) -> list[Processor]:
    if form == "json":
        return [structlog.processors.JSONRenderer(ensure_ascii=False)]
    plain = structlog.dev.plain_traceback  # others print local variables, and with them what residents wrote
    return [structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=0, exception_formatter=plain)]


def _wants_colour(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("FORCE_COLOR")) or sys.stderr.isatty()
