"""Reading a tip: tags, urgency, places and words to search by, then the unit and officer it goes to."""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from hotline.models import Assignment, SearchToken, Staff, Tip, TipCategory, TipPlace, Unit, UnitArea
from hotline.models.sealed import vault_of
from hotline.rules import triage as rules
from hotline.rules.access import Role
from hotline.rules.assignment import Choice, OfficerFacts, UnitFacts, choose
from hotline.rules.gazetteer import COMMUNE
from hotline.rules.lifecycle import Status
from hotline.rules.places import Place
from hotline.rules.text import Span, search_words
from hotline.services import audit

log = structlog.get_logger()

MACHINE, OFFICER = "machine", "officer"
# Ten of the longest texts, or a quarter of an hour of speech: what a tip is about is said by then.
READ_MAX = 16_000
# Who takes a unit's tips: its officers; where a post has none, whoever else is there.
TURNS = (Role.OFFICER, Role.DUTY, Role.LEADER, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Source:
    """A text of the tip: "message:<id>" or "recording:<id>", and what it says."""

    name: str
    text: str


def run(
    session: Session, tip_id: uuid.UUID, now: datetime, read: Callable[..., rules.Triage] = rules.triage
) -> bool:
    """Triage a tip whose text has changed since the last time; False when there was nothing to do.

    `read` is what understands a text; should it raise, the tip still goes to an officer.
    """
    tip = session.get_one(Tip, tip_id, with_for_update=True)
    sources = texts(tip)
    if tip.triaged >= tip.triage_wanted:
        return False
    tip.triaged = tip.triage_wanted
    if not any(source.text.strip() for source in sources):
        return False
    text = "\n".join(source.text for source in sources)[:READ_MAX]
    try:
        found = read(text, near=_home_communes(session))
    except Exception as error:
        # Whatever a text does to the rules, its tip must reach an officer, and the next text must be read.
        log.error("triage_failed", tip_id=str(tip.id), version=rules.version(), error=type(error).__name__)
        audit.record(session, None, "triage_failed", tip.id, now=now, version=rules.version())
        _assign_if_new(session, tip, (), now, because="triage_failed")
        return True
    locate = _Locator(sources)
    tip.triage_version = rules.version()
    tip.is_tip, tip.secrecy_requested = found.is_tip, tip.secrecy_requested or found.secrecy_requested
    if not tip.urgent_by_officer:
        tip.urgent = found.urgent
        tip.urgent_evidence = [
            locate(reason.span) | {"reason": reason.kind} for reason in found.urgent_evidence
        ]
    tip.entities = found.to_dict()["entities"]
    _set_categories(session, tip, found, locate)
    _set_places(session, tip, found, locate)
    index(session, tip, (source.text for source in sources))
    session.flush()
    audit.record(
        session, None, "tip_triaged", tip.id, now=now, version=rules.version(), urgent=tip.urgent,
        categories=[category.code for category in found.categories],
    )  # fmt: skip
    _assign_if_new(session, tip, found.places, now)
    return True


def texts(tip: Tip) -> list[Source]:
    """What the resident wrote and said, in the order it came."""
    written = [(m.at, Source(f"message:{m.id}", m.body or "")) for m in tip.messages if m.inbound]
    spoken = [
        (r.created_at, Source(f"recording:{r.id}", r.transcript["text"]))
        for r in tip.recordings
        if r.transcript_sealed is not None
    ]
    return [source for _, source in sorted(written + spoken, key=lambda pair: pair[0])]


def index(session: Session, tip: Tip, contents: Iterable[str]) -> None:
    """Make a tip findable by the words of these texts, as written and without diacritics."""
    vault, tokens = vault_of(session), set()
    for text in contents:
        accented, folded = search_words(text)
        tokens |= {vault.token("a:" + word) for word in accented}
        tokens |= {vault.token("f:" + word) for word in folded}
    known = set(session.scalars(select(SearchToken.token).where(SearchToken.tip_id == tip.id)))
    session.add_all(SearchToken(token=token, tip_id=tip.id) for token in sorted(tokens - known))


def assign(session: Session, tip: Tip, choice: Choice, by_id: uuid.UUID | None, now: datetime) -> None:
    """Give the tip to a unit and, where one was chosen, an officer; the reason is kept."""
    tip.unit_id, tip.officer_id = choice.unit_id, choice.officer_id
    if tip.status in (Status.NEW, Status.ASSIGNED):
        tip.status = Status.NEW if choice.officer_id is None else Status.ASSIGNED
    session.add(
        Assignment(
            tip_id=tip.id,
            at=now,
            unit_id=choice.unit_id,
            officer_id=choice.officer_id,
            by_id=by_id,
            reason=choice.reason,
        )
    )
    session.flush()
    audit.record(
        session, by_id, "tip_assigned", tip.id, now=now, unit_id=choice.unit_id,
        officer_id=choice.officer_id, reason=choice.reason["code"],
    )  # fmt: skip


def hand_back(session: Session, tip: Tip, by_id: uuid.UUID | None, now: datetime) -> None:
    """Take the tip off its officer's desk; the unit has it again, new."""
    tip.status = Status.NEW
    assign(session, tip, Choice(tip.unit_id, None, {"code": "handed_back"}), by_id, now)


def open_tips(session: Session, unit_ids: Sequence[uuid.UUID]) -> list[OfficerFacts]:
    """The active people of these units who can take tips, with how many each has open."""
    rows = session.execute(
        select(Staff.id, Staff.unit_id, Staff.role, func.count(Tip.id))
        .outerjoin(Tip, (Tip.officer_id == Staff.id) & (Tip.status != Status.CLOSED))
        .where(Staff.unit_id.in_(unit_ids), Staff.active, Staff.role.in_(TURNS))
        .group_by(Staff.id, Staff.unit_id, Staff.role)
    )
    return [OfficerFacts(who, unit, count, TURNS.index(Role(role))) for who, unit, role, count in rows]


def waiting(session: Session, limit: int) -> Sequence[uuid.UUID]:
    """Tips whose text changed and was not read yet."""
    return session.scalars(select(Tip.id).where(Tip.triaged < Tip.triage_wanted).limit(limit)).all()


class _Locator:
    """Turns a span of the joined text into one of the text it came from."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._starts = [0]
        for source in sources[:-1]:
            self._starts.append(self._starts[-1] + len(source.text) + 1)

    def __call__(self, span: Span) -> dict[str, Any]:
        at = bisect_right(self._starts, span.start) - 1
        offset = self._starts[at]
        return {
            "text": span.text,
            "source": self._sources[at].name,
            "start": span.start - offset,
            "end": span.end - offset,
        }


def _set_categories(session: Session, tip: Tip, found: rules.Triage, locate: _Locator) -> None:
    corrected = any(category.source == OFFICER for category in tip.categories)
    tip.categories = [category for category in tip.categories if category.source == OFFICER]
    session.flush()
    for rank, category in enumerate(found.categories):
        row = TipCategory(
            id=uuid.uuid4(), tip_id=tip.id, code=category.code, rank=rank, score=category.score, source=MACHINE,
            in_force=not corrected,
        )  # fmt: skip
        tip.categories.append(row)
        session.flush()
        row.evidence = [locate(span) for span in category.evidence]


def _set_places(session: Session, tip: Tip, found: rules.Triage, locate: _Locator) -> None:
    tip.places = []
    session.flush()
    for rank, (place, shown) in enumerate(zip(found.places, found.to_dict()["places"], strict=True)):
        row = TipPlace(
            id=uuid.uuid4(), tip_id=tip.id, rank=rank,
            commune_code=place.candidates[0].code if place.candidates else None,
        )  # fmt: skip
        tip.places.append(row)
        session.flush()
        row.detail = {
            **shown,
            "evidence": locate(Span(place.start, place.end, place.mention)),
        }


def _assign_if_new(
    session: Session, tip: Tip, places: Sequence[Place], now: datetime, because: str | None = None
) -> None:
    if tip.status != Status.NEW or tip.officer_id is not None:
        return
    units = [
        UnitFacts(unit.id, frozenset(area.commune_code for area in unit.areas), unit.is_duty)
        for unit in session.scalars(select(Unit).order_by(Unit.path).options(selectinload(Unit.areas)))
    ]
    # A district's or province's name says too little to choose one of its communes by.
    exact = [place for place in places if place.level == COMMUNE]
    candidates = [[commune.code for commune in place.candidates] for place in exact]
    choice = choose(candidates, units, open_tips(session, [unit.id for unit in units]))
    if because is not None:
        choice = replace(choice, reason=choice.reason | {"code": because})
    last = tip.assignments[-1].reason if tip.assignments else None
    if choice.officer_id is not None or choice.unit_id != tip.unit_id or last != choice.reason:
        assign(session, tip, choice, None, now)


def _home_communes(session: Session) -> frozenset[str]:
    return frozenset(session.scalars(select(UnitArea.commune_code)))
