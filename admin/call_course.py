"""What happened in a call, as one short list: rang, keys, words, put through, hung up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from admin.language import _, _l
from admin.wording import seconds
from hotline.models.call import RecordingState
from hotline.queries.tip_views import CallView
from hotline.rules.call_menu import Ask, Do, Moment, after_key

# Moments that need no further word; what is not here is told by others, or of no use to an officer.
_TOLD: dict[str, Any] = {
    Moment.RANG: _l("Đổ chuông"),
    Moment.WITHHELD: _l("Người gọi giấu số"),
    Moment.CONTINUED: _l("Nói tiếp cuộc gọi trước bị ngắt"),
    Moment.CODE_ACCEPTED: _l("Nhập đúng mã tin"),
    Moment.CODE_WRONG: _l("Nhập mã sai"),
    Moment.CODE_UNKNOWN: _l("Nhập mã không khớp tin nào"),
    Moment.CODE_LOCKED: _l("Nhập mã sai quá nhiều lần, phải chờ"),
    Moment.DUTY_NONE: _l("Không có trực ban để nối máy"),
    Moment.DUTY_RUNG: _l("Gọi máy trực ban"),
    Moment.CODE_READ: _l("Nghe đọc mã tin"),
    Moment.TEXTS_AGREED: _l("Đồng ý nhận trả lời bằng tin nhắn"),
    Moment.TEXTS_STOPPED: _l("Thôi nhận trả lời bằng tin nhắn"),
}
# Of what is noted at one moment, causes first; the rest comes after.
_CAUSES = (
    Moment.RANG, Moment.WITHHELD, Moment.KEY, Moment.LANGUAGE, Moment.CODE_WRONG, Moment.CODE_UNKNOWN,
    Moment.CODE_LOCKED, Moment.CODE_ACCEPTED, Moment.CONTINUED, Moment.PUT_THROUGH, Moment.NOT_PUT_THROUGH,
    Moment.DUTY_RUNG, Moment.DUTY_NONE,
)  # fmt: skip
_RANKS: dict[str, int] = {kind: rank for rank, kind in enumerate(_CAUSES)}
_KEYS: dict[Do, Any] = {
    Do.RECORD: _l("để lại lời nhắn"),
    Do.CODE: _l("nhập mã tin"),
    Do.DUTY: _l("xin gặp trực ban"),
    Do.EMERGENCY: _l("nghe các số khẩn cấp"),
    Do.MENU: _l("nghe lại"),
    Do.AGAIN: _l("phím không có, nghe lại"),
    Do.RESUME: _l("nghe lại"),
    Do.DECLINE: _l("báo việc khác"),
    Do.ANSWER: _l("nghe lại trả lời"),
    Do.READ_CODE: _l("nghe lại mã tin"),
    Do.MORE: _l("nói thêm"),
}


def course(call: CallView) -> list[tuple[datetime, str]]:
    """The moments of a call in their order, each with its time."""
    told = [*_events(call), *_spoken(call)]
    if call.ended_at is not None:
        end = _("Gác máy") if call.finished else _("Gác máy hoặc bị ngắt khi chưa xong")
        told.append((call.ended_at, end))
    # The provider tells a recording's start in whole seconds: nothing was said before it rang.
    return sorted(told, key=lambda moment: max(moment[0], call.at))


def _events(call: CallView) -> Iterator[tuple[datetime, str]]:
    for event in sorted(call.events, key=lambda event: (event.at, _RANKS.get(event.kind, len(_RANKS)))):
        if what := _told(event.kind, event.detail):
            yield event.at, what


def _told(kind: str, detail: dict[str, Any]) -> str:
    match kind:
        case Moment.KEY if detail.get("key_pressed"):
            leads = _KEYS.get(after_key(Ask(detail["ask"]), detail["key_pressed"]))
            return _("Bấm %(key)s: %(what)s", key=detail["key_pressed"], what=leads) if leads else ""
        case Moment.LANGUAGE:
            return _("Chọn tiếng Anh") if detail.get("language") == "en" else _("Chọn tiếng Việt")
        case Moment.ANSWER_READ:
            return _("Nghe trả lời của cán bộ") if detail.get("messages") else _("Nghe tình trạng tin")
        case Moment.PUT_THROUGH:
            return _("Nói chuyện với trực ban %(length)s", length=seconds(detail.get("seconds")))
        case Moment.NOT_PUT_THROUGH:
            return _("Máy trực ban bận") if detail.get("status") == "busy" else _("Trực ban không nghe máy")
    return str(_TOLD.get(kind, ""))


def _spoken(call: CallView) -> Iterator[tuple[datetime, str]]:
    for recording in call.recordings:
        if recording.state == RecordingState.ABSENT:
            yield recording.at, _("Im lặng, không ghi được lời nào")
        elif recording.duration_s:
            yield recording.at, _("Ghi âm %(length)s", length=seconds(recording.duration_s))
        else:
            yield recording.at, _("Ghi âm")
