"""The alarm of an urgent tip: what raises and ends it, whom its steps call, and two that climb at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from hotline.clock import local
from hotline.errors import HotlineError
from hotline.models import Alarm, AuditEvent, Page, Staff, Tip, TipKey
from hotline.models.duty import PageState
from hotline.queries.alarms import ringing
from hotline.rules.lifecycle import Outcome, Status
from hotline.services import alarms, assignment, audit, corrections, duty, followup, matters, triage
from tests.builders import NOW, count, create_tip, receive
from tests.concurrency import at_once

FIRE = "Cháy nhà ở xã Đức Lập, cứu với, lửa lớn lắm rồi"
AGAIN = "lại cháy nữa rồi, có người kẹt"
CALM = "Hàng xóm ở xã Đức Lập hay mở nhạc to"
PAUSE = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


@pytest.fixture
def fire(database, world):
    """An urgent tip that the rules gave to one of Đức Lập's officers: its id."""
    with database.begin() as session:
        tip_id = receive(session, FIRE).tip_id
        triage.run(session, tip_id, NOW)
        return tip_id


def climb(session, tip_id, now):
    """Names of those whom the step called."""
    alarms.climb(session, tip_id, now, PAUSE)
    called = select(Staff).join(Page, Page.staff_id == Staff.id).where(Page.tip_id == tip_id, Page.at == now)
    return {person.id for person in session.scalars(called)}


def told(session, tip, body, at):
    """A further text that names the tip, read."""
    receive(session, f"{tip.code} {body}", at=at)
    session.expire(tip, ["messages"])
    triage.run(session, tip.id, at)


def inbound(tip):
    return [message for message in tip.messages if message.inbound]


def close_and_open(session, world, tip_id):
    followup.set_outcome(session, world.leader.viewer, tip_id, Outcome.MEDIATED, "", NOW)
    followup.read(session, world.officer.viewer, tip_id, NOW)


def state(session, tip_id):
    alarm = session.get(Alarm, tip_id, populate_existing=True)
    return None if alarm is None else (alarm.step, alarm.next_at, alarm.acknowledged_by_id)


def kinds(session, tip_id):
    found = select(AuditEvent.kind).where(AuditEvent.tip_id == tip_id).order_by(AuditEvent.seq)
    return [kind for kind in session.scalars(found) if kind.startswith("alarm")]


@pytest.mark.both_databases
def test_an_alarm_climbs_from_the_unit_to_everybody_and_is_repeated(database, world, fire):
    with database.begin() as session:
        assert state(session, fire) == (0, NOW, None)
        steps = [climb(session, fire, NOW + n * PAUSE) for n in range(5)]
        assert steps == [
            {world.officer.id, world.colleague.id},
            {world.leader.id},
            {world.duty.id},
            {world.officer.id, world.colleague.id, world.leader.id, world.duty.id},
            {world.officer.id, world.colleague.id, world.leader.id, world.duty.id},
        ]
        assert state(session, fire) == (5, NOW + 5 * PAUSE, None)
        assert climb(session, fire, NOW + 5 * PAUSE - SECOND) == set()
        assert alarms.due(session, NOW + 5 * PAUSE - SECOND, 9) == []
        assert alarms.due(session, NOW + 5 * PAUSE, 9) == [fire]
        assert kinds(session, fire) == ["alarm_raised"] + ["alarm_paged"] * 5
        assert audit.verify(session).broken_seq is None


def test_who_is_called_sees_it_and_in_the_end_everybody(database, world, fire):
    def seen(session):
        people = (world.officer, world.leader, world.duty, world.admin, world.stranger, world.statistician)
        return [bool(ringing(session, person.viewer)) for person in people]

    with database.begin() as session:
        assert seen(session) == [False] * 6
        climb(session, fire, NOW)
        assert seen(session) == [True, False, False, False, False, False]
        climb(session, fire, NOW + PAUSE)
        assert seen(session) == [True, True, False, False, False, False]
        for n in (2, 3):
            climb(session, fire, NOW + n * PAUSE)
        # Never who does not see the tip.
        assert seen(session) == [True, True, True, True, False, False]
        shown = ringing(session, world.leader.viewer)[0]
        assert (shown.unit, shown.category, shown.everybody) == ("Công an xã Đức Lập", "CHAY_NO", True)
        alarms.acknowledge(session, world.leader.viewer, fire, NOW + 4 * PAUSE)
        assert seen(session) == [False] * 6


@pytest.mark.both_databases
def test_two_sweeps_at_once_take_one_step(database, world, fire):
    at_once(database, *[lambda session: alarms.climb(session, fire, NOW, PAUSE)] * 3)
    with database.reading() as session:
        assert state(session, fire) == (1, NOW + PAUSE, None)
        assert count(session, Page) == 2
        assert kinds(session, fire) == ["alarm_raised", "alarm_paged"]


@pytest.mark.both_databases
def test_an_answer_and_a_step_at_once_never_leave_it_ringing(database, world, fire):
    with database.begin() as session:
        climb(session, fire, NOW)
    at_once(
        database,
        lambda session: alarms.climb(session, fire, NOW + PAUSE, PAUSE),
        lambda session: alarms.acknowledge(session, world.officer.viewer, fire, NOW + PAUSE),
        lambda session: alarms.acknowledge(session, world.colleague.viewer, fire, NOW + PAUSE),
    )
    with database.reading() as session:
        step, next_at, by = state(session, fire)
        assert next_at is None and step in (1, 2)
        assert by in (world.officer.id, world.colleague.id)
        assert kinds(session, fire).count("alarm_acknowledged") == 1


def test_the_roster_says_who_is_called(database, world, fire):
    with database.begin() as session:
        leader, hour = world.leader.viewer, timedelta(hours=1)
        holder = session.get_one(Tip, fire).officer_id
        for person in (world.leader, world.colleague, world.officer):
            if person.id != holder:
                duty.add_shift(session, leader, person.id, NOW - hour, NOW + hour, now=NOW)
        # The leader is on shift: the step of leaders would call nobody new and is not waited for.
        assert climb(session, fire, NOW) == {world.leader.id, world.officer.id, world.colleague.id}
        assert climb(session, fire, NOW + PAUSE) == {world.duty.id}


def test_a_gap_in_the_roster_calls_the_unit_all_the_same(database, world, fire):
    with database.begin() as session:
        later, hour = NOW + timedelta(days=1), timedelta(hours=1)
        duty.add_shift(session, world.leader.viewer, world.officer.id, later, later + hour, now=NOW)
        session.get_one(Tip, fire).officer_id = None
        assert climb(session, fire, NOW) == {world.officer.id, world.colleague.id}


def test_nobody_on_leave_is_called_before_the_last_step(database, world, fire):
    with database.begin() as session:
        today = local(NOW).date()
        for person in (world.officer, world.colleague, world.leader):
            duty.add_absence(session, world.leader.viewer, person.id, today, today, NOW)
        assert climb(session, fire, NOW) == {world.duty.id}
        assert climb(session, fire, NOW + PAUSE) == {world.duty.id, world.leader.id}


@pytest.mark.parametrize(
    ("act", "by", "kind"),
    [
        (lambda s, w, t: followup.claim(s, w.colleague.viewer, t, NOW), "colleague", "alarm_acknowledged"),
        (lambda s, w, t: alarms.acknowledge(s, w.duty.viewer, t, NOW), "duty", "alarm_acknowledged"),
        (lambda s, w, t: corrections.set_urgent(s, w.leader.viewer, t, False, NOW), None, "alarm_called_off"),
        (
            lambda s, w, t: followup.set_outcome(s, w.leader.viewer, t, Outcome.TRANSFERRED, "", NOW),
            None,
            "alarm_called_off",
        ),
    ],
    ids=["claim", "acknowledge", "not urgent", "closed"],
)
def test_what_ends_an_alarm(database, world, fire, act, by, kind):
    with database.begin() as session:
        climb(session, fire, NOW)
        act(session, world, fire)
        assert state(session, fire)[1:] == (None, by and getattr(world, by).id)
        assert kinds(session, fire)[-1] == kind
        assert climb(session, fire, NOW + PAUSE) == set()


def test_what_raises_an_alarm(database, world):
    with database.begin() as session:
        tip_id = receive(session, CALM).tip_id
        triage.run(session, tip_id, NOW)
        assert state(session, tip_id) is None
        # A later text makes it urgent; a further one changes nothing.
        receive(session, FIRE, at=NOW + SECOND)
        triage.run(session, tip_id, NOW + SECOND)
        assert state(session, tip_id) == (0, NOW + SECOND, None)
        climb(session, tip_id, NOW + SECOND)
        receive(session, "lửa lan rồi, cứu với", at=NOW + 2 * SECOND)
        triage.run(session, tip_id, NOW + 2 * SECOND)
        assert state(session, tip_id)[0] == 1
        # Once acknowledged, urgency that goes and comes back rings again.
        alarms.acknowledge(session, world.leader.viewer, tip_id, NOW + PAUSE)
        assert not alarms.acknowledge(session, world.duty.viewer, tip_id, NOW + PAUSE)
        assert state(session, tip_id) == (1, None, world.leader.id)
        corrections.set_urgent(session, world.leader.viewer, tip_id, False, NOW + PAUSE)
        corrections.set_urgent(session, world.duty.viewer, tip_id, True, NOW + 2 * PAUSE)
        assert state(session, tip_id) == (0, NOW + 2 * PAUSE, None)
        # Those who were called the last time are not called yet.
        assert ringing(session, world.officer.viewer) == []
        climb(session, tip_id, NOW + 2 * PAUSE)
        assert len(ringing(session, world.officer.viewer)) == 1


@pytest.mark.parametrize(
    ("act", "renewed"),
    [
        (lambda s, w, t: alarms.acknowledge(s, w.leader.viewer, t, NOW), []),
        (lambda s, w, t: corrections.set_urgent(s, w.leader.viewer, t, False, NOW), ["urgency_renewed"]),
        (lambda s, w, t: followup.set_outcome(s, w.leader.viewer, t, Outcome.MEDIATED, "", NOW), []),
        (lambda s, w, t: close_and_open(s, w, t), []),
    ],
    ids=["acknowledged", "not urgent", "closed", "closed and looked at"],
)
def test_new_urgent_words_ring_again_once(database, world, fire, act, renewed):
    with database.begin() as session:
        tip = session.get_one(Tip, fire)
        climb(session, fire, NOW)
        act(session, world, fire)
        told(session, tip, "Nhà tôi ở thôn 3", NOW + SECOND)
        assert state(session, fire)[1] is None
        told(session, tip, AGAIN, NOW + 2 * SECOND)
        assert state(session, fire) == (0, NOW + 2 * SECOND, None)
        assert (tip.urgent, tip.urgent_by_officer) == (True, False)
        found = session.scalars(select(AuditEvent.kind).where(AuditEvent.tip_id == fire)).all()
        assert [kind for kind in found if kind == "urgency_renewed"] == renewed
        # The same words read again, and what is calm, ring nobody.
        alarms.acknowledge(session, world.leader.viewer, fire, NOW + 3 * SECOND)
        tip.triage_wanted += 1
        assert triage.run(session, fire, NOW + 4 * SECOND)
        told(session, tip, "Cảm ơn các anh", NOW + 5 * SECOND)
        assert state(session, fire)[1:] == (None, world.leader.id)


def test_a_cry_among_many_calm_words_is_heard_and_stays(database, world):
    with database.begin() as session:
        tip_id = receive(session, CALM * 40).tip_id
        triage.run(session, tip_id, NOW)
        tip = session.get_one(Tip, tip_id)
        assert not tip.urgent
        told(session, tip, AGAIN, NOW + SECOND)
        assert tip.urgent and state(session, tip_id) == (0, NOW + SECOND, None)
        assert {seen["source"] for seen in tip.urgent_evidence} == {f"message:{inbound(tip)[-1].id}"}
        seen = tip.urgent_evidence[0]
        assert inbound(tip)[-1].body[seen["start"] : seen["end"]] == seen["text"]
        told(session, tip, "Nhà tôi ở thôn 3, cổng màu xanh", NOW + 2 * SECOND)
        assert tip.urgent and state(session, tip_id)[1] is not None


def test_a_tip_read_before_its_words_were_noted_rings_for_the_newest(database, world, fire):
    with database.begin() as session:
        tip = session.get_one(Tip, fire)
        alarms.acknowledge(session, world.leader.viewer, fire, NOW)
        tip.words_read = None
        told(session, tip, AGAIN, NOW + SECOND)
        assert state(session, fire) == (0, NOW + SECOND, None)


def test_who_finds_their_own_tip_urgent_while_verifying_has_it_already(database, world):
    with database.begin() as session:
        tip_id = create_tip(session, world.duc_lap, officer=world.officer).id
        followup.claim(session, world.officer.viewer, tip_id, NOW)
        corrections.set_urgent(session, world.officer.viewer, tip_id, True, NOW)
        assert state(session, tip_id) is None


def test_whoever_is_given_an_urgent_tip_has_to_say_so(database, world, fire):
    """The duty desk has it, and sends it on: the people there are called from the first step."""
    with database.begin() as session:
        climb(session, fire, NOW)
        alarms.acknowledge(session, world.duty.viewer, fire, NOW + SECOND)
        later = NOW + 2 * SECOND
        followup.assign(
            session,
            world.duty.viewer,
            fire,
            unit_id=world.song_luy.id,
            officer_id=world.stranger.id,
            now=later,
        )
        assert state(session, fire) == (0, later, None)
        assert climb(session, fire, later) == {world.stranger.id}
        followup.claim(session, world.stranger.viewer, fire, later)
        assignment.hand_over(session, world.duty.viewer, world.stranger.id, world.officer.id, later + PAUSE)
        assert state(session, fire) == (0, later + PAUSE, None)
        # To take it oneself is an answer.
        followup.claim(session, world.leader.viewer, fire, later + PAUSE)
        assert state(session, fire)[1:] == (None, world.leader.id)


def test_a_closed_tip_rings_when_its_news_are_urgent(database, world):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, outcome=Outcome.MEDIATED)
        receive(session, f"{tip.code} {FIRE}", at=NOW + PAUSE)
        triage.run(session, tip.id, NOW + PAUSE)
        assert tip.status == Status.CLOSED
        assert state(session, tip.id) == (0, NOW + PAUSE, None)


@pytest.mark.parametrize(
    ("holder", "opener", "urgent", "rings"),
    [
        ("officer", "officer", True, False),
        ("officer", "leader", True, True),
        (None, "leader", True, True),
        ("officer", "leader", False, False),
    ],
)
def test_reopening_an_urgent_tip_calls_whoever_is_to_have_it(database, world, holder, opener, urgent, rings):
    with database.begin() as session:
        officer = getattr(world, holder) if holder else None
        tip = create_tip(session, world.duc_lap, officer=officer, outcome=Outcome.MEDIATED)
        tip.urgent = urgent
        followup.reopen(session, getattr(world, opener).viewer, tip.id, "Lại xảy ra", NOW + PAUSE)
        assert state(session, tip.id) == ((0, NOW + PAUSE, None) if rings else None)


def test_texts_go_to_duty_phones_but_not_for_a_demonstration(database, world, fire):
    with database.begin() as session:
        duty.set_duty_phone(session, world.leader.viewer, world.officer.id, "0900000012", NOW)
        other = receive(session, FIRE, sender=None).tip_id
        triage.run(session, other, NOW)
        session.get_one(Tip, other).demonstration = True
        for tip_id, states in ((fire, ["shown", "to_send"]), (other, ["shown", "shown"])):
            sent = alarms.climb(session, tip_id, NOW, PAUSE)
            pages = session.scalars(select(Page).where(Page.tip_id == tip_id)).all()
            assert sorted(page.state for page in pages) == states
            assert sent == [page.id for page in pages if page.state == PageState.TO_SEND]


def test_a_tip_whose_content_was_deleted_breaks_no_page(database, world, fire):
    with database.begin() as session:
        duty.set_duty_phone(session, world.leader.viewer, world.officer.id, "0900000012", NOW)
        (page_id,) = alarms.climb(session, fire, NOW, PAUSE)
        session.execute(delete(TipKey).where(TipKey.tip_id == fire))
    with database.begin() as session:
        assert [alarm.code for alarm in ringing(session, world.officer.viewer)] == [None]
        assert alarms.text_of(session, session.get_one(Page, page_id)) is None


def ring(session, sender):
    """A further tip of the same fire: its id."""
    tip_id = receive(session, FIRE, sender=sender).tip_id
    triage.run(session, tip_id, NOW)
    return tip_id


@pytest.mark.parametrize("act", [alarms.acknowledge, followup.claim])
def test_one_answer_is_for_all_linked_tips_and_for_no_other(database, world, fire, act):
    with database.begin() as session:
        linked, suggested = ring(session, "+84900000031"), ring(session, "+84900000032")
        matters.link(session, world.leader.viewer, linked, fire, NOW)
        assert all(state(session, one)[1] for one in (fire, linked, suggested))
        act(session, world.officer.viewer, linked, NOW + SECOND)
        for one in (fire, linked):
            assert state(session, one)[1:] == (None, world.officer.id)
            assert kinds(session, one)[-1] == "alarm_acknowledged"
        assert state(session, suggested)[1] is not None
        # A tip that is linked to what somebody has stops ringing; so do both when it is the one linked to.
        matters.link(session, world.leader.viewer, fire, suggested, NOW + 2 * SECOND)
        assert state(session, suggested)[1:] == (None, world.officer.id)
        assert kinds(session, suggested)[-1] == "alarm_joined"
        assert audit.verify(session).broken_seq is None


@pytest.mark.parametrize("ended", ["closed", "not urgent"])
def test_what_is_linked_to_an_event_that_is_over_rings_on(database, world, fire, ended):
    with database.begin() as session:
        linked = ring(session, "+84900000031")
        alarms.acknowledge(session, world.leader.viewer, fire, NOW)
        if ended == "closed":
            followup.set_outcome(session, world.leader.viewer, fire, Outcome.MEDIATED, "", NOW)
        else:
            corrections.set_urgent(session, world.leader.viewer, fire, False, NOW)
        matters.link(session, world.leader.viewer, linked, fire, NOW)
        assert state(session, linked)[1] is not None


@pytest.mark.both_databases
def test_two_who_answer_linked_tips_at_once_do_not_wait_for_each_other(database, world, fire):
    with database.begin() as session:
        linked = ring(session, "+84900000031")
        matters.link(session, world.leader.viewer, linked, fire, NOW)
    answers = at_once(
        database,
        lambda session: alarms.acknowledge(session, world.officer.viewer, fire, NOW),
        lambda session: followup.claim(session, world.colleague.viewer, linked, NOW),
        lambda session: alarms.acknowledge(session, world.leader.viewer, linked, NOW),
        lambda session: alarms.climb(session, fire, NOW, PAUSE),
        lambda session: alarms.climb(session, linked, NOW, PAUSE),
    )
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    with database.reading() as session:
        for one in (fire, linked):
            assert state(session, one)[1] is None
            assert kinds(session, one).count("alarm_acknowledged") == 1


@pytest.mark.parametrize("outsider", ["stranger", "statistician"])
def test_who_does_not_see_the_tip_cannot_answer_for_it(database, world, fire, outsider):
    with database.begin() as session:
        with pytest.raises(HotlineError):
            alarms.acknowledge(session, getattr(world, outsider).viewer, fire, NOW)
        assert state(session, fire) == (0, NOW, None)
