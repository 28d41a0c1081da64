"""What a tip's page says of its categories, urgency and places: whose word each is, and what else it may be."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from hotline.models import Tip, TipCategory, TipPlace, Unit
from hotline.models.tip import MACHINE, OFFICER
from hotline.rules.access import Action, Viewer
from hotline.rules.classifier import NO_TIP_OTHER
from hotline.rules.taxonomy import categories
from hotline.rules.triage import prepare, read
from hotline.services import place_corrections, places, triage

URGENT = "urgent"
TAG = "tag"
PLACE = "place"
# What else a tip may be about: as many as one sees at a glance, none that is all but excluded.
LIKELY, LEAST_LIKELY = 4, 0.02
# What a tip is about is said by then, and a page does not wait for a transcript of ten minutes.
LOOKED_AT = 1_600


@dataclass(frozen=True, slots=True)
class Mark:
    """Evidence in a text: characters from `start` to `end`, and what they speak for."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class CategoryView:
    """A category, whose word it is ("machine" or "officer"), and the words that speak for it."""

    code: str
    source: str
    score: float
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """A place of the tip: its words verbatim, and the communes they may be, as codes, the likeliest first.

    `commune` is the one that holds. With `said` that is an officer's word and `machine` what the machine had taken;
    said without a commune, the words name no place. `added` has no words of the tip.
    """

    id: uuid.UUID
    mention: str
    candidates: tuple[str, ...]
    commune: str | None
    said: bool
    machine: str | None
    added: bool
    old_unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsView:
    """The categories and places that hold, with what the machine had said where an officer says otherwise.

    `likely` are further codes, the likeliest first. `proposed` is the unit that the corrected tip should go to, with
    the rules' reason, for whom may send it there.
    """

    categories: tuple[CategoryView, ...]
    machine_categories: tuple[CategoryView, ...]
    likely: tuple[str, ...]
    urgent_by_officer: bool
    machine_urgent: bool | None
    urgent_evidence: tuple[str, ...]
    places: tuple[PlaceView, ...]
    proposed: tuple[str, dict[str, Any]] | None

    @property
    def corrected(self) -> bool:
        """Whether the categories are an officer's."""
        return any(category.source == OFFICER for category in self.categories)

    @property
    def named(self) -> tuple[PlaceView, ...]:
        """The places without those that an officer found to be none."""
        return tuple(place for place in self.places if place.commune is not None or not place.said)


def of_tip(session: Session, viewer: Viewer, tip: Tip) -> TagsView:
    """What the page of a tip in sight shows; what could be changed only for those who may."""
    works = viewer.may(Action.WORK_TIPS)
    held = [_category(row) for row in tip.categories if row.in_force]
    said = any(category.source == OFFICER for category in held)
    machine = [_category(row) for row in tip.categories if row.source == MACHINE]
    shown = [row for row in places.ranked(tip) if row.source == OFFICER or row.in_force]
    known = {category.code for category in held}
    return TagsView(
        categories=tuple(held),
        machine_categories=tuple(machine) if said else (),
        likely=tuple(code for code in likely(tip) if code not in known)[:LIKELY] if works else (),
        urgent_by_officer=tip.urgent_by_officer,
        machine_urgent=tip.machine_urgent,
        urgent_evidence=texts(tip.urgent_evidence),
        places=tuple(_place(tip, row) for row in shown),
        proposed=_proposed(session, viewer, tip) if works else None,
    )


def likely(tip: Tip) -> tuple[str, ...]:
    """Categories the tip may be about: the machine's, then what its words speak for, the likeliest first."""
    named = [row.code for row in tip.categories if row.source == MACHINE]
    text = "\n".join(source.text for source in triage.texts(tip))[:LOOKED_AT]
    if text.strip():
        shares = read(*prepare(text)).scores.confidence()
        ranked = sorted(shares, key=lambda code: (-shares[code], code))
        named += [code for code in ranked if shares[code] >= LEAST_LIKELY and code != NO_TIP_OTHER]
    return tuple(dict.fromkeys(named))


def others(shown: TagsView) -> list[str]:
    """All further categories in the order of the taxonomy."""
    known = {category.code for category in shown.categories}
    return [info.code for info in categories() if info.code not in known]


def marks(tip: Tip) -> dict[str, tuple[Mark, ...]]:
    """Evidence by source ("message:<id>", "recording:<id>"), in reading order."""
    found: dict[str, list[Mark]] = {}
    spans: list[tuple[str, dict[str, Any]]] = [(URGENT, span) for span in tip.urgent_evidence or ()]
    spans += [(TAG, span) for c in tip.categories if c.in_force for span in c.evidence or ()]
    spans += [
        (PLACE, p.detail["evidence"]) for p in tip.places if p.in_force and "evidence" in (p.detail or {})
    ]
    for kind, span in spans:
        found.setdefault(span["source"], []).append(Mark(span["start"], span["end"], kind))
    return {source: tuple(sorted(of, key=lambda m: (m.start, m.end))) for source, of in found.items()}


def texts(spans: Iterable[dict[str, Any]] | None) -> tuple[str, ...]:
    """The words of evidence, each once."""
    return tuple(dict.fromkeys(span["text"] for span in spans or ()))


def _category(row: TipCategory) -> CategoryView:
    return CategoryView(row.code, row.source, row.score, texts(row.evidence))


def _place(tip: Tip, row: TipPlace) -> PlaceView:
    machine = places.of_the_machine(tip, row)
    detail = row.detail if machine is None else machine.detail
    return PlaceView(
        id=row.id,
        mention=detail["mention"],
        candidates=_codes(detail["candidates"]),
        commune=row.commune_code if row.in_force else None,
        said=row.source == OFFICER,
        machine=None if machine is None else machine.commune_code,
        added="evidence" not in row.detail,
        old_unit=detail.get("old_unit"),
    )


def _codes(candidates: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(candidate["commune_code"] for candidate in candidates)


def _proposed(session: Session, viewer: Viewer, tip: Tip) -> tuple[str, dict[str, Any]] | None:
    choice = place_corrections.proposal(session, tip) if place_corrections.may_reassign(viewer, tip) else None
    return None if choice is None else (session.get_one(Unit, choice.unit_id).name, choice.reason)
