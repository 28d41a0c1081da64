"""The tip's page: what it shows, what it hides, and the whole follow-up by its forms."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.clock import utcnow
from hotline.context import Parts
from hotline.db import Database
from hotline.models import Attachment, AuditEvent, ComponentState, Message, Recording, Staff, Tip
from hotline.models.call import RecordingState
from hotline.models.sealed import data_key
from hotline.services import audit, calls, recordings, triage
from tests.admin import province
from tests.admin.conftest import Officer
from tests.builders import RESIDENT, World, create_call, create_recording, create_tip, receive

WAV = "vm01_theft_coffee.wav"
SIZE = (province.VOICEMAILS / WAV).stat().st_size


def kinds(database: Database, tip_id: uuid.UUID) -> list[str]:
    with database.reading() as session:
        return list(
            session.scalars(
                select(AuditEvent.kind).where(AuditEvent.tip_id == tip_id).order_by(AuditEvent.seq)
            )
        )


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


@pytest.fixture
def voicemail(parts: Parts, world: World) -> tuple[uuid.UUID, uuid.UUID]:
    """(tip, recording) of a stored and transcribed voicemail that the duty desk has."""
    with parts.database.begin() as session:
        tip_id = province.voice_tip(parts, session, WAV, utcnow())
        return tip_id, session.scalars(select(Recording.id)).one()


def test_a_whole_follow_up(
    officer: Officer, duty: Officer, database: Database, world: World, valkey_url: str
) -> None:
    with database.begin() as session:
        tip_id = receive(session, "Nhà bà Tư đánh bài ăn tiền", at=utcnow()).tip_id
        triage.run(session, tip_id, utcnow())
    path = f"/tips/{tip_id}"
    assert (
        duty.post(path + "/assign", unit_id=world.duc_lap.id, officer_id=world.officer.id).status_code == 302
    )
    steps = (
        ("claim", {}, 302, "Đang xác minh"),
        ("note", {"body": "Đã gọi trưởng thôn"}, 302, "Đã gọi trưởng thôn"),
        ("note", {"body": "   "}, 400, "Chưa có nội dung"),
        ("reply", {"body": "Công an xã đã nhận tin"}, 302, "Công an xã đã nhận tin"),
        ("status", {"status": "assigned"}, 302, "Đã giao"),
        ("status", {"status": "closed"}, 400, "Muốn đóng tin, hãy ghi kết quả"),
        ("status", {"status": "nonsense"}, 400, "Hãy chọn một mục trong danh sách"),
        ("categories", {"codes": ["DANH_BAC", "GAY_ROI"]}, 302, "→ cán bộ: Đánh bạc"),
        ("categories", {"codes": ["KHONG_CO"]}, 400, "Hãy chọn ít nhất một loại"),
        ("urgent", {"urgent": "1"}, 302, "máy: không khẩn → cán bộ: khẩn"),
        ("value", {"value": "not_valuable", "reason": ""}, 400, "vì sao tin không có giá trị"),
        ("value", {"value": "valuable", "reason": "Bắt quả tang"}, 302, "Bắt quả tang"),
        ("reopen", {"detail": "x"}, 409, "Tin này đang mở"),
        ("outcome", {"outcome": "", "detail": "gõ dở dang"}, 400, "gõ dở dang"),
        ("outcome", {"outcome": "sanctioned", "detail": "Phạt 4 người"}, 302, "Phạt 4 người"),
        ("outcome", {"outcome": "mediated", "detail": "gửi hai lần"}, 409, "gửi hai lần"),
        ("reopen", {"detail": "Có tình tiết mới"}, 302, "Có tình tiết mới"),
    )
    for action, form, status, shown in steps:
        answer = officer.post(f"{path}/{action}", **form)
        page = answer.text if status >= 400 else officer.get(path).text
        assert (answer.status_code, shown in words(page) or shown in page) == (status, True), (action, form)
    with database.reading() as session:
        reply = session.scalars(select(Message).where(Message.author_id == world.officer.id)).one()
        with Redis.from_url(valkey_url) as redis:
            jobs = b" ".join(redis.dump(key) or b"" for key in redis.scan_iter("rq:job:*"))
        assert str(reply.id).encode() in jobs
        assert audit.verify(session).broken_seq is None


def test_evidence_is_marked_and_nothing_of_a_message_runs(
    duty: Officer, database: Database, world: World
) -> None:
    body = '<script>alert(1)</script> Tối nào nhà ông Ba cũng đánh bạc "><img src=x onerror=alert(1)> {{ 7*7 }} ở xã Đức Lập'
    with database.begin() as session:
        tip_id = receive(session, body, at=utcnow()).tip_id
        triage.run(session, tip_id, utcnow())
    for path in (f"/tips/{tip_id}", "/tips?tab=unit"):
        page = duty.get(path).text
        assert "<script>alert" not in page and "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page and "{{ 7*7 }}" in page
    assert re.search(r'<mark class="is-tag">đánh bạc</mark>', duty.get(f"/tips/{tip_id}").text)


def test_the_number_shows_only_to_who_asks_and_that_is_written_down(
    officer: Officer, database: Database, world: World
) -> None:
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
        withheld = create_tip(session, world.duc_lap, sender=None)
    local_part = RESIDENT.removeprefix("+84")
    assert local_part not in officer.get(f"/tips/{tip.id}").text
    assert local_part not in officer.get("/tips?tab=unit").text
    asked = officer.post(f"/tips/{tip.id}/sender")
    assert RESIDENT in asked.text and asked.headers["Cache-Control"] == "no-store"
    assert kinds(database, tip.id)[-1] == "sender_revealed"
    assert local_part not in officer.get(f"/tips/{tip.id}").text
    page = officer.get(f"/tips/{withheld.id}").text
    assert "Giấu số" in page and "Trả lời bằng tin nhắn" not in page
    assert officer.post(f"/tips/{withheld.id}/reply", body="x").status_code == 400


def test_every_reading_is_written_down_once(officer: Officer, database: Database, world: World) -> None:
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
    officer.get(f"/tips/{tip.id}")
    officer.get("/tips?tab=unit")
    officer.post(f"/tips/{tip.id}/status", status="nonsense")
    assert kinds(database, tip.id).count("tip_read") == 1


@pytest.mark.parametrize(
    ("wanted", "status", "length", "content_range", "heard"),
    [
        (None, 200, SIZE, None, 1),
        ("bytes=0-", 206, SIZE, f"bytes 0-{SIZE - 1}/{SIZE}", 1),
        ("bytes=0-99", 206, 100, f"bytes 0-99/{SIZE}", 1),
        ("bytes=70000-70009", 206, 10, f"bytes 70000-70009/{SIZE}", 0),
        ("bytes=-10", 206, 10, f"bytes {SIZE - 10}-{SIZE - 1}/{SIZE}", 0),
        (f"bytes={SIZE - 5}-{SIZE + 50}", 206, 5, f"bytes {SIZE - 5}-{SIZE - 1}/{SIZE}", 0),
        (f"bytes={SIZE}-", 416, None, None, 0),
        ("bytes=0-1,5-6", 200, SIZE, None, 1),
        ("lines=1-2", 200, SIZE, None, 1),
    ],
)
def test_a_recording_is_served_in_the_parts_asked_for(
    duty: Officer, database: Database, voicemail: tuple[uuid.UUID, uuid.UUID], wanted: str | None, status: int,
    length: int | None, content_range: str | None, heard: int,
) -> None:  # fmt: skip
    tip_id, recording_id = voicemail
    answer = duty.get(f"/recordings/{recording_id}", **({"Range": wanted} if wanted else {}))
    assert answer.status_code == status
    if length is not None:
        assert (len(answer.data), answer.content_length) == (length, length)
        whole = (province.VOICEMAILS / WAV).read_bytes()
        start = int(content_range.split()[1].split("-")[0]) if content_range else 0
        assert answer.data == whole[start : start + length]
        assert answer.mimetype == "audio/wav" and answer.headers["Cache-Control"] == "no-store"
    assert answer.headers.get("Content-Range") == content_range or status == 416
    assert kinds(database, tip_id).count("recording_heard") == heard


def test_a_voicemail_shows_its_words_as_the_machines_draft(
    duty: Officer, signed_in: Callable[[Staff], Officer], world: World, voicemail: tuple[uuid.UUID, uuid.UUID]
) -> None:
    tip_id, recording_id = voicemail
    page = duty.get(f"/tips/{tip_id}").text
    assert "a lô tôi ở thôn ba" in words(page)
    assert "Bản nháp của máy" in page and "vosk-model-tiny-vi-synth" in page
    assert 'class="w low"' in page and f"/admin/recordings/{recording_id}" in page
    assert signed_in(world.stranger).get(f"/recordings/{recording_id}").status_code == 404


def test_what_happened_to_a_call_is_said_plainly(duty: Officer, database: Database, world: World) -> None:
    def tip_with(prepare: Callable[[Session], uuid.UUID]) -> str:
        with database.begin() as session:
            tip_id = prepare(session)
        return words(duty.get(f"/tips/{tip_id}").text)

    def silent(session: Session) -> uuid.UUID:
        return create_call(session, at=utcnow()).tip_id

    def state(wanted: RecordingState, failure: str | None = None) -> Callable[[Session], uuid.UUID]:
        def prepare(session: Session) -> uuid.UUID:
            recording = create_recording(session, at=utcnow(), state=wanted)
            recording.failure = failure
            return recording.tip_id

        return prepare

    assert "Người gọi gác máy, không để lại lời nào" in tip_with(silent)
    assert "Đang lấy bản ghi âm" in tip_with(state(RecordingState.TO_FETCH))
    assert "đang chờ chép lời" in tip_with(state(RecordingState.TO_TRANSCRIBE))
    assert "không phải âm thanh" in tip_with(state(RecordingState.FAILED, "not-audio"))
    assert "Chưa rõ lý do (strange)" in tip_with(state(RecordingState.FAILED, "strange"))


def test_a_failed_recording_is_tried_again_and_a_finished_one_is_not(
    duty: Officer, database: Database, voicemail: tuple[uuid.UUID, uuid.UUID], valkey_url: str
) -> None:
    tip_id, recording_id = voicemail
    address = f"/tips/{tip_id}/recordings/{recording_id}/retry"
    assert duty.post(address).status_code == 409
    with database.begin() as session:
        province.failed_recording(session, tip_id, "truncated")
    assert "Thử lại" in duty.get(f"/tips/{tip_id}").text
    assert duty.post(address).status_code == 302
    with database.reading() as session:
        assert session.get_one(Recording, recording_id).state == RecordingState.TO_FETCH
    with Redis.from_url(valkey_url) as redis:
        assert any(
            str(recording_id).encode() in (redis.dump(key) or b"") for key in redis.scan_iter("rq:job:*")
        )


@pytest.mark.parametrize(
    ("content_type", "shown"), [("image/jpeg", True), ("image/svg+xml", False), ("text/html", False)]
)
def test_attachments_open_only_where_nothing_in_them_can_run(
    duty: Officer,
    signed_in: Callable[[Staff], Officer],
    parts: Parts,
    world: World,
    content_type: str,
    shown: bool,
) -> None:
    with parts.database.begin() as session:
        tip_id = receive(session, "ảnh đây", at=utcnow(), attachments=[("ME1", content_type)]).tip_id
        attachment_id = session.scalars(select(Attachment.id)).one()
    assert duty.get(f"/attachments/{attachment_id}").status_code == 404
    with parts.database.begin() as session:
        attachment = session.scalars(select(Attachment)).one()
        key = parts.store.put(data_key(attachment), io.BytesIO(b"<script>alert(1)</script>"))
        recordings.attachment_stored(
            session, attachment, storage_key=key, size=25, content_type=content_type, now=utcnow()
        )
    answer = duty.get(f"/attachments/{attachment.id}")
    assert answer.mimetype == (content_type if shown else "application/octet-stream")
    assert ("attachment" in answer.headers.get("Content-Disposition", "")) == (not shown)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ("<img" in duty.get(f"/tips/{tip_id}").text) == shown
    assert kinds(parts.database, tip_id).count("attachment_seen") == 1
    assert signed_in(world.stranger).get(f"/attachments/{attachment.id}").status_code == 404


def test_two_officers_cannot_both_take_a_tip(
    officer: Officer, signed_in: Callable[[Staff], Officer], database: Database, world: World
) -> None:
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
    colleague = signed_in(world.colleague)
    assert officer.post(f"/tips/{tip.id}/claim").status_code == 302
    refused = colleague.post(f"/tips/{tip.id}/claim")
    assert refused.status_code == 409
    assert "Đồng nghiệp đang xử lý tin này" in refused.text
    with database.reading() as session:
        assert session.get_one(Tip, tip.id).officer_id == world.officer.id


def test_an_answer_to_a_form_comes_back_to_the_same_list(
    officer: Officer, database: Database, world: World
) -> None:
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
    answer = officer.post(f"/tips/{tip.id}/claim?tab=unassigned&category=MA_TUY&tip_id=x&_external=1")
    assert answer.location == f"/admin/tips/{tip.id}?tab=unassigned&category=MA_TUY"


@pytest.mark.parametrize(
    ("state", "minutes_ago", "demonstration", "said"),
    [
        (None, 0, False, "Bộ chép lời đang không chạy"),
        ("ready", 5, False, "Bộ chép lời đang không chạy"),
        ("model-missing", 0, False, "Chưa có mô hình nhận dạng tiếng nói"),
        ("ready", 0, True, "mô hình nhận dạng tiếng nói chạy thử"),
        ("ready", 0, False, None),
    ],
)
def test_every_page_says_how_speech_is(
    officer: Officer,
    database: Database,
    state: str | None,
    minutes_ago: int,
    demonstration: bool,
    said: str | None,
) -> None:
    if state is not None:
        at = utcnow() - timedelta(minutes=minutes_ago)
        with database.begin() as session:
            session.add(
                ComponentState(name="speech", at=at, state=state, detail={"demonstration": demonstration})
            )
    for path in ("/tips", "/figures"):
        page = officer.get(path).text
        assert ('class="banner' in page) == (said is not None)
        assert said is None or said in page


def test_pages_work_and_say_so_while_the_queue_is_down(officer: Officer, valkey_server: object) -> None:
    with valkey_server.stopped():  # type: ignore[attr-defined]  # tests/conftest.py
        page = officer.get("/tips")
    assert page.status_code == 200
    assert "Một phần của hệ thống đang tạm dừng" in page.text


def test_calls_and_texts_stand_in_the_order_they_came(duty: Officer, parts: Parts, world: World) -> None:
    with parts.database.begin() as session:
        tip_id = province.voice_tip(parts, session, WAV, utcnow() - timedelta(hours=1))
        call = session.get_one(Tip, tip_id).calls[0]
        calls.note_call(session, calls.CallNotice(call.provider_sid, None, "again"), utcnow())
        code = session.get_one(Tip, tip_id).code
        receive(session, f"{code} nó vừa quay lại", at=utcnow())
    page = words(duty.get(f"/tips/{tip_id}").text.split("<article")[1])
    assert page.index("a lô tôi ở thôn ba") < page.index("nó vừa quay lại")
