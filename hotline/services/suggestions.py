"""Which tips may be about the same event: noted for officers to decide, after a tip was read.

Candidates are compared by the index of keyed hashes and by what is in the clear; none of them is opened.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, true
from sqlalchemy.orm import Session

from hotline.models import SearchToken, SuggestedLink, Tip, TipCategory, TipKey, TipPlace
from hotline.models.sealed import vault_of
from hotline.rules import similarity
from hotline.rules.similarity import Likeness, Marks, Shared
from hotline.rules.tagging import NOTHING
from hotline.rules.text import Span
from hotline.services import tips, triage
from hotline.services.matters import later_first

# A province has a few hundred tips in three days. In a storm there may be thousands; the last hour's are enough.
NEAREST = 1000
# Of these, at most so many that share a category, a commune, a spot or the sender are compared word by word.
CANDIDATES = 200
# A page shows the best few; the next ones come up when these are decided.
KEPT = 20


def suggest(session: Session, tip_id: uuid.UUID, window: timedelta, now: datetime) -> int:
    """Note the tips that may be about the same event as this one; how many there are.

    What an officer dismissed stays dismissed; what no longer fits since the tip was read again goes.
    """
    tips.take_turn(session)
    tip = session.get_one(Tip, tip_id)
    found: dict[uuid.UUID, Likeness] = {}
    own = None if tip.is_set_aside else _marks(session, tip)
    if own is not None and own.words:
        _keep_marks(session, tip, own)
        alike = {
            other: similarity.compare(own, shared) for other, shared in _shared(session, tip, own, window)
        }
        best = sorted(alike, key=lambda other: (-alike[other].score, str(other)))[:KEPT]
        found = {other: alike[other] for other in best if alike[other].suggested}
    _note(session, tip, found, now)
    return len(found)


def _marks(session: Session, tip: Tip) -> Marks | None:
    """What the tip is compared by, from its own words; None when they are gone or it was not read yet."""
    if session.get(TipKey, tip.id) is None or tip.triage_version is None:
        return None
    places: dict[str, list[Span]] = defaultdict(list)
    for place in tip.places:
        evidence = (place.detail or {}).get("evidence")
        if evidence and place.in_force:
            places[evidence["source"]].append(Span(evidence["start"], evidence["end"], evidence["text"]))
    entities = tip.entities or {}
    texts = triage.texts(tip)
    many = [similarity.marks(source.text[: triage.READ_MAX], places[source.name], (), ()) for source in texts]
    many.append(similarity.marks("", (), entities.get("plates", ()), entities.get("phones", ())))
    return similarity.joined(many)


def _keep_marks(session: Session, tip: Tip, own: Marks) -> None:
    vault = vault_of(session)
    wanted = {vault.token(mark) for mark in own.stored}
    known = set(
        session.scalars(
            select(SearchToken.token).where(SearchToken.tip_id == tip.id, SearchToken.token.in_(wanted))
        )
    )
    session.add_all(SearchToken(token=token, tip_id=tip.id) for token in sorted(wanted - known))
    session.flush()


def _shared(session: Session, tip: Tip, own: Marks, window: timedelta) -> Iterable[tuple[uuid.UUID, Shared]]:
    """What each candidate has in common with the tip: of those near in time, the ones with anything but words."""
    near = _near(session, tip, window)
    codes, communes = _tags(session, [tip.id, *near])
    spotted = _holding(session, own.spots | own.entities, list(near))
    ids = [
        other
        for other, row in near.items()
        if spotted[other]
        or set(codes[tip.id]) & set(codes[other])
        or communes[tip.id] & communes[other]
        or (row.sender_lookup is not None and row.sender_lookup == tip.sender_lookup)
    ][:CANDIDATES]
    held = _holding(session, own.words.keys() | own.kinds, ids)
    counted = (
        select(SearchToken.tip_id, func.count())
        .where(SearchToken.tip_id.in_(ids))
        .group_by(SearchToken.tip_id)
    )
    sizes: dict[uuid.UUID, int] = dict(session.execute(counted).all())
    for other in ids:
        row = near[other]
        here, there = communes[tip.id], communes[other]
        yield (
            other,
            Shared(
                marks=frozenset(spotted[other] | held[other]),
                size=sizes.get(other, 0),
                first_category=bool(codes[tip.id]) and codes[tip.id][:1] == codes[other][:1],
                any_category=bool(set(codes[tip.id]) & set(codes[other])),
                categorised=bool(codes[tip.id] and codes[other]),
                doubtful=not (tip.is_tip and row.is_tip),
                commune=bool(here & there),
                other_commune=bool(here and there) and not here & there,
                sender=tip.sender_lookup is not None and tip.sender_lookup == row.sender_lookup,
                apart=abs(tip.received_at - row.received_at),
            ),
        )


def _near(session: Session, tip: Tip, window: timedelta) -> dict[uuid.UUID, Row[Any]]:
    """The tips nearest in time that were read and are not linked to this one, nearest first."""
    apart: ColumnElement[bool] = true()
    if tip.matter_id is not None:
        apart = or_(Tip.matter_id.is_(None), Tip.matter_id != tip.matter_id)
    found: list[Any] = []
    for within, order in (
        (and_(Tip.received_at <= tip.received_at, Tip.received_at >= tip.received_at - window),
         Tip.received_at.desc()),
        (and_(Tip.received_at > tip.received_at, Tip.received_at <= tip.received_at + window),
         Tip.received_at.asc()),
    ):  # fmt: skip
        found += session.execute(
            select(Tip.id, Tip.received_at, Tip.sender_lookup, Tip.is_tip)
            .join(TipKey, TipKey.tip_id == Tip.id)
            .where(within, Tip.id != tip.id, Tip.triaged > 0, ~Tip.set_aside(), apart)
            .order_by(order)
            .limit(NEAREST)
        ).all()
    found.sort(key=lambda row: abs(row.received_at - tip.received_at))
    return {row.id: row for row in found[:NEAREST]}


def _holding(session: Session, marks: Iterable[str], ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, set[str]]:
    """Which of these marks each of these tips has."""
    vault = vault_of(session)
    mark_of = {vault.token(mark): mark for mark in marks}
    found: dict[uuid.UUID, set[str]] = defaultdict(set)
    held = select(SearchToken.token, SearchToken.tip_id).where(
        SearchToken.tip_id.in_(ids), SearchToken.token.in_(mark_of)
    )
    for token, other in session.execute(held):
        found[other].add(mark_of[token])
    return found


def _tags(
    session: Session, ids: Sequence[uuid.UUID]
) -> tuple[dict[uuid.UUID, list[str]], dict[uuid.UUID, set[str]]]:
    """(categories in force, most important first, without "other"; communes named) of these tips."""
    codes: dict[uuid.UUID, list[str]] = defaultdict(list)
    ranked = select(TipCategory.tip_id, TipCategory.code).where(
        TipCategory.tip_id.in_(ids), TipCategory.in_force, TipCategory.code != NOTHING
    )
    for tip_id, code in session.execute(ranked.order_by(TipCategory.rank)):
        codes[tip_id].append(code)
    communes: dict[uuid.UUID, set[str]] = defaultdict(set)
    named = select(TipPlace.tip_id, TipPlace.commune_code).where(TipPlace.tip_id.in_(ids), TipPlace.in_force)
    for tip_id, commune in session.execute(named):
        if commune is not None:
            communes[tip_id].add(commune)
    return codes, communes


def _note(session: Session, tip: Tip, found: dict[uuid.UUID, Likeness], now: datetime) -> None:
    """Make the open suggestions of the tip these."""
    mine = or_(SuggestedLink.tip_id == tip.id, SuggestedLink.other_id == tip.id)
    known = {
        row.other_id if row.tip_id == tip.id else row.tip_id: row
        for row in session.scalars(select(SuggestedLink).where(mine))
    }
    for other_id, row in known.items():
        if other_id in found:
            row.score, row.reasons = found[other_id].score, list(found[other_id].reasons)
        elif row.dismissed_at is None and row.tip_id == tip.id:
            session.delete(row)  # a later tip's own suggestion of this one is that tip's to withdraw
    for other_id, likeness in found.items():
        if other_id in known:
            continue
        later, earlier = later_first(tip, session.get_one(Tip, other_id))
        session.add(
            SuggestedLink(
                tip_id=later.id,
                other_id=earlier.id,
                at=now,
                score=likeness.score,
                reasons=list(likeness.reasons),
            )
        )
    session.flush()
