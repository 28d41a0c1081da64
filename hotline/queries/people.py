"""Units and members of staff in sight, and who is signed in."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from hotline.models import Staff, Tip, Unit
from hotline.queries import sight
from hotline.rules.access import Viewer
from hotline.rules.lifecycle import Status


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit with its depth in the tree (0 at the viewer's own), its communes and provinces, and its categories."""

    id: uuid.UUID
    code: str
    name: str
    depth: int
    is_duty: bool
    communes: tuple[str, ...]
    provinces: tuple[str, ...]
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of staff and how many tips lie on the desk."""

    id: uuid.UUID
    username: str
    display_name: str
    role: str
    unit_id: uuid.UUID
    unit: str
    active: bool
    must_change_password: bool
    last_login_at: datetime | None
    open_tips: int


def units_in_sight(session: Session, viewer: Viewer) -> list[UnitView]:
    """The viewer's unit and everything below it, as a tree read from the top."""
    found = session.scalars(
        select(Unit)
        .where(Unit.in_sight(viewer))
        .order_by(Unit.path)
        .options(selectinload(Unit.areas), selectinload(Unit.provinces), selectinload(Unit.categories))
    ).all()
    top = viewer.scope.count("/")
    return [
        UnitView(
            unit.id,
            unit.code,
            unit.name,
            unit.path.count("/") - top,
            unit.is_duty,
            tuple(sorted(area.commune_code for area in unit.areas)),
            tuple(sorted(area.province_code for area in unit.provinces)),
            tuple(sorted(listed.category for listed in unit.categories)),
        )
        for unit in found
    ]


def staff_in_sight(session: Session, viewer: Viewer, *, active_only: bool = False) -> list[StaffView]:
    """The people of the units in sight, by unit and name."""
    load = (
        select(Tip.officer_id, func.count().label("open"))
        .where(Tip.status != Status.CLOSED)
        .group_by(Tip.officer_id)
        .subquery()
    )
    query = (
        select(Staff, func.coalesce(load.c.open, 0))
        .join(Unit, Staff.unit_id == Unit.id)
        .outerjoin(load, load.c.officer_id == Staff.id)
        .where(Staff.unit_id.in_(sight.units(viewer)))
        .order_by(Staff.active.desc(), Unit.path, Staff.display_name)
        .options(selectinload(Staff.unit))
    )
    if active_only:
        query = query.where(Staff.active)
    return [
        StaffView(
            person.id,
            person.username,
            person.display_name,
            person.role,
            person.unit_id,
            person.unit.name,
            person.active,
            person.must_change_password,
            person.last_login_at,
            open_tips,
        )
        for person, open_tips in session.execute(query)
    ]
