"""What a viewer sees: the one condition that every query of tips, units and staff carries."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from hotline.errors import NotAllowed
from hotline.models import Tip, TipKey, Unit
from hotline.rules.access import Action, Viewer


def require(viewer: Viewer, action: Action) -> None:
    """Raise NotAllowed unless the viewer's role permits the action."""
    if not viewer.may(action):
        raise NotAllowed("Vai trò của bạn không được xem mục này. Hãy hỏi chỉ huy đơn vị.")


def units(viewer: Viewer) -> Select[uuid.UUID]:
    """Ids of the units in sight."""
    return select(Unit.id).where(Unit.in_sight(viewer))


def tips(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on Tip; raises NotAllowed for a role that reads no tips."""
    require(viewer, Action.READ_TIPS)
    return Tip.unit_id.in_(units(viewer))


def load_keys(session: Session, tip_ids: Iterable[uuid.UUID]) -> list[TipKey]:
    """Fetch the keys of many tips at once; hold on to the list while their rows are opened."""
    return list(session.scalars(select(TipKey).where(TipKey.tip_id.in_(list(tip_ids)))))
