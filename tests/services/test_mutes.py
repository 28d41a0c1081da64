"""Muted senders: received and answered as everybody, given to nobody, unless it is urgent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from hotline.errors import Conflict, InvalidChange, NotAllowed, NotFound
from hotline.models import AuditEvent, MutedSender, SearchToken, Tip
from hotline.queries.inbox import Filter, Tab, inbox
from hotline.rules.lifecycle import Outcome
from hotline.services import audit, calls, followup, mutes, statistics, triage
from hotline.services.calls import CallNotice
from tests.builders import DAY, NOW, RESIDENT, count, create_call, create_tip, receive
from tests.concurrency import at_once

TODAY = date(2026, 10, 20)
LAST = TODAY + timedelta(days=mutes.DAYS)
NONSENSE = "ê mấy ông công an ăn cơm chưa, tối nay đánh bạc ở nhà tao nè, xã Đức Lập"
FIRE = "cháy nhà to lắm, có người kẹt trong nhà, cứu với, xã Đức Lập"


def mute(session, world, tip, last=LAST, now=NOW, person=None) -> MutedSender:
    return mutes.mute(session, (person or world.duty).viewer, tip.id, "Say rượu, quấy rối", last, now)


def told(session, body, at=NOW + DAY, sender=RESIDENT) -> Tip:
    tip_id = receive(session, body, at=at, sender=sender).tip_id
    triage.run(session, tip_id, at)
    return session.get_one(Tip, tip_id)


def test_a_muted_sender_is_received_read_and_answered_as_before_but_nobody_has_the_tip(database, world):
    with database.begin() as session:
        other = told(session, NONSENSE, sender="+84900000031")
        mute(session, world, create_tip(session, world.root))
        tip = told(session, NONSENSE, NOW + 2 * DAY)
        assert (other.muted, tip.muted) == (False, True)
        assert other.officer_id is not None and tip.officer_id is None
        assert [m.inbound for m in tip.messages] == [True, False]
        assert tip.messages[1].body.replace(tip.code, "").split()[0] == other.messages[1].body.split()[0]
        assert [c.code for c in tip.categories] == [c.code for c in other.categories] != []
        assert count(session, SearchToken, SearchToken.tip_id == tip.id) > 5
        call = create_call(session, at=NOW + 2 * DAY)
        assert session.get_one(Tip, call.tip_id).muted
        late = create_call(session, at=NOW + 2 * DAY, sender=None)
        calls.note_call(session, CallNotice(late.provider_sid, RESIDENT, "ringing"), NOW + 2 * DAY)
        assert session.get_one(Tip, late.tip_id).muted


def test_an_urgent_tip_of_a_muted_sender_goes_to_somebody(database, world):
    with database.begin() as session:
        mute(session, world, create_tip(session, world.root))
        tip = told(session, FIRE, NOW + 2 * DAY)
        assert (tip.muted, tip.urgent, tip.officer_id is not None, tip.is_set_aside) == (
            True,
            True,
            True,
            False,
        )
        quiet = told(session, NONSENSE, NOW + 5 * DAY)
        assert quiet.is_set_aside
        joined = told(session, FIRE, NOW + 5 * DAY + timedelta(hours=1))
        assert joined.id == quiet.id and quiet.officer_id is not None and not quiet.is_set_aside


@pytest.mark.both_databases
def test_what_waits_apart_is_in_a_tab_of_its_own_and_in_no_other_count(database, world):
    def tabs() -> dict[str, int]:
        later = NOW + 40 * DAY
        page = inbox(session, world.duty.viewer, Filter(tab=Tab.MUTED), 1, later)
        rows = {tab: inbox(session, world.duty.viewer, Filter(tab=tab), 1, later).total for tab in Tab}
        assert rows == page.counts
        return {tab.value: n for tab, n in page.counts.items() if n}

    with database.begin() as session:
        first = create_tip(session, world.root)
        assert tabs() == {"overdue": 1, "unit": 1, "unassigned": 1}
        mute(session, world, first)
        create_tip(session, at=NOW + DAY)
        assert tabs() == {"muted": 2}
        followup.claim(session, world.duty.viewer, first.id, NOW)
        assert tabs() == {"mine": 1, "overdue": 1, "unit": 1, "muted": 1}
        followup.set_outcome(session, world.duty.viewer, first.id, Outcome.NOT_A_TIP, "", NOW)
        assert tabs() == {"done": 1, "muted": 1}
        # Until somebody closes it as no tip it counts as every tip.
        found = statistics.report(session, world.duty.viewer, TODAY, TODAY + timedelta(days=5), now=NOW)
        assert (found.totals.received, found.not_tips) == (1, 1)


@pytest.mark.parametrize(("later", "muted"), [(0, True), (29.9, True), (30.6, False)], ids=str)
def test_a_mute_ends_with_its_last_day_in_vietnam(database, world, later, muted):
    with database.begin() as session:
        mute(session, world, create_tip(session))  # ten in the morning: thirty days and fourteen hours
        assert create_tip(session, at=NOW + later * DAY).muted is muted


@pytest.mark.parametrize(("later", "waits"), [(timedelta(hours=-1), True), (timedelta(), False)], ids=str)
def test_a_text_after_the_mute_brings_back_the_tip_it_joins(database, world, later, waits):
    end = datetime(2026, 10, 21, 17, tzinfo=UTC)  # midnight in Vietnam
    with database.begin() as session:
        mute(session, world, create_tip(session, world.root), last=TODAY + timedelta(days=1))
        tip = told(session, NONSENSE, end - timedelta(hours=2))
        assert tip.is_set_aside
        joined = told(session, "tuần trước họ trộm xe máy ở thôn 3 xã Đức Lập", end + later)
        assert joined.id == tip.id
        assert (tip.is_set_aside, tip.officer_id is None) == (waits, waits)


def test_lifting_brings_back_what_waited(database, world):
    with database.begin() as session:
        muted = mute(session, world, create_tip(session, world.root))
        tips = [told(session, NONSENSE, NOW + n * 2 * DAY) for n in (1, 2)]
        brought = mutes.lift(session, world.duty.viewer, muted.id, NOW + 5 * DAY)
        assert set(brought) >= {tip.id for tip in tips}
        assert not any(tip.muted for tip in tips)
        for tip in tips:
            triage.run(session, tip.id, NOW + 5 * DAY)
            assert tip.officer_id is not None
        assert not create_tip(session, at=NOW + 5 * DAY).muted
        with pytest.raises(Conflict):
            mutes.lift(session, world.duty.viewer, muted.id, NOW + 5 * DAY)
        kinds = session.scalars(select(AuditEvent.kind).where(AuditEvent.tip_id == muted.tip_id)).all()
        assert kinds[-2:] == ["sender_muted", "mute_lifted"]
        assert "Say" not in str(session.scalars(select(AuditEvent.detail)).all())
        assert audit.verify(session).broken_seq is None


@pytest.mark.both_databases
def test_lifting_ends_all_that_holds_for_the_sender(database, world):
    """Two leaders who mute a sender at the same moment on PostgreSQL do not see each other's."""
    with database.begin() as session:
        first, second = create_tip(session, world.root), create_tip(session, world.duc_lap)
        muted = [
            mute(session, world, first),
            mute(session, world, create_tip(session, sender="+84900000031")),
        ]
        muted[1].sender_lookup, muted[1].tip_id = muted[0].sender_lookup, second.id
        ids = [one.id for one in muted]
    answers = at_once(
        database,
        *[lambda s, one=one: mutes.lift(s, world.duty.viewer, one, NOW + DAY) for one in ids],
        *[lambda s, one=one: mutes.review(s, world.duty.viewer, one, NOW) for one in ids],
    )
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [Conflict]
    with database.begin() as session:
        assert count(session, MutedSender, MutedSender.in_force(NOW + DAY)) == 0
        assert not create_tip(session, at=NOW + DAY).muted
        assert count(session, AuditEvent, AuditEvent.kind == "mute_lifted") == 2


@pytest.mark.parametrize(
    ("last", "reason", "refused"),
    [
        (TODAY, "x", "từ 1 đến 90"),
        (TODAY + timedelta(days=1), "x", None),
        (TODAY + timedelta(days=90), "x", None),
        (TODAY + timedelta(days=91), "x", "từ 1 đến 90"),
        (LAST, "  ", "vì sao"),
        (LAST, "x" * 501, "500 ký tự"),
    ],
)
def test_for_how_long_and_why(database, world, last, reason, refused):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
        if refused is None:
            assert mutes.mute(session, world.leader.viewer, tip.id, reason, last, NOW).reason == reason
        else:
            with pytest.raises(InvalidChange, match=refused):
                mutes.mute(session, world.leader.viewer, tip.id, reason, last, NOW)
            assert not tip.muted


def test_who_may_mute_whom(database, world):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
        with pytest.raises(NotAllowed):
            mute(session, world, tip, person=world.officer)
        with pytest.raises(NotFound):
            mute(session, world, create_tip(session, world.song_luy), person=world.leader)
        with pytest.raises(InvalidChange, match="giấu số"):
            mute(session, world, create_tip(session, sender=None))
        muted = mute(session, world, tip, person=world.leader)
        with pytest.raises(Conflict):
            mute(session, world, create_tip(session, world.root))
        for person, error in ((world.officer, NotAllowed), (world.stranger, NotAllowed)):
            with pytest.raises(error):
                mutes.lift(session, person.viewer, muted.id, NOW)
        mutes.review(session, world.leader.viewer, muted.id, NOW)


@pytest.mark.parametrize(
    ("days", "later", "reviewed", "waits"),
    [
        (90, 29, None, False),
        (90, 30, None, True),
        (90, 40, 35, False),
        (90, 66, 35, True),
        (10, 9, None, False),
        (10, 11, None, True),
        (10, 11, 9, True),
        (10, 12, 11, False),
    ],
)
@pytest.mark.both_databases
def test_when_a_mute_is_to_be_looked_at(database, world, days, later, reviewed, waits):
    with database.begin() as session:
        muted = mute(session, world, create_tip(session), TODAY + timedelta(days=days))
        if reviewed is not None:
            mutes.review(session, world.duty.viewer, muted.id, NOW + reviewed * DAY)
        asked = select(MutedSender.id).where(mutes.to_review(NOW + later * DAY))
        assert (session.scalar(asked) is not None) is waits
        if later < days:
            mutes.lift(session, world.duty.viewer, muted.id, NOW + later * DAY)
            assert session.scalar(asked) is None
