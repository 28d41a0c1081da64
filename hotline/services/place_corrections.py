"""Officers put right where a tip happened, and have it given anew by the place that now holds."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.errors import Conflict, InvalidChange, NotAllowed
from hotline.models import Correction, Tip, TipPlace, Unit, UnitArea, UnitProvince
from hotline.models.tip import OFFICER
from hotline.rules.access import Action, Viewer
from hotline.rules.assignment import Choice
from hotline.rules.gazetteer import COMMUNE, Commune, gazetteer, place_key
from hotline.rules.lifecycle import Status
from hotline.rules.places import find_places
from hotline.rules.text import fold, parse
from hotline.services import assignment, audit, places, tips, triage
from hotline.services.corrections import What, note

# A name is a few words; the longest commune with its province has 45 letters.
NAME_MAX = 100
# Of the places that a name may mean, a refusal lists no more than a reader takes in.
LISTED = 5


def choose_commune(
    session: Session, viewer: Viewer, tip_id: uuid.UUID, place_id: uuid.UUID | None, code: str, now: datetime
) -> None:
    """Say which commune a mention means, by its code; without a mention (None) the tip is given a place.

    Nothing changes when that is said already. Raises Conflict when the machine has read the tip anew meanwhile.
    """
    commune = places.communes().get(code)
    if commune is None:
        raise InvalidChange("Hãy chọn một xã, phường trong danh sách.")
    tip = _workable(session, viewer, tip_id)
    if place_id is None:
        _give(session, viewer, tip, commune, now)
        return
    row = _row(tip, place_id)
    said = places.of_an_officer(tip, row)
    if said is None or said.commune_code != code:
        kept = {key: row.detail.get(key) for key in ("mention", "start", "end", "old_unit")}
        detail = {**kept, "level": COMMUNE, "province": commune.province, "candidates": [_named(commune)]}
        _say(session, viewer, tip, row, detail, now)


def not_a_place(
    session: Session, viewer: Viewer, tip_id: uuid.UUID, place_id: uuid.UUID, now: datetime
) -> None:
    """Say that a mention names no place of the tip; an added place is taken away."""
    tip = _workable(session, viewer, tip_id)
    row = _row(tip, place_id)
    machine, said = places.of_the_machine(tip, row), places.of_an_officer(tip, row)
    if machine is None and "evidence" not in row.detail:
        _take_back(session, viewer, tip, row, now)
    elif said is None or said.in_force:
        _say(session, viewer, tip, row, {**row.detail, "candidates": []}, now)


def place_as_machine(
    session: Session, viewer: Viewer, tip_id: uuid.UUID, place_id: uuid.UUID, now: datetime
) -> None:
    """Take an officer's word on a place back: the machine's is in force again, an added place is gone."""
    tip = _workable(session, viewer, tip_id)
    said = places.of_an_officer(tip, _row(tip, place_id))
    if said is not None:
        _take_back(session, viewer, tip, said, now)


def communes_near(session: Session, viewer: Viewer) -> list[Commune]:
    """All communes of the provinces in which units in sight answer for something."""
    in_sight = select(Unit.id).where(Unit.in_sight(viewer))
    codes = set(session.scalars(select(UnitArea.commune_code).where(UnitArea.unit_id.in_(in_sight))))
    wide = set(session.scalars(select(UnitProvince.province_code).where(UnitProvince.unit_id.in_(in_sight))))
    around = {commune.province_code for commune in gazetteer().communes if commune.code in codes} | wide
    return [commune for commune in gazetteer().communes if commune.province_code in around]


def commune_named(written: str, near: Collection[Commune] = ()) -> Commune:
    """The commune that a person means by what they typed: "xã Đức Lập, Lâm Đồng", an old name, without diacritics.

    Of several of one name the only one `near` is meant. Raises InvalidChange for a name that is none or may be
    several.
    """
    name = written.strip()[:NAME_MAX]
    same = [commune for commune in gazetteer().communes if _plain(title(commune)) == _plain(name)]
    found = same or _read(name) or ([] if _is_wider(name) else _read(f"xã {name}"))
    if len(close := [commune for commune in found if commune in near]) == 1:
        return close[0]
    if not found:
        raise InvalidChange(
            "Không có xã, phường nào tên “%(name)s”. Hãy viết như “xã Đức Lập, Lâm Đồng” hoặc chọn trong danh sách.",
            name=name,
        )
    if len(found) > 1:
        raise InvalidChange(
            "Có nhiều nơi tên “%(name)s”: %(places)s. Hãy viết thêm tên tỉnh hoặc chọn trong danh sách.",
            name=name, places="; ".join(title(commune) for commune in found[:LISTED]),
        )  # fmt: skip
    return found[0]


def title(commune: Commune) -> str:
    """As an officer reads and types it: "xã Đức Lập, Lâm Đồng"."""
    return f"{commune.name[:1].lower()}{commune.name[1:]}, {commune.province}"


def proposal(session: Session, tip: Tip) -> Choice | None:
    """The unit the rules would send an open tip to whose place was corrected since it was last given to somebody.

    A corrected category asks for another unit only where one specialises in it. None when the tip lies there
    already, or when the rules cannot tell either.
    """
    if tip.status == Status.CLOSED:
        return None
    since = tip.assignments[-1].at if tip.assignments else tip.received_at
    wrong = set(
        session.scalars(select(Correction.what).where(Correction.tip_id == tip.id, Correction.at > since))
    )
    codes = ("area", "province", "specialised", "duty_uncovered") if What.PLACE in wrong else ("specialised",)
    if wrong <= {What.URGENT}:
        return None
    choice = assignment.unit_by_rules(session, tip, places.in_force(tip))
    return choice if choice.reason["code"] in codes and choice.unit_id != tip.unit_id else None


def reassign(session: Session, viewer: Viewer, tip_id: uuid.UUID, now: datetime) -> bool:
    """Give a corrected tip to the unit that its place asks for; whether the viewer still sees it then.

    Whoever has the tip may do so, and who gives tips away anyhow. Raises Conflict when there is nothing to change.
    """
    tip = _workable(session, viewer, tip_id)
    if not may_reassign(viewer, tip):
        raise NotAllowed("Chỉ người đang giữ tin, chỉ huy đơn vị hoặc trực ban mới được giao lại.")
    chosen = proposal(session, tip)
    if chosen is None:
        raise Conflict("Tin đang ở đúng đơn vị phụ trách.")
    choice = assignment.officer_by_rules(session, tip, chosen, now)
    assignment.assign(session, tip, choice, viewer.staff_id, now)
    if tip.status == Status.VERIFYING:
        tip.status = Status.NEW if choice.officer_id is None else Status.ASSIGNED
    return session.get_one(Unit, choice.unit_id).seen_by(viewer)


def may_reassign(viewer: Viewer, tip: Tip) -> bool:
    """Whether this is the viewer's to do."""
    return viewer.may(Action.ASSIGN) or tip.officer_id == viewer.staff_id


def _say(
    session: Session, viewer: Viewer, tip: Tip, row: TipPlace, detail: dict[str, Any], now: datetime
) -> None:
    """Put an officer's row in the place of what is said of these words until now."""
    machine, said = places.of_the_machine(tip, row), places.of_an_officer(tip, row)
    if "evidence" in row.detail:
        detail["evidence"] = row.detail["evidence"]
    rank = row.rank
    if said is not None:
        tip.places.remove(said)
    if machine is not None:
        machine.in_force = False
    session.flush()
    placed = places.add(session, tip, rank, detail, OFFICER, in_force=bool(detail["candidates"]))
    _record(session, viewer, tip, rank, machine, placed.commune_code, now)


def _give(session: Session, viewer: Viewer, tip: Tip, commune: Commune, now: datetime) -> None:
    """A place that the tip does not name: before all others, unless one of them is a commune already."""
    held = [row for row in places.ranked(tip) if row.in_force]
    if any(row.commune_code == commune.code and row.source == OFFICER for row in held):
        return
    ranks = [row.rank for row in tip.places] or [0]
    rank = max(ranks) + 1 if any(row.commune_code for row in held) else min(ranks) - 1
    detail = {
        "mention": commune.name, "level": COMMUNE, "province": commune.province, "old_unit": None,
        "candidates": [_named(commune)],
    }  # fmt: skip
    places.add(session, tip, rank, detail, OFFICER, in_force=True)
    _record(session, viewer, tip, None, None, commune.code, now)


def _take_back(session: Session, viewer: Viewer, tip: Tip, said: TipPlace, now: datetime) -> None:
    machine = places.of_the_machine(tip, said)
    rank = None if machine is None else machine.rank
    tip.places.remove(said)
    if machine is not None:
        machine.in_force = True
    session.flush()
    told = {"mention": rank, "commune": None if machine is None else machine.commune_code}
    note(session, viewer, tip, What.PLACE, told, told | {"undone": True}, now)
    audit.record(session, viewer.staff_id, "correction_undone", tip.id, now=now, what=What.PLACE)


def _record(
    session: Session, viewer: Viewer, tip: Tip, mention: int | None, machine: TipPlace | None, code: str | None,
    now: datetime,
) -> None:  # fmt: skip
    told = {"mention": mention, "commune": None if machine is None else machine.commune_code}
    note(session, viewer, tip, What.PLACE, told, {"mention": mention, "commune": code}, now)
    if code is not None:
        # Found from now on by the name that the resident did not use.
        triage.index(session, tip, [title(places.communes()[code])])
    audit.record(session, viewer.staff_id, "place_corrected", tip.id, now=now, mention=mention, commune=code)


def _row(tip: Tip, place_id: uuid.UUID) -> TipPlace:
    found = next((row for row in tip.places if row.id == place_id), None)
    if found is None:
        raise Conflict("Máy vừa đọc lại tin này. Hãy xem lại địa điểm rồi chọn lần nữa.")
    return found


def _workable(session: Session, viewer: Viewer, tip_id: uuid.UUID) -> Tip:
    return tips.visible(session, viewer, tip_id, Action.WORK_TIPS)


def _named(commune: Commune) -> dict[str, str]:
    return {"commune": commune.name, "commune_code": commune.code, "province": commune.province}


def _read(written: str) -> list[Commune]:
    """What the rules make of it, when it names a commune and nothing else."""
    found = [place for place in find_places(written) if place.level == COMMUNE]
    return list(found[0].candidates) if len(found) == 1 else []


def _is_wider(name: str) -> bool:
    """Whether this is a province or district, which is not to be taken for a commune of nearly that name."""
    units = gazetteer().named(place_key(*(word.folded for word in parse(name).words)))
    return bool(units) and all(unit.level != COMMUNE for unit in units)


def _plain(name: str) -> str:
    return fold(" ".join(word.accented for word in parse(name).words))
