"""A form with one file, read as it arrives: nothing of the file is kept on disk or whole in memory.

Werkzeug's own reading of a form spools files above 500 kB to a temporary file in the clear (formparser.py,
default_stream_factory), and reads all of a form as soon as anybody asks for a field of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.sansio.multipart import NEED_DATA, Data, Epilogue, Event, Field, File, MultipartDecoder

# What the decoder holds at a time is this or two of it.
PIECE = 64 * 1024
# Fields stand before the file and are short: the token.
LARGEST_FIELDS = 256 * 1024
PARTS_MAX = 10


@dataclass(frozen=True, slots=True)
class SentFile:
    """The file of a form: `content` can be read once, and what is not read of it never arrives anywhere."""

    filename: str
    content_type: str
    content: Iterator[bytes]


def read_form(request: Request, most: int) -> SentFile | None:
    """The form's file, if it has one; the fields before it are `request.form` from now on.

    `most` bounds the request in bytes: RequestEntityTooLarge beyond, BadRequest for what is no such form.
    """
    request.max_content_length = most
    boundary = request.mimetype_params.get("boundary", "")
    fields: dict[str, str] = {}
    # Set, the form is not parsed any more, by whoever asks for it later.
    request.form = ImmutableMultiDict()  # type: ignore[misc,unused-ignore]  # a cached property can be assigned
    if request.mimetype != "multipart/form-data" or not boundary:
        return None
    events = _events(
        request, MultipartDecoder(boundary.encode("latin-1"), LARGEST_FIELDS, max_parts=PARTS_MAX)
    )
    found = None
    for event in events:
        if isinstance(event, File):
            content_type = event.headers.get("Content-Type", "")
            found = SentFile(event.filename, content_type.partition(";")[0].strip().lower(), _content(events))
            break
        if isinstance(event, Field):
            fields[event.name] = b"".join(_content(events)).decode("utf-8", "replace")
    request.form = ImmutableMultiDict(fields)  # type: ignore[misc,unused-ignore]
    return found


def _content(events: Iterator[Event]) -> Iterator[bytes]:
    """The rest of the part that has just begun."""
    for event in events:
        if not isinstance(event, Data):
            break
        yield event.data
        if not event.more_data:
            return
    raise BadRequest("the form breaks off")


def _events(request: Request, decoder: MultipartDecoder) -> Iterator[Event]:
    try:
        while True:
            event = decoder.next_event()
            if event is NEED_DATA:
                decoder.receive_data(request.stream.read(PIECE) or None)
                continue
            yield event
            if isinstance(event, Epilogue):
                return
    except ValueError as error:
        raise BadRequest("the form breaks off or cannot be read") from error
