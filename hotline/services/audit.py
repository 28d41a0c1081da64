"""The audit chain: written in the transaction of the change it describes, and walked to prove it whole."""

from __future__ import annotations

import json
import uuid
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.models import AuditEvent, AuditHead
from hotline.models.sealed import vault_of


@dataclass(frozen=True, slots=True)
class AuditResult:
    """How many events were walked, and the first that does not fit: its number and why."""

    events: int
    broken_seq: int | None = None
    why: str | None = None


def record(
    session: Session,
    actor_id: uuid.UUID | None,
    kind: str,
    tip_id: uuid.UUID | None = None,
    *,
    now: datetime,
    **detail: Any,
) -> None:
    """Append an event; `detail` takes ids, codes and numbers, never a resident's words.

    Call it after the rows it speaks of are locked: the chain's end is always the last lock taken.
    """
    head = session.get_one(AuditHead, 1, with_for_update=True, populate_existing=True)
    event = AuditEvent(
        seq=head.seq + 1, at=now, actor_id=actor_id, kind=kind, tip_id=tip_id, detail=_plain(detail)
    )
    event.hash = vault_of(session).chain(head.hash, _canonical(event))
    session.add(event)
    head.seq, head.hash = event.seq, event.hash
    session.flush()


def verify(session: Session) -> AuditResult:
    """Walk the whole chain in bounded memory."""
    vault, expected, previous = vault_of(session), 1, b""
    events = select(AuditEvent).order_by(AuditEvent.seq).execution_options(yield_per=1000)
    with closing(session.scalars(events)) as found:  # a server-side cursor does not close itself
        for event in found:
            if event.seq != expected:
                return AuditResult(expected - 1, expected, "this event is missing")
            if event.hash != vault.chain(previous, _canonical(event)):
                return AuditResult(expected - 1, event.seq, "this event was changed")
            expected, previous = expected + 1, event.hash
    head = session.get_one(AuditHead, 1)
    if (head.seq, head.hash) != (expected - 1, previous):
        return AuditResult(expected - 1, expected, "the events from here on were cut off")
    return AuditResult(expected - 1)


def _canonical(event: AuditEvent) -> bytes:
    fields = [
        event.seq,
        event.at.timestamp(),
        str(event.actor_id),
        event.kind,
        str(event.tip_id),
        event.detail,
    ]
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _plain(detail: dict[str, Any]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, uuid.UUID) else value for key, value in detail.items()}
