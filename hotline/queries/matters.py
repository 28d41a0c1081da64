"""What a tip's page shows of its event: the tips linked to it, and those that the rules suggest."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, selectinload

from hotline.errors import NotFound
from hotline.models import SuggestedLink, Tip, TipCategory, TipKey, Unit
from hotline.queries import sight
from hotline.rules.access import Action, Viewer

# So many suggestions are read; the next ones come up when these are decided.
SHOWN = 4


@dataclass(frozen=True, slots=True)
class Alike:
    """Another tip; `reasons` say why it is suggested, none when an officer linked it, `of_event` how many go with it."""

    id: uuid.UUID
    code: str
    received_at: datetime
    status: str
    urgent: bool
    categories: tuple[str, ...]
    communes: tuple[str, ...]
    unit: str
    officer: str | None
    leads: bool
    reasons: tuple[str, ...] = ()
    of_event: int = 1


@dataclass(frozen=True, slots=True)
class Related:
    """Tips of the same event and tips like it; those out of sight are only counted."""

    linked: tuple[Alike, ...]
    linked_elsewhere: int
    suggested: tuple[Alike, ...]
    more_suggested: int
    suggested_elsewhere: int


def related(session: Session, viewer: Viewer, tip_id: uuid.UUID) -> Related:
    """What belongs to a tip in sight, and what may; raises NotFound otherwise."""
    tip = session.scalar(select(Tip).where(Tip.id == tip_id, sight.tips(viewer)))
    if tip is None:
        raise NotFound("Không có tin này trong các đơn vị của bạn.")
    linked = (
        []
        if tip.matter_id is None
        else _read(session, and_(Tip.matter_id == tip.matter_id, Tip.id != tip.id))
    )
    rows = session.scalars(
        select(SuggestedLink)
        .where(
            or_(SuggestedLink.tip_id == tip.id, SuggestedLink.other_id == tip.id),
            SuggestedLink.dismissed_at.is_(None),
        )
        .order_by(SuggestedLink.score.desc())
    ).all()
    suggestions = {row.other_id if row.tip_id == tip.id else row.tip_id: row for row in rows}
    others = {other.id: other for other in _read(session, Tip.id.in_(suggestions))}
    best: dict[uuid.UUID, list[Tip]] = {}
    for other_id in suggestions:
        other = others.get(other_id)
        if other is not None and (other.matter_id is None or other.matter_id != tip.matter_id):
            best.setdefault(other.matter_id or other.id, []).append(other)
    # Of the tips of one event the likest that the viewer sees stands for all.
    seen = [next((one for one in group if one.unit.seen_by(viewer)), None) for group in best.values()]
    in_sight = [other for other in linked if other.unit.seen_by(viewer)]
    keys = sight.load_keys(session, [one.id for one in (*in_sight, *seen) if one is not None])
    shown = [
        _alike(one, _reasons(viewer, suggestions[one.id]), len(group))
        for one, group in zip(seen, best.values(), strict=True)
        if one is not None
    ]
    alike = tuple(_alike(other) for other in in_sight)
    del keys
    return Related(
        linked=alike,
        linked_elsewhere=len(linked) - len(in_sight),
        suggested=tuple(shown[:SHOWN]),
        more_suggested=max(0, len(shown) - SHOWN),
        suggested_elsewhere=seen.count(None),
    )


def _reasons(viewer: Viewer, row: SuggestedLink) -> tuple[str, ...]:
    """Who wrote before is the leaders' to know, as in the search: it tells what one person reported."""
    return tuple(why for why in row.reasons if why != "sender" or viewer.may(Action.ASSIGN))


def _read(session: Session, condition: ColumnElement[bool]) -> Sequence[Tip]:
    """Tips whose content was not destroyed, oldest first."""
    return session.scalars(
        select(Tip)
        .join(Unit, Tip.unit_id == Unit.id)
        .where(condition, exists().where(TipKey.tip_id == Tip.id))
        .order_by(Tip.received_at, Tip.id)
        .options(
            selectinload(Tip.unit),
            selectinload(Tip.officer),
            selectinload(Tip.categories.and_(TipCategory.in_force)),
            selectinload(Tip.places),
        )
    ).all()


def _alike(tip: Tip, reasons: tuple[str, ...] = (), of_event: int = 1) -> Alike:
    communes = [place.commune_code for place in tip.places if place.in_force and place.commune_code]
    return Alike(
        id=tip.id,
        code=tip.code or "",
        received_at=tip.received_at,
        status=tip.status,
        urgent=tip.urgent,
        categories=tuple(category.code for category in tip.categories if category.in_force),
        communes=tuple(dict.fromkeys(communes)),
        unit=tip.unit.name,
        officer=tip.officer.display_name if tip.officer else None,
        leads=tip.leads_matter,
        reasons=reasons,
        of_event=of_event,
    )
