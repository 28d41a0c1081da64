"""Tips about one event: officers link them and take them apart; each keeps its thread, state and history."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from hotline.errors import InvalidChange, NotFound
from hotline.models import Matter, SuggestedLink, Tip
from hotline.models.sealed import vault_of
from hotline.rules import tip_code
from hotline.rules.access import Action, Viewer
from hotline.rules.lifecycle import Outcome
from hotline.services import alarms, audit, tips


def link(session: Session, viewer: Viewer, tip_id: uuid.UUID, other_id: uuid.UUID, now: datetime) -> None:
    """Say that two tips in sight are about one event; where they were linked to others, all of these are now."""
    tips.take_turn(session)
    tip, other = _both(session, viewer, tip_id, other_id)
    if tip.matter_id is not None and tip.matter_id == other.matter_id:
        return  # the button was pressed twice, or a colleague was quicker
    known = [session.get_one(Matter, one.matter_id) for one in (tip, other) if one.matter_id is not None]
    if known:
        matter = min(known, key=lambda matter: (matter.at, str(matter.id)))
    else:
        matter = Matter(id=uuid.uuid4(), at=now, by_id=viewer.staff_id)
        session.add(matter)
        session.flush()
    members = _members(session, [one.id for one in known]) or []
    together = list({one.id: one for one in (*members, tip, other)}.values())
    for member in together:
        member.matter_id = matter.id
    session.flush()
    for gone in known:
        if gone is not matter:
            session.delete(gone)
    settle(session, tip)
    for one, its_other in ((tip, other), (other, tip)):
        audit.record(
            session,
            viewer.staff_id,
            "tip_linked",
            one.id,
            now=now,
            other_id=its_other.id,
            matter_id=matter.id,
        )
    alarms.joined(session, together, viewer.staff_id, now)


def link_by_code(session: Session, viewer: Viewer, tip_id: uuid.UUID, code: str, now: datetime) -> None:
    """The same for a tip named by its code; raises InvalidChange for a code that is none or not in sight."""
    digits = "".join(letter for letter in code if letter.isdigit())
    if not tip_code.is_code(digits):
        raise InvalidChange("Mã tin có 9 số. Hãy xem lại mã vừa gõ.")
    other = session.scalar(select(Tip.id).where(Tip.code_lookup == vault_of(session).lookup("code", digits)))
    try:
        if other is None:
            raise NotFound("Không có tin mã này trong các đơn vị của bạn.")
        link(session, viewer, tip_id, other, now)
    except NotFound:
        raise InvalidChange("Không có tin mã này trong các đơn vị của bạn.") from None


def unlink(session: Session, viewer: Viewer, tip_id: uuid.UUID, now: datetime) -> None:
    """Take a tip out of its event; that it and the rest are the same is never suggested again."""
    tips.take_turn(session)
    tip = tips.visible(session, viewer, tip_id, Action.WORK_TIPS)
    if tip.matter_id is None:
        return
    matter = session.get_one(Matter, tip.matter_id)
    rest = [member for member in _members(session, [matter.id]) if member.id != tip.id]
    tip.matter_id, tip.leads_matter = None, True
    _keep_apart(session, viewer, tip, rest, now)
    if len(rest) == 1:
        rest[0].matter_id, rest[0].leads_matter = None, True
        session.flush()
        session.delete(matter)
    elif rest:
        settle(session, rest[0])
    audit.record(session, viewer.staff_id, "tip_unlinked", tip.id, now=now, matter_id=matter.id)


def dismiss(session: Session, viewer: Viewer, tip_id: uuid.UUID, other_id: uuid.UUID, now: datetime) -> None:
    """Say that two tips are not about the same event; remembered, so that nobody is asked again."""
    tips.take_turn(session)
    tip, other = _both(session, viewer, tip_id, other_id)
    if _dismiss(session, viewer, _between(tip.id, [other.id]), now):
        audit.record(session, viewer.staff_id, "link_dismissed", tip.id, now=now, other_id=other.id)


def settle(session: Session, tip: Tip) -> None:
    """See that one tip of an event leads: the earliest that counts as a tip, or simply the earliest.

    Needed when tips join or leave and when one is closed as no tip or opened again.
    """
    session.flush()
    if tip.matter_id is None:
        return
    members = _members(session, [tip.matter_id])
    leader = min(members, key=lambda one: (one.outcome == Outcome.NOT_A_TIP, one.received_at, str(one.id)))
    for member in members:
        member.leads_matter = member is leader
    session.flush()


def later_first(one: Tip, other: Tip) -> tuple[Tip, Tip]:
    """The order in which a pair is noted."""
    later, earlier = sorted((one, other), key=lambda tip: (tip.received_at, str(tip.id)), reverse=True)
    return later, earlier


def _both(session: Session, viewer: Viewer, tip_id: uuid.UUID, other_id: uuid.UUID) -> tuple[Tip, Tip]:
    if tip_id == other_id:
        raise InvalidChange("Đây chính là tin đang mở. Hãy chọn một tin khác.")
    # Locked in one order, so that two officers do not wait for each other.
    found = {one: tips.visible(session, viewer, one, Action.WORK_TIPS) for one in sorted((tip_id, other_id))}
    return found[tip_id], found[other_id]


def _members(session: Session, matter_ids: Sequence[uuid.UUID]) -> Sequence[Tip]:
    return session.scalars(
        select(Tip).where(Tip.matter_id.in_(matter_ids)).order_by(Tip.id).with_for_update()
    ).all()


def _between(tip_id: uuid.UUID, others: Sequence[uuid.UUID]) -> ColumnElement[bool]:
    return or_(
        and_(SuggestedLink.tip_id == tip_id, SuggestedLink.other_id.in_(others)),
        and_(SuggestedLink.other_id == tip_id, SuggestedLink.tip_id.in_(others)),
    )


def _keep_apart(session: Session, viewer: Viewer, tip: Tip, rest: Sequence[Tip], now: datetime) -> None:
    """Note with every pair that it is none: what was linked by its code was never suggested, or not any more."""
    pairs = _between(tip.id, [other.id for other in rest])
    _dismiss(session, viewer, pairs, now)
    rows = session.execute(select(SuggestedLink.tip_id, SuggestedLink.other_id).where(pairs))
    known = {one for row in rows for one in row}
    for other in rest:
        if other.id not in known:
            later, earlier = later_first(tip, other)
            session.add(
                SuggestedLink(
                    tip_id=later.id,
                    other_id=earlier.id,
                    at=now,
                    score=0.0,
                    reasons=[],
                    dismissed_at=now,
                    dismissed_by_id=viewer.staff_id,
                )
            )
    session.flush()


def _dismiss(session: Session, viewer: Viewer, pairs: ColumnElement[bool], now: datetime) -> int:
    done = session.execute(
        update(SuggestedLink)
        .where(pairs, SuggestedLink.dismissed_at.is_(None))
        .values(dismissed_at=now, dismissed_by_id=viewer.staff_id)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # a CursorResult, which update gives
