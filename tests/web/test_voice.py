"""What callers do and hear, through the simulated provider: every branch of the menu, on real requests."""

from __future__ import annotations

import uuid
from array import array
from datetime import timedelta

import pytest
from sqlalchemy import select, update

import workers.jobs
from hotline.clock import local, utcnow
from hotline.models import Absence, AuditEvent, Call, CallEvent, Message, Recording, Shift, Staff, Tip
from hotline.models.call import RecordingState
from hotline.models.message import MessageState
from hotline.models.sealed import TipKey
from hotline.rules import tip_code
from hotline.rules.call_menu import Moment
from hotline.rules.replies import Way
from hotline.services import audit, calls, followup
from hotline.telephony.prompts import PROMPTS
from hotline.telephony.simulator import audio, codes
from hotline.telephony.simulator.call import CallResult
from hotline.telephony.simulator.client import SimulatedPhone
from hotline.telephony.simulator.faults import Faults
from hotline.telephony.simulator.transport import FlaskTransport
from tests.builders import count, create_tip

NUMBER, OTHER, DUTY = "+84900000012", "+84900000013", "+84900000055"
WORDS = audio.write_wav(array("h", [3000, -3000] * 4000))  # a second of somebody speaking
MENU = ["greeting", "danger", "menu_tell", "menu_code", "menu_emergency", "menu_language"]
RESUME = ["greeting", "resume", "menu_language"]
RECORDED = ["thanks", "CODE", "code_repeat", "CODE", "after_again", "after_texts", "after_more", "goodbye"]
KEYS = {prompt.text(language): key for key, prompt in PROMPTS.items() for language in ("vi", "en")}


@pytest.fixture
def line(account, client, settings) -> SimulatedPhone:
    """A phone that reaches the application without a network between."""
    return SimulatedPhone(account, settings.public_url, FlaskTransport(client))


def heard(result: CallResult) -> list[str]:
    """The prompts by name; a code is CODE, an officer's words stay."""
    return ["CODE" if codes.tip_code([said]) else KEYS.get(said, said) for said in result.said]


def only(database, model):
    with database.reading() as session:
        return session.scalars(select(model)).one()


def moments(database, kind: Moment) -> list[dict]:
    with database.reading() as session:
        events = session.scalars(select(CallEvent).where(CallEvent.kind == kind).order_by(CallEvent.at))
        return [event.detail or {} for event in events]


def on_duty(database, *people, since: timedelta = timedelta(hours=1)) -> None:
    with database.begin() as session:
        for position, person in enumerate(people):
            session.get(type(person), person.id).duty_phone = f"{DUTY[:-1]}{position}"
            start = utcnow() - since + timedelta(minutes=position)
            session.add(
                Shift(
                    id=uuid.uuid4(), unit_id=person.unit_id, staff_id=person.id, starts_at=start,
                    ends_at=start + timedelta(hours=8),
                )
            )  # fmt: skip


JOURNEYS = {
    # The keys pressed, and what is heard up to the beep.
    "": [*MENU, "record"],
    "1": [*MENU, "record"],
    "#": [*MENU, "record"],
    "5": [*MENU, "unknown_key", *MENU[2:], "record"],
    "55": [*MENU, "unknown_key", *MENU[2:], "record"],
    "*": [*MENU, *MENU, "record"],
    "9": [*MENU, "emergency", "emergency_stay", "record"],
    "9*w": [*MENU, *["emergency", "emergency_stay"] * 2, "record"],
    "3": [*MENU, "duty_none", "record"],
    "2w": [*MENU, "code_ask", "record"],
    "2111111111w": [*MENU, "code_ask", "code_again", "record"],
    "2" + "111111111" * 3: [*MENU, "code_ask", "code_again", "code_again", "code_failed", "record"],
    "88w": [*MENU, *MENU, *MENU, "record"],
}


@pytest.mark.parametrize(
    "faults", [Faults(), Faults(repeat=1), Faults(repeat=1, repeat_late=True, order="reversed")]
)
def test_every_way_through_the_menu_ends_in_one_recording_of_one_tip(database, line, faults):
    results = {}
    for position, keys in enumerate(JOURNEYS):
        number = f"+849000001{position:02}"
        results[number] = result = line.call(number, WORDS, digits=keys, faults=faults)
        assert heard(result) == [*JOURNEYS[keys], *RECORDED], keys
    with database.reading() as session:
        found = session.scalars(select(Call)).all()
        assert count(session, Tip) == count(session, Recording) == len(found) == len(results)
        for call in found:
            tip = session.get_one(Tip, call.tip_id)
            result = results[tip.sender]
            assert (call.provider_sid, tip.code) == (result.call_sid, codes.tip_code(result.said))
            assert [(r.call_id, r.state) for r in tip.recordings] == [(call.id, RecordingState.TO_FETCH)]
            assert (call.language, call.silent, tip.texts_agreed, call.caller_sealed) == (
                "vi",
                False,
                False,
                None,
            )
            assert call.finished_at is not None
        assert audit.verify(session).broken_seq is None


def test_in_english_everything_is_english_but_the_way_back(database, line):
    result = line.call(NUMBER, WORDS, digits="8w")
    english = [prompt.en for prompt in PROMPTS.values()]
    after = result.said[len(MENU) :]
    assert [said for said in after if said not in english and not codes.tip_code([said])] == [
        PROMPTS["menu_language"].vi
    ]
    assert only(database, Call).language == "en"


def test_who_hangs_up_in_the_menu_is_noted_as_a_silent_tip_and_had_none_before(database, line):
    for position, keys in enumerate(["h", "9h", "2h", "8h"]):
        line.call(f"+8490000001{position}", WORDS, digits=keys)
    with database.reading() as session:
        for call in session.scalars(select(Call)):
            tip = session.get_one(Tip, call.tip_id)
            assert (call.silent, call.caller_sealed, tip.sender_withheld) == (True, None, False)
            assert tip.received_at >= call.ended_at  # made at the end
        assert count(session, Tip) == 4


def test_a_withheld_number_is_noted_and_nobody_asks_for_it(database, line):
    line.call("Anonymous", WORDS)
    tip = only(database, Tip)
    assert tip.sender_withheld and tip.sender_sealed is None
    assert moments(database, Moment.WITHHELD) == [{}]


def test_a_call_whose_end_nobody_told_gets_its_tip_from_the_sweep(database, line, jobs):
    line.call(NUMBER, WORDS, digits="h", faults=Faults(drop=("call_status",)))
    for ago, tips in ((timedelta(), 0), (calls.FORGOTTEN, 1), (calls.FORGOTTEN, 1)):
        with database.begin() as session:
            session.execute(update(Call).values(started_at=utcnow() - ago))
        workers.jobs.sweep()
        with database.reading() as session:
            assert count(session, Tip) == tips
    assert only(database, Call).silent


def test_a_call_whose_number_no_key_opens_holds_up_no_other(database, line, jobs):
    for number in (NUMBER, OTHER):
        line.call(number, WORDS, digits="h", faults=Faults(drop=("call_status",)))
    with database.begin() as session:
        session.execute(update(Call).values(started_at=utcnow() - calls.FORGOTTEN))
        first, *_ = calls.forgotten(session, utcnow(), 2)
        session.get_one(Call, first).caller_wrapped = b"of another key ring"
    workers.jobs.sweep()
    with database.reading() as session:
        assert [call.tip_id is None for call in session.scalars(select(Call))].count(True) == 1
        assert session.get_one(Call, first).caller_sealed is not None  # kept until its key is back


# After the words.


def test_several_recordings_of_one_call_are_one_tip_in_order(database, line):
    result = line.call(NUMBER, WORDS, digits="w313w", more=[WORDS, WORDS])
    assert heard(result).count("record_more") == 2
    with database.reading() as session:
        tip = session.scalars(select(Tip)).one()
        assert [r.provider_sid for r in tip.recordings] == result.recording_sids
        assert len(result.recording_sids) == 3


def test_texts_are_agreed_to_only_with_a_number_that_can_be_texted(database, line):
    for sender, asked in ((NUMBER, True), ("Anonymous", False), ("8099", False)):
        result = line.call(sender, WORDS, digits="w2", faults=Faults(repeat=1))
        assert ("after_texts" in heard(result)) is ("texts_agreed" in heard(result)) is asked
    with database.reading() as session:
        agreed = session.scalars(select(Tip).where(Tip.texts_agreed)).one()
        assert agreed.sender == NUMBER and followup.reply_way(agreed) == Way.TEXT
        assert count(session, AuditEvent, AuditEvent.kind == "texts_agreed") == 1


@pytest.mark.parametrize("faults", [Faults(), Faults(repeat=2), Faults(repeat=1, repeat_late=True)])
def test_who_agreed_to_texts_can_take_it_back(database, line, faults):
    result = line.call(NUMBER, WORDS, digits="w22w", faults=faults)
    assert heard(result)[-7:] == [
        *("after_no_texts", "after_more"), *("texts_stopped", "after_again", "after_texts", "after_more"), "goodbye"
    ]  # fmt: skip
    with database.reading() as session:
        assert followup.reply_way(session.scalars(select(Tip)).one()) == Way.CALL
    line.call(OTHER, WORDS, digits="w222h", faults=faults)  # cut after agreeing once more
    assert "after_no_texts" in heard(line.call(OTHER, WORDS, digits="w2w", faults=faults))
    with database.reading() as session:
        assert count(session, Tip, Tip.texts_agreed) == 0 and count(session, Tip) == 2
        for kind, times in (("texts_agreed", 3), ("texts_stopped", 3)):
            assert count(session, AuditEvent, AuditEvent.kind == kind) == times


# A cut call.


@pytest.mark.both_databases
def test_a_cut_call_that_rings_again_goes_on_with_its_tip(database, line):
    first = line.call(NUMBER, WORDS, hang_up=True)
    result = line.call(NUMBER, WORDS, hang_up=True, faults=Faults(repeat=1, repeat_late=True))
    assert heard(result) == RESUME
    third = line.call(NUMBER, WORDS, digits="#")
    # Nobody has heard the code so far: it is read to who goes on.
    assert heard(third) == [*RESUME, *RECORDED]
    with database.reading() as session:
        tip = session.scalars(select(Tip)).one()
        assert {call.tip_id for call in session.scalars(select(Call))} == {tip.id}
        every = [*first.recording_sids, *result.recording_sids, *third.recording_sids]
        assert {r.provider_sid for r in tip.recordings} == set(every)
        assert tip.sender == NUMBER
    assert heard(line.call(NUMBER, WORDS))[:2] == MENU[:2]  # that one was finished


def test_who_goes_on_is_not_read_a_code_that_was_read_before(database, line):
    line.call(NUMBER, WORDS, digits="wh")  # hung up while the code was read
    line.call(NUMBER, WORDS, hang_up=True)
    result = line.call(NUMBER, WORDS, digits="w2")
    assert heard(result) == [
        *RESUME,
        "same_code",
        "after_texts",
        "after_more",
        "texts_agreed",
        "after_no_texts",
        "after_more",
        "goodbye",
    ]
    assert codes.tip_code(result.said) == ""


def test_another_matter_is_another_tip(database, line):
    line.call(NUMBER, WORDS, hang_up=True)
    result = line.call(NUMBER, WORDS, digits="11", faults=Faults(repeat=1, repeat_late=True))
    assert heard(result)[:4] == [*RESUME, "greeting"]
    with database.reading() as session:
        assert count(session, Tip) == len({call.tip_id for call in session.scalars(select(Call))}) == 2


def test_who_goes_on_can_do_so_in_english_or_ask_for_the_officer_again(database, line, world):
    on_duty(database, world.duty)
    line.call(NUMBER, WORDS, digits="8w", hang_up=True)
    result = line.call(NUMBER, WORDS, digits="8w", hang_up=True)
    assert result.said[3:] == [PROMPTS[key].en for key in RESUME[:2]] + [PROMPTS["menu_language"].vi]
    assert heard(line.call(NUMBER, digits="3", dial="answered"))[3:5] == ["connecting", "duty_over"]
    assert heard(line.call(NUMBER, digits="h")) == [
        *MENU[:4],
        "menu_duty",
        *MENU[4:],
    ]  # nothing is cut any more
    with database.reading() as session:
        assert count(session, Tip) == 2 and count(session, Recording) == 2
        assert {call.language for call in session.scalars(select(Call).where(Call.silent.is_(False)))} == {
            "en",
            "vi",
        }


CUT = [
    # What the first caller does, how long ago, who rings then, and whether they are offered to go on.
    ({"hang_up": True}, 0, NUMBER, True),
    ({"hang_up": True}, 9, NUMBER, True),
    ({"hang_up": True}, 11, NUMBER, False),
    ({"hang_up": True}, 0, OTHER, False),
    ({"hang_up": True, "faults": Faults(drop=("call_status",))}, 0, NUMBER, True),
    ({"hang_up": True, "audio_file": None}, 0, NUMBER, False),
    ({"hang_up": True, "from_": "Anonymous"}, 0, "Anonymous", False),
    ({"digits": "h"}, 0, NUMBER, False),
    ({}, 0, NUMBER, False),
]


def test_only_a_call_that_was_cut_in_its_words_is_gone_on_with(database, line):
    for first, minutes, number, offered in CUT:
        line.call(**{"from_": NUMBER, "audio_file": WORDS} | first)
        with database.begin() as session:
            ago = timedelta(minutes=minutes)
            for call in session.scalars(select(Call)):
                call.started_at -= ago
                call.ended_at = None if call.ended_at is None else call.ended_at - ago
        assert ("resume" in heard(line.call(number, digits="h"))) is offered, (first, number)
        with database.begin() as session:  # what was before is forgotten
            session.execute(update(Call).values(caller_lookup=None))


# A code.


def answered(database, world, *bodies: str, sender: str | None = None) -> tuple[uuid.UUID, str]:
    """A tip left by telephone, with what its officer wrote to its reporter."""
    with database.begin() as session:
        tip = create_tip(
            session, world.duc_lap, channel="voice", sender=sender, officer=world.officer, at=utcnow()
        )
        for body in bodies:
            followup.reply(session, world.officer.viewer, tip.id, body, utcnow())
            session.expire(tip)
        assert all(m.state == MessageState.TO_HEAR for m in tip.messages)
        tip.unread = False
        return tip.id, tip.code


@pytest.mark.both_databases
def test_who_keys_the_code_hears_the_answer_and_adds_to_the_tip_unnamed(database, line, world):
    tip_id, code = answered(database, world, "Công an xã đã đến gặp.")
    result = line.call(NUMBER, WORDS, digits=f"2{code}#1w", faults=Faults(repeat=1))
    told = ["state_received", "answer", "Công an xã đã đến gặp.", "answer_keys"]
    assert heard(result) == [*MENU, "code_ask", *told * 3, "record_more", *RECORDED[:5], *RECORDED[6:]]
    with database.reading() as session:
        tip = session.scalars(select(Tip)).one()
        assert (tip.id, tip.unread, tip.sender, tip.sender_withheld) == (tip_id, True, None, True)
        (call,) = tip.calls
        assert (call.caller_sealed, call.silent, len(tip.recordings)) == (None, False, 1)
        (message,) = session.scalars(select(Message))
        assert message.state == MessageState.HEARD and message.heard_at is not None
        assert count(session, AuditEvent, AuditEvent.kind == "reply_heard") == 1
        assert audit.verify(session).broken_seq is None


def test_who_only_listens_makes_no_news_and_the_answer_is_new_once(database, line, world):
    tip_id, code = answered(database, world, "Một.", "Hai.")
    first, second = (line.call("Anonymous", digits=f"2{code}h") for _ in range(2))
    assert [said for said in first.said if said in ("Một.", "Hai.")] == ["Một.", "Hai."]
    assert [said for said in second.said if said in ("Một.", "Hai.")] == ["Hai."]
    tip = only(database, Tip)
    assert (tip.id, tip.unread) == (tip_id, False)
    with database.reading() as session:
        assert not any(call.silent for call in session.scalars(select(Call)))


def test_a_code_may_be_mistyped_twice(database, line, world):
    tip_id, code = answered(database, world)
    for wrong in (1, 2):
        keys = "2" + "123456789" * wrong + code + "w"
        result = line.call(NUMBER, WORDS, digits=keys, faults=Faults(repeat=1))
        assert heard(result).count("code_again") == wrong and "no_answer" in heard(result)
    assert only(database, Tip).id == tip_id


def test_the_code_of_a_deleted_tip_opens_nothing(database, line, world):
    tip_id, code = answered(database, world)
    with database.begin() as session:
        session.delete(session.get_one(TipKey, tip_id))
    result = line.call(NUMBER, WORDS, digits=f"2{code}w")
    assert result.error == "" and "code_again" in heard(result)


def guess(code: str) -> str:
    """A code that no tip has, and that is right in itself."""
    return next(other for other in iter(tip_code.new_code, None) if other != code)


@pytest.mark.both_databases
@pytest.mark.parametrize(("sender", "others"), [(NUMBER, OTHER), ("Anonymous", NUMBER)])
def test_codes_cannot_be_tried_out(database, line, settings, world, sender, others):
    _, code = answered(database, world)
    limit = (
        settings.code_guesses_withheld_per_hour if sender == "Anonymous" else settings.code_guesses_per_hour
    )
    tried = [guess(code) for _ in range(limit)]
    for start in range(0, limit, 3):
        line.call(sender, digits="2" + "".join(tried[start : start + 3]) + "h")
    locked = line.call(sender, WORDS, digits=f"2{code}w")
    assert heard(locked)[len(MENU) + 1 :] == ["code_locked", "record", *heard(locked)[len(MENU) + 3 :]]
    assert "state_received" in heard(line.call(others, digits=f"2{code}h"))
    with database.reading() as session:
        kept = " ".join(f"{event.key} {event.detail}" for event in session.scalars(select(CallEvent)))
        assert not [keyed for keyed in (*tried, code) if keyed in kept]
    with database.begin() as session:
        session.execute(update(CallEvent).values(at=utcnow() - timedelta(minutes=61)))
    assert "state_received" in heard(line.call(sender, digits=f"2{code}h"))


def test_mistyped_codes_are_no_guesses(database, line, settings, world):
    _, code = answered(database, world)
    for _ in range(settings.code_guesses_per_hour):
        line.call(NUMBER, digits="2" + "123456789" * 3 + "h")
    assert "state_received" in heard(line.call(NUMBER, digits=f"2{code}h"))


# The officer on duty.


MISSED = ["duty_missed", "record", *RECORDED]
DIALLED = {
    "answered": ["duty_over", *RECORDED],
    **dict.fromkeys(("busy", "no-answer", "failed", "voicemail", "declined"), MISSED),
}


@pytest.mark.parametrize("faults", [Faults(), Faults(repeat=1, repeat_late=True)])
def test_key_3_rings_the_officer_on_duty(database, line, world, faults):
    on_duty(database, world.duty)
    numbers = {}
    for position, (did, told) in enumerate(DIALLED.items()):
        numbers[f"+8490000001{position}"] = did
        result = line.call(f"+8490000001{position}", WORDS, digits="3", dial=did, faults=faults)
        assert heard(result) == [*MENU[:4], "menu_duty", *MENU[4:], "connecting", *told], did
        assert result.dialled == [f"{DUTY[:-1]}0"]
        screened = did in ("answered", "voicemail", "declined")
        assert (PROMPTS["duty_screen"].vi in result.heard_by_dialled) is screened
    with database.reading() as session:
        for call in session.scalars(select(Call)):
            tip = session.get_one(Tip, call.tip_id)
            assert not call.silent and call.finished_at is not None
            assert len(tip.recordings) == (0 if numbers[tip.sender] == "answered" else 1)
        put_through = session.scalars(select(AuditEvent).where(AuditEvent.kind == "call_put_through")).all()
        assert [event.detail["seconds"] for event in put_through] == [30]
    assert moments(database, Moment.PUT_THROUGH) == [{"staff_id": str(world.duty.id), "seconds": 30}]
    assert len(moments(database, Moment.NOT_PUT_THROUGH)) == len(DIALLED) - 1


def test_officers_are_rung_one_after_the_other_and_only_two(database, line, world):
    on_duty(database, world.duty, world.admin, world.leader)
    with database.begin() as session:
        for shift in session.scalars(select(Shift).where(Shift.staff_id == world.leader.id)):
            shift.unit_id = world.root.id
    result = line.call(NUMBER, WORDS, digits="3", dial="busy,voicemail,answered")
    assert [number[-1] for number in result.dialled] == ["0", "1"]
    assert heard(result).count("connecting") == 2 and "duty_missed" in heard(result)
    second = line.call(OTHER, WORDS, digits="3", dial="busy,answered")
    assert [number[-1] for number in second.dialled] == ["0", "1"]
    assert moments(database, Moment.PUT_THROUGH) == [{"staff_id": str(world.admin.id), "seconds": 30}]


def test_the_officer_never_sees_the_caller_s_number(database, line, settings, account, world):
    on_duty(database, world.duty)
    line.call(NUMBER, WORDS, digits="3", dial="answered")
    legs = [one["params"] for one in account.deliveries() if one["kind"] == "dialled"]
    assert legs and {leg["From"] for leg in legs} == {settings.twilio_number}


def test_who_is_not_there_is_not_offered(database, line, world):
    on_duty(database, world.leader)  # of another unit
    today = local(utcnow()).date()

    def change(**of_person):
        with database.begin() as session:
            person = session.get_one(Staff, world.duty.id)
            for name, value in of_person.items():
                setattr(person, name, value)

    def rung() -> bool:
        result = line.call("Anonymous", digits="3h", dial="busy")
        assert ("menu_duty" in heard(result)) is bool(result.dialled) is ("duty_none" not in heard(result))
        return bool(result.dialled)

    assert not rung()
    on_duty(database, world.duty)
    assert rung()
    for gone, back in (({"duty_phone": None}, {"duty_phone": DUTY}), ({"active": False}, {"active": True})):
        change(**gone)
        assert not rung()
        change(**back)
        assert rung()
    with database.begin() as session:
        session.add(Absence(id=uuid.uuid4(), staff_id=world.duty.id, first_day=today, last_day=today))
    assert not rung()


def test_steps_come_from_a_call_that_nobody_heard_of(database, twilio):
    """The row is made by whichever step is first; what it asks goes on."""
    staff = uuid.uuid4()
    for path in (
        "key?asked=menu&n=2&lang=en",
        "code?attempt=2&n=3",
        "recorded?n=1",
        "bye?n=4",
        f"rung?staff={staff}",
    ):
        sid = "CA" + uuid.uuid4().hex
        fields = {
            "CallSid": sid,
            "From": NUMBER,
            "Direction": "inbound",
            "CallStatus": "in-progress",
            "Digits": "2",
        }
        answer = twilio.post(f"/twilio/voice/{path}", **fields)
        assert answer.status_code == 200 and "<Response>" in answer.text, path
    with database.reading() as session:
        assert count(session, Call) == 5


def test_what_is_said_is_never_more_than_say_takes(database, line, world):
    _, code = answered(database, world, "ă" * followup.REPLY_MAX)
    result = line.call(NUMBER, digits=f"2{code}h")
    assert result.error == "" and "ă" * followup.REPLY_MAX in result.said
