"""Senders of repeated nonsense: a person mutes them for a while, and a person looks at it again.

Their texts and calls are received, stored, read and answered as everybody's, so that they notice nothing and
nothing is lost; only nobody is given their tips (Tip.set_aside), unless triage finds one urgent.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from hotline.clock import local, start_of
from hotline.errors import Conflict, InvalidChange, NotFound
from hotline.models import MutedSender, Tip, Unit
from hotline.rules.access import Action, Viewer
from hotline.services import audit, tips

# Long enough for a drunk or a child to lose interest, short enough that a wrong decision ends by itself.
DAYS = 30
# A person's situation changes in three months: who is still a nuisance then is decided on anew.
DAYS_AT_MOST = 90
# Who was muted for longer is looked at again after so many days: what has come since may be no nonsense.
LOOK_AGAIN = timedelta(days=30)
REASON_MAX = 500


def mute(
    session: Session, viewer: Viewer, tip_id: uuid.UUID, reason: str, last_day: date, now: datetime
) -> MutedSender:
    """Mute the sender of a tip up to and including a day in Vietnam; this tip too waits apart from now on.

    Raises InvalidChange for a withheld number, a day out of range or a missing reason, Conflict when the sender
    is muted already.
    """
    tip = tips.visible(session, viewer, tip_id, Action.ASSIGN)
    if tip.sender_lookup is None:
        raise InvalidChange(
            "Người báo giấu số nên không tạm gác được: không thể phân biệt với những người giấu số khác."
        )
    reason = reason.strip()
    if not reason:
        raise InvalidChange("Hãy ghi vắn tắt vì sao tạm gác tin của người báo này.")
    if len(reason) > REASON_MAX:
        raise InvalidChange("Lý do dài quá %(most)s ký tự. Hãy rút ngắn.", most=REASON_MAX)
    today = local(now).date()
    if not today < last_day <= today + timedelta(days=DAYS_AT_MOST):
        raise InvalidChange(
            "Chỉ tạm gác được từ 1 đến %(most)s ngày. Hãy chọn lại ngày cuối.", most=DAYS_AT_MOST
        )
    known = select(MutedSender).where(
        MutedSender.sender_lookup == tip.sender_lookup, MutedSender.in_force(now)
    )
    if session.scalar(known.limit(1)) is not None:
        raise Conflict("Người báo này đang bị tạm gác. Muốn đổi thời hạn, hãy thôi tạm gác trước.")
    muted = MutedSender(
        id=uuid.uuid4(), tip_id=tip.id, sender_lookup=tip.sender_lookup, at=now,
        until=start_of(last_day + timedelta(days=1)), by_id=viewer.staff_id,
    )  # fmt: skip
    session.add(muted)
    session.flush()
    muted.reason = reason
    tip.muted = True
    session.flush()
    audit.record(
        session,
        viewer.staff_id,
        "sender_muted",
        tip.id,
        now=now,
        mute_id=muted.id,
        until=last_day.isoformat(),
    )
    return muted


def lift(session: Session, viewer: Viewer, mute_id: uuid.UUID, now: datetime) -> list[uuid.UUID]:
    """End a mute; the tips that waited apart are read again, so that each comes to somebody. Returns these.

    Two leaders may have muted one sender at the same moment: what holds for the sender ends with it.
    """
    muted = _found(session, viewer, mute_id)
    # All of them in one order, so that two who lift one each do not wait for each other.
    holding = session.scalars(
        select(MutedSender)
        .where(MutedSender.sender_lookup == muted.sender_lookup, MutedSender.in_force(now))
        .order_by(MutedSender.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if muted not in holding:
        raise Conflict("Việc tạm gác này đã kết thúc.")
    for one in holding:
        one.lifted_at, one.lifted_by_id = now, viewer.staff_id
    waiting = session.scalars(
        select(Tip)
        .where(Tip.sender_lookup == muted.sender_lookup, Tip.set_aside())
        .order_by(Tip.id)
        .with_for_update()
    ).all()
    for tip in waiting:
        tip.muted = False
        tip.triage_wanted += 1
    session.flush()
    for one in holding:
        audit.record(session, viewer.staff_id, "mute_lifted", one.tip_id, now=now, mute_id=one.id)
    return [tip.id for tip in waiting]


def review(session: Session, viewer: Viewer, mute_id: uuid.UUID, now: datetime) -> None:
    """Say that somebody has looked at a mute, and at what came since, and lets it stand."""
    muted = _found(session, viewer, mute_id)
    muted.reviewed_at = now
    audit.record(session, viewer.staff_id, "mute_reviewed", muted.tip_id, now=now, mute_id=muted.id)


def to_review(now: datetime) -> ColumnElement[bool]:
    """The condition of mutes that wait for a look: not looked at for long, or run out and not looked at since."""
    looked = func.coalesce(MutedSender.reviewed_at, MutedSender.at)
    long_ago = and_(MutedSender.in_force(now), looked <= now - LOOK_AGAIN)
    ran_out = and_(MutedSender.until <= now, looked < MutedSender.until)
    return and_(MutedSender.lifted_at.is_(None), or_(long_ago, ran_out))


def _found(session: Session, viewer: Viewer, mute_id: uuid.UUID) -> MutedSender:
    tips.require(viewer, Action.ASSIGN)
    muted = session.scalar(
        select(MutedSender)
        .join(Tip, MutedSender.tip_id == Tip.id)
        .join(Unit, Tip.unit_id == Unit.id)
        .where(MutedSender.id == mute_id, Unit.in_sight(viewer))
    )
    if muted is None:
        raise NotFound("Không có người báo này trong danh sách tạm gác của các đơn vị của bạn.")
    return muted
