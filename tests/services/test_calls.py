"""All callbacks of calls in any order, repeated or missing: one tip a call, each recording once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from hotline.db import Database
from hotline.models import Call, CallEvent, Recording, Tip
from hotline.models.call import RecordingState
from hotline.services import audit, calls
from hotline.services.calls import CallNotice, RecordingNotice
from hotline.telephony.simulator.sids import new_sid
from hotline.telephony.twilio import CALL_ENDED, call_notice, recording_notice
from tests.builders import NOW, count
from tests.concurrency import at_once

SENDERS = ["+84900000012", "+84900000013", "Anonymous", "+266696687", None]


class Callbacks(RuleBasedStateMachine):
    """Twilio's callbacks of a few calls, as forms, through what reads them for the webhooks."""

    database: Database
    sids = Bundle("sids")
    recordings = Bundle("recordings")

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.known: set[str] = set()
        self.ended: set[str] = set()
        self.announced: dict[str, str] = {}
        self.spoken: set[str] = set()
        self.named: dict[str, str] = {}
        with self.database.reading() as session:
            self.tips_before = count(session, Tip)

    @initialize(target=sids)
    def call(self) -> str:
        return new_sid("CA")

    @rule(target=sids)
    def another_call(self) -> str:
        return new_sid("CA")

    @rule(target=recordings, call=sids)
    def recording(self, call: str) -> tuple[str, str]:
        return call, new_sid("RE")

    @rule(
        call=sids,
        status=st.sampled_from(["ringing", "in-progress", *sorted(CALL_ENDED)]),
        sender=st.sampled_from(SENDERS),
    )
    def call_status(self, call: str, status: str, sender: str | None) -> None:
        self.deliver(call, CallStatus=status, **({} if sender is None else {"From": sender}))

    @rule(
        recording=recordings,
        state=st.sampled_from(["in-progress", "absent", "completed"]),
        ended=st.booleans(),
    )
    def recording_status(self, recording: tuple[str, str], state: str, ended: bool) -> None:
        status = "completed" if ended else "in-progress"
        self.deliver(recording[0], RecordingSid=recording[1], RecordingStatus=state, CallStatus=status)

    @rule(recording=recordings, digits=st.sampled_from(["", "#", "hangup"]))
    def action(self, recording: tuple[str, str], digits: str) -> None:
        status = "completed" if digits == "hangup" else "in-progress"
        self.deliver(
            recording[0], RecordingSid=recording[1], RecordingDuration="7", Digits=digits, CallStatus=status
        )

    def deliver(self, call_sid: str, **fields: str) -> None:
        form = {"CallSid": call_sid, "Direction": "inbound", "Unheard": "of", **fields}
        self.now += timedelta(seconds=1)
        notice, told = call_notice(form, form["CallStatus"]), recording_notice(form)
        with self.database.begin() as session:
            call = calls.note_call(session, notice, self.now)
            if told is not None:
                calls.note_recording(session, call, told, self.now)
        self.known.add(call_sid)
        if notice.ended:
            self.ended.add(call_sid)
        if notice.sender:
            self.named.setdefault(call_sid, notice.sender)
        if told is not None:
            self.announced[told.provider_sid] = call_sid
            self.spoken |= set() if told.absent else {told.provider_sid}

    @invariant()
    def one_tip_a_call_that_left_something_and_each_recording_once(self) -> None:
        with self.database.reading() as session:
            found = list(session.scalars(select(Call).where(Call.provider_sid.in_(self.known))))
            assert {call.provider_sid for call in found} == self.known
            kept = [call for call in found if call.provider_sid in self.ended | set(self.announced.values())]
            assert {call.tip_id for call in found if call not in kept} <= {None}
            assert len({call.tip_id for call in kept} - {None}) == len(kept)
            assert count(session, Tip) == self.tips_before + len(kept)
            for call in found:
                # The number is sealed in one place: with the call until there is a tip, then with the tip.
                waits = call not in kept and call.provider_sid in self.named
                assert (call.caller_sealed is not None) == (call.caller_wrapped is not None) == waits
            for call in kept:
                self.check(session, call)

    def check(self, session, call: Call) -> None:
        sid, tip = call.provider_sid, session.get_one(Tip, call.tip_id)
        mine = {recording for recording, owner in self.announced.items() if owner == sid}
        stored = {
            r.provider_sid: r for r in session.scalars(select(Recording).where(Recording.call_id == call.id))
        }
        assert stored.keys() == mine
        for recording_sid, recording in stored.items():
            heard = recording_sid in self.spoken
            assert recording.state == (RecordingState.TO_FETCH if heard else RecordingState.ABSENT)
            assert recording.tip_id == tip.id
        assert (call.ended_at is not None) == (sid in self.ended)
        assert call.silent == (not mine & self.spoken and (sid in self.ended or bool(mine)))
        assert tip.sender == self.named.get(sid)
        assert tip.sender_withheld == (sid not in self.named)

    def teardown(self) -> None:
        with self.database.reading() as session:
            assert audit.verify(session).broken_seq is None


def test_callbacks_of_calls_in_any_order(database, world):
    class Here(Callbacks):
        pass

    Here.database = database
    limits = settings(
        max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Here, settings=limits)


@pytest.mark.both_databases
def test_the_first_callbacks_of_a_call_at_the_same_moment_make_one_tip(database, world):
    call_sid, recording_sid = new_sid("CA"), new_sid("RE")

    def callback(kind: str):
        def work(session):
            call = calls.note_call(session, CallNotice(call_sid, "+84900000012", kind), NOW)
            calls.note_recording(session, call, RecordingNotice(recording_sid, False, 7), NOW)
            return call.tip_id

        return work

    done = at_once(database, *(callback(kind) for kind in ("answered", "recorded", "completed", "recorded")))
    assert len(set(done)) == 1, done
    with database.reading() as session:
        assert [count(session, model) for model in (Tip, Call, Recording, CallEvent)] == [1, 1, 1, 3]
