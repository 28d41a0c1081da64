"""What officers do with a tip; every change is scoped to the viewer and audited in the same transaction."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.errors import Conflict, InvalidChange, NotAllowed, NotFound
from hotline.models import (
    Message,
    Note,
    OutcomeDecision,
    Recording,
    Staff,
    Tip,
    Unit,
    ValueDecision,
)
from hotline.models.call import RecordingState
from hotline.models.message import MessageState
from hotline.rules import replies
from hotline.rules.access import Action, Role, Viewer
from hotline.rules.assignment import Choice
from hotline.rules.lifecycle import Outcome, Status, Value, may_move
from hotline.services import alarms, assignment, audit, matters, tips, triage, work

# Ten parts of UCS-2 text (67 characters each): longer answers belong in a call.
REPLY_MAX = 670
NOTE_MAX = 10_000
# The same words from the same person within this time are one message, sent again by a slow line.
TWICE = timedelta(minutes=1)


def read(session: Session, viewer: Viewer, tip_id: uuid.UUID, now: datetime) -> Tip:
    """Open a tip to read it: the reading is audited, and the tip is no longer unread to those who work it."""
    tip = tips.visible(session, viewer, tip_id, Action.READ_TIPS)
    if tip.unread and tip.officer_id in (None, viewer.staff_id):
        tip.unread = False
    audit.record(session, viewer.staff_id, "tip_read", tip.id, now=now)
    return tip


def claim(session: Session, viewer: Viewer, tip_id: uuid.UUID, now: datetime) -> None:
    """Take a tip for oneself and start to verify it; raises Conflict when a colleague has it."""
    tips.take_turn(session)
    me = _staying(session, viewer.staff_id)
    if me is None:
        raise NotAllowed("Vai trò của bạn không được làm việc này. Hãy hỏi chỉ huy đơn vị.")
    tips.hold_event(session, tip_id)
    tip = _workable(session, viewer, tip_id)
    if tip.status == Status.CLOSED:
        raise InvalidChange("Muốn đóng tin, hãy ghi kết quả; muốn mở lại, hãy bấm “Mở lại tin”.")
    if tip.officer_id not in (None, viewer.staff_id) and tip.status == Status.VERIFYING:
        raise Conflict("Đồng nghiệp đang xử lý tin này. Muốn nhận, hãy nhờ chỉ huy giao lại.")
    alarms.event_answered(session, tip, me.id, now)
    unit_id = tip.unit_id if viewer.role in (Role.DUTY, Role.ADMIN) else me.unit_id
    if tip.officer_id != me.id:
        assignment.assign(session, tip, Choice(unit_id, me.id, {"code": "claimed"}), me.id, now)
    if tip.status != Status.VERIFYING:
        _move(tip, Status.VERIFYING)
    tip.unread = False
    audit.record(session, viewer.staff_id, "tip_claimed", tip.id, now=now)


def assign(
    session: Session, viewer: Viewer, tip_id: uuid.UUID, *, unit_id: uuid.UUID, officer_id: uuid.UUID | None,
    now: datetime,
) -> None:  # fmt: skip
    """Give a tip to a unit in sight, and to one of its officers or nobody yet."""
    if not viewer.may(Action.ASSIGN):
        raise NotAllowed("Chỉ có chỉ huy đơn vị hoặc trực ban mới được giao tin.")
    officer = None if officer_id is None else _staying(session, officer_id)
    tip = _workable(session, viewer, tip_id)
    unit = session.get(Unit, unit_id)
    if unit is None or not unit.seen_by(viewer):
        raise NotFound("Không có đơn vị này trong các đơn vị của bạn.")
    if officer_id is not None:
        if officer is None or officer.unit_id != unit.id:
            raise InvalidChange("Cán bộ này không thuộc đơn vị đã chọn. Hãy chọn người khác.")
        if not officer.viewer.may(Action.WORK_TIPS):
            raise InvalidChange("Người này không xử lý tin báo. Hãy chọn cán bộ khác.")
    assignment.assign(session, tip, Choice(unit.id, officer_id, {"code": "by_staff"}), viewer.staff_id, now)
    if tip.status == Status.VERIFYING:
        tip.status = Status.NEW if officer_id is None else Status.ASSIGNED


def add_note(session: Session, viewer: Viewer, tip_id: uuid.UUID, body: str, now: datetime) -> None:
    """Write down something for colleagues; the reporter never sees it."""
    tip = _workable(session, viewer, tip_id)
    body = _written(body, NOTE_MAX)
    if any(n.author_id == viewer.staff_id and n.at > now - TWICE and n.body == body for n in tip.notes):
        return  # the button was pressed twice, or the page sent again
    note = Note(id=uuid.uuid4(), tip_id=tip.id, at=now, author_id=viewer.staff_id)
    session.add(note)
    note.body = body
    triage.index(session, tip, [body])
    audit.record(session, viewer.staff_id, "note_added", tip.id, now=now, note_id=note.id)


def reply(session: Session, viewer: Viewer, tip_id: uuid.UUID, body: str, now: datetime) -> Message:
    """Answer the reporter: by a text that a worker hands to the provider, or to be heard by who keys the code."""
    tip = _workable(session, viewer, tip_id)
    way = reply_way(tip)
    if way is None:
        raise InvalidChange("Người báo giấu số hoặc không nhận được tin nhắn nên không trả lời được.")
    body = _written(body, REPLY_MAX)
    for written in tip.messages:
        if written.author_id == viewer.staff_id and written.at > now - TWICE and written.body == body:
            return written  # the button was pressed twice, or the page sent again
    state = MessageState.TO_SEND if way == replies.Way.TEXT else MessageState.TO_HEAR
    message = Message(id=uuid.uuid4(), tip_id=tip.id, at=now, author_id=viewer.staff_id, state=state)
    session.add(message)
    message.body = body
    audit.record(session, viewer.staff_id, "reply_written", tip.id, now=now, message_id=message.id)
    return message


def reply_way(tip: Tip) -> replies.Way | None:
    """How an answer reaches the reporter, if at all."""
    return replies.way(tip.channel, tip.sender, texts_agreed=tip.texts_agreed)


def set_status(session: Session, viewer: Viewer, tip_id: uuid.UUID, status: Status, now: datetime) -> None:
    """Move an open tip to another open state; closing takes an outcome, reopening a reason."""
    tip = _workable(session, viewer, tip_id)
    if Status.CLOSED in (status, Status(tip.status)):
        raise InvalidChange("Muốn đóng tin, hãy ghi kết quả; muốn mở lại, hãy bấm “Mở lại tin”.")
    if status != Status.NEW and tip.officer_id is None:
        raise InvalidChange("Tin này chưa có ai nhận. Hãy nhận xử lý hoặc giao trước.")
    if status == tip.status:
        return
    _move(tip, status)
    if status == Status.NEW:
        assignment.hand_back(session, tip, viewer.staff_id, now)
    audit.record(session, viewer.staff_id, "status_set", tip.id, now=now, status=status)


def decide_value(
    session: Session, viewer: Viewer, tip_id: uuid.UUID, value: Value, reason: str, now: datetime
) -> None:
    """Say whether the tip was valuable, whatever becomes of its matter; a "not" needs its reason."""
    tip = _workable(session, viewer, tip_id)
    if value == Value.NOT_VALUABLE and not reason.strip():
        raise InvalidChange("Hãy ghi vắn tắt vì sao tin không có giá trị.")
    decision = ValueDecision(id=uuid.uuid4(), tip_id=tip.id, at=now, by_id=viewer.staff_id, value=value)
    session.add(decision)
    decision.reason = _written(reason, NOTE_MAX) if reason.strip() else None
    tip.value = value
    audit.record(session, viewer.staff_id, "value_decided", tip.id, now=now, value=value)


def set_outcome(
    session: Session, viewer: Viewer, tip_id: uuid.UUID, outcome: Outcome, detail: str, now: datetime
) -> None:
    """Close a tip with how it ended."""
    tips.take_turn(session)
    tip = _workable(session, viewer, tip_id)
    if tip.status == Status.CLOSED:
        raise Conflict("Tin này đã đóng. Muốn đổi kết quả, hãy mở lại tin.")
    _move(tip, Status.CLOSED)
    tip.outcome, tip.outcome_at, tip.unread = outcome, now, False
    _decide(session, viewer, tip, outcome, detail, now)
    matters.settle(session, tip)
    alarms.call_off(session, tip, now)
    audit.record(session, viewer.staff_id, "outcome_set", tip.id, now=now, outcome=outcome)


def reopen(session: Session, viewer: Viewer, tip_id: uuid.UUID, detail: str, now: datetime) -> None:
    """Open a closed tip again; the reason is kept with the outcomes."""
    tips.take_turn(session)
    tip = _workable(session, viewer, tip_id)
    if tip.status != Status.CLOSED:
        raise Conflict("Tin này đang mở.")
    if not detail.strip():
        raise InvalidChange("Hãy ghi vắn tắt vì sao mở lại tin.")
    tip.status = Status.NEW if tip.officer_id is None else Status.VERIFYING
    tip.outcome = tip.outcome_at = None
    _decide(session, viewer, tip, None, detail, now)
    matters.settle(session, tip)
    audit.record(session, viewer.staff_id, "tip_reopened", tip.id, now=now)
    if tip.urgent and tip.officer_id != viewer.staff_id and not alarms.sounding(session, tip.id):
        alarms.raise_alarm(session, tip, now)


def reveal_sender(session: Session, viewer: Viewer, tip_id: uuid.UUID, now: datetime) -> str | None:
    """The reporter's number, for calling back; every look is audited."""
    tip = _workable(session, viewer, tip_id)
    audit.record(session, viewer.staff_id, "sender_revealed", tip.id, now=now)
    return tip.sender


def retry_recording(session: Session, viewer: Viewer, recording_id: uuid.UUID, now: datetime) -> Recording:
    """Try a failed recording again from where it failed: its fetch, or its transcription."""
    recording = session.get(Recording, recording_id)
    if recording is None:
        raise NotFound("Không có bản ghi âm này trong các đơn vị của bạn.")
    tip = _workable(session, viewer, recording.tip_id)
    if recording.state != RecordingState.FAILED:
        raise Conflict("Bản ghi âm này không bị lỗi: đang xử lý hoặc đã xong.")
    stored = recording.storage_key is not None
    work.finish(recording, RecordingState.TO_TRANSCRIBE if stored else RecordingState.TO_FETCH)
    audit.record(session, viewer.staff_id, "recording_retried", tip.id, now=now, recording_id=recording.id)
    return recording


def readable_recording(session: Session, viewer: Viewer, recording_id: uuid.UUID) -> Recording:
    """A recording of a tip in sight; raises NotFound otherwise."""
    recording = session.scalar(
        select(Recording)
        .join(Tip, Recording.tip_id == Tip.id)
        .join(Unit, Tip.unit_id == Unit.id)
        .where(Recording.id == recording_id, Unit.in_sight(viewer))
    )
    if recording is None or not viewer.may(Action.READ_TIPS):
        raise NotFound("Không có bản ghi âm này trong các đơn vị của bạn.")
    return recording


def _workable(session: Session, viewer: Viewer, tip_id: uuid.UUID) -> Tip:
    return tips.visible(session, viewer, tip_id, Action.WORK_TIPS)


def _staying(session: Session, staff_id: uuid.UUID) -> Staff | None:
    """An active person, who is not locked out before the tip is theirs.

    Locked before the tip, as a hand-over does, and shared, as triage does while it holds one.
    """
    person = session.get(Staff, staff_id, with_for_update={"read": True}, populate_existing=True)
    return person if person is not None and person.active else None


def _move(tip: Tip, status: Status) -> None:
    if not may_move(Status(tip.status), status):
        raise InvalidChange("Không thể chuyển tin sang trạng thái này.")
    tip.status = status


def _decide(
    session: Session, viewer: Viewer, tip: Tip, outcome: Outcome | None, detail: str, now: datetime
) -> None:
    decision = OutcomeDecision(id=uuid.uuid4(), tip_id=tip.id, at=now, by_id=viewer.staff_id, outcome=outcome)
    session.add(decision)
    decision.detail = _written(detail, NOTE_MAX) if detail.strip() else None


def _written(text: str, most: int) -> str:
    text = text.strip()
    if not text:
        raise InvalidChange("Chưa có nội dung. Hãy viết rồi gửi lại.")
    if len(text) > most:
        raise InvalidChange(
            "Nội dung dài %(length)s ký tự, tối đa %(most)s. Hãy rút ngắn.", length=len(text), most=most
        )
    return text
