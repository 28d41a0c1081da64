"""Tips find their unit and person by duty, leave and speciality; what somebody held is handed over whole."""

from __future__ import annotations

from datetime import timedelta
from threading import Event
from time import sleep

import pytest
from sqlalchemy import select

from hotline.clock import local
from hotline.errors import InvalidChange, NotAllowed, NotFound
from hotline.models import AuditEvent, Tip, UnitCategory, UnitProvince
from hotline.rules.lifecycle import Outcome, Status
from hotline.services import assignment, audit, duty, followup, staff, triage
from tests.builders import NOW, create_staff, create_tip, create_unit, receive
from tests.concurrency import at_once

DRUGS = "Có người bán ma túy ở thôn 3 xã Đức Lập, tối nào cũng có người lạ tới mua"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = local(NOW).date()


def told(session, body=DRUGS) -> Tip:
    received = receive(session, body, sender=None)
    triage.run(session, received.tip_id, NOW)
    return session.get_one(Tip, received.tip_id)


def why(tip: Tip) -> dict[str, object]:
    return tip.assignments[-1].reason


@pytest.mark.both_databases
def test_who_is_there_and_knows_it_best_is_given_the_tip(database, world):
    with database.begin() as session:
        leader = world.leader.viewer
        duty.set_specialities(session, leader, world.colleague.id, ["MA_TUY"], NOW)
        tip = told(session)
        assert tip.officer_id == world.colleague.id
        assert why(tip) == {
            "code": "area", "commune": "24664", "speciality": "MA_TUY", "load": 0, "urgent": 0, "of": 1,
        }  # fmt: skip
        # On shift counts for more; on leave for everything.
        duty.add_shift(session, leader, world.officer.id, NOW - HOUR, NOW + HOUR, now=NOW)
        tip = told(session)
        assert (tip.officer_id, why(tip)["on_shift"]) == (world.officer.id, True)
        duty.add_absence(session, leader, world.officer.id, TODAY, TODAY, NOW)
        tip = told(session)
        assert (tip.officer_id, why(tip)["staffing"]) == (world.colleague.id, "none_on_shift")
        for person in (world.colleague, world.leader):
            duty.add_absence(session, leader, person.id, TODAY, TODAY + DAY, NOW)
        tip = told(session)
        assert (tip.unit_id, tip.officer_id, tip.status) == (world.duc_lap.id, None, Status.NEW)
        assert why(tip) == {"code": "area", "commune": "24664", "staffing": "all_on_leave"}


def test_specialised_units_and_whole_provinces_are_found(database, world):
    with database.begin() as session:
        province = create_unit(session, "PC02", "Phòng Cảnh sát hình sự", world.root)
        province.provinces = [UnitProvince(province_code="68")]
        drugs = create_unit(session, "PC04", "Phòng Cảnh sát ma túy", world.root)
        drugs.categories = [UnitCategory(category="MA_TUY")]
        session.flush()
        for body, unit, code in (
            (DRUGS, drugs, "specialised"),
            ("Trộm vào nhà lấy xe máy ở xã Đức Lập", world.duc_lap, "area"),
            ("Trộm vào nhà lấy xe máy ở xã Di Linh, Lâm Đồng", province, "province"),
            ("Trộm vào nhà lấy xe máy đâu đó ở tỉnh Lâm Đồng", province, "province"),
            ("Trộm vào nhà lấy xe máy ở tỉnh Hà Tĩnh", world.root, "duty_vague"),
        ):
            tip = told(session, body)
            assert (tip.unit_id, why(tip)["code"]) == (unit.id, code), body


def test_what_a_muted_sender_writes_is_given_to_nobody_unless_it_is_urgent(database, world):
    with database.begin() as session:
        for body, status in ((DRUGS, Status.NEW), ("Cháy nhà ở xã Đức Lập, cứu với", Status.ASSIGNED)):
            received = receive(session, body, sender=None)
            session.get_one(Tip, received.tip_id).muted = True
            triage.run(session, received.tip_id, NOW)
            assert session.get_one(Tip, received.tip_id).status == status


@pytest.mark.both_databases
def test_everything_open_goes_to_a_colleague_or_back_to_the_unit(database, world):
    with database.begin() as session:
        mine = [create_tip(session, world.duc_lap, officer=world.officer, sender=None).id for _ in range(3)]
        followup.claim(session, world.officer.viewer, mine[0], NOW)
        closed = create_tip(session, world.duc_lap, officer=world.officer, outcome=Outcome.MEDIATED)
        theirs = create_tip(session, world.duc_lap, officer=world.colleague)
        assert (
            assignment.hand_over(session, world.leader.viewer, world.officer.id, world.colleague.id, NOW) == 3
        )
        for tip_id in mine:
            tip = session.get_one(Tip, tip_id)
            assert (tip.officer_id, tip.status) == (world.colleague.id, Status.ASSIGNED)
            assert why(tip) == {"code": "handed_over", "from": str(world.officer.id)}
        assert closed.officer_id == world.officer.id
        assert assignment.hand_over(session, world.leader.viewer, world.colleague.id, None, NOW) == 4
        assert (theirs.unit_id, theirs.officer_id, theirs.status) == (world.duc_lap.id, None, Status.NEW)
        assert assignment.hand_over(session, world.leader.viewer, world.colleague.id, None, NOW) == 0
        events = session.scalars(select(AuditEvent.detail).where(AuditEvent.kind == "tips_handed_over")).all()
        assert [event["tips"] for event in events] == [3, 4]
        assert audit.verify(session).broken_seq is None


def test_a_hand_over_to_another_post_takes_the_tips_there(database, world):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, officer=world.officer)
        assignment.hand_over(session, world.duty.viewer, world.officer.id, world.stranger.id, NOW)
        assert (tip.unit_id, tip.officer_id) == (world.song_luy.id, world.stranger.id)


def test_who_may_hand_over_and_to_whom(database, world):
    with database.begin() as session:
        create_tip(session, world.duc_lap, officer=world.officer)
        gone = create_staff(session, world.duc_lap)
        gone.active = False
        leader = world.leader.viewer
        for viewer, giver, taker, error in (
            (world.officer.viewer, world.officer, world.colleague, NotAllowed),
            (leader, world.stranger, world.colleague, NotFound),
            (leader, world.officer, world.stranger, NotFound),
            (leader, world.officer, world.officer, InvalidChange),
            (leader, world.officer, gone, InvalidChange),
            (world.admin.viewer, world.officer, world.statistician, InvalidChange),
        ):
            with pytest.raises(error):
                assignment.hand_over(session, viewer, giver.id, taker.id, NOW)


def test_who_is_locked_out_leaves_their_tips_to_whom_is_named(database, world):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, officer=world.officer)
        name, admin = world.officer.username, world.admin.viewer
        assert staff.disable(session, admin, name, NOW, to_id=world.colleague.id) == 1
        assert (tip.officer_id, why(tip)["code"]) == (world.colleague.id, "handed_over")
        assert staff.disable(session, admin, world.colleague.username, NOW) == 1
        assert (tip.officer_id, tip.status) == (None, Status.NEW)


@pytest.mark.both_databases
def test_nothing_is_lost_when_tips_change_during_a_hand_over(database, world):
    """One is closed, one claimed by a colleague and one arrives while everything is handed over."""
    with database.begin() as session:
        closing = create_tip(session, world.duc_lap, officer=world.officer, sender=None).id
        claimed = create_tip(session, world.duc_lap, officer=world.officer, sender=None).id
        kept = create_tip(session, world.duc_lap, officer=world.officer, sender=None).id
        coming = receive(session, DRUGS, sender=None).tip_id
        duty.add_absence(session, world.leader.viewer, world.leader.id, TODAY, TODAY, NOW)

    def lock_out(session):
        return staff.disable(session, world.admin.viewer, world.officer.username, NOW, to_id=world.leader.id)

    def close(session):
        return followup.set_outcome(session, world.leader.viewer, closing, Outcome.MEDIATED, "", NOW)

    def claim(session):
        return followup.claim(session, world.colleague.viewer, claimed, NOW)

    at_once(database, lock_out, close, claim, lambda session: triage.run(session, coming, NOW))
    with database.reading() as session:
        tips = {tip.id: tip for tip in session.scalars(select(Tip))}
        assert tips[closing].status == Status.CLOSED
        assert tips[claimed].officer_id == world.colleague.id
        assert tips[kept].officer_id == world.leader.id
        assert tips[coming].officer_id in (world.leader.id, world.colleague.id)
        held = [tip.id for tip in tips.values() if tip.officer_id == world.officer.id]
        assert held in ([], [closing])
        assert audit.verify(session).broken_seq is None


@pytest.mark.both_databases
@pytest.mark.parametrize("how", ["given", "claimed"])
def test_nobody_is_given_a_tip_while_being_locked_out(database, world, how):
    with database.begin() as session:
        tip_id = create_tip(session, world.duc_lap, sender=None).id
    begun, person = Event(), world.officer

    def lock_out(session):
        staff.disable(session, world.admin.viewer, person.username, NOW)
        begun.set()
        sleep(0.3)

    def give(session):
        begun.wait(0.3)
        if how == "claimed":
            followup.claim(session, person.viewer, tip_id, NOW)
        else:
            unit_id = world.duc_lap.id
            followup.assign(
                session, world.leader.viewer, tip_id, unit_id=unit_id, officer_id=person.id, now=NOW
            )

    at_once(database, lock_out, give)
    with database.reading() as session:
        assert session.get_one(Tip, tip_id).officer_id is None
