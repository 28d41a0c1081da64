"""The provider's API, asked by Twilio's own client library and by plain HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response as TwilioResponse
from twilio.rest import Client

from hotline.telephony.simulator import audio
from hotline.telephony.simulator.account import SimulatedAccount, temporary_account
from hotline.telephony.simulator.faults import Faults
from hotline.telephony.simulator.http import serve, simulator_api
from hotline.telephony.simulator.sids import new_sid

from .conftest import VOICEMAIL
from .scripted_hotline import ScriptedHotline

RESIDENT = "+84900000012"


class AtSimulator(TwilioHttpClient):
    """Twilio's own client, sent to another address."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> TwilioResponse:
        return super().request(method, url.replace("https://api.twilio.com", self._base), *args, **kwargs)


@pytest.fixture
def own(tmp_path: Path) -> SimulatedAccount:
    return temporary_account(tmp_path)


@pytest.fixture
def base(own: SimulatedAccount) -> Iterator[str]:
    with serve(own) as address:
        yield address


def client_of(own: SimulatedAccount, base: str, token: str = "") -> Client:
    return Client(own.account_sid, token or own.auth_token, http_client=AtSimulator(base))


def in_line(own: SimulatedAccount, waited: list[float] | None = None) -> FlaskClient:
    """The API with its callbacks delivered before it answers."""
    app = Flask(__name__)
    app.register_blueprint(
        simulator_api(own, background=lambda work: work(), wait=(waited if waited is not None else []).append)
    )
    return app.test_client()


def post_message(client: FlaskClient, own: SimulatedAccount, callback: str = "", **changes: str) -> Any:
    form = {"To": RESIDENT, "From": own.number, "Body": "Đã giải quyết", "StatusCallback": callback} | changes
    return client.post(
        f"/simulator/twilio/2010-04-01/Accounts/{own.account_sid}/Messages.json",
        data=form,
        auth=(own.account_sid, own.auth_token),
    )


def a_recording(own: SimulatedAccount, faults: Faults = Faults()) -> str:  # noqa: B008
    sid = str(own.add_recording(new_sid("CA"), started_at="", faults=faults)["sid"])
    own.finish_recording(sid, wav=VOICEMAIL.read_bytes(), duration_s=8)
    return sid


def test_twilios_own_client_sends_and_fetches(own: SimulatedAccount, base: str) -> None:
    client = client_of(own, base)
    assert client.api.accounts(own.account_sid).fetch().status == "active"
    sent = client.messages.create(to=RESIDENT, from_=own.number, body="Đã nhận")
    assert (sent.status, sent.num_segments, sent.direction) == ("queued", "1", "outbound-api")
    assert client.messages(sent.sid).fetch().body == "Đã nhận"
    sid = a_recording(own)
    recording = client.recordings(sid).fetch()
    assert (recording.status, recording.duration, recording.channels) == ("completed", "8", 1)
    assert client.recordings(sid).delete()
    with pytest.raises(TwilioRestException) as gone:
        client.recordings(sid).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)


def test_the_recordings_of_a_call_are_listed(own: SimulatedAccount, base: str) -> None:
    client = client_of(own, base)
    spoken, silent, other = (
        a_recording(own),
        own.add_recording(new_sid("CA"), started_at=""),
        a_recording(own),
    )
    own.finish_recording(silent["sid"], wav=None, duration_s=0)
    for sid, status in ((spoken, "completed"), (silent["sid"], "absent")):
        call_sid = client.recordings(sid).fetch().call_sid
        listed = client.calls(call_sid).recordings.list()
        assert [(one.sid, one.status) for one in listed] == [(sid, status)]
        assert other not in {one.sid for one in listed}
    assert client.calls(new_sid("CA")).recordings.list() == []


def test_wrong_credentials(own: SimulatedAccount, base: str) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client_of(own, base, token="wrong").api.accounts(own.account_sid).fetch()
    assert (refused.value.status, refused.value.code) == (401, 20003)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"To": "VIETTEL"}, 21211),
        ({"From": "+84900000013"}, 21606),
        ({"Body": "a" * 1601}, 21617),
    ],
)
def test_refused_messages(own: SimulatedAccount, changes: dict[str, str], code: int) -> None:
    answer = post_message(in_line(own), own, **changes)
    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert set(answer.json) == {"code", "message", "more_info", "status"}
    assert own.all("messages") == []


@pytest.mark.parametrize(
    ("faults", "steps", "final"),
    [
        (Faults(), [("queued", None), ("sent", None), ("delivered", None)], "delivered"),
        (Faults(order="reversed"), [("delivered", None), ("sent", None), ("queued", None)], "delivered"),
        (Faults(undelivered=30003), [("queued", None), ("sent", None), ("undelivered", "30003")], "undelivered"),
        (Faults(failed=30007), [("queued", None), ("failed", "30007")], "failed"),
        (Faults(drop=("message_status",)), [], "delivered"),
        (Faults(failed=30007, repeat=1), [("queued", None)] * 2 + [("failed", "30007")] * 2, "failed"),
    ],
)  # fmt: skip
def test_status_callbacks(
    hotline: ScriptedHotline,
    account: SimulatedAccount,
    faults: Faults,
    steps: list[tuple[str, str | None]],
    final: str,
) -> None:
    account.arm(faults)
    try:
        answer = post_message(in_line(account), account, hotline.base_url + "/twilio/sms/status")
    finally:
        account.arm(Faults())
    assert answer.status_code == 201
    got = hotline.params("/twilio/sms/status")
    assert [(one["MessageStatus"], one.get("ErrorCode")) for one in got] == steps
    message = account.get("messages", answer.json["sid"])
    assert message is not None and message["status"] == final


def test_sending_fails_first(own: SimulatedAccount) -> None:
    waited: list[float] = []
    client = in_line(own, waited)
    own.arm(Faults(send_500=1, send_429=1, send_timeout=1, stall_s=20))
    answers = [post_message(client, own) for _ in range(4)]
    assert [(a.status_code, a.json.get("code")) for a in answers] == [
        (500, 20500),
        (429, 20429),
        (504, 20504),
        (201, None),
    ]
    assert waited == [20]
    # The message whose answer was lost was sent all the same.
    assert len(own.all("messages")) == 2


@pytest.mark.parametrize("suffix", ["", ".wav", ".mp3"])
def test_audio_of_a_recording(own: SimulatedAccount, base: str, suffix: str) -> None:
    url = f"{base}/2010-04-01/Accounts/{own.account_sid}/Recordings/{a_recording(own)}{suffix}"
    assert requests.get(url, timeout=5).status_code == 401
    answer = requests.get(url, auth=(own.account_sid, own.auth_token), timeout=5)
    assert answer.headers["Content-Type"] == ("audio/mpeg" if suffix == ".mp3" else "audio/x-wav")
    assert abs(len(audio.read_speech(answer.content)) / audio.RATE - 8.17) < 0.3


def test_recording_faults_strike_one_after_the_other(own: SimulatedAccount, base: str) -> None:
    whole = VOICEMAIL.read_bytes()
    faults = Faults(
        recording_404=1,
        recording_html_404=1,
        recording_html=1,
        recording_cut=1,
        recording_half=1,
        recording_wrong_type=1,
    )
    url = f"{base}/2010-04-01/Accounts/{own.account_sid}/Recordings/{a_recording(own, faults)}.wav"
    seen = []
    for _ in range(7):
        try:
            answer = requests.get(url, auth=(own.account_sid, own.auth_token), timeout=5)
        except requests.RequestException:
            seen.append(("broken", "", False))
            continue
        kind = answer.headers["Content-Type"].partition(";")[0]
        seen.append((str(answer.status_code), kind, answer.content == whole))
        if len(seen) == 5:
            assert answer.content == whole[: len(whole) // 2]
    assert seen == [
        ("404", "application/json", False),
        ("404", "text/html", False),
        ("200", "text/html", False),
        ("broken", "", False),
        ("200", "audio/x-wav", False),
        ("200", "text/html", True),
        ("200", "audio/x-wav", True),
    ]


def test_a_stalled_recording_arrives_late(own: SimulatedAccount) -> None:
    waited: list[float] = []
    sid = a_recording(own, Faults(recording_stall=1, stall_s=7))
    url = f"/simulator/twilio/2010-04-01/Accounts/{own.account_sid}/Recordings/{sid}"
    answers = [in_line(own, waited).get(url, auth=(own.account_sid, own.auth_token)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert waited == [7]


@pytest.mark.parametrize(
    "path",
    [
        "Recordings/RE00000000000000000000000000000000.wav",
        "Recordings/..%2F..%2Ffaults.json",
        "Messages/SM00000000000000000000000000000000.json",
        "Messages/SM00000000000000000000000000000000/Media/ME00000000000000000000000000000000",
    ],
)
def test_what_is_not_there(own: SimulatedAccount, path: str) -> None:
    own.arm(Faults())
    url = f"/simulator/twilio/2010-04-01/Accounts/{own.account_sid}/{path}"
    assert in_line(own).get(url, auth=(own.account_sid, own.auth_token)).status_code == 404


def test_a_recording_that_is_absent_has_no_audio(own: SimulatedAccount) -> None:
    sid = own.add_recording(new_sid("CA"), started_at="")["sid"]
    own.finish_recording(sid, wav=None, duration_s=0, error_code=16102)
    folder = f"/simulator/twilio/2010-04-01/Accounts/{own.account_sid}/Recordings/{sid}"
    client, auth = in_line(own), (own.account_sid, own.auth_token)
    assert client.get(folder + ".wav", auth=auth).status_code == 404
    assert client.get(folder + ".json", auth=auth).json["error_code"] == 16102
