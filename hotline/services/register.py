"""Tips as plain data, for the command line and for export; scoped to the viewer like every reading."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from hotline.clock import start_of
from hotline.errors import NotFound
from hotline.models import AuditEvent, Message, Recording, Tip, Unit
from hotline.models.sealed import vault_of
from hotline.rules import readable
from hotline.rules.access import Action, Role, Viewer
from hotline.services import audit, places, tips, transcripts, triage

# Whoever can run commands on the machine holds its keys; the audit names this actor.
OPERATOR = uuid.UUID(int=0)


def operator(session: Session) -> Viewer:
    """The viewer of the command line: everything, recorded as the operator's doing."""
    root = session.scalar(select(Unit.path).where(Unit.parent_id.is_(None)).order_by(Unit.path))
    return Viewer(OPERATOR, Role.ADMIN, root or "/")


def tip_record(session: Session, viewer: Viewer, code: str, now: datetime) -> dict[str, Any]:
    """Everything of one tip but the reporter's identity; the reading is audited.

    The shape is that of `tip show --json` in docs/interface.md. Raises NotFound for a code out of sight.
    """
    tips.require(viewer, Action.READ_TIPS)
    tip = session.scalar(
        select(Tip)
        .join(Unit, Tip.unit_id == Unit.id)
        .where(
            Tip.code_lookup == vault_of(session).lookup("code", code),
            Unit.in_sight(viewer),
        )
    )
    if tip is None:
        raise NotFound("Không có tin mã %(code)s trong các đơn vị của bạn.", code=code)
    audit.record(session, viewer.staff_id, "tip_read", tip.id, now=now)
    history = session.scalars(select(AuditEvent).where(AuditEvent.tip_id == tip.id).order_by(AuditEvent.seq))
    return _summary(tip) | {
        "text": "\n".join(source.text for source in triage.texts(tip)),
        "messages": [_message(message) for message in tip.messages],
        "recordings": [_recording(recording) for recording in tip.recordings],
        "history": [
            {"at": event.at.isoformat(), "kind": event.kind, "by": event.actor_id and str(event.actor_id)}
            | {"detail": event.detail}
            for event in history
        ],
    }


def register(
    session: Session, viewer: Viewer, start: date, end: date, *, with_identity: bool, now: datetime
) -> Iterator[dict[str, Any]]:
    """The tips received on these days (end included), oldest first, in bounded memory; audited once.

    With identity the sender's number is added, for roles that work with tips; raises NotAllowed otherwise.
    """
    tips.require(viewer, Action.READ_TIPS)
    audit.record(
        session, viewer.staff_id, "register_exported", now=now, start=start.isoformat(), end=end.isoformat(),
        with_identity=with_identity,
    )  # fmt: skip
    first = start_of(start)
    last = start_of(end + timedelta(days=1))
    received = (
        select(Tip)
        .join(Unit, Tip.unit_id == Unit.id)
        .where(
            Tip.received_at >= first,
            Tip.received_at < last,
            Unit.in_sight(viewer),
        )
        .order_by(Tip.received_at, Tip.id)
        .options(selectinload(Tip.categories), selectinload(Tip.places), selectinload(Tip.unit))
        .execution_options(yield_per=200)
    )
    for tip in session.scalars(received):
        row = _summary(tip) | {"text": "\n".join(source.text for source in triage.texts(tip))}
        yield row | ({"sender": tip.sender} if with_identity else {})


def _summary(tip: Tip) -> dict[str, Any]:
    return {
        "code": tip.code,
        "channel": tip.channel,
        "received_at": tip.received_at.isoformat(),
        "status": tip.status,
        "categories": [
            {"code": c.code, "score": c.score, "source": c.source, "evidence": c.evidence or []}
            for c in tip.categories
            if c.in_force
        ],
        "urgent": tip.urgent,
        "is_tip": tip.is_tip,
        "places": [
            {**place.detail, "source": place.source} for place in places.ranked(tip) if place.in_force
        ],
        "unit": tip.unit.code,
        "officer": tip.officer.username if tip.officer else None,
        "assignment": tip.assignments[-1].reason if tip.assignments else None,
        "valuable": {"valuable": True, "not_valuable": False}.get(tip.value),
        "outcome": tip.outcome,
        "sender_withheld": tip.sender_withheld,
        "silent_call": any(call.silent for call in tip.calls),
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "direction": "in" if message.inbound else "out",
        "at": message.at.isoformat(),
        "state": message.state,
        "text": message.body,
        "attachments": [
            {"content_type": a.content_type, "state": a.state, "size": a.size, "failure": a.failure}
            for a in message.attachments
        ],
    }


def _recording(recording: Recording) -> dict[str, Any]:
    return {
        "sid": recording.provider_sid,
        "duration_s": recording.duration_s,
        "state": recording.state,
        "failure": recording.failure,
        "transcript": recording.transcript,
        **_wording(recording),
    }


def _wording(recording: Recording) -> dict[str, Any]:
    """An officer's words, if any are in force, and what is in force as an officer would write it."""
    said = transcripts.in_force(recording)
    if said is None:
        return {"corrected": None, "readable": None}
    made = said.correction
    corrected = None if made is None else {
        "text": said.text, "words": said.words, "at": made.at.isoformat(), "by": made.by.username,
        "complete": made.complete,
    }  # fmt: skip
    return {"corrected": corrected, "readable": readable.to_dict(readable.readable(said.words), said.words)}
