"""TwiML is followed as Twilio documents it: which addresses are asked, in which order, with which parameters."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass, field
from typing import Any

import pytest

from hotline.telephony.simulator import audio
from hotline.telephony.simulator.account import SimulatedAccount
from hotline.telephony.simulator.call import APPLICATION_ERROR, MOST_DOCUMENTS
from hotline.telephony.simulator.client import SimulatedPhone
from hotline.telephony.simulator.errors import SimulatorError

from .conftest import VOICEMAIL
from .scripted_hotline import Page, ScriptedHotline

RESIDENT = "+84900000012"
VOICE, STATUS = "/twilio/voice", "/twilio/voice/status"
RECORD = (
    '<Record action="/done" recordingStatusCallback="/rec" recordingStatusCallbackEvent="completed absent"/>'
)


@dataclass
class Flow:
    """What the hotline answers, what the caller does, and what must come of it."""

    name: str
    pages: dict[str, Any]
    said: list[str]
    paths: list[str]
    caller: dict[str, Any] = field(default_factory=dict)
    status: str = "completed"
    error: str = ""


SPEAK = {"audio_file": VOICEMAIL}
FLOWS = [
    Flow("nothing to do", {VOICE: ""}, [], [VOICE, STATUS]),
    Flow("empty body", {VOICE: Page("", status=200)}, [], [VOICE, STATUS]),
    Flow("plain text is spoken", {VOICE: Page("Xin chào", "text/plain")}, ["Xin chào"], [VOICE, STATUS]),
    Flow("html type is read as TwiML", {VOICE: Page("<Response><Say>a</Say></Response>", "text/html")}, ["a"], [VOICE, STATUS]),
    Flow("verbs in order", {VOICE: "<Say>a</Say><Pause length='2'/><Say>b</Say>"}, ["a", "b"], [VOICE, STATUS]),
    Flow("speech marks are read", {VOICE: "<Say>mã <say-as>482</say-as> đó</Say>"}, ["mã 482 đó"], [VOICE, STATUS]),
    Flow("hangup ends", {VOICE: "<Say>a</Say><Hangup/><Say>b</Say>"}, ["a"], [VOICE, STATUS]),
    Flow("reject", {VOICE: "<Reject/>"}, [], [VOICE, STATUS], status="no-answer"),
    Flow("reject busy", {VOICE: "<Reject reason='busy'/>"}, [], [VOICE, STATUS], status="busy"),
    Flow("reject too late", {VOICE: "<Say>a</Say><Reject/><Say>b</Say>"}, ["a"], [VOICE, STATUS]),
    Flow("redirect, relative to its document", {VOICE: "<Redirect>menu/one</Redirect><Say>x</Say>", "/twilio/menu/one": "<Redirect method='GET'>two</Redirect>", "/twilio/menu/two": "<Say>two</Say>"}, ["two"], [VOICE, "/twilio/menu/one", "/twilio/menu/two", STATUS]),
    Flow("play is fetched", {VOICE: "<Play>/beep.wav</Play><Say>a</Say>", "/beep.wav": Page(b"RIFF", "audio/wav")}, ["{base}/beep.wav", "a"], [VOICE, "/beep.wav", STATUS]),
    Flow("play of a missing file", {VOICE: "<Play>/none.wav</Play>"}, [APPLICATION_ERROR], [VOICE, "/none.wav", STATUS], error="11200"),
    Flow("gather one digit", {VOICE: "<Gather numDigits='1' action='/menu'><Say>chọn</Say></Gather><Say>none</Say>", "/menu": "<Say>ok</Say>"}, ["chọn", "ok"], [VOICE, "/menu", STATUS], {"digits": "1"}),
    Flow("gather without keys falls through", {VOICE: "<Gather numDigits='1' action='/menu'/><Say>none</Say>"}, ["none"], [VOICE, STATUS]),
    Flow("gather w lets it time out once", {VOICE: "<Gather numDigits='1' action='/a'/><Gather numDigits='1' action='/b'/>"}, [], [VOICE, "/b", STATUS], {"digits": "w2"}),
    Flow("gather empty with actionOnEmptyResult", {VOICE: "<Gather action='/menu' actionOnEmptyResult='true'/>"}, [], [VOICE, "/menu", STATUS]),
    Flow("gather only the finishing key falls through", {VOICE: "<Gather action='/menu'/><Say>none</Say>"}, ["none"], [VOICE, STATUS], {"digits": "#"}),
    Flow("gather speech hears no keys", {VOICE: "<Gather input='speech' action='/menu'/><Say>none</Say>"}, ["none"], [VOICE, STATUS], {"digits": "1"}),
    Flow("gather by GET without action repeats the document", {VOICE: "<Gather method='GET' numDigits='1'/>"}, [], [VOICE, VOICE, STATUS], {"digits": "1"}),
    Flow("dial no answer with action", {VOICE: "<Dial action='/after'>+84900000013</Dial><Say>x</Say>", "/after": "<Say>y</Say>"}, ["y"], [VOICE, "/after", STATUS]),
    Flow("dial without action goes on", {VOICE: "<Dial><Number>+84900000013</Number></Dial><Say>x</Say>"}, ["x"], [VOICE, STATUS]),
    Flow("record, then verbs after it are unreachable", {VOICE: RECORD + "<Say>never</Say>", "/done": "<Say>mã</Say>"}, ["mã"], [VOICE, "/done", "/rec", STATUS], SPEAK),
    Flow("record in silence goes on, with absent", {VOICE: RECORD + "<Say>nothing heard</Say>"}, ["nothing heard"], [VOICE, "/rec", STATUS]),
    Flow("record, hang-up with the last word", {VOICE: RECORD, "/done": "<Say>never</Say>"}, [], [VOICE, "/rec", STATUS], SPEAK | {"hang_up": True}),
    Flow("record, hang-up in mid-sentence", {VOICE: RECORD}, [], [VOICE, "/rec", STATUS], SPEAK | {"hang_up_after_s": 3}),
    Flow("hang-up while greeted", {VOICE: "<Say>a</Say>" + RECORD}, [], [VOICE, STATUS], SPEAK | {"hang_up_after_s": 0}),
    Flow("hang-up at the beep", {VOICE: RECORD}, [], [VOICE, "/rec", STATUS], {"hang_up": True}),
    Flow("absent only when asked for", {VOICE: "<Record action='/done' recordingStatusCallback='/rec'/>"}, [], [VOICE, STATUS]),
    Flow("in-progress when asked for", {VOICE: "<Record action='/done' recordingStatusCallback='/rec' recordingStatusCallbackEvent='in-progress completed'/>"}, [], [VOICE, "/rec", "/done", "/rec", STATUS], SPEAK),
    Flow("record without callback", {VOICE: "<Record action='/done'/>"}, [], [VOICE, "/done", STATUS], SPEAK),
    Flow("unknown verb", {VOICE: "<Say>a</Say><Shout/>"}, [APPLICATION_ERROR], [VOICE, STATUS], error="12200"),
    Flow("wrongly nested", {VOICE: "<Gather><Record/></Gather>"}, [APPLICATION_ERROR], [VOICE, STATUS], error="12200"),
    Flow("not XML", {VOICE: Page("<Response><Say>")}, [APPLICATION_ERROR], [VOICE, STATUS], error="12100"),
    Flow("a document type", {VOICE: Page("<!DOCTYPE html><Response/>")}, [APPLICATION_ERROR], [VOICE, STATUS], error="12100"),
    Flow("another root", {VOICE: Page("<html/>", "text/html")}, [APPLICATION_ERROR], [VOICE, STATUS], error="12102"),
    Flow("JSON", {VOICE: Page("{}", "application/json")}, [APPLICATION_ERROR], [VOICE, STATUS], error="12300"),
    Flow("forbidden", {VOICE: Page("no", status=403)}, [APPLICATION_ERROR], [VOICE, STATUS], error="11200"),
    Flow("failing action", {VOICE: RECORD, "/done": Page("no", status=500)}, [APPLICATION_ERROR], [VOICE, "/done", "/rec", STATUS], SPEAK, error="11200"),
    Flow("too large", {VOICE: "<Pause/>" * 9000}, [APPLICATION_ERROR], [VOICE, STATUS], error="11750"),
    Flow("too much to say", {VOICE: f"<Say>{'a' * 4097}</Say>"}, [APPLICATION_ERROR], [VOICE, STATUS], error="13520"),
    Flow("a number that is none", {VOICE: "<Pause length='long'/>"}, [APPLICATION_ERROR], [VOICE, STATUS], error="12200"),
    Flow("a loop", {VOICE: "<Redirect/>"}, [APPLICATION_ERROR], [VOICE] * MOST_DOCUMENTS + [STATUS], error="12400"),
]  # fmt: skip


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_flow(phone: SimulatedPhone, hotline: ScriptedHotline, flow: Flow) -> None:
    hotline.script(flow.pages)
    result = phone.call(RESIDENT, **flow.caller)
    assert result.said == [text.replace("{base}", hotline.base_url) for text in flow.said]
    assert hotline.paths() == flow.paths
    assert (result.final_status, result.error[:5]) == (flow.status, flow.error)


def test_parameters_of_a_whole_call(
    phone: SimulatedPhone, hotline: ScriptedHotline, account: SimulatedAccount
) -> None:
    hotline.script({VOICE: "<Say>Xin chào</Say>" + RECORD, "/done": "<Hangup/>"})
    result = phone.call(RESIDENT, VOICEMAIL)
    voice, done, rec, status = (one.params for one in hotline.received)
    sid = result.recording_sids[0]
    assert voice["CallStatus"] == "ringing" and done["CallStatus"] == "in-progress"
    assert (voice["From"], voice["To"], voice["FromCountry"]) == (RESIDENT, account.number, "VN")
    assert {one["CallSid"] for one in (voice, done, rec, status)} == {result.call_sid}
    assert {one["AccountSid"] for one in (voice, done, rec, status)} == {account.account_sid}
    # The action tells the length with 5 s of silence at the end, the callback the length after trimming.
    assert (done["RecordingSid"], done["RecordingDuration"], "Digits" in done) == (sid, "12", False)
    assert (rec["RecordingSid"], rec["RecordingStatus"], rec["RecordingDuration"]) == (sid, "completed", "7")
    expected_url = (
        f"{hotline.base_url}/simulator/twilio/2010-04-01/Accounts/{account.account_sid}/Recordings/{sid}"
    )
    assert done["RecordingUrl"] == rec["RecordingUrl"] == expected_url
    assert (status["CallStatus"], status["CallDuration"]) == ("completed", str(result.duration_s))
    assert len({one.token for one in hotline.received}) == 4


@pytest.mark.parametrize(
    ("attributes", "caller", "seconds", "digits"),
    [
        ("trim='do-not-trim'", {}, 12, None),
        ("timeout='9' trim='do-not-trim'", {}, 16, None),
        ("maxLength='4' trim='do-not-trim'", {}, 4, None),
        ("trim='do-not-trim'", {"digits": "1"}, 8, "1"),
        ("finishOnKey='#' trim='do-not-trim'", {"digits": "1"}, 12, None),
        ("finishOnKey='#' trim='do-not-trim'", {"digits": "#"}, 8, "#"),
        ("", {}, 7, None),
    ],
)
def test_end_of_a_recording(
    phone: SimulatedPhone,
    hotline: ScriptedHotline,
    account: SimulatedAccount,
    attributes: str,
    caller: dict[str, Any],
    seconds: int,
    digits: str | None,
) -> None:
    hotline.script({VOICE: f"<Record action='/done' {attributes}/>"})
    result = phone.call(RESIDENT, VOICEMAIL, **caller)
    wav = account.content("recordings", result.recording_sids[0])
    assert wav is not None
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert round(file.getnframes() / 8000) == seconds
    assert hotline.params("/done")[0].get("Digits") == digits


@pytest.mark.parametrize(
    ("caller", "status", "duration", "code"),
    [
        ({"audio_file": VOICEMAIL, "hang_up_after_s": 3.2}, "completed", "3", "0"),
        ({"hang_up": True}, "absent", None, "16101"),
        ({}, "absent", None, "16102"),
    ],
)
def test_recording_status(
    phone: SimulatedPhone,
    hotline: ScriptedHotline,
    caller: dict[str, Any],
    status: str,
    duration: str | None,
    code: str,
) -> None:
    hotline.script({VOICE: RECORD})
    phone.call(RESIDENT, **caller)
    callback = hotline.params("/rec")[0]
    assert (callback["RecordingStatus"], callback.get("RecordingDuration")) == (status, duration)
    assert callback["ErrorCode"] == code


def test_gather_gives_the_keys(phone: SimulatedPhone, hotline: ScriptedHotline) -> None:
    hotline.script({VOICE: "<Gather action='/menu?step=1' method='GET'/>"})
    phone.call(RESIDENT, digits="42#")
    got = hotline.received[1]
    assert (got.method, got.params["Digits"], got.params["FinishedOnKey"]) == ("GET", "42", "#")
    assert got.params["step"] == "1"


@pytest.mark.parametrize(
    ("answer", "status", "talked"),
    [("answered", "completed", True), ("no-answer", "no-answer", False), ("busy", "busy", False)],
)
def test_dial_result(
    phone: SimulatedPhone, hotline: ScriptedHotline, answer: str, status: str, talked: bool
) -> None:
    hotline.script({VOICE: "<Dial action='/after'>+84900000013</Dial>"})
    result = phone.call(RESIDENT, dial=answer)
    params = hotline.params("/after")[0]
    assert (params["DialCallStatus"], "DialCallDuration" in params) == (status, talked)
    assert result.dialled == ["+84900000013"]


def test_a_long_pause_ends_the_recording_early(
    phone: SimulatedPhone, hotline: ScriptedHotline, account: SimulatedAccount
) -> None:
    words = audio.read_speech(VOICEMAIL.read_bytes())
    hesitant = audio.write_wav(words + audio.cut(words[:0], 6) + words)
    hotline.script({VOICE: "<Record action='/done'/>"})
    result = phone.call(RESIDENT, hesitant)
    kept = account.content("recordings", result.recording_sids[0])
    assert kept is not None and len(audio.read_speech(kept)) / audio.RATE < 9


@pytest.mark.parametrize(
    ("caller", "message"),
    [
        ({"audio_file": b"this is no sound"}, "not audio"),
        ({"digits": "12a"}, "use 0-9"),
        ({"dial": "perhaps"}, "use one of"),
    ],
)
def test_what_a_phone_cannot_do(phone: SimulatedPhone, caller: dict[str, Any], message: str) -> None:
    with pytest.raises(SimulatorError, match=message):
        phone.call(RESIDENT, **caller)


def test_nobody_answers(account: SimulatedAccount) -> None:
    # Port 9 (discard) is not served on any machine that runs tests.
    result = SimulatedPhone(account, "http://127.0.0.1:9").call(RESIDENT)
    assert result.said == [APPLICATION_ERROR]
    assert "did not answer" in result.error
