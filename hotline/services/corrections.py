"""Officers put right what the machine read of a tip: its categories and its urgency.

Both words are kept. The machine's rows stay beside the officer's and go on being the machine's: a later reading
renews them and never touches an officer's. Every correction, and every taking back of one, is a row of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from hotline.errors import InvalidChange
from hotline.models import Correction, Tip, TipCategory
from hotline.models.tip import MACHINE, OFFICER
from hotline.rules.access import Action, Viewer
from hotline.rules.lifecycle import Status
from hotline.rules.tagging import MOST, NOTHING
from hotline.rules.taxonomy import categories
from hotline.services import alarms, audit, tips


class What(StrEnum):
    """What was corrected."""

    CATEGORIES = "categories"
    URGENT = "urgent"
    PLACE = "place"


class Change(StrEnum):
    """What one click does to a category: it is wrong, it belongs beside the others, it comes first."""

    WRONG = "wrong"
    ADD = "add"
    FIRST = "first"


def change_category(
    session: Session, viewer: Viewer, tip_id: uuid.UUID, change: Change, code: str, now: datetime
) -> None:
    """Put one category of a tip right; the second of two clicks changes nothing.

    A tip whose only category is wrong is left with "other": that somebody looked must not be lost.
    """
    tip = _workable(session, viewer, tip_id)
    found = _in_force(tip)
    rest = [other for other in found if other != code]
    match change:
        case Change.WRONG:
            wanted = rest or [NOTHING]
        case Change.ADD:
            wanted = found if code in found else [*(other for other in found if other != NOTHING), code]
        case Change.FIRST:
            wanted = [code, *(other for other in rest if other != NOTHING)]
    if change is Change.ADD and len(wanted) > MOST:
        raise InvalidChange("Mỗi tin có nhiều nhất %(most)s loại. Hãy bỏ một loại trước.", most=MOST)
    if wanted != found:
        _set_categories(session, viewer, tip, wanted[:MOST], now)


def correct_categories(
    session: Session, viewer: Viewer, tip_id: uuid.UUID, codes: Sequence[str], now: datetime
) -> None:
    """Put the officer's categories in force, most important first; the machine's are kept beside them."""
    _set_categories(session, viewer, _workable(session, viewer, tip_id), list(dict.fromkeys(codes)), now)


def categories_as_machine(session: Session, viewer: Viewer, tip_id: uuid.UUID, now: datetime) -> None:
    """Take a correction of the categories back: the machine's are in force again."""
    tip = _workable(session, viewer, tip_id)
    said = [row for row in tip.categories if row.source == OFFICER]
    if not said or len(said) == len(tip.categories):
        return  # nothing was said, or the machine has nothing to put in its place
    for row in said:
        tip.categories.remove(row)
    for row in tip.categories:
        row.in_force = True
    machine = {"codes": _codes(tip, MACHINE)}
    note(session, viewer, tip, What.CATEGORIES, machine, machine | {"undone": True}, now)
    audit.record(session, viewer.staff_id, "correction_undone", tip.id, now=now, what=What.CATEGORIES)


def set_urgent(session: Session, viewer: Viewer, tip_id: uuid.UUID, urgent: bool, now: datetime) -> None:
    """Say whether the tip is urgent; the officer's word stands against later triage."""
    tip = _workable(session, viewer, tip_id)
    if tip.urgent_by_officer and tip.urgent == urgent:
        return
    was_urgent = tip.urgent
    tip.urgent, tip.urgent_by_officer = urgent, True
    note(session, viewer, tip, What.URGENT, {"urgent": tip.machine_urgent}, {"urgent": urgent}, now)
    audit.record(session, viewer.staff_id, "urgency_set", tip.id, now=now, urgent=urgent)
    _ring(session, viewer, tip, was_urgent, now)


def urgency_as_machine(session: Session, viewer: Viewer, tip_id: uuid.UUID, now: datetime) -> None:
    """Take an officer's word on urgency back; nothing changes where the machine never said anything."""
    tip = _workable(session, viewer, tip_id)
    if not tip.urgent_by_officer or tip.machine_urgent is None:
        return
    was_urgent = tip.urgent
    tip.urgent, tip.urgent_by_officer = tip.machine_urgent, False
    machine = {"urgent": tip.machine_urgent}
    note(session, viewer, tip, What.URGENT, machine, machine | {"undone": True}, now)
    audit.record(session, viewer.staff_id, "correction_undone", tip.id, now=now, what=What.URGENT)
    _ring(session, viewer, tip, was_urgent, now)


def note(
    session: Session, viewer: Viewer, tip: Tip, what: What, machine: dict[str, Any], officer: dict[str, Any],
    now: datetime,
) -> None:  # fmt: skip
    """Keep what the machine said beside what the officer says, both in codes."""
    session.add(
        Correction(
            tip_id=tip.id, at=now, by_id=viewer.staff_id, what=what, machine=machine, officer=officer,
            version=tip.triage_version,
        )
    )  # fmt: skip
    session.flush()


def _set_categories(session: Session, viewer: Viewer, tip: Tip, wanted: list[str], now: datetime) -> None:
    if not wanted or not set(wanted) <= {category.code for category in categories()}:
        raise InvalidChange("Hãy chọn ít nhất một loại trong danh mục.")
    if wanted == _codes(tip, OFFICER):
        return  # the button was pressed twice, or what stands there was sent again
    for row in [row for row in tip.categories if row.source == OFFICER]:
        tip.categories.remove(row)
    for row in tip.categories:
        row.in_force = False
    tip.categories.extend(
        TipCategory(
            id=uuid.uuid4(), tip_id=tip.id, code=code, rank=rank, score=1.0, source=OFFICER, in_force=True
        )
        for rank, code in enumerate(wanted)
    )  # fmt: skip
    session.flush()
    machine = {"codes": _codes(tip, MACHINE)}
    note(session, viewer, tip, What.CATEGORIES, machine, {"codes": wanted}, now)
    audit.record(session, viewer.staff_id, "categories_corrected", tip.id, now=now, categories=wanted)


def _in_force(tip: Tip) -> list[str]:
    return _codes(tip, OFFICER) or _codes(tip, MACHINE)


def _codes(tip: Tip, source: str) -> list[str]:
    return [row.code for row in sorted(tip.categories, key=lambda row: row.rank) if row.source == source]


def _ring(session: Session, viewer: Viewer, tip: Tip, was_urgent: bool, now: datetime) -> None:
    # Who verifies a tip and finds it urgent has it already.
    if not (tip.urgent and tip.status == Status.VERIFYING and tip.officer_id == viewer.staff_id):
        alarms.follow(session, tip, was_urgent, now)


def _workable(session: Session, viewer: Viewer, tip_id: uuid.UUID) -> Tip:
    return tips.visible(session, viewer, tip_id, Action.WORK_TIPS)
