"""From an urgent text at night to the telephone of whoever is on shift, up the chain, to the answer in the history."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hotline.clock import utcnow
from hotline.models import Alarm, Page, Staff, Tip
from hotline.models.duty import PageState
from hotline.rules.tip_code import grouped
from hotline.services import alarms, duty, work
from hotline.telephony.simulator.faults import Faults
from tests.admin.conftest import Officer
from workers import jobs

RESIDENT, ON_SHIFT, LEADER = "+84900000012", "+84900000081", "+84900000082"
FIRE = "Cháy nhà ở xã Đức Lập, cứu với, lửa lớn lắm rồi"


@pytest.fixture
def night(database, world):
    """One officer of Đức Lập is on shift with a telephone; the leader has one too."""
    now, hour = utcnow(), timedelta(hours=1)
    with database.begin() as session:
        duty.add_shift(session, world.leader.viewer, world.officer.id, now - hour, now + 12 * hour, now=now)
        for person, number in ((world.officer, ON_SHIFT), (world.leader, LEADER)):
            duty.set_duty_phone(session, world.leader.viewer, person.id, number, now)


@pytest.fixture
def minutes_pass(database, work_off):
    """As if the time of one step had passed: one sweep, and the queues worked off."""

    def pass_() -> None:
        with database.begin() as session:
            session.execute(
                update(Alarm)
                .where(Alarm.next_at.is_not(None))
                .values(next_at=utcnow() - timedelta(seconds=1))
            )
            session.execute(update(Page).values(not_before=None))
        jobs.sweep()
        work_off()

    return pass_


def texts(account, number) -> list[str]:
    return [message["body"] for message in account.thread(number) if message["direction"] == "outbound-api"]


def pages(database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Page.state).order_by(Page.at, Page.id)))


def test_an_urgent_text_at_night_is_answered_by_the_leader(
    phone, account, database, world, app, night, work_off, minutes_pass
):
    phone.send_sms(RESIDENT, FIRE)
    work_off()
    with database.reading() as session:
        tip = session.scalars(select(Tip)).one()
        code, tip_id = grouped(tip.code or ""), tip.id
    said = f"Tin khan {code}, CAX Duc Lap. Mo trang tin bao, bam Toi da nhan tin."
    assert (texts(account, ON_SHIFT), texts(account, LEADER)) == ([said], [])

    jobs.sweep()  # the step's time is not up
    work_off()
    assert texts(account, LEADER) == []
    minutes_pass()
    assert (texts(account, ON_SHIFT), texts(account, LEADER)) == ([said], [said])

    leader = signed_in(app, database, world.leader)
    page = leader.get("/figures").text
    assert "Tôi đã nhận tin" in page and code.replace(" ", "\u00a0") in page
    assert leader.post(f"/tips/{tip_id}/acknowledge").location.endswith(f"/admin/tips/{tip_id}")
    assert "Tôi đã nhận tin</button>" not in leader.get("/figures").text

    history = leader.get(f"/tips/{tip_id}").text
    told = [
        f"Báo cán bộ đơn vị: {world.officer.display_name}",
        f"Báo chỉ huy: {world.leader.display_name}",
        f'Nhận tin báo khẩn <span class="by">{world.leader.display_name}</span>',
    ]
    places = [history.index(sentence) for sentence in told]
    assert places == sorted(places)
    assert f"{world.leader.display_name} đã nhận tin" in history
    minutes_pass()
    assert (texts(account, ON_SHIFT), texts(account, LEADER)) == ([said], [said])
    assert pages(database) == [PageState.SENT] * 2


def test_a_page_that_the_provider_did_not_take_is_tried_again_only_while_it_is_wanted(
    phone, account, database, world, night, work_off, minutes_pass
):
    account.arm(Faults(send_500=1))
    phone.send_sms(RESIDENT, FIRE)
    work_off()
    assert (texts(account, ON_SHIFT), pages(database)) == ([], [PageState.TO_SEND])
    with database.begin() as session:
        tip_id = session.scalars(select(Tip.id)).one()
        alarms.acknowledge(session, world.leader.viewer, tip_id, utcnow())
    minutes_pass()
    assert (texts(account, ON_SHIFT), pages(database)) == ([], [PageState.DROPPED])


def test_a_page_whose_worker_died_is_shown_failed_and_the_chain_climbs_on(
    phone, account, database, world, night, work_off, minutes_pass, app
):
    account.arm(Faults(send_500=1))
    phone.send_sms(RESIDENT, FIRE)
    work_off()
    with database.begin() as session:
        page_id = session.scalars(select(Page.id)).one()
        session.execute(update(Page).values(not_before=None))
        assert work.claim(session, work.SEND_PAGE, page_id, utcnow() - timedelta(minutes=2))
    minutes_pass()
    assert pages(database) == [PageState.FAILED, PageState.SENT]
    assert (texts(account, ON_SHIFT), len(texts(account, LEADER))) == ([], 1)
    with database.reading() as session:
        tip_id = session.scalars(select(Tip.id)).one()
    history = signed_in(app, database, world.leader).get(f"/tips/{tip_id}").text
    assert f"Báo cán bộ đơn vị: {world.officer.display_name} (không nhắn tin được)" in history


def test_alarms_climb_while_the_queue_is_away(
    phone, database, night, work_off, valkey_server, minutes_pass, account
):
    phone.send_sms(RESIDENT, FIRE)
    work_off()
    with database.begin() as session:
        session.execute(update(Alarm).values(next_at=utcnow() - timedelta(seconds=1)))
    with valkey_server.stopped():
        jobs.sweep()
        assert pages(database) == [PageState.SENT, PageState.TO_SEND]
    jobs.sweep()
    work_off()
    assert len(texts(account, LEADER)) == 1


def signed_in(app, database, person) -> Officer:
    with database.begin() as session:
        session.get_one(Staff, person.id).must_change_password = False
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = str(person.session_id), True
    return Officer(client)
