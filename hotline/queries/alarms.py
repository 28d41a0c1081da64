"""Urgent tips that wait for somebody: over every page of those who are called, and on the tip's own."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, selectinload

from hotline.errors import KeyUnavailable
from hotline.models import Alarm, Page, Tip
from hotline.models.duty import PageState
from hotline.queries import sight
from hotline.rules.access import Action, Viewer
from hotline.rules.alarm import Step


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm: since when, whether it still waits, and who has the tip (None: nobody, or it was called off)."""

    raised_at: datetime
    waits: bool
    acknowledged_at: datetime | None
    acknowledged_by: str | None


@dataclass(frozen=True, slots=True)
class PagedView:
    """A step that was taken: whom it called, each with whether the text to the telephone failed."""

    at: datetime
    step: int
    people: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Ringing:
    """An alarm as the page of somebody who is called shows it; `everybody` when all steps were in vain."""

    tip_id: uuid.UUID
    code: str | None
    unit: str
    category: str | None
    raised_at: datetime
    everybody: bool


def ringing(session: Session, viewer: Viewer) -> list[Ringing]:
    """The alarms that wait for this viewer, the oldest first.

    A step calls some; what all steps were in vain for is shown to all who see the tip.
    """
    if not viewer.may(Action.WORK_TIPS):
        return []
    me = exists().where(
        Page.tip_id == Alarm.tip_id, Page.staff_id == viewer.staff_id, Page.at >= Alarm.raised_at
    )
    found = session.execute(
        select(Alarm, Tip)
        .join(Tip, Alarm.tip_id == Tip.id)
        .where(Alarm.next_at.is_not(None), sight.tips(viewer), or_(me, Alarm.step > Step.EVERYBODY))
        .order_by(Alarm.raised_at)
        .options(selectinload(Tip.unit), selectinload(Tip.categories))
    ).all()
    keys = sight.load_keys(session, [tip.id for _, tip in found])
    shown = [
        Ringing(
            tip.id,
            _code(tip),
            tip.unit.name,
            next((category.code for category in tip.categories if category.in_force), None),
            alarm.raised_at,
            alarm.step > Step.EVERYBODY,
        )
        for alarm, tip in found
    ]
    del keys
    return shown


def _code(tip: Tip) -> str | None:
    try:
        return tip.code
    except KeyUnavailable:
        return None  # the tip's content was deleted by deleting its key


def alarm_of(session: Session, tip_id: uuid.UUID) -> AlarmView | None:
    """The tip's alarm, once there was one; for a tip that the viewer was found to see."""
    alarm = session.scalar(
        select(Alarm)
        .where(Alarm.tip_id == tip_id)
        .options(selectinload(Alarm.acknowledged_by))
        .execution_options(populate_existing=True)
    )
    if alarm is None:
        return None
    by = alarm.acknowledged_by
    return AlarmView(
        alarm.raised_at, alarm.next_at is not None, alarm.acknowledged_at, by.display_name if by else None
    )


def paged(session: Session, tip_id: uuid.UUID) -> list[PagedView]:
    """The steps that were taken, in order; for a tip that the viewer was found to see."""
    pages = session.scalars(
        select(Page)
        .where(Page.tip_id == tip_id)
        .order_by(Page.at, Page.step)
        .options(selectinload(Page.staff))
    ).all()
    return [
        PagedView(
            at,
            step,
            tuple(sorted((page.staff.display_name, page.state == PageState.FAILED) for page in together)),
        )
        for (at, step), together in groupby(pages, key=lambda page: (page.at, page.step))
    ]
