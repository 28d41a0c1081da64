"""The moments of a call as officers read them: never a code, a number or a name."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest

from admin.call_course import course
from hotline.db import Database
from hotline.models.call import RecordingState
from hotline.queries.tip_views import CallMoment, CallView
from hotline.rules.call_menu import Ask, Do, Moment, after_key
from hotline.services import calls
from hotline.services.calls import CallNotice, RecordingNotice
from hotline.telephony.simulator.sids import new_sid
from tests.admin.conftest import Officer
from tests.builders import NOW, RESIDENT, World

STAFF = {"staff_id": str(uuid.uuid4())}
MOMENTS = {
    (Moment.RANG, ()): "Đổ chuông",
    (Moment.WITHHELD, ()): "Người gọi giấu số",
    (Moment.LANGUAGE, (("language", "en"),)): "Chọn tiếng Anh",
    (Moment.KEY, (("ask", Ask.MENU), ("key_pressed", "3"))): "Bấm 3: xin gặp trực ban",
    (Moment.KEY, (("ask", Ask.AFTER), ("key_pressed", "3"))): "Bấm 3: nói thêm",
    (Moment.KEY, (("ask", Ask.MENU), ("key_pressed", ""))): None,
    (Moment.CODE_ACCEPTED, ()): "Nhập đúng mã tin",
    (Moment.ANSWER_READ, (("messages", 0),)): "Nghe tình trạng tin",
    (Moment.ANSWER_READ, (("messages", 2),)): "Nghe trả lời của cán bộ",
    (Moment.PUT_THROUGH, (("seconds", 75), *STAFF.items())): "Nói chuyện với trực ban 1:15",
    (Moment.NOT_PUT_THROUGH, (("status", "busy"), *STAFF.items())): "Máy trực ban bận",
    (Moment.NOT_PUT_THROUGH, (("status", "no-answer"), *STAFF.items())): "Trực ban không nghe máy",
    (Moment.TEXTS_STOPPED, ()): "Thôi nhận trả lời bằng tin nhắn",
    ("asked", ()): None,
    ("completed", ()): None,
}


def view(*events: CallMoment, finished: bool = False) -> CallView:
    return CallView(uuid.uuid4(), NOW, NOW + timedelta(minutes=2), 120, False, finished, (), events)


@pytest.mark.parametrize(("kind", "detail"), MOMENTS)
def test_a_moment_is_told_in_a_few_words_or_not_at_all(app, kind, detail):
    with app.test_request_context():
        *told, (_, end) = course(view(CallMoment(NOW, kind, dict(detail))))
    assert [what for _, what in told] == ([MOMENTS[kind, detail]] if MOMENTS[kind, detail] else [])
    assert end == "Gác máy hoặc bị ngắt khi chưa xong"


@pytest.mark.parametrize(
    "moments",
    [
        [
            (Moment.RANG, {}),
            (Moment.KEY, {"ask": Ask.MENU, "key_pressed": "3"}),
            (Moment.DUTY_NONE, {}),
        ],
        [(Moment.CODE_ACCEPTED, {}), (Moment.ANSWER_READ, {"messages": 0})],
        [(Moment.NOT_PUT_THROUGH, {"status": "busy"}), (Moment.DUTY_RUNG, {})],
        [(Moment.PUT_THROUGH, {"seconds": 75}), (Moment.CODE_READ, {})],
    ],
)
def test_causes_are_told_before_what_they_led_to(app, moments):
    with app.test_request_context():
        events = [CallMoment(NOW, kind, detail) for kind, detail in moments]
        one_by_one = [course(view(event))[0][1] for event in events]
        assert [what for _, what in course(view(*reversed(events)))[:-1]] == one_by_one


def test_every_key_of_the_menu_can_be_told(app):
    silent = {Do.OTHER_LANGUAGE, Do.AGREE, Do.FINISH}  # told by a moment of their own
    with app.test_request_context():
        for asked in Ask:
            for key in "0123456789*#":
                event = CallMoment(NOW, Moment.KEY, {"ask": asked, "key_pressed": key})
                told = [what for _, what in course(view(event, finished=True))]
                assert (len(told) == 1) == (after_key(asked, key) in silent), (asked, key, told)


def test_the_tips_page_tells_a_call_with_times_to_the_second(duty: Officer, database: Database, world: World):
    with database.begin() as session:
        call = calls.note_call(session, CallNotice(new_sid("CA"), RESIDENT, Moment.RANG), NOW)
        later = NOW + timedelta(seconds=9)
        notice = RecordingNotice(new_sid("RE"), False, 42, started_at=later)
        recording = calls.note_recording(session, call, notice, NOW + timedelta(seconds=60))
        recording.state = RecordingState.FAILED
        ended = CallNotice(call.provider_sid, RESIDENT, "completed", ended=True)
        calls.note_call(session, ended, NOW + timedelta(seconds=70))
        tip_id = recording.tip_id
    page = duty.get(f"/tips/{tip_id}").text
    told = re.findall(r'<time datetime="[^"]+">(\d\d:\d\d:\d\d)</time> ([^<]+)</li>', page)
    assert told == [
        ("10:00:00", "Đổ chuông"),
        ("10:00:09", "Ghi âm 0:42"),
        ("10:01:10", "Gác máy hoặc bị ngắt khi chưa xong"),
    ]
