"""Muted senders: on the tip's page why and until when, and all of them for who reviews them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from hotline.errors import KeyUnavailable
from hotline.models import MutedSender, Tip
from hotline.queries import sight
from hotline.rules.access import Action, Viewer
from hotline.services import mutes

# Ended ones are listed this long back: who decides on a sender anew wants to know of earlier times.
LISTED = 100


@dataclass(frozen=True, slots=True)
class MuteView:
    """A mute; `since` is how many tips came from the sender in its time.

    `reason` is None when the tip it was decided on was destroyed, or is not `in_sight`; so is `code`.
    """

    id: uuid.UUID
    tip_id: uuid.UUID
    code: str | None
    at: datetime
    until: datetime
    by: str
    reason: str | None
    lifted_at: datetime | None
    lifted_by: str | None
    reviewed_at: datetime | None
    in_force: bool
    to_review: bool
    since: int
    in_sight: bool


def of_tip(session: Session, viewer: Viewer, tip_id: uuid.UUID, now: datetime) -> MuteView | None:
    """The mute that holds now for the sender of a tip; the tip must have been found in the viewer's sight.

    It holds in all units, but why is for those who see the tip that it was decided on.
    """
    sender = select(Tip.sender_lookup).where(Tip.id == tip_id).scalar_subquery()
    found = _views(session, viewer, now, MutedSender.sender_lookup == sender, MutedSender.in_force(now))
    return next((mute for mute in found if mute.in_sight), found[0] if found else None)


def all_mutes(session: Session, viewer: Viewer, now: datetime) -> list[MuteView]:
    """Those decided on tips in sight: first what is to be looked at, then what holds, then what has ended."""
    sight.require(viewer, Action.ASSIGN)
    found = _views(session, viewer, now, MutedSender.tip_id.in_(select(Tip.id).where(sight.tips(viewer))))
    return sorted(found, key=lambda mute: (not mute.to_review, not mute.in_force, -mute.at.timestamp()))


def waiting(session: Session, viewer: Viewer, now: datetime) -> int:
    """How many mutes in sight wait for somebody to look at them; none for who does not decide on them."""
    if not viewer.may(Action.ASSIGN):
        return 0
    mine = MutedSender.tip_id.in_(select(Tip.id).where(sight.tips(viewer)))
    counted = select(func.count()).select_from(MutedSender).where(mine, mutes.to_review(now))
    return session.scalar(counted) or 0


def _views(
    session: Session, viewer: Viewer, now: datetime, *conditions: ColumnElement[bool]
) -> list[MuteView]:
    since = (
        select(func.count())
        .select_from(Tip)
        .where(
            Tip.sender_lookup == MutedSender.sender_lookup,
            Tip.received_at > MutedSender.at,
            Tip.received_at < func.coalesce(MutedSender.lifted_at, MutedSender.until),
        )
        .correlate(MutedSender)
        .scalar_subquery()
    )
    rows = session.execute(
        select(MutedSender, Tip, since, mutes.to_review(now), sight.tips(viewer))
        .join(Tip, MutedSender.tip_id == Tip.id)
        .where(*conditions)
        .order_by(MutedSender.at.desc())
        .limit(LISTED)
        .options(selectinload(MutedSender.by), selectinload(MutedSender.lifted_by))
    )
    return [
        _view(mute, tip, int(count), bool(review), bool(seen), now) for mute, tip, count, review, seen in rows
    ]


def _view(
    mute: MutedSender, tip: Tip, since: int, to_review: bool, in_sight: bool, now: datetime
) -> MuteView:
    try:
        code, reason = (tip.code, mute.reason) if in_sight else (None, None)
    except KeyUnavailable:
        code = reason = None
    return MuteView(
        id=mute.id,
        tip_id=tip.id,
        code=code,
        at=mute.at,
        until=mute.until,
        by=mute.by.display_name,
        reason=reason,
        lifted_at=mute.lifted_at,
        lifted_by=mute.lifted_by.display_name if mute.lifted_by else None,
        reviewed_at=mute.reviewed_at,
        in_force=mute.lifted_at is None and mute.until > now,
        to_review=to_review,
        since=since,
        in_sight=in_sight,
    )
