"""Rosters, leave, specialities and duty telephones: who is there, and who may be called."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import phonenumbers
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.clock import local, plausible
from hotline.errors import Conflict, InvalidChange, NotFound
from hotline.models import Absence, Shift, Speciality, Staff
from hotline.rules import duty as rules
from hotline.rules.access import Action, Viewer
from hotline.rules.duty import Span
from hotline.rules.taxonomy import categories
from hotline.services import audit, tips


@dataclass(frozen=True, slots=True)
class Presence:
    """Who of some units is on shift now, which units keep a roster, who is on leave today, who knows what best."""

    on: frozenset[uuid.UUID]
    rostered: frozenset[uuid.UUID]
    away: frozenset[uuid.UUID]
    specialities: Mapping[uuid.UUID, frozenset[str]]

    def on_shift(self, unit_id: uuid.UUID, staff_id: uuid.UUID) -> bool | None:
        """Whether somebody is on shift; None where their unit keeps no roster."""
        return staff_id in self.on if unit_id in self.rostered else None


def presence(session: Session, unit_ids: Collection[uuid.UUID], now: datetime) -> Presence:
    """How things stand at these units; a roster whose last shift is over is none, nor is one of people who left."""
    shifts = session.execute(
        select(Shift.unit_id, Shift.staff_id, Shift.starts_at)
        .join(Staff, Shift.staff_id == Staff.id)
        .where(Shift.unit_id.in_(unit_ids), Shift.ends_at > now, Staff.active)
    ).all()
    today = local(now).date()
    away = select(Absence.staff_id).where(Absence.first_day <= today, Absence.last_day >= today)
    known = defaultdict(set)
    for speciality in session.scalars(
        select(Speciality).join(Staff, Speciality.staff_id == Staff.id).where(Staff.unit_id.in_(unit_ids))
    ):
        known[speciality.staff_id].add(speciality.category)
    return Presence(
        frozenset(staff_id for _, staff_id, starts_at in shifts if starts_at <= now),
        frozenset(unit_id for unit_id, _, _ in shifts),
        frozenset(session.scalars(away)),
        {staff_id: frozenset(codes) for staff_id, codes in known.items()},
    )


def add_shift(
    session: Session, viewer: Viewer, staff_id: uuid.UUID, starts_at: datetime, ends_at: datetime, *,
    weeks: int = 1, now: datetime,
) -> list[Shift]:  # fmt: skip
    """Put a person on their unit's roster, the same time every week for `weeks` weeks; all of them or none."""
    first = Span(starts_at, ends_at)
    if not rules.sensible(first) or not plausible(starts_at.date()):
        raise InvalidChange("Ca trực phải kết thúc sau giờ bắt đầu và dài không quá 24 giờ.")
    if ends_at <= now:
        raise InvalidChange("Ca trực này đã qua. Hãy chọn ngày giờ từ nay về sau.")
    if not 1 <= weeks <= rules.MOST_WEEKS:
        raise InvalidChange("Số tuần liên tiếp phải từ 1 đến %(most)s.", most=rules.MOST_WEEKS)
    person = _manageable(session, viewer, staff_id)
    if not person.active or not person.viewer.may(Action.WORK_TIPS):
        raise InvalidChange("Người này không xử lý tin báo. Hãy chọn cán bộ khác.")
    wanted = rules.weekly(first, weeks)
    known = session.scalars(
        select(Shift).where(
            Shift.staff_id == person.id, Shift.ends_at > starts_at, Shift.starts_at < wanted[-1].end
        )
    )
    clash = rules.collision(wanted, [Span(shift.starts_at, shift.ends_at) for shift in known])
    if clash is not None:
        raise Conflict(
            "%(name)s đã có ca trực từ %(start)s đến %(end)s. Hãy bỏ ca đó trước, hoặc chọn giờ khác.",
            name=person.display_name, start=_said(clash.start), end=_said(clash.end),
        )  # fmt: skip
    for span in wanted:
        _refuse_on_leave(session, person, span)
    made = [
        Shift(
            id=uuid.uuid4(),
            unit_id=person.unit_id,
            staff_id=person.id,
            starts_at=span.start,
            ends_at=span.end,
        )
        for span in wanted
    ]
    session.add_all(made)
    session.flush()
    audit.record(
        session, viewer.staff_id, "shift_added", now=now, staff_id=person.id, unit_id=person.unit_id,
        starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat(), weeks=weeks,
    )  # fmt: skip
    return made


def remove_shift(session: Session, viewer: Viewer, shift_id: uuid.UUID, now: datetime) -> Shift:
    """Take one shift off the roster."""
    tips.require(viewer, Action.MANAGE_ROSTER)
    shift = session.get(Shift, shift_id, with_for_update=True)
    if shift is None:
        raise NotFound("Không có ca trực này, hoặc ca đã được bỏ.")
    _manageable(session, viewer, shift.staff_id)
    session.delete(shift)
    audit.record(
        session, viewer.staff_id, "shift_removed", now=now, staff_id=shift.staff_id, unit_id=shift.unit_id,
        starts_at=shift.starts_at.isoformat(), ends_at=shift.ends_at.isoformat(),
    )  # fmt: skip
    return shift


def add_absence(
    session: Session, viewer: Viewer, staff_id: uuid.UUID, first_day: date, last_day: date, now: datetime
) -> Absence:
    """Enter leave, days in Vietnam, both included; what the person holds stays until it is handed over."""
    if not (plausible(first_day) and plausible(last_day)):
        raise InvalidChange("Ngày không hợp lệ: hãy chọn ngày từ năm 2000 đến năm 2100.")
    length = rules.days_between(first_day, last_day)
    if length < 1:
        raise InvalidChange("Ngày cuối của đợt nghỉ không được trước ngày đầu.")
    if length > rules.LONGEST_LEAVE_DAYS:
        raise InvalidChange("Một đợt nghỉ dài không quá hai năm. Hãy kiểm tra lại ngày.")
    if last_day < local(now).date():
        raise InvalidChange("Đợt nghỉ này đã qua. Hãy chọn ngày từ hôm nay về sau.")
    person = _manageable(session, viewer, staff_id)
    clash = _absence_within(session, person.id, first_day, last_day)
    if clash is not None:
        raise Conflict(
            "%(name)s đã có đợt nghỉ từ %(first)s đến %(last)s. Hãy bỏ đợt đó trước, hoặc chọn ngày khác.",
            name=person.display_name, first=f"{clash.first_day:%d/%m/%Y}", last=f"{clash.last_day:%d/%m/%Y}",
        )  # fmt: skip
    absence = Absence(id=uuid.uuid4(), staff_id=person.id, first_day=first_day, last_day=last_day)
    session.add(absence)
    session.flush()
    audit.record(
        session, viewer.staff_id, "leave_added", now=now, staff_id=person.id, first_day=first_day.isoformat(),
        last_day=last_day.isoformat(),
    )  # fmt: skip
    return absence


def remove_absence(session: Session, viewer: Viewer, absence_id: uuid.UUID, now: datetime) -> Absence:
    """Take an entry of leave back."""
    tips.require(viewer, Action.MANAGE_ROSTER)
    absence = session.get(Absence, absence_id, with_for_update=True)
    if absence is None:
        raise NotFound("Không có đợt nghỉ này, hoặc đợt nghỉ đã được bỏ.")
    _manageable(session, viewer, absence.staff_id)
    session.delete(absence)
    audit.record(
        session, viewer.staff_id, "leave_removed", now=now, staff_id=absence.staff_id,
        first_day=absence.first_day.isoformat(), last_day=absence.last_day.isoformat(),
    )  # fmt: skip
    return absence


def set_specialities(
    session: Session, viewer: Viewer, staff_id: uuid.UUID, codes: Sequence[str], now: datetime
) -> None:
    """Say which categories a person knows best; an empty list is none."""
    wanted = sorted(set(codes))
    if not set(wanted) <= {category.code for category in categories()}:
        raise InvalidChange("Hãy chọn loại tin chuyên trách trong danh mục.")
    person = _manageable(session, viewer, staff_id)
    kept = {speciality.category: speciality for speciality in person.specialities}
    if sorted(kept) == wanted:
        return
    person.specialities = [kept.get(code) or Speciality(category=code) for code in wanted]
    session.flush()
    audit.record(session, viewer.staff_id, "specialities_set", now=now, staff_id=person.id, categories=wanted)


def set_duty_phone(session: Session, viewer: Viewer, staff_id: uuid.UUID, typed: str, now: datetime) -> None:
    """Set the telephone that urgent tips are paged to, stored in E.164; an empty text takes it away."""
    phone = _phone(typed)
    person = _manageable(session, viewer, staff_id)
    if person.duty_phone == phone:
        return
    person.duty_phone = phone
    session.flush()
    audit.record(
        session, viewer.staff_id, "duty_phone_set", now=now, staff_id=person.id, removed=phone is None
    )


def person_in_sight(session: Session, viewer: Viewer, staff_id: uuid.UUID) -> Staff:
    """Somebody of the viewer's units; raises NotFound for anyone else."""
    person = session.get(Staff, staff_id)
    if person is None or not person.unit.seen_by(viewer):
        raise NotFound("Không có người này trong các đơn vị của bạn.")
    return person


def lock_people(session: Session, staff_ids: Collection[uuid.UUID]) -> None:
    """Hold these people's rows, read anew, in one order for all; history that names them need not wait."""
    session.scalars(
        select(Staff)
        .where(Staff.id.in_(staff_ids))
        .order_by(Staff.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def _manageable(session: Session, viewer: Viewer, staff_id: uuid.UUID) -> Staff:
    """Whose duty the viewer arranges, locked so that two changes see each other."""
    tips.require(viewer, Action.MANAGE_ROSTER)
    person = person_in_sight(session, viewer, staff_id)
    lock_people(session, [person.id])
    return person


def _refuse_on_leave(session: Session, person: Staff, span: Span) -> None:
    # A shift that ends at midnight does not touch the day after.
    last = local(span.end - timedelta(microseconds=1)).date()
    absence = _absence_within(session, person.id, local(span.start).date(), last)
    if absence is not None:
        raise Conflict(
            "%(name)s nghỉ phép từ %(first)s đến %(last)s nên không trực được. Hãy chọn người khác.",
            name=person.display_name, first=f"{absence.first_day:%d/%m/%Y}", last=f"{absence.last_day:%d/%m/%Y}",
        )  # fmt: skip


def _absence_within(session: Session, staff_id: uuid.UUID, first: date, last: date) -> Absence | None:
    return session.scalar(
        select(Absence)
        .where(Absence.staff_id == staff_id, Absence.first_day <= last, Absence.last_day >= first)
        .order_by(Absence.first_day)
        .limit(1)
    )


def _phone(typed: str) -> str | None:
    if not typed.strip():
        return None
    try:
        number = phonenumbers.parse(typed, "VN")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise InvalidChange("Số máy trực không đúng. Hãy nhập số như 0900 000 012 hoặc +84 900 000 012.")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _said(moment: datetime) -> str:
    return f"{local(moment):%H:%M %d/%m/%Y}"
