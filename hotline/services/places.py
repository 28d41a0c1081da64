"""The places of a tip: what the machine read, what officers said of it, and which of both is in force.

An officer's row stands beside the machine's row of the same words and takes its rank. It names one commune; with
none, and not in force, it says that the words name no place. A place that an officer added has no words of the tip.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from hotline.models import Tip, TipPlace
from hotline.models.tip import MACHINE, OFFICER
from hotline.rules.gazetteer import COMMUNE, Commune, gazetteer
from hotline.rules.places import Place


def store(session: Session, tip: Tip, read: Sequence[dict[str, Any]]) -> None:
    """Make these the machine's places; what officers said stays, and stands against those of the same words.

    Each is the JSON of a place with "evidence", its span in one of the tip's texts.
    """
    said = [row for row in tip.places if row.source == OFFICER]
    tip.places = said
    session.flush()
    for rank, detail in enumerate(read):
        answers = [row for row in said if _same_words(row.detail, detail)]
        for row in answers:
            row.rank = rank
        add(session, tip, rank, detail, MACHINE, in_force=not answers)


def add(
    session: Session, tip: Tip, rank: int, detail: dict[str, Any], source: str, *, in_force: bool
) -> TipPlace:
    """A further row; its commune is the first of the candidates."""
    candidates = detail["candidates"]
    row = TipPlace(
        id=uuid.uuid4(), tip_id=tip.id, rank=rank, source=source, in_force=in_force,
        commune_code=candidates[0]["commune_code"] if candidates else None,
    )  # fmt: skip
    tip.places.append(row)
    session.flush()
    row.detail = detail
    return row


def ranked(tip: Tip) -> list[TipPlace]:
    """All rows in reading order, the machine's before what was said of it."""
    return sorted(tip.places, key=lambda row: (row.rank, row.source))


def in_force(tip: Tip) -> list[Place]:
    """The places that hold, as the rules of assignment take them."""
    return [_place(row.detail) for row in ranked(tip) if row.in_force and row.detail_sealed is not None]


def of_the_machine(tip: Tip, row: TipPlace) -> TipPlace | None:
    """The machine's row of the same words, which may be the row itself; None for an added place."""
    machine = (other for other in tip.places if other.source == MACHINE)
    return next((other for other in machine if other is row or _same_words(other.detail, row.detail)), None)


def of_an_officer(tip: Tip, row: TipPlace) -> TipPlace | None:
    """The officer's row of the same words, which may be the row itself."""
    officers = (other for other in tip.places if other.source == OFFICER)
    return next((other for other in officers if other is row or _same_words(other.detail, row.detail)), None)


def _same_words(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two mentions share words of one text; one that was added shares none."""
    mine, theirs = one.get("evidence"), other.get("evidence")
    if mine is None or theirs is None or mine["source"] != theirs["source"]:
        return False
    return bool(mine["start"] < theirs["end"] and theirs["start"] < mine["end"])


def _place(detail: dict[str, Any]) -> Place:
    known = communes()
    codes = [candidate["commune_code"] for candidate in detail["candidates"]]
    return Place(
        mention=detail["mention"],
        start=detail.get("start", 0),
        end=detail.get("end", 0),
        candidates=tuple(known[code] for code in codes if code in known),
        old_unit=detail.get("old_unit"),
        level=detail.get("level", COMMUNE),
        province=detail.get("province"),
    )


@cache
def communes() -> dict[str, Commune]:
    """Every current commune by its code."""
    return {commune.code: commune for commune in gazetteer().communes}
