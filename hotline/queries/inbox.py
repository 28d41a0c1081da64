"""The queue of tips: tabs, filters, a page of rows and the counts beside them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, selectinload

from hotline.errors import KeyUnavailable
from hotline.models import Call, Message, Recording, Tip, TipCategory
from hotline.models.message import MessageState
from hotline.queries import sight
from hotline.rules.access import Viewer
from hotline.rules.lifecycle import Status
from hotline.services import transcripts
from hotline.services.triage import OFFICER

PAGE_SIZE = 50
# A line at the desk shows about a hundred letters, two lines on a phone no more than this.
EXCERPT_LETTERS = 180


class Tab(StrEnum):
    """The heaps an officer works from; all but DONE hold open tips only.

    What muted senders told and nobody has is in MUTED and in none of the others.
    """

    MINE = "mine"
    URGENT = "urgent"
    OVERDUE = "overdue"
    UNIT = "unit"
    UNASSIGNED = "unassigned"
    DONE = "done"
    MUTED = "muted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What narrows a tab down; `since` and `until` (exclusive) bound the time of receipt."""

    tab: Tab = Tab.UNIT
    status: str | None = None
    category: str | None = None
    channel: str | None = None
    unit_id: uuid.UUID | None = None
    officer_id: uuid.UUID | None = None
    value: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def narrowed(self) -> bool:
        """Whether anything but the tab is set."""
        return self != Filter(tab=self.tab)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One tip in the queue; `excerpt` is None while nothing was said or it is not written down yet.

    `doubtful` says that triage took it for no tip and no officer has said otherwise; `linked` is how many
    other tips are about the same event.
    """

    id: uuid.UUID
    code: str | None
    channel: str
    received_at: datetime
    due_at: datetime
    status: str
    overdue: bool
    urgent: bool
    unread: bool
    doubtful: bool
    demonstration: bool
    value: str
    outcome: str | None
    categories: tuple[str, ...]
    excerpt: str | None
    recording_state: str | None
    recording_s: float | None
    silent: bool
    unit: str
    officer: str | None
    linked: int


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page of rows, the number of all that match, and the size of every tab."""

    rows: list[Row]
    page: int
    total: int
    counts: dict[Tab, int]

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


def inbox(session: Session, viewer: Viewer, wanted: Filter, page: int, now: datetime) -> InboxPage:
    """A page (from 1) of the tips in sight that match: open urgent ones first, then the newest."""
    matching = and_(sight.tips(viewer), _tab(wanted.tab, viewer, now), *_conditions(wanted))
    total = session.scalar(select(func.count()).select_from(Tip).where(matching)) or 0
    found = InboxPage([], page, total, _counts(session, viewer, now))
    page = min(max(1, page), found.pages)
    return InboxPage(rows(session, matching, now, offset=(page - 1) * PAGE_SIZE), page, total, found.counts)


def overdue(session: Session, viewer: Viewer, now: datetime) -> int:
    """How many open tips in sight are past their time."""
    matching = and_(sight.tips(viewer), _tab(Tab.OVERDUE, viewer, now))
    return session.scalar(select(func.count()).select_from(Tip).where(matching)) or 0


def rows(
    session: Session, matching: ColumnElement[bool], now: datetime, *, offset: int = 0, limit: int = PAGE_SIZE
) -> list[Row]:
    """Rows of the tips that match; `matching` must hold `sight.tips`."""
    pressing = case((and_(Tip.urgent, _wants_somebody()), 0), else_=1)
    tips = session.scalars(
        select(Tip)
        .where(matching)
        .order_by(pressing, Tip.received_at.desc(), Tip.id)
        .offset(offset)
        .limit(limit)
        .options(
            selectinload(Tip.unit),
            selectinload(Tip.officer),
            selectinload(Tip.categories.and_(TipCategory.in_force)),
        )
    ).all()
    ids = [tip.id for tip in tips]
    keys = sight.load_keys(session, ids)
    texts, recordings = _first_texts(session, ids), _recordings(session, ids)
    silent = set(session.scalars(select(Call.tip_id).where(Call.tip_id.in_(ids), Call.silent)))
    sizes = _sizes(session, tips)
    made = [
        _row(tip, texts.get(tip.id), recordings[tip.id], tip.id in silent, sizes.get(tip.matter_id, 1), now)
        for tip in tips
    ]
    del keys
    return made


def doubtful(tip: Tip) -> bool:
    """Whether triage took it for no tip and no officer has said otherwise."""
    corrected = any(category.source == OFFICER for category in tip.categories)
    return not tip.is_tip and tip.status != Status.CLOSED and not corrected


def _row(
    tip: Tip,
    text: Message | None,
    recordings: Sequence[Recording],
    silent: bool,
    event_size: int,
    now: datetime,
) -> Row:
    spoken = next((r for r in recordings if r.transcript_sealed is not None), None)
    last = spoken or (recordings[-1] if recordings else None)
    try:
        code = tip.code
        excerpt = _excerpt(text, spoken)
    except KeyUnavailable:
        # The tip's content was deleted by deleting its key: the row stays, as a stub.
        code = excerpt = None
    return Row(
        id=tip.id,
        code=code,
        channel=tip.channel,
        received_at=tip.received_at,
        due_at=tip.due_at,
        status=tip.status,
        overdue=tip.status != Status.CLOSED and tip.due_at < now,
        urgent=tip.urgent,
        unread=tip.unread,
        doubtful=doubtful(tip),
        demonstration=tip.demonstration,
        value=tip.value,
        outcome=tip.outcome,
        categories=tuple(category.code for category in tip.categories),
        excerpt=excerpt,
        recording_state=last.state if last else None,
        recording_s=last.duration_s or last.announced_s if last else None,
        silent=silent,
        unit=tip.unit.name,
        officer=tip.officer.display_name if tip.officer else None,
        linked=event_size - 1,
    )


def _excerpt(text: Message | None, spoken: Recording | None) -> str | None:
    # What came first: a text added to a voicemail does not say what it is about.
    if text is not None and (spoken is None or text.at <= spoken.created_at):
        words = text.body
    else:
        said = None if spoken is None else transcripts.in_force(spoken)
        words = None if said is None else said.text
    if not words:
        return None
    flat = " ".join(words.split())
    return flat if len(flat) <= EXCERPT_LETTERS else flat[:EXCERPT_LETTERS].rsplit(" ", 1)[0] + "…"


def _sizes(session: Session, tips: Sequence[Tip]) -> dict[uuid.UUID | None, int]:
    """How many tips each event of these has, wherever they lie: a number tells nothing of them."""
    ids = {tip.matter_id for tip in tips if tip.matter_id is not None}
    counted = select(Tip.matter_id, func.count()).where(Tip.matter_id.in_(ids)).group_by(Tip.matter_id)
    return dict(session.execute(counted).all()) if ids else {}


def _first_texts(session: Session, tip_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Message]:
    place = func.row_number().over(partition_by=Message.tip_id, order_by=(Message.at, Message.id))
    ranked = (
        select(Message.id, place.label("place"))
        .where(Message.tip_id.in_(tip_ids), Message.state == MessageState.RECEIVED)
        .subquery()
    )
    first = select(Message).where(Message.id.in_(select(ranked.c.id).where(ranked.c.place == 1)))
    return {message.tip_id: message for message in session.scalars(first)}


def _recordings(session: Session, tip_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Recording]]:
    found: dict[uuid.UUID, list[Recording]] = defaultdict(list)
    for recording in session.scalars(
        select(Recording)
        .where(Recording.tip_id.in_(tip_ids))
        .order_by(Recording.created_at)
        .options(selectinload(Recording.corrections))
    ):
        found[recording.tip_id].append(recording)
    return found


def _tab(tab: Tab, viewer: Viewer, now: datetime) -> ColumnElement[bool]:
    still_open = Tip.status != Status.CLOSED
    match tab:
        case Tab.MINE:
            return and_(_wants_somebody(), Tip.officer_id == viewer.staff_id)
        case Tab.URGENT:
            return and_(_wants_somebody(), Tip.urgent)
        case Tab.OVERDUE:
            return and_(still_open, Tip.due_at < now, ~Tip.set_aside())
        case Tab.UNASSIGNED:
            return and_(still_open, Tip.officer_id.is_(None), ~Tip.set_aside())
        case Tab.DONE:
            return Tip.status == Status.CLOSED
        case Tab.MUTED:
            return Tip.set_aside()
        case Tab.UNIT:
            return and_(_wants_somebody(), ~Tip.set_aside())


def _wants_somebody() -> ColumnElement[bool]:
    """Open tips, and closed ones to which the resident has added something that nobody has read."""
    return or_(Tip.status != Status.CLOSED, Tip.unread)


def _counts(session: Session, viewer: Viewer, now: datetime) -> dict[Tab, int]:
    sums = [func.coalesce(func.sum(case((_tab(tab, viewer, now), 1), else_=0)), 0) for tab in Tab]
    counted = session.execute(select(*sums).where(sight.tips(viewer))).one()
    return dict(zip(Tab, (int(n) for n in counted), strict=True))


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (Tip.status, wanted.status),
        (Tip.channel, wanted.channel),
        (Tip.unit_id, wanted.unit_id),
        (Tip.officer_id, wanted.officer_id),
        (Tip.value, wanted.value),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.category is not None:
        tagged = select(TipCategory.tip_id).where(TipCategory.code == wanted.category, TipCategory.in_force)
        conditions.append(Tip.id.in_(tagged))
    if wanted.since is not None:
        conditions.append(Tip.received_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Tip.received_at < wanted.until)
    return conditions
