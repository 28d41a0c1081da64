"""An officer brings a recording: by the form, past every way it can go wrong, never in the clear on disk."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from hotline.context import EXTENSION, Parts
from hotline.db import Database
from hotline.models import AuditEvent, Recording, Staff
from hotline.models.call import RecordingState
from hotline.models.sealed import data_key
from tests.admin import province
from tests.admin.conftest import Officer
from tests.builders import World, count, create_tip

FIRE = province.VOICEMAILS / "vm09_fire.wav"
MB = 1024 * 1024
# Beyond what Werkzeug keeps in memory, in pieces that no boundary search meets twice.
LARGE = os.urandom(1_500_000)


@pytest.fixture
def tip_id(database: Database, world: World) -> uuid.UUID:
    with database.begin() as session:
        return create_tip(session, world.duc_lap, officer=world.officer).id


@pytest.fixture
def no_temporary_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever makes one fails."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))


def part(name: str, content: bytes, filename: str | None = None, content_type: str = "audio/mpeg") -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"'
    if filename is not None:
        disposition += f'; filename="{filename}"\r\nContent-Type: {content_type}'
    return f"--BOUNDARY\r\n{disposition}\r\n\r\n".encode() + content + b"\r\n"


def send(officer: Officer, tip_id: uuid.UUID, *form: bytes, end: bytes = b"--BOUNDARY--\r\n") -> TestResponse:
    """The form as a browser writes it; the test client's own way makes temporary files."""
    return officer.client.post(
        f"/admin/tips/{tip_id}/recordings",
        data=b"".join(form) + end,
        content_type="multipart/form-data; boundary=BOUNDARY",
    )


def token(officer: Officer) -> bytes:
    return part("csrf_token", officer.token.encode())


def test_a_recording_is_brought_written_down_and_shown_while_it_is_done(
    officer: Officer, parts: Parts, tip_id: uuid.UUID, work_off: Callable[[], None]
) -> None:
    answer = send(
        officer, tip_id, token(officer), part("file", FIRE.read_bytes(), "cuoc goi.wav", "audio/x-wav")
    )
    assert answer.status_code == 302
    with parts.database.reading() as session:
        recording = session.scalars(select(Recording)).one()
    assert answer.location.endswith(f"#recording-{recording.id}")
    block = f"/recordings/{recording.id}/block"
    page = officer.get(f"/tips/{tip_id}").text
    assert f'data-renews="/admin{block}?' in page
    assert "đang chờ chép lời" in page
    with parts.database.begin() as session:
        session.execute(update(Recording).values(state=RecordingState.TRANSCRIBING, progress=0.434))
    assert "Đang chép lời: 43 %" in officer.get(block).text
    with parts.database.begin() as session:
        session.execute(update(Recording).values(state=RecordingState.TO_TRANSCRIBE))
        read = count(session, AuditEvent, AuditEvent.kind == "tip_read")
    work_off()
    done = officer.get(block).text
    assert "data-renews" not in done and 'src="/admin/recordings/' in done and ">cháy<" in done
    with parts.database.reading() as session:
        recording = session.scalars(select(Recording)).one()
        assert recording.duration_s == pytest.approx(8.17, abs=0.1) and recording.content_type == "audio/wav"
        # Words that come to a page that lies open are read as those of a page that is opened.
        assert count(session, AuditEvent, AuditEvent.kind == "tip_read") == read + 1
    page = officer.get(f"/tips/{tip_id}").text
    assert f"Bản ghi âm do {recording_by(parts, recording)} tải lên" in page
    assert "Cháy, nổ" in page and "data-renews" not in page


def recording_by(parts: Parts, recording: Recording) -> str:
    with parts.database.reading() as session:
        return session.get_one(Staff, recording.uploaded_by_id).display_name


def test_a_large_file_is_sealed_as_it_arrives(
    officer: Officer, parts: Parts, tip_id: uuid.UUID, no_temporary_files: None
) -> None:
    # A type that a browser could run something in is not believed.
    sent = [part("file", LARGE, "a.mp3", "text/html")]
    assert send(officer, tip_id, token(officer), *sent).status_code == 302
    with parts.database.reading() as session:
        recording = session.scalars(select(Recording)).one()
        key = data_key(recording)
        assert (recording.size, recording.content_type, recording.duration_s) == (
            len(LARGE), "application/octet-stream", None,
        )  # fmt: skip
    with parts.store.open(key, recording.storage_key or "") as stored:
        assert stored.read() == LARGE


def stored_files(parts: Parts) -> list[Path]:
    return [path for path in parts.store.root.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("names", "status", "said"),
    [
        ("token", 400, "Hãy chọn tệp ghi âm"),
        ("token nothing", 400, "Hãy chọn tệp ghi âm"),
        ("token empty", 400, "Tệp này rỗng (0 byte)"),
        ("token much", 400, "Tệp lớn hơn 1 MB"),
        ("token more-than-believed", 400, "Tệp lớn hơn 1 MB"),
        ("token broken-off", 400, "Yêu cầu không hợp lệ"),
        ("file", 400, "Phiên làm việc đã hết hạn"),
        ("forged file", 400, "Phiên làm việc đã hết hạn"),
        # The token must come first: what stands before it is not read.
        ("file token", 400, "Phiên làm việc đã hết hạn"),
    ],
)
def test_what_cannot_be_taken_is_said_and_leaves_nothing(
    officer: Officer, app: Flask, parts: Parts, tip_id: uuid.UUID, no_temporary_files: None,
    names: str, status: int, said: str,
) -> None:  # fmt: skip
    object.__setattr__(app.extensions[EXTENSION].settings, "upload_max_mb", 1)
    form = {
        "token": token(officer),
        "forged": part("csrf_token", b"x"),
        "file": part("file", LARGE[:700_000], "a.mp3"),
        "nothing": part("file", b"", ""),
        "empty": part("file", b"", "a.mp3"),
        "much": part("file", LARGE, "a.mp3"),
        "more-than-believed": part("file", LARGE[: MB + 1], "a.mp3"),
        "broken-off": part("file", LARGE[:700_000], "a.mp3"),
    }
    end = b"" if "broken-off" in names else b"--BOUNDARY--\r\n"
    answer = send(officer, tip_id, *(form[name] for name in names.split()), end=end)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text[-1500:]
    with parts.database.reading() as session:
        assert count(session, Recording) == 0
    assert stored_files(parts) == []


def test_what_is_heard_and_what_went_wrong_is_said_in_words(
    officer: Officer, parts: Parts, tip_id: uuid.UUID
) -> None:
    send(officer, tip_id, token(officer), part("file", b"abc", "a.mp3"))
    cases = (
        ({"state": "failed", "failure": "not-audio"}, "Tệp này không phải tệp âm thanh"),
        ({"state": "failed", "failure": "damaged"}, "Dữ liệu trong tệp bị hỏng"),
        ({"state": "transcribed", "sound": "silence"}, "Chỉ có im lặng"),
        ({"state": "transcribed", "sound": "tones"}, "Chỉ có tiếng bấm phím"),
        ({"state": "transcribed", "sound": "noise"}, "Chỉ có tiếng ồn"),
        ({"state": "transcribed", "sound": "speech"}, "Máy không nghe ra lời nào"),
        ({"state": "transcribing", "progress": 0.0}, "đang chép lời…"),
    )
    for stored, said in cases:
        with parts.database.begin() as session:
            session.execute(update(Recording).values(stored))
        assert said in officer.get(f"/tips/{tip_id}").text, stored
