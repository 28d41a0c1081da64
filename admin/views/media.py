"""Recordings and attachments, opened from the store piece by piece and audited."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import BinaryIO

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import ContentRange
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from admin.blueprint import blueprint, needs
from admin.wording import PICTURES
from hotline.clock import utcnow
from hotline.context import parts
from hotline.errors import NotFound
from hotline.models.sealed import data_key
from hotline.queries.attachments import stored_attachment
from hotline.rules.access import Action
from hotline.services import audit, followup

PIECE = 64 * 1024
# What a browser shows without being able to run anything in it; all else is only saved.
SHOWN = PICTURES | {"audio/mpeg", "audio/ogg", "audio/amr", "video/mp4"}


@blueprint.get("/recordings/<uuid:recording_id>")
@needs(Action.READ_TIPS)
def recording(recording_id: uuid.UUID) -> ResponseReturnValue:
    viewer = current_user.viewer
    with parts().database.begin() as session:
        found = followup.readable_recording(session, viewer, recording_id)
        if found.storage_key is None or found.size is None:
            raise NotFound("Bản ghi âm này chưa lấy về xong.")
        if _from_the_start() and request.method == "GET":
            audit.record(
                session,
                viewer.staff_id,
                "recording_heard",
                found.tip_id,
                now=utcnow(),
                recording_id=recording_id,
            )
        key, storage_key = data_key(found), found.storage_key
        content_type = found.content_type or "application/octet-stream"
    return _ranged(parts().store.open(key, storage_key), content_type)


@blueprint.get("/attachments/<uuid:attachment_id>")
@needs(Action.READ_TIPS)
def attachment(attachment_id: uuid.UUID) -> ResponseReturnValue:
    viewer = current_user.viewer
    with parts().database.begin() as session:
        found, key = stored_attachment(session, viewer, attachment_id)
        if _from_the_start() and request.method == "GET":
            audit.record(
                session,
                viewer.staff_id,
                "attachment_seen",
                found.tip_id,
                now=utcnow(),
                attachment_id=attachment_id,
            )
        storage_key, content_type = found.storage_key or "", found.content_type
    shown = content_type in SHOWN
    answer = _ranged(
        parts().store.open(key, storage_key), content_type if shown else "application/octet-stream"
    )
    if not shown:
        answer.headers["Content-Disposition"] = f'attachment; filename="{attachment_id}"'
    return answer


def _from_the_start() -> bool:
    wanted = request.range
    return wanted is None or wanted.units != "bytes" or wanted.ranges[0][0] == 0


def _ranged(file: BinaryIO, content_type: str) -> Response:
    """The file or the part of it that a Range header asks for (RFC 9110 section 14), closed when sent."""
    size = file.seek(0, 2)
    start, stop, status = 0, size, 200
    wanted = request.range
    if wanted is not None and wanted.units == "bytes" and len(wanted.ranges) == 1:
        part = wanted.range_for_length(size)
        if part is None:
            file.close()
            raise RequestedRangeNotSatisfiable(size)
        start, stop = part
        status = 206
    file.seek(start)
    answer = Response(_pieces(file, stop - start), status, mimetype=content_type)
    answer.call_on_close(file.close)
    answer.content_length = stop - start
    answer.headers["Accept-Ranges"] = "bytes"
    if status == 206:
        answer.content_range = ContentRange("bytes", start, stop, size)
    return answer


def _pieces(file: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0 and (piece := file.read(min(PIECE, left))):
        left -= len(piece)
        yield piece
