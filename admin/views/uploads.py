"""Recordings that somebody brought to an officer: from the browser into the store, never in the clear on disk."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin import highlight, listing
from admin.blueprint import blueprint, needs
from admin.language import said
from admin.multipart import SentFile, read_form
from admin.security import csrf
from admin.views.tip import Attempt, tip_page
from admin.wording import PLAYED
from hotline.clock import utcnow
from hotline.context import parts
from hotline.errors import InvalidChange, StorageProblem
from hotline.queries import readings
from hotline.queries.tip import recording_detail
from hotline.rules.access import Action
from hotline.services import brought, followup

# Boundaries, headers and the token around the file.
AROUND = 64 * 1024
MB = 1024 * 1024


@blueprint.post("/tips/<uuid:tip_id>/recordings")
@needs(Action.WORK_TIPS)
def upload_recording(tip_id: uuid.UUID) -> ResponseReturnValue:
    """Seal what is sent as it arrives; workers find out what it is."""
    viewer = current_user.viewer
    with parts().database.begin() as session:
        key = brought.tip_to_bring_to(session, viewer, tip_id)
    most = parts().settings.upload_max_mb * MB
    try:
        if (request.content_length or 0) > most + AROUND:
            raise _too_large()
        file = read_form(request, most + AROUND)
        csrf.protect()
        if file is None or not file.filename:
            raise InvalidChange("Hãy chọn tệp ghi âm trên máy rồi bấm “Tải lên”.")
        content = _Counted(file, most)
        storage_key = parts().store.put(key, content)
        try:
            with parts().database.begin() as session:
                recording = brought.upload(
                    session, parts().store, viewer, tip_id, storage_key=storage_key, size=content.size,
                    content_type=file.content_type if file.content_type in PLAYED else "application/octet-stream",
                    now=utcnow(),
                )  # fmt: skip
        except InvalidChange:
            parts().store.delete(storage_key)
            raise
        if recording.storage_key != storage_key:
            parts().store.delete(storage_key)
    except InvalidChange as error:
        return tip_page(tip_id, opened=False, attempt=Attempt("upload", said(error))), 400
    except StorageProblem:
        refused = InvalidChange(
            "Kho lưu trữ không ghi được, có thể ổ đĩa đã đầy. Chưa có gì được lưu: hãy giữ lại tệp và báo quản trị viên."
        )
        return tip_page(tip_id, opened=False, attempt=Attempt("upload", said(refused))), 503
    parts().queue.transcribe(recording.id)
    return redirect(
        url_for("admin.tip", tip_id=tip_id, _anchor=f"recording-{recording.id}", **listing.kept())
    )


# The token is looked at above: the usual way reads the whole form first, and writes its file to disk.
csrf.exempt(upload_recording)


@blueprint.get("/recordings/<uuid:recording_id>/block")
@needs(Action.READ_TIPS)
def recording_block(recording_id: uuid.UUID) -> ResponseReturnValue:
    """What an open page shows of a recording that the workers have; a reading once it has words."""
    g.unattended = True
    viewer = current_user.viewer
    with parts().database.begin() as session:
        tip_id, shown = recording_detail(session, viewer, recording_id)
        if shown.words:
            followup.read(session, viewer, tip_id, utcnow())
        read_before = readings.of_tip(session, viewer, tip_id, utcnow())
    return render_template(
        "admin/recording.html",
        recording=shown,
        tip_id=tip_id,
        keep=listing.kept(),
        spoken=highlight.spoken,
        readings=read_before,
    )


class _Counted:
    """The pieces of a file as they arrive, counted; raises InvalidChange beyond `most` bytes."""

    def __init__(self, file: SentFile, most: int) -> None:
        self._content, self._most = file.content, most
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._content:
            self.size += len(piece)
            if self.size > self._most:
                raise _too_large()
            yield piece


def _too_large() -> InvalidChange:
    return InvalidChange(
        "Tệp lớn hơn %(most)s MB nên không tải lên được. Chưa có gì được lưu. Hãy cắt bớt hoặc lưu lại dạng MP3, M4A rồi tải lên.",
        most=parts().settings.upload_max_mb,
    )
