"""Rosters, leave, specialities and duty telephones: who may arrange them, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from hotline.clock import local
from hotline.errors import Conflict, InvalidChange, NotAllowed, NotFound
from hotline.models import Absence, AuditEvent, Shift, Staff
from hotline.queries.roster import person_detail, roster
from hotline.services import audit, duty, staff
from tests.builders import NOW, count

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = local(NOW).date()
EVENING = datetime(2026, 10, 20, 12, 30, tzinfo=UTC)  # 19:30 in Vietnam


def there(session, world, now):
    found = duty.presence(session, [world.duc_lap.id], now)
    return found.on_shift(world.duc_lap.id, world.officer.id)


def test_a_shift_over_midnight_every_week(database, world):
    with database.begin() as session:
        leader = world.leader.viewer
        duty.add_shift(session, leader, world.officer.id, EVENING, EVENING + 12 * HOUR, weeks=3, now=NOW)
        assert count(session, Shift) == 3
        for moment, on in (
            (EVENING - timedelta(seconds=1), False),
            (EVENING, True),
            (EVENING + 12 * HOUR - timedelta(seconds=1), True),
            (EVENING + 12 * HOUR, False),
            (EVENING + 14 * DAY + 5 * HOUR, True),
            (EVENING + 14 * DAY + 12 * HOUR, None),  # the last shift is over: there is no roster any more
        ):
            assert there(session, world, moment) is on, moment
        week = roster(session, world.colleague.viewer, None, TODAY, EVENING + HOUR)
        assert (week.monday, week.kept) == (date(2026, 10, 19), True)
        line = next(line for line in week.lines if line.id == world.officer.id)
        assert line.on_duty
        assert [len(cell.shifts) for cell in line.days] == [0, 1, 0, 0, 0, 0, 0]
        duty.remove_shift(session, leader, line.days[1].shifts[0].id, NOW)
        assert there(session, world, EVENING) is False
        kinds = list(session.scalars(select(AuditEvent.kind).order_by(AuditEvent.seq)))
        assert kinds[-2:] == ["shift_added", "shift_removed"]
        assert audit.verify(session).broken_seq is None


@pytest.mark.parametrize("days", [0, 7])
def test_nobody_on_leave_is_shown_on_duty(database, world, days):
    with database.begin() as session:
        leader, officer = world.leader.viewer, world.officer.id

        def on_duty() -> bool:
            week = roster(session, leader, None, TODAY + timedelta(days=days), EVENING)
            return next(line for line in week.lines if line.id == officer).on_duty

        duty.add_shift(session, leader, officer, EVENING, EVENING + 12 * HOUR, now=NOW)
        assert on_duty()
        duty.add_absence(session, leader, officer, TODAY, TODAY, NOW)
        assert not on_duty()


def test_shifts_of_who_was_locked_out_keep_no_roster(database, world):
    with database.begin() as session:
        duty.add_shift(
            session, world.leader.viewer, world.colleague.id, EVENING, EVENING + 12 * HOUR, now=NOW
        )
        assert there(session, world, NOW) is False
        staff.disable(session, world.admin.viewer, world.colleague.username, NOW)
        assert there(session, world, NOW) is None
        assert not roster(session, world.leader.viewer, None, TODAY, NOW).kept


@pytest.mark.parametrize(
    ("start", "end", "weeks", "says"),
    [
        (EVENING, EVENING, 1, "kết thúc sau"),
        (EVENING, EVENING - HOUR, 1, "kết thúc sau"),
        (EVENING, EVENING + 25 * HOUR, 1, "24 giờ"),
        (NOW - 12 * HOUR, NOW, 1, "đã qua"),
        (EVENING, EVENING + HOUR, 0, "Số tuần"),
        (EVENING, EVENING + HOUR, 54, "Số tuần"),
        (EVENING + 3 * HOUR, EVENING + 4 * HOUR, 1, "đã có ca trực từ 19:30 20/10/2026 đến 07:30 21/10/2026"),
        (EVENING - 7 * DAY + 20 * HOUR, EVENING - 7 * DAY + 30 * HOUR, 2, "đã qua"),
        (EVENING + 12 * DAY, EVENING + 12 * DAY + 13 * HOUR, 2, "nghỉ phép từ 09/11/2026 đến 09/11/2026"),
    ],
)
def test_a_shift_that_cannot_be_is_refused_and_none_of_its_weeks_is_kept(
    database, world, start, end, weeks, says
):
    leader = world.leader.viewer
    with database.begin() as session:
        duty.add_shift(session, leader, world.officer.id, EVENING, EVENING + 12 * HOUR, now=NOW)
        duty.add_absence(session, leader, world.officer.id, date(2026, 11, 9), date(2026, 11, 9), NOW)
    with pytest.raises(InvalidChange, match=says), database.begin() as session:
        duty.add_shift(session, leader, world.officer.id, start, end, weeks=weeks, now=NOW)
    with database.reading() as session:
        assert count(session, Shift) == 1


@pytest.mark.both_databases
def test_a_shift_may_begin_when_another_ends_and_colleagues_share_the_hours(database, world):
    with database.begin() as session:
        leader = world.leader.viewer
        for person, start in (
            (world.officer, EVENING),
            (world.officer, EVENING + 12 * HOUR),
            (world.colleague, EVENING),
        ):
            duty.add_shift(session, leader, person.id, start, start + 12 * HOUR, now=NOW)
        assert count(session, Shift) == 3
        # A shift that ends at midnight does not touch leave on the day after.
        duty.add_absence(session, leader, world.colleague.id, date(2026, 10, 26), date(2026, 10, 27), NOW)
        midnight = datetime(2026, 10, 25, 17, tzinfo=UTC)
        duty.add_shift(session, leader, world.colleague.id, midnight - 6 * HOUR, midnight, now=NOW)
        with pytest.raises(Conflict):
            duty.add_shift(session, leader, world.colleague.id, midnight - HOUR, midnight + HOUR, now=NOW)


def test_leave_is_counted_in_days_of_vietnam_both_included(database, world):
    with database.begin() as session:
        duty.add_absence(session, world.leader.viewer, world.officer.id, TODAY + DAY, TODAY + 2 * DAY, NOW)
        before_midnight = datetime(2026, 10, 20, 16, 59, tzinfo=UTC)
        for moment, away in ((0, False), (1, True), (48 * 60, True), (48 * 60 + 1, False)):
            found = duty.presence(session, [world.duc_lap.id], before_midnight + timedelta(minutes=moment))
            assert (world.officer.id in found.away) == away, moment
        shown = person_detail(session, world.leader.viewer, world.officer.id, NOW)
        duty.remove_absence(session, world.leader.viewer, shown.absences[0].id, NOW)
        assert count(session, Absence) == 0


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (TODAY + DAY, TODAY, "trước ngày đầu"),
        (TODAY - DAY, TODAY - DAY, "đã qua"),
        (TODAY, TODAY + 900 * DAY, "hai năm"),
        (date(1999, 1, 1), TODAY, "năm 2000"),
        (TODAY + 5 * DAY, TODAY + 9 * DAY, "đã có đợt nghỉ từ 25/10/2026 đến 25/10/2026"),
    ],
)
def test_leave_that_cannot_be_is_refused(database, world, first, last, says):
    with database.begin() as session:
        leader = world.leader.viewer
        duty.add_absence(session, leader, world.officer.id, TODAY + 5 * DAY, TODAY + 5 * DAY, NOW)
        with pytest.raises(InvalidChange, match=says):
            duty.add_absence(session, leader, world.officer.id, first, last, NOW)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("0900 000 012", "+84900000012"), ("+84 900 000 012", "+84900000012"), ("  ", None), ("", None)],
)
def test_a_duty_phone_is_stored_in_one_form(database, world, typed, stored):
    with database.begin() as session:
        duty.set_duty_phone(session, world.leader.viewer, world.officer.id, "0900000099", NOW)
        duty.set_duty_phone(session, world.leader.viewer, world.officer.id, typed, NOW)
        assert session.get_one(Staff, world.officer.id).duty_phone == stored
        told = session.scalars(select(AuditEvent.detail).where(AuditEvent.kind == "duty_phone_set")).all()
        assert len(told) == 2
        assert "9000000" not in str(told)


@pytest.mark.parametrize("typed", ["12", "lan", "0900 000 0", "+84", "0900 000 012 3456"])
def test_what_is_no_number_is_refused(database, world, typed):
    with database.begin() as session, pytest.raises(InvalidChange, match="0900 000 012"):
        duty.set_duty_phone(session, world.leader.viewer, world.officer.id, typed, NOW)


def test_only_managers_and_the_person_see_the_whole_number(database, world):
    with database.begin() as session:
        duty.set_duty_phone(session, world.leader.viewer, world.officer.id, "0900000012", NOW)
    with database.reading() as session:
        for person, shown in (
            (world.officer, "+84900000012"),
            (world.leader, "+84900000012"),
            (world.colleague, "…012"),
        ):
            lines = roster(session, person.viewer, None, TODAY, NOW).lines
            assert next(line.phone for line in lines if line.id == world.officer.id) == shown


def test_specialities_are_categories(database, world):
    with database.begin() as session:
        leader = world.leader.viewer
        duty.set_specialities(session, leader, world.officer.id, ["MA_TUY", "CHAY_NO", "MA_TUY"], NOW)
        duty.set_specialities(session, leader, world.officer.id, ["CHAY_NO", "LUA_DAO"], NOW)
        with pytest.raises(InvalidChange):
            duty.set_specialities(session, leader, world.officer.id, ["NO"], NOW)
        assert person_detail(session, leader, world.officer.id, NOW).specialities == ("CHAY_NO", "LUA_DAO")


def test_leaders_arrange_their_units_and_nobody_elses(database, world):
    with database.begin() as session:
        shift = duty.add_shift(
            session, world.duty.viewer, world.stranger.id, EVENING, EVENING + HOUR, now=NOW
        )[0]
        absence = duty.add_absence(
            session, world.duty.viewer, world.stranger.id, TODAY + DAY, TODAY + DAY, NOW
        )

        def acts(viewer, who):
            yield lambda: duty.add_shift(session, viewer, who.id, EVENING, EVENING + HOUR, now=NOW)
            yield lambda: duty.add_absence(session, viewer, who.id, TODAY, TODAY, NOW)
            yield lambda: duty.set_specialities(session, viewer, who.id, ["MA_TUY"], NOW)
            yield lambda: duty.set_duty_phone(session, viewer, who.id, "0900000012", NOW)
            yield lambda: duty.remove_shift(session, viewer, shift.id, NOW)
            yield lambda: duty.remove_absence(session, viewer, absence.id, NOW)

        for viewer, error in (
            (world.leader.viewer, NotFound),
            (world.stranger.viewer, NotAllowed),
            (world.statistician.viewer, NotAllowed),
        ):
            for act in acts(viewer, world.stranger):
                with pytest.raises(error):
                    act()
        with pytest.raises(NotFound):
            roster(session, world.leader.viewer, world.song_luy.id, TODAY, NOW)
        with pytest.raises(InvalidChange, match="không xử lý tin"):
            duty.add_shift(
                session, world.admin.viewer, world.statistician.id, EVENING, EVENING + HOUR, now=NOW
            )
