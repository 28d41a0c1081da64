"""Plain makers of rows for tests: what a test does not name gets a harmless value."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from hotline.db import Base
from hotline.models import Call, Recording, Staff, Tip, TipCategory, Unit, UnitArea
from hotline.models.call import RecordingState
from hotline.rules.access import Role
from hotline.rules.lifecycle import Outcome, Status, Value
from hotline.services import calls, intake, tips
from hotline.services.calls import CallNotice, RecordingNotice
from hotline.services.intake import InboundText, Received
from hotline.telephony.simulator.sids import new_sid

NOW = datetime(2026, 10, 20, 3, 0, tzinfo=UTC)  # ten in the morning in Vietnam
RESIDENT = "+84900000012"
DUC_LAP, SONG_LUY = "24664", "23023"  # communes of Lâm Đồng
DAY = timedelta(hours=24)

_numbers = itertools.count(1)


@dataclass(frozen=True)
class World:
    """A small province: a duty unit above two communes, with staff of every role."""

    root: Unit
    duc_lap: Unit
    song_luy: Unit
    admin: Staff
    duty: Staff
    statistician: Staff
    leader: Staff
    officer: Staff
    colleague: Staff
    stranger: Staff
    """An officer of the other commune."""


def count(session: Session, model: type[Base], *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def create_world(session: Session) -> World:
    root = create_unit(session, "PA01", "Công an tỉnh Lâm Đồng", is_duty=True)
    duc_lap = create_unit(session, "DUCLAP", "Công an xã Đức Lập", root, communes=[DUC_LAP])
    song_luy = create_unit(session, "SONGLUY", "Công an xã Sông Lũy", root, communes=[SONG_LUY])
    return World(
        root,
        duc_lap,
        song_luy,
        admin=create_staff(session, root, Role.ADMIN),
        duty=create_staff(session, root, Role.DUTY),
        statistician=create_staff(session, root, Role.STATISTICIAN),
        leader=create_staff(session, duc_lap, Role.LEADER),
        officer=create_staff(session, duc_lap, Role.OFFICER),
        colleague=create_staff(session, duc_lap, Role.OFFICER),
        stranger=create_staff(session, song_luy, Role.OFFICER),
    )


def create_unit(
    session: Session,
    code: str,
    name: str,
    parent: Unit | None = None,
    *,
    is_duty: bool = False,
    communes: Iterable[str] = (),
) -> Unit:
    unit = Unit(
        id=uuid.uuid4(),
        code=code,
        name=name,
        parent_id=parent.id if parent else None,
        path=f"{parent.path if parent else '/'}{code}/",
        is_duty=is_duty,
        areas=[UnitArea(commune_code=commune) for commune in communes],
    )
    session.add(unit)
    session.flush()
    return unit


def create_staff(session: Session, unit: Unit, role: Role = Role.OFFICER) -> Staff:
    """Somebody who cannot sign in: hashing a password takes longer than most tests."""
    number = next(_numbers)
    staff = Staff(
        id=uuid.uuid4(),
        username=f"{role}.{number}",
        display_name=f"Cán bộ {number}",
        password_hash="$argon2id$none",
        role=role,
        unit_id=unit.id,
        unit=unit,
        created_at=NOW,
    )
    session.add(staff)
    session.flush()
    return staff


def create_tip(
    session: Session,
    unit: Unit | None = None,
    *,
    at: datetime = NOW,
    channel: str = "sms",
    sender: str | None = RESIDENT,
    officer: Staff | None = None,
    category: str | None = None,
    value: Value = Value.UNDECIDED,
    outcome: Outcome | None = None,
    outcome_at: datetime | None = None,
) -> Tip:
    tip = tips.create(session, channel, sender, at)
    if unit is not None:
        tip.unit_id = unit.id
    if officer is not None:
        tip.officer_id, tip.status = officer.id, Status.ASSIGNED
    if category is not None:
        session.add(TipCategory(tip_id=tip.id, code=category, rank=0, score=1.0, source="machine"))
    if outcome is not None:
        tip.outcome, tip.outcome_at, tip.status = outcome, outcome_at or at, Status.CLOSED
    tip.value = value
    session.flush()
    session.refresh(tip)
    return tip


def receive(
    session: Session,
    body: str = "Có người đánh bạc",
    *,
    sender: str | None = RESIDENT,
    at: datetime = NOW,
    window: timedelta = DAY,
    message_sid: str = "",
    attachments: Iterable[tuple[str, str]] = (),
) -> Received:
    text = InboundText(message_sid or new_sid("SM"), sender, body, list(attachments))
    return intake.receive_text(session, text, window=window, diacritics=True, now=at)


def create_call(
    session: Session, *, at: datetime = NOW, sender: str | None = RESIDENT, ended: bool = True
) -> Call:
    """A call that has its tip."""
    call = calls.note_call(session, CallNotice(new_sid("CA"), sender, "answered", ended=ended), at)
    calls.tip_of(session, call, at)
    return call


def create_recording(
    session: Session,
    *,
    at: datetime = NOW,
    state: RecordingState = RecordingState.TO_FETCH,
    announced_s: int | None = None,
) -> Recording:
    notice = RecordingNotice(new_sid("RE"), absent=False, duration_s=announced_s)
    recording = calls.note_recording(session, create_call(session, at=at), notice, at)
    recording.state = state
    session.flush()
    return recording
