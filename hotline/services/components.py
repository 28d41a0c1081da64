"""What the parts of the system say of themselves, kept where every process can read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from hotline.models import ComponentState

SPEECH = "speech"
# A part reports at least every 30 s; after four silent rounds it is taken for gone.
STALE_AFTER = timedelta(minutes=2)
NOT_RUNNING = "not-running"


@dataclass(frozen=True, slots=True)
class Component:
    """A part's state ("ready", "model-missing", ..., or "not-running" when it has fallen silent)."""

    state: str
    detail: dict[str, Any]

    @property
    def ready(self) -> bool:
        """Whether it can do its work."""
        return self.state == "ready"


def report(session: Session, name: str, state: str, now: datetime, **detail: Any) -> None:
    """Say what state a part is in; repeated as a sign of life."""
    row = session.get(ComponentState, name, with_for_update=True)
    if row is None:
        session.add(ComponentState(name=name, at=now, state=state, detail=detail))
    else:
        row.at, row.state, row.detail = now, state, detail
    session.flush()


def state(session: Session, name: str, now: datetime) -> Component:
    """What a part last said, unless that was too long ago."""
    row = session.get(ComponentState, name)
    if row is None or row.at < now - STALE_AFTER:
        return Component(NOT_RUNNING, {} if row is None else row.detail)
    return Component(row.state, row.detail)
