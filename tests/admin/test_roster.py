"""The pages of who is on duty, leave and handing over, and the alarm over every page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from hotline.clock import LOCAL, local, utcnow
from hotline.db import Database
from hotline.models import Shift, Staff, Tip
from hotline.services import alarms, duty, followup, triage
from tests.admin.conftest import Officer
from tests.builders import World, count, create_tip, receive

DAY = timedelta(days=1)
SignIn = Callable[[Staff], Officer]


@pytest.fixture
def leader(signed_in: SignIn, world: World) -> Officer:
    return signed_in(world.leader)


def next_monday() -> date:
    today = local(utcnow()).date()
    return today + (7 - today.weekday()) * DAY


@pytest.mark.parametrize(
    ("start", "end", "shown", "hours"),
    [
        ("19:30", "07:30", "19:30–07:30", 12),
        ("7h", "7:00", "07:00–07:00", 24),
        ("07.30", "19h30", "07:30–19:30", 12),
    ],
)
def test_a_shift_is_added_every_week_and_taken_away(
    leader: Officer, database: Database, world: World, start: str, end: str, shown: str, hours: int
) -> None:
    monday = next_monday()
    form = {"staff_id": world.officer.id, "unit": world.duc_lap.id, "day": monday, "start": start, "end": end}
    answer = leader.post("/roster", weeks=2, **form)
    page = leader.client.get(answer.location).text
    assert page.count(shown) == 1
    assert f"T2 {monday:%d/%m}" in page
    assert shown in leader.get(f"/roster?week={monday + 7 * DAY}").text
    assert shown not in leader.get(f"/roster?week={monday + 14 * DAY}").text
    with database.reading() as session:
        shifts = session.scalars(select(Shift).order_by(Shift.starts_at)).all()
        assert [(s.ends_at - s.starts_at).total_seconds() / 3600 for s in shifts] == [hours] * 2
        assert local(shifts[0].starts_at).date() == monday
    refused = leader.post("/roster", weeks=2, **form)
    assert refused.status_code == 400
    assert "đã có ca trực từ" in refused.text and f'value="{start}"' in refused.text
    assert leader.post(f"/roster/shifts/{shifts[0].id}/remove").status_code == 302
    assert leader.post(f"/roster/shifts/{shifts[0].id}/remove").status_code == 404
    with database.reading() as session:
        assert count(session, Shift) == 1


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"start": "25:00"}, "Giờ không hợp lệ"),
        ({"end": "7:5"}, "Giờ không hợp lệ"),
        ({"end": ""}, "Giờ không hợp lệ"),
        ({"day": "2026-02-30"}, "Ngày không hợp lệ"),
        ({"day": "2020-01-01"}, "đã qua"),
        ({"weeks": "-1"}, "Số tuần"),
        ({"weeks": "²"}, "Số tuần"),
        ({"staff_id": ""}, "Hãy chọn một mục"),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_typed(
    leader: Officer, world: World, changed: dict[str, str], says: str
) -> None:
    form = {
        "staff_id": world.officer.id,
        "day": next_monday(),
        "start": "07:30",
        "end": "19:31",
        "weeks": "1",
    }
    answer = leader.post("/roster", **form | changed)
    assert (answer.status_code, says in answer.text) == (400, True)
    assert "end" in changed or 'value="19:31"' in answer.text


def test_officers_see_their_units_roster_and_change_nothing(
    officer: Officer, leader: Officer, database: Database, world: World
) -> None:
    with database.begin() as session:
        duty.set_duty_phone(session, world.leader.viewer, world.colleague.id, "0900000012", utcnow())
    page = officer.get("/roster").text
    assert "…012" in page and "0900 000 012" not in page
    assert "Thêm ca trực" not in page and f"/admin/people/{world.officer.id}" not in page
    assert "0900 000 012" in leader.get("/roster").text
    assert officer.get(f"/roster?unit={world.song_luy.id}").status_code == 404
    assert leader.get(f"/people/{world.stranger.id}").status_code == 404


def test_a_persons_telephone_and_specialities(leader: Officer, world: World) -> None:
    person = f"/people/{world.officer.id}"
    refused = leader.post(f"{person}/phone", phone="09")
    assert (refused.status_code, 'value="09"' in refused.text) == (400, True)
    leader.post(f"{person}/phone", phone="+84 900 000 012")
    leader.post(f"{person}/specialities", codes=["MA_TUY", "CHAY_NO"])
    page = leader.get(person).text
    assert 'value="0900 000 012"' in page
    assert re.findall(r'value="([A-Z_]+)" checked', page) == ["MA_TUY", "CHAY_NO"]
    assert leader.post(f"{person}/specialities", codes=["NO"]).status_code == 400


def test_leave_offers_to_hand_over_what_the_person_holds(
    leader: Officer, database: Database, world: World
) -> None:
    now = utcnow()
    today = local(now).date()
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, sender=None)
        followup.assign(
            session, world.duty.viewer, tip.id, unit_id=world.duc_lap.id, officer_id=world.officer.id, now=now
        )
    person = f"/people/{world.officer.id}"
    answer = leader.post(f"{person}/leave", first_day=today + DAY, last_day=today + 3 * DAY)
    page = leader.client.get(answer.location).text
    assert f"hãy bàn giao trước ngày {today + DAY:%d/%m/%Y}" in page
    assert leader.post(f"{person}/leave", first_day=today + DAY, last_day=today + DAY).status_code == 400
    assert leader.post(f"{person}/hand-over", to=world.stranger.id).status_code == 404
    answer = leader.post(f"{person}/hand-over", to=world.colleague.id)
    page = leader.client.get(answer.location).text
    assert "Đã bàn giao 1 tin." in page and "Tin đang giữ" not in page
    assert f"bàn giao từ {world.officer.display_name}" in leader.get(f"/tips/{tip.id}").text
    assert "nghỉ phép</span>" in leader.get(f"/roster?week={today + DAY}").text


def test_leave_names_the_shifts_that_fall_into_it(leader: Officer, database: Database, world: World) -> None:
    monday = next_monday()
    with database.begin() as session:
        # The first ends as the leave begins, the last begins as it ends.
        for day, hour in ((0, 12), (1, 7.5), (2, 12), (3, 0)):
            starts_at = datetime.combine(monday + day * DAY, datetime.min.time(), LOCAL) + timedelta(
                hours=hour
            )
            duty.add_shift(
                session, world.leader.viewer, world.officer.id, starts_at, starts_at + timedelta(hours=12),
                now=utcnow(),
            )  # fmt: skip
    first, last = monday + DAY, monday + 2 * DAY
    answer = leader.post(f"/people/{world.officer.id}/leave", first_day=first, last_day=last)
    page = leader.client.get(answer.location).text
    assert f"Ca trực {first:%d/%m} 07:30, {last:%d/%m} 12:00 vẫn còn trong lịch: hãy đổi người." in page
    answer = leader.post(
        f"/people/{world.officer.id}/leave", first_day=first + 7 * DAY, last_day=last + 7 * DAY
    )
    assert leader.client.get(answer.location).text.count("vẫn còn trong lịch") == 1


def test_who_is_locked_out_hands_over_on_the_same_form(
    admin: Officer, database: Database, world: World
) -> None:
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, officer=world.officer)
    answer = admin.post(f"/staff/{world.officer.username}/disable", to=world.colleague.id)
    assert "Đã bàn giao 1 tin." in admin.client.get(answer.location).text
    with database.reading() as session:
        assert session.get_one(Tip, tip.id).officer_id == world.colleague.id


def test_the_alarm_is_over_every_page_of_who_is_called(
    officer: Officer, signed_in: SignIn, database: Database, world: World
) -> None:
    with database.begin() as session:
        ids = [receive(session, f"Cháy nhà ở xã Đức Lập, cứu với {n}", sender=None).tip_id for n in range(5)]
        for tip_id in ids:
            triage.run(session, tip_id, utcnow())
            alarms.climb(session, tip_id, utcnow(), timedelta(minutes=5))
    for path in ("/tips", "/figures", "/roster", f"/tips/{ids[0]}", "/alarms"):
        page = officer.get(path).text
        assert page.count("acknowledge") >= 3 and "và 2 tin khẩn khác" in page, path
    assert 'class="alarm"' not in signed_in(world.leader).get("/tips").text
    officer.post(f"/tips/{ids[0]}/acknowledge")
    assert "và 1 tin khẩn khác" in officer.get("/tips").text
    # A colleague who was too late is shown who has it.
    late = signed_in(world.colleague).post(f"/tips/{ids[0]}/acknowledge")
    assert late.status_code == 302
    assert f"{world.officer.display_name} đã nhận tin" in officer.get(f"/tips/{ids[0]}").text


def test_a_page_that_asks_by_itself_keeps_no_session_alive(officer: Officer) -> None:
    assert "Set-Cookie" in officer.get("/tips").headers
    assert "Set-Cookie" not in officer.get("/alarms").headers


def test_a_day_of_the_roster_is_a_day_in_vietnam(leader: Officer, database: Database, world: World) -> None:
    start = datetime.combine(next_monday(), datetime.min.time(), LOCAL)  # midnight, still Sunday in UTC
    with database.begin() as session:
        duty.add_shift(
            session, world.leader.viewer, world.officer.id, start, start + timedelta(hours=7), now=utcnow()
        )
    page = leader.get(f"/roster?week={next_monday()}").text
    cell = page[page.index("00:00–07:00") - 400 : page.index("00:00–07:00")]
    assert f'data-day="T2 {next_monday():%d/%m}"' in cell
