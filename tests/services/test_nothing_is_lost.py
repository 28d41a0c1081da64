"""What once made a resident's words vanish or an officer's answer go out twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from hotline.errors import InvalidChange
from hotline.models import Call, Recording, Tip
from hotline.models.call import RecordingState
from hotline.queries import inbox
from hotline.rules.lifecycle import Outcome, Status
from hotline.rules.tip_code import grouped
from hotline.services import calls, followup, recordings, staff, statistics, triage, work
from hotline.services.calls import RecordingNotice
from hotline.services.register import operator, tip_record
from hotline.telephony.simulator.sids import new_sid
from tests.builders import NOW, create_call, create_recording, create_tip, receive


def test_a_text_that_says_one_word_hundreds_of_times_is_read(database, world):
    with database.begin() as session:
        tip_id = receive(session, "xã " * 800).tip_id
        assert triage.run(session, tip_id, NOW)
        assert session.get_one(Tip, tip_id).officer_id is not None


@pytest.mark.parametrize("said", [",", "bịt cả đường"])
def test_a_tip_that_breaks_the_rules_goes_to_somebody_all_the_same(database, world, said):
    def broken(*_args, **_options):
        raise OverflowError

    with database.begin() as session:
        tip_id = receive(session, said).tip_id
        assert triage.run(session, tip_id, NOW, broken)
        tip = session.get_one(Tip, tip_id)
        session.refresh(tip)
        assert tip.officer_id is not None
        assert tip.assignments[-1].reason["code"] == "triage_failed"
        assert not triage.run(session, tip_id, NOW)


def test_what_is_added_to_a_closed_tip_is_seen(database, world):
    viewer = world.officer.viewer
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, officer=world.officer)
        followup.set_outcome(session, viewer, tip.id, Outcome.MEDIATED, "", NOW)
        assert inbox.inbox(session, viewer, inbox.Filter(tab=inbox.Tab.MINE), 1, NOW).rows == []
        receive(session, f"Lửa lại bùng lên, tin {grouped(tip.code or '')}", sender=None)
        for tab in (inbox.Tab.MINE, inbox.Tab.UNIT):
            found = inbox.inbox(session, viewer, inbox.Filter(tab=tab), 1, NOW)
            assert [row.id for row in found.rows] == [tip.id]
            assert found.counts[tab] == 1
        followup.read(session, viewer, tip.id, NOW)
        assert inbox.inbox(session, viewer, inbox.Filter(tab=inbox.Tab.UNIT), 1, NOW).rows == []


@pytest.mark.parametrize(
    ("ended_ago", "started_ago", "asked"),
    [
        (None, timedelta(minutes=4), False),  # still speaking
        (None, timedelta(minutes=11), True),  # nobody told us of the end: the provider is asked
        (timedelta(minutes=1), timedelta(minutes=4), False),  # the callback may be on its way
        (timedelta(minutes=3), timedelta(minutes=4), True),
    ],
)
def test_the_provider_is_asked_only_about_calls_that_may_be_over(
    database, world, ended_ago, started_ago, asked
):
    with database.begin() as session:
        call: Call = create_call(session, at=NOW - started_ago, ended=False)
        call.ended_at = None if ended_ago is None else NOW - ended_ago
        session.flush()
        found = recordings.calls_to_reconcile(session, NOW, 10)
        assert found == ([call.id] if asked else [])


def test_work_that_takes_its_worker_with_it_is_given_up_visibly(database, world):
    with database.begin() as session:
        recording = create_recording(session, state=RecordingState.TO_TRANSCRIBE)
        recording.storage_key = "00"
        now, claims = NOW, 0
        while work.claim(session, work.TRANSCRIBE, recording.id, now) is not None:
            claims += 1
            now += work.TRANSCRIBE.lease + timedelta(seconds=1)
        session.refresh(recording)
        assert claims == 5
        assert (recording.state, recording.failure) == (RecordingState.FAILED, work.WORKER_DIED)
        followup.retry_recording(session, world.admin.viewer, recording.id, now)
        assert work.claim(session, work.TRANSCRIBE, recording.id, now) is not None


@pytest.mark.parametrize(("later", "texts"), [(timedelta(seconds=5), 1), (timedelta(minutes=2), 2)])
def test_an_answer_sent_twice_by_a_slow_line_goes_out_once(database, world, later, texts):
    viewer = world.officer.viewer
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, officer=world.officer)
        first = followup.reply(session, viewer, tip.id, "Đã nhận, cảm ơn", NOW)
        session.expire_all()
        second = followup.reply(session, viewer, tip.id, " Đã nhận, cảm ơn ", NOW + later)
        assert len({first.id, second.id}) == texts
        followup.add_note(session, viewer, tip.id, "Đã gặp", NOW)
        session.expire_all()
        followup.add_note(session, viewer, tip.id, "Đã gặp", NOW + later)
        session.expire_all()
        assert len(tip.notes) == texts


def test_open_tips_of_a_person_who_leaves_go_back_to_the_unit(database, world):
    with database.begin() as session:
        held = create_tip(session, world.duc_lap, officer=world.officer)
        done = create_tip(session, world.duc_lap, officer=world.officer, outcome=Outcome.MEDIATED)
        staff.disable(session, world.admin.viewer, world.officer.username, NOW)
        assert (held.officer_id, held.status) == (None, Status.NEW)
        assert (done.officer_id, done.status) == (world.officer.id, Status.CLOSED)


def test_a_tip_is_given_only_to_who_may_work_it_and_new_means_nobodys(database, world):
    viewer = world.admin.viewer
    with database.begin() as session:
        unit_id = world.statistician.unit_id
        tip = create_tip(session, world.duc_lap, officer=world.officer)
        with pytest.raises(InvalidChange):
            followup.assign(
                session, viewer, tip.id, unit_id=unit_id, officer_id=world.statistician.id, now=NOW
            )
        followup.set_status(session, viewer, tip.id, Status.NEW, NOW)
        assert (tip.officer_id, tip.status) == (None, Status.NEW)


@pytest.mark.parametrize(
    ("period", "before", "year"),
    [
        (statistics.month(2026, 3), statistics.month(2026, 2), statistics.month(2025, 3)),
        (statistics.month(2026, 1), statistics.month(2025, 12), statistics.month(2025, 1)),
        (statistics.month(2025, 2), statistics.month(2025, 1), (date(2024, 2, 1), date(2024, 2, 29))),
        (statistics.month(2026, 10, 15), statistics.month(2026, 9, 15), statistics.month(2025, 10, 15)),
        (
            (date(2026, 3, 3), date(2026, 3, 9)),
            (date(2026, 2, 24), date(2026, 3, 2)),
            (date(2025, 3, 3), date(2025, 3, 9)),
        ),
    ],
)
def test_what_a_period_is_compared_with(period, before, year):
    assert statistics.period_before(*period) == before
    assert statistics.year_before(*period) == year


def test_recordings_of_a_tip_are_in_the_order_they_were_spoken(database, world):
    with database.begin() as session:
        call = create_call(session, at=NOW)
        first, second, third = (new_sid("RE") for _ in range(3))
        for sid, second_of_call, told_after in ((third, 60, 70), (first, 5, 80), (second, 30, 90)):
            notice = RecordingNotice(sid, False, 3, NOW + timedelta(seconds=second_of_call))
            calls.note_recording(session, call, notice, NOW + timedelta(seconds=told_after))
        for recording in session.scalars(select(Recording)):
            words = {"first": first, "second": second, "third": third}
            [text] = [word for word, sid in words.items() if sid == recording.provider_sid]
            word = {"word": text, "start": 0.0, "end": 1.0, "conf": 1.0}
            recording.transcript = {"text": text, "words": [word]}
        tip = session.get_one(Tip, call.tip_id)
        session.refresh(tip)
        assert [recording.provider_sid for recording in tip.recordings] == [first, second, third]
        assert [source.text for source in triage.texts(tip)] == ["first", "second", "third"]
        shown = tip_record(session, operator(session), tip.code or "", NOW)
        assert [recording["sid"] for recording in shown["recordings"]] == [first, second, third]
        assert shown["text"] == "first\nsecond\nthird"
