"""Under every plan of faults the hotline gets exactly the requests that Twilio would send."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.telephony.simulator.account import SimulatedAccount
from hotline.telephony.simulator.client import SimulatedPhone
from hotline.telephony.simulator.errors import SimulatorError
from hotline.telephony.simulator.faults import Faults, random_faults

from .conftest import VOICEMAIL
from .scripted_hotline import ScriptedHotline

RESIDENT = "+84900000012"
VOICE, STATUS, DONE, REC = "/twilio/voice", "/twilio/voice/status", "/done", "/rec"
PAGES = {
    VOICE: '<Record action="/done" recordingStatusCallback="/rec"'
    ' recordingStatusCallbackEvent="in-progress completed absent"/>',
    DONE: "<Say>cảm ơn</Say>",
}


@pytest.mark.parametrize(
    ("faults", "hang_up", "paths"),
    [
        (Faults(), False, [VOICE, REC, DONE, REC, STATUS]),
        (Faults(), True, [VOICE, REC, REC, STATUS]),
        (Faults(order="recording_first"), False, [VOICE, REC, REC, DONE, STATUS]),
        (Faults(order="call_first"), False, [VOICE, DONE, STATUS, REC, REC]),
        (Faults(order="reversed"), True, [VOICE, STATUS, REC, REC]),
        (Faults(drop=("recording_status",)), False, [VOICE, DONE, STATUS]),
        (Faults(drop=("call_status", "recording_status")), True, [VOICE]),
        (Faults(action_on_hang_up=True), True, [VOICE, REC, DONE, REC, STATUS]),
        (Faults(repeat=1), False, [VOICE, VOICE, REC, REC, DONE, DONE, REC, REC, STATUS, STATUS]),
        (Faults(repeat=1, repeat_late=True), False, [VOICE, REC, DONE, REC, STATUS] * 2),
        (Faults(lost_answers=1), False, [VOICE, STATUS]),
        (Faults(order="status_first"), False, [STATUS, VOICE, REC, DONE, REC]),
        (Faults(lost_answer_at=2), False, [VOICE, REC, DONE, REC, STATUS]),
        (Faults(lost_request_at=2), False, [VOICE, REC, REC, STATUS]),
        (Faults(lost_request_at=1), False, [STATUS]),
        (Faults(lost_answers=2, repeat=1), False, [VOICE, VOICE, STATUS, STATUS]),
    ],
)
def test_order(
    phone: SimulatedPhone, hotline: ScriptedHotline, faults: Faults, hang_up: bool, paths: list[str]
) -> None:
    hotline.script(PAGES)
    phone.call(RESIDENT, VOICEMAIL, hang_up=hang_up, faults=faults)
    assert hotline.paths() == paths


def test_action_after_a_hang_up_says_so(phone: SimulatedPhone, hotline: ScriptedHotline) -> None:
    hotline.script(PAGES)
    phone.call(RESIDENT, VOICEMAIL, hang_up=True, faults=Faults(action_on_hang_up=True))
    done = hotline.params(DONE)[0]
    assert (done["Digits"], done["CallStatus"]) == ("hangup", "completed")


def test_delay_comes_before_each_callback(account: SimulatedAccount, hotline: ScriptedHotline) -> None:
    hotline.script(PAGES)
    waited: list[int] = []
    phone = SimulatedPhone(account, hotline.base_url, wait=lambda _: waited.append(len(hotline.received)))
    phone.call(RESIDENT, VOICEMAIL, faults=Faults(delay_s=2))
    assert waited == [1, 3, 4]


def test_a_text_whose_answer_is_lost(phone: SimulatedPhone, hotline: ScriptedHotline) -> None:
    hotline.script({"/twilio/sms": "<Message>ok</Message>"})
    result = phone.send_sms(RESIDENT, "a", faults=Faults(lost_answers=1, repeat=2))
    assert (result.reply_texts, len(hotline.received)) == ([], 3)
    assert len({one.token for one in hotline.received}) == 1
    assert len({one.params["MessageSid"] for one in hotline.received}) == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), speaks=st.booleans(), hangs_up=st.booleans())
def test_exactly_what_twilio_would_send(
    phone: SimulatedPhone, hotline: ScriptedHotline, seed: int, speaks: bool, hangs_up: bool
) -> None:
    faults = random_faults(random.Random(seed))
    hotline.script(PAGES)
    result = phone.call(RESIDENT, VOICEMAIL if speaks else None, hang_up=hangs_up, faults=faults)

    once = Counter(
        {
            ("voice", ""): 1,
            ("recording", "in-progress"): 1,
            ("recording", "completed" if speaks else "absent"): 1,
        }
    )
    if speaks and (not hangs_up or faults.action_on_hang_up):
        once["action", ""] = 1
    once["call", ""] = 1
    dropped = {"recording_status": "recording", "call_status": "call", "message_status": ""}
    for kind in faults.drop:
        once = Counter({what: n for what, n in once.items() if what[0] != dropped[kind]})
    names = {VOICE: "voice", DONE: "action", REC: "recording", STATUS: "call"}
    got = Counter((names[one.path], one.params.get("RecordingStatus", "")) for one in hotline.received)
    assert got == Counter({what: n * (1 + faults.repeat) for what, n in once.items()})

    assert all(one.signed for one in hotline.received)
    assert {one.params["CallSid"] for one in hotline.received} == {result.call_sid}
    contents = {one.token: (one.path, tuple(sorted(one.params.items()))) for one in hotline.received}
    assert len(contents) == sum(once.values())
    assert hotline.paths()[0] == VOICE
    if hangs_up and not faults.action_on_hang_up:
        assert DONE not in hotline.paths()


@given(seed=st.integers(0, 2**32))
def test_json_keeps_every_fault(seed: int) -> None:
    faults = random_faults(random.Random(seed))
    assert Faults.from_json(faults.as_json()) == faults


@pytest.mark.parametrize(
    ("assignments", "faults"),
    [
        (["repeat=2", "drop=call_status,recording_status"], Faults(repeat=2, drop=("call_status", "recording_status"))),
        (["action-on-hang-up=yes", "delay_s=0.5"], Faults(action_on_hang_up=True, delay_s=0.5)),
        (["order=reversed"], Faults(order="reversed")),
    ],
)  # fmt: skip
def test_read_from_the_command_line(assignments: list[str], faults: Faults) -> None:
    assert Faults.parse(assignments) == faults


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("repeat", "not known"),
        ("explode=1", "not known"),
        ("repeat=many", "must be a whole number"),
        ("repeat=-1", "cannot be negative"),
        ("repeat_late=perhaps", "must be true or false"),
        ("order=upside_down", "use one of"),
        ("drop=everything", "use some of"),
    ],
)
def test_faults_that_cannot_be_read(assignment: str, message: str) -> None:
    with pytest.raises(SimulatorError, match=message):
        Faults.parse([assignment])
