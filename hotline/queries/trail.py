"""The trail of who did what."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.models import AuditEvent, Staff, Tip
from hotline.models.sealed import vault_of
from hotline.queries import sight
from hotline.rules import tip_code
from hotline.rules.access import Action, Viewer

TRAIL_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Event:
    """An audit event with the name of who caused it, None for the machine."""

    seq: int
    at: datetime
    actor: str | None
    kind: str
    tip_id: uuid.UUID | None
    detail: dict[str, Any]


def audit_trail(session: Session, viewer: Viewer, tip_id: uuid.UUID) -> list[Event]:
    """Everything that happened to a tip in sight, oldest first; nothing for a tip out of sight."""
    sight.require(viewer, Action.READ_TIPS)
    visible = select(Tip.id).where(sight.tips(viewer), Tip.id == tip_id)
    return _events(session, select(AuditEvent).where(AuditEvent.tip_id.in_(visible)).order_by(AuditEvent.seq))


def recent_events(session: Session, viewer: Viewer, code: str = "") -> list[Event]:
    """The last events of all, or of the tip with this code, newest first; for those who may read the trail."""
    sight.require(viewer, Action.READ_AUDIT)
    query = select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(TRAIL_LENGTH)
    if code:
        digits = "".join(letter for letter in code if letter.isdigit())
        if not tip_code.is_code(digits):
            return []
        lookup = vault_of(session).lookup("code", digits)
        query = query.where(
            AuditEvent.tip_id.in_(select(Tip.id).where(sight.tips(viewer), Tip.code_lookup == lookup))
        )
    return _events(session, query)


def _events(session: Session, query: Any) -> list[Event]:
    events = session.scalars(query).all()
    actors = {event.actor_id for event in events if event.actor_id is not None}
    names: dict[uuid.UUID, str] = {
        row.id: row.display_name
        for row in session.execute(select(Staff.id, Staff.display_name).where(Staff.id.in_(actors)))
    }
    return [
        Event(e.seq, e.at, names.get(e.actor_id) if e.actor_id else None, e.kind, e.tip_id, e.detail)
        for e in events
    ]
