"""What stored codes are called on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from admin.language import _, _l, lang
from hotline.queries.inbox import Tab
from hotline.rules import taxonomy
from hotline.rules.access import Role
from hotline.rules.alarm import Step
from hotline.rules.lifecycle import Outcome, Status, Value
from hotline.services.accuracy import Month
from hotline.services.place_corrections import title
from hotline.services.places import communes

TABS = {
    Tab.MINE: _l("Việc của tôi"),
    Tab.URGENT: _l("Khẩn"),
    Tab.OVERDUE: _l("Quá hạn"),
    Tab.UNIT: _l("Đơn vị"),
    Tab.UNASSIGNED: _l("Chưa giao"),
    Tab.DONE: _l("Đã xong"),
    Tab.MUTED: _l("Tạm gác"),
}
EMPTY = {
    Tab.MINE: _l("Bạn chưa có việc nào đang mở. Xem thẻ “Chưa giao” hoặc “Đơn vị” để nhận xử lý một tin."),
    Tab.URGENT: _l("Không có tin khẩn nào đang mở."),
    Tab.OVERDUE: _l("Không có tin nào quá hạn."),
    Tab.UNIT: _l("Không có tin nào đang mở."),
    Tab.UNASSIGNED: _l("Mọi tin đang mở đều đã có người nhận."),
    Tab.DONE: _l("Chưa có tin nào được đóng. Tin được đóng khi cán bộ ghi kết quả."),
    Tab.MUTED: _l("Không có tin nào đang chờ của người báo bị tạm gác."),
}
STATUSES = {
    Status.NEW: _l("Mới"),
    Status.ASSIGNED: _l("Đã giao"),
    Status.VERIFYING: _l("Đang xác minh"),
    Status.CLOSED: _l("Đã xong"),
}
OUTCOMES = {
    Outcome.PROSECUTED: _l("Khởi tố"),
    Outcome.NOT_PROSECUTED: _l("Không khởi tố"),
    Outcome.SUSPENDED: _l("Tạm đình chỉ"),
    Outcome.TRANSFERRED: _l("Chuyển cơ quan khác"),
    Outcome.SANCTIONED: _l("Xử phạt hành chính"),
    Outcome.MEDIATED: _l("Hòa giải"),
    Outcome.NOT_A_TIP: _l("Không phải tin báo"),
}
VALUES = {
    Value.UNDECIDED: _l("Chưa đánh giá"),
    Value.VALUABLE: _l("Có giá trị"),
    Value.NOT_VALUABLE: _l("Không có giá trị"),
}
ROLES = {
    Role.OFFICER: _l("Cán bộ"),
    Role.LEADER: _l("Chỉ huy đơn vị"),
    Role.DUTY: _l("Trực ban"),
    Role.STATISTICIAN: _l("Thống kê"),
    Role.ADMIN: _l("Quản trị"),
}
# The shares of the machine's accuracy, as hotline/rules/accuracy.py defines them.
SHARES = {
    "category": _l("Đúng loại"),
    "urgency": _l("Đúng mức khẩn"),
    "urgent_found": _l("Nhận ra tin khẩn"),
    "urgent_right": _l("Đúng khi nói khẩn"),
    "place": _l("Đúng địa điểm"),
    "is_tip": _l("Phân biệt đúng tin báo"),
    "no_tip_found": _l("Nhận ra không phải tin báo"),
    "no_tip_right": _l("Đúng khi nói không phải tin báo"),
}
CHANNELS = {"sms": _l("Tin nhắn"), "voice": _l("Tin thoại")}
RECORDING_STATES = {
    "to_fetch": _l("Đang lấy bản ghi âm từ nhà mạng"),
    "fetching": _l("Đang lấy bản ghi âm từ nhà mạng"),
    "to_transcribe": _l("Đã có thể nghe, đang chờ chép lời"),
    "transcribing": _l("Đã có thể nghe, đang chép lời"),
    "transcribed": _l("Đã chép lời"),
    "absent": _l("Không có lời nào được ghi"),
    "failed": _l("Bản ghi âm bị lỗi"),
}
# What is heard in a recording without words: speech.sound.
SOUNDS = {
    "silence": _l("Chỉ có im lặng, không nghe thấy tiếng người."),
    "tones": _l("Chỉ có tiếng bấm phím hoặc tín hiệu đường dây, không có tiếng người."),
    "noise": _l("Chỉ có tiếng ồn, máy không nghe ra lời nào. Hãy nghe trực tiếp."),
}
MESSAGE_STATES = {
    "to_send": _l("đang chờ gửi"),
    "sending": _l("đang gửi"),
    "sent": _l("đã gửi"),
    "delivered": _l("đã đến máy người nhận"),
    "to_hear": _l("chờ người báo gọi lại để nghe"),
    "heard": _l("đã đọc qua điện thoại lúc"),
    "failed": _l("không gửi được"),
}
WEEKDAYS = (_l("T2"), _l("T3"), _l("T4"), _l("T5"), _l("T6"), _l("T7"), _l("CN"))
# Whom each step of an alarm calls.
STEPS = {
    Step.UNIT: _l("Báo cán bộ đơn vị: %(names)s"),
    Step.LEADERS: _l("Báo chỉ huy: %(names)s"),
    Step.DESK: _l("Báo trực ban: %(names)s"),
    Step.EVERYBODY: _l("Báo tất cả và chỉ huy cấp trên: %(names)s"),
}
# Why two tips are suggested as one event.
LIKENESS = {
    "plate": _l("cùng biển số"),
    "phone": _l("cùng số điện thoại được nhắc"),
    "place": _l("cùng địa điểm"),
    "category": _l("cùng loại"),
    "words": _l("lời giống nhau"),
    "sender": _l("cùng người báo"),
}
# Why fetching, reading or sending failed, and what an officer can do about it.
FAILURES = {
    "not-audio": _l(
        "Nhà mạng gửi về tệp không phải âm thanh. Bấm “Thử lại”; nếu vẫn lỗi, hãy liên hệ người báo."
    ),
    "empty-file": _l("Tệp ghi âm rỗng. Bấm “Thử lại”; nếu vẫn lỗi, hãy liên hệ người báo."),
    "truncated": _l("Bản ghi âm về thiếu một phần. Bấm “Thử lại” để lấy lại cho đủ."),
    "too-long": _l("Bản ghi âm quá dài để máy chép lời. Hãy nghe trực tiếp."),
    "unsupported-format": _l("Máy chưa đọc được định dạng âm thanh này. Hãy báo quản trị viên."),
    "no-audio-stream": _l("Tệp không có tiếng. Hãy liên hệ người báo nếu cần."),
    "damaged": _l("Dữ liệu bản ghi âm bị hỏng nên máy không đọc được. Hãy liên hệ người báo nếu cần."),
    "unreadable-file": _l("Không đọc được tệp ghi âm. Bấm “Thử lại”; nếu vẫn lỗi, báo quản trị viên."),
    "model-missing": _l("Chưa cài mô hình tiếng nói. Tin sẽ tự được chép lời khi quản trị viên cài xong."),
    "model-broken": _l("Mô hình tiếng nói bị hỏng. Tin sẽ tự được chép lời khi quản trị viên cài lại."),
    "too-large": _l("Tệp lớn quá mức cho phép nên không lấy về. Hãy liên hệ người báo nếu cần."),
    "not-a-file": _l("Nhà mạng gửi về trang báo lỗi thay cho tệp. Hệ thống sẽ tự thử lại."),
    "storage": _l("Kho lưu trữ không ghi được. Hãy báo quản trị viên; bản gốc vẫn còn ở nhà mạng."),
    "key-unavailable": _l("Nội dung tin này đã bị hủy nên không mở được nữa."),
    "provider-unreachable": _l("Không liên lạc được với nhà mạng. Hệ thống sẽ tự thử lại."),
    "provider-credentials": _l("Nhà mạng không nhận tài khoản của đơn vị. Hãy báo quản trị viên."),
    "provider-cut-off": _l("Đường truyền đứt giữa chừng. Hệ thống sẽ tự thử lại."),
    "provider-404": _l("Nhà mạng chưa có tệp này. Hệ thống sẽ tự thử lại."),
    "interrupted": _l(
        "Đang gửi thì bị gián đoạn: tin nhắn có thể đã đi hoặc chưa. Đừng gửi lại ngay; chỉ gọi khi người báo đồng ý hoặc có nguy hiểm."
    ),
    "worker-died": _l("Máy không xử lý được tệp này. Bấm “Thử lại”; nếu vẫn lỗi, báo quản trị viên."),
    "crashed": _l("Máy không xử lý được tệp này. Bấm “Thử lại”; nếu vẫn lỗi, báo quản trị viên."),
    "model-not-loaded": _l("Mô hình này không còn được dùng. Hãy yêu cầu chép lại bằng mô hình đang dùng."),
    "not-readable": _l("Bản ghi âm đang được xử lý lại hoặc không còn. Bản chép lời hiện có vẫn giữ nguyên."),
    "engine-missing": _l("Chưa cài phần mềm chạy mô hình này. Hãy báo quản trị viên."),
    "disk-full": _l("Ổ đĩa đã đầy. Hãy báo quản trị viên; bản ghi âm vẫn còn ở nhà mạng."),
}
# The same of a file that nobody fetches again: a text's sound, or what an officer brought.
BROUGHT_FAILURES = {
    "not-audio": _l("Tệp này không phải tệp âm thanh, dù tên tệp là gì. Hãy kiểm tra lại tệp gốc."),
    "empty-file": _l("Tệp này rỗng. Hãy kiểm tra lại tệp gốc."),
    "truncated": _l("Tệp bị cắt trước khi có tiếng, không còn gì để chép lời. Hãy xin lại tệp gốc."),
    "damaged": _l("Dữ liệu trong tệp bị hỏng nên máy không đọc được. Hãy xin lại tệp gốc."),
    "unsupported-format": _l(
        "Máy chưa đọc được định dạng này. Hãy lưu lại dạng MP3 hoặc WAV rồi tải lên, hoặc báo quản trị viên."
    ),
    "no-audio-stream": _l("Tệp này không có tiếng, ví dụ video bị tắt tiếng. Hãy kiểm tra lại tệp gốc."),
    "storage": _l("Kho lưu trữ không đọc được tệp này. Hãy báo quản trị viên, giữ lại tệp gốc."),
}
AUDIT_KINDS = {
    "tip_received": _l("nhận tin"),
    "text_joined": _l("người báo nhắn thêm"),
    "call_joined": _l("người báo gọi lại"),
    "call_put_through": _l("nối máy người báo với trực ban"),
    "texts_agreed": _l("người báo đồng ý nhận tin nhắn trả lời"),
    "texts_stopped": _l("người báo thôi nhận tin nhắn trả lời"),
    "reply_heard": _l("người báo đã nghe trả lời"),
    "tip_triaged": _l("máy phân loại"),
    "tip_assigned": _l("giao tin"),
    "tip_claimed": _l("nhận xử lý"),
    "tip_read": _l("xem tin"),
    "recording_stored": _l("lưu bản ghi âm"),
    "recording_empty": _l("bản ghi âm không có tiếng"),
    "recording_transcribed": _l("máy chép lời"),
    "recording_read_again": _l("mô hình khác chép lời lại"),
    "reading_requested": _l("yêu cầu chép lời lại"),
    "readings_requested": _l("yêu cầu chép lời lại các bản ghi âm cũ"),
    "recording_heard": _l("nghe bản ghi âm"),
    "recording_uploaded": _l("tải bản ghi âm lên"),
    "triage_failed": _l("máy không đọc được tin"),
    "recording_retried": _l("thử lại bản ghi âm"),
    "attachment_stored": _l("lưu tệp đính kèm"),
    "attachment_seen": _l("mở tệp đính kèm"),
    "note_added": _l("ghi chú"),
    "reply_written": _l("trả lời người báo"),
    "status_set": _l("đổi trạng thái"),
    "value_decided": _l("đánh giá tin"),
    "outcome_set": _l("ghi kết quả"),
    "tip_reopened": _l("mở lại tin"),
    "categories_corrected": _l("sửa loại"),
    "urgency_set": _l("sửa mức khẩn"),
    "urgency_renewed": _l("người báo có lời mới khẩn cấp: dấu “không khẩn” trước đó không còn hiệu lực"),
    "place_corrected": _l("sửa địa điểm"),
    "correction_undone": _l("bỏ sửa, lấy lại theo máy"),
    "transcript_corrected": _l("sửa bản chép lời"),
    "transcript_withdrawn": _l("bỏ bản chép lời đã sửa, dùng lại bản máy chép"),
    "transcripts_exported": _l("xuất các bản chép lời đã nghe kiểm tra"),
    "corrections_exported": _l("xuất các tin đã sửa để máy học"),
    "triage_model_switched": _l("đổi mô hình phân loại"),
    "sender_revealed": _l("xem số điện thoại"),
    "tip_linked": _l("ghép với tin cùng vụ việc"),
    "tip_unlinked": _l("tách khỏi vụ việc"),
    "link_dismissed": _l("xác định không cùng vụ việc với tin giống"),
    "sender_muted": _l("tạm gác tin của người báo"),
    "mute_lifted": _l("thôi tạm gác tin của người báo"),
    "mute_reviewed": _l("xem lại người báo bị tạm gác"),
    "reply_sent": _l("gửi trả lời xong"),
    "reply_interrupted": _l("gửi trả lời bị gián đoạn"),
    "provider_copy_deleted": _l("xóa bản ghi âm ở nhà mạng sau khi kiểm tra bản của đơn vị"),
    "provider_copy_kept": _l("bản ghi âm của đơn vị bị hỏng: giữ lại bản ở nhà mạng, báo quản trị viên"),
    "call_reconciled": _l("hỏi lại nhà mạng về cuộc gọi"),
    "register_exported": _l("xuất sổ tin"),
    "units_imported": _l("nhập danh sách đơn vị"),
    "figures_exported": _l("xuất số liệu"),
    "login": _l("đăng nhập"),
    "login_failed": _l("đăng nhập không thành công"),
    "logout": _l("đăng xuất"),
    "password_changed": _l("đổi mật khẩu"),
    "password_reset": _l("đặt lại mật khẩu"),
    "staff_created": _l("thêm cán bộ"),
    "staff_disabled": _l("khóa tài khoản cán bộ"),
    "tips_handed_over": _l("bàn giao tin"),
    "shift_added": _l("xếp ca trực"),
    "shift_removed": _l("bỏ ca trực"),
    "leave_added": _l("ghi nghỉ phép"),
    "leave_removed": _l("bỏ nghỉ phép"),
    "specialities_set": _l("sửa loại tin chuyên trách"),
    "duty_phone_set": _l("sửa số máy trực"),
    "alarm_raised": _l("bắt đầu báo khẩn"),
    "alarm_paged": _l("báo khẩn cho cán bộ"),
    "alarm_acknowledged": _l("nhận tin báo khẩn"),
    "alarm_joined": _l("vụ việc đã có người nhận: thôi báo khẩn"),
    "alarm_called_off": _l("thôi báo khẩn"),
    "page_sent": _l("nhắn tin báo khẩn xong"),
}


def named(names: Mapping[Any, Any], code: Any) -> str:
    """The name of a code; the code itself for one that this version does not know."""
    return str(names.get(code, code))


def category(code: str) -> str:
    """Name of a category."""
    try:
        return taxonomy.category_name(code, lang())
    except KeyError:
        return code


def month(shown: Month) -> str:
    """The name of a statistical month: 10/2026, the month in which it ends."""
    return f"{shown.end:%m/%Y}"


def failure(code: str | None, source: str = "call") -> str:
    """Why something failed and what to do; a provider's own error numbers are given as they are.

    `source` of a recording is one of hotline.models.call.RecordingSource.
    """
    if source != "call" and code in BROUGHT_FAILURES:
        return str(BROUGHT_FAILURES[code])
    if code in FAILURES:
        return str(FAILURES[code])
    if code is not None and code.startswith("provider-"):
        number = code.removeprefix("provider-")
        return _("Nhà mạng báo lỗi %(number)s. Nếu vẫn lỗi, hãy báo số này cho quản trị viên.", number=number)
    return _("Chưa rõ lý do (%(code)s). Bấm “Thử lại” hoặc báo quản trị viên.", code=code)


def commune(code: str | None) -> str:
    """As in a sentence: "xã Đức Lập"; the code itself for one that this version does not know."""
    if code is None:
        return ""
    name = _communes().get(code, code)
    return name[:1].lower() + name[1:]


def commune_in(code: str) -> str:
    """With its province, because names repeat: "xã Đức Minh, Hà Tĩnh"."""
    found = communes().get(code)
    return commune(code) if found is None else title(found)


def province(code: str | None) -> str:
    """As in a sentence: "tỉnh Lâm Đồng"."""
    if code is None:
        return ""
    name = _provinces().get(code, code)
    return name[:1].lower() + name[1:]


@cache
def _provinces() -> dict[str, str]:
    return {code: name for code, name, _short in taxonomy.data("gazetteer_vi")["provinces"]}


@cache
def _communes() -> dict[str, str]:
    return {code: name for code, name, _province in taxonomy.data("gazetteer_vi")["communes"]}
