"""Texts to the hotline: the request, the signature and what an answer sends back."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests
from twilio.request_validator import RequestValidator

from hotline.telephony.simulator.account import SimulatedAccount
from hotline.telephony.simulator.client import SimulatedPhone
from hotline.telephony.simulator.http import serve
from hotline.telephony.simulator.sids import segments
from hotline.telephony.simulator.transport import FlaskTransport

from .scripted_hotline import Page, ScriptedHotline, serving

RESIDENT = "+84900000012"
SMS = "/twilio/sms"


@pytest.mark.parametrize(
    ("number", "signature"),
    [
        # Twilio, "Webhooks Security" (the present example, and the older one kept in the SDK's own tests).
        ("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
        ("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ],
)
def test_signature_of_the_documented_example(number: str, signature: str) -> None:
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": number,
        "Digits": "1234",
        "From": number,
        "To": "+18005551212",
    }
    assert RequestValidator("12345").compute_signature(url, params) == signature


@pytest.mark.parametrize(
    ("page", "replies", "error"),
    [
        ("<Message>Đã nhận. Mã 482 913 605</Message>", ["Đã nhận. Mã 482 913 605"], ""),
        ("<Message><Body>một\nhai</Body></Message><Message>ba</Message>", ["một\nhai", "ba"], ""),
        ("<Message to='+84900000013'>cho người khác</Message>", ["cho người khác"], ""),
        (Page("đã nhận", "text/plain"), ["đã nhận"], ""),
        ("", [], ""),
        (Page("", status=204), [], ""),
        ("<Redirect>/next</Redirect>", ["tiếp"], ""),
        ("<Redirect>/twilio/sms</Redirect>", [], "12400"),
        ("<Say>a</Say>", [], "12200"),
        (Page("<Response>"), [], "12100"),
        (Page("{}", "application/json"), [], "12300"),
        (Page("forbidden", "text/plain", 403), [], "11200"),
        (f"<Message>{'a' * 1601}</Message>", [], "21617"),
    ],
)
def test_replies(
    phone: SimulatedPhone,
    hotline: ScriptedHotline,
    account: SimulatedAccount,
    page: Any,
    replies: list[str],
    error: str,
) -> None:
    hotline.script({SMS: page, "/next": "<Message>tiếp</Message>"})
    before = len(account.all("messages"))
    result = phone.send_sms(RESIDENT, "tin báo")
    assert (result.reply_texts, result.error[:5]) == (replies, error)
    kept = account.all("messages")[before:]
    assert [(m["direction"], m["body"]) for m in kept] == [
        ("inbound", "tin báo"),
        *(("outbound-reply", text) for text in replies),
    ]


def test_parameters_with_pictures(
    phone: SimulatedPhone, hotline: ScriptedHotline, account: SimulatedAccount
) -> None:
    result = phone.send_sms("VIETTEL", "có cháy ở thôn bảy", [("image/png", b"one"), ("image/jpeg", b"two")])
    params = hotline.params(SMS)[0]
    assert result.message_sid.startswith("MM")
    assert params["MessageSid"] == params["SmsSid"] == result.message_sid
    assert (params["From"], params["FromCountry"], params["To"]) == ("VIETTEL", "", account.number)
    assert (params["Body"], params["NumMedia"], params["NumSegments"]) == ("có cháy ở thôn bảy", "2", "1")
    assert (params["MediaContentType0"], params["MediaContentType1"]) == ("image/png", "image/jpeg")
    with serve(account) as base:
        url = params["MediaUrl1"].replace(f"{hotline.base_url}/simulator/twilio", base)
        assert requests.get(url, timeout=5).status_code == 401
        answer = requests.get(url, auth=(account.account_sid, account.auth_token), timeout=5)
    assert (answer.content, answer.headers["Content-Type"]) == (b"two", "image/jpeg")
    assert answer.history[0].status_code == 307


def test_into_a_test_client_with_another_public_url(account: SimulatedAccount) -> None:
    hotline = ScriptedHotline(account.auth_token, "https://hotline.example.vn")
    hotline.script({SMS: "<Message>ok</Message>"})
    phone = SimulatedPhone(account, hotline.base_url, FlaskTransport(hotline.app().test_client()))
    assert phone.send_sms(RESIDENT, "a").reply_texts == ["ok"]
    assert hotline.received[0].signed


def test_signs_the_public_address_but_connects_elsewhere(account: SimulatedAccount) -> None:
    hotline = ScriptedHotline(account.auth_token, "https://hotline.example.vn")
    hotline.script(
        {SMS: "<Redirect>https://hotline.example.vn/next</Redirect>", "/next": "<Message>ok</Message>"}
    )
    with serving(hotline.app()) as address:
        phone = SimulatedPhone(account, hotline.base_url, connect_url=address)
        assert phone.send_sms(RESIDENT, "a").reply_texts == ["ok"]
    assert [one.signed for one in hotline.received] == [True, True]


def test_slow_answer_is_given_up(account: SimulatedAccount, hotline: ScriptedHotline) -> None:
    given_up = threading.Event()
    hotline.script({SMS: Page("<Response><Message>too late</Message></Response>", after=given_up)})
    result = SimulatedPhone(account, hotline.base_url, timeout_s=0.2).send_sms(RESIDENT, "a")
    given_up.set()
    assert (result.status_code, result.reply_texts) == (0, [])
    assert "did not answer" in result.error


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ữ" * 70, 1),
        ("ữ" * 71, 2),
        ("ữ" * 134, 2),
        ("ữ" * 135, 3),
        ("🔥" * 35, 1),
        ("🔥" * 36, 2),
    ],
)
def test_segments(text: str, count: int) -> None:
    assert segments(text) == count
