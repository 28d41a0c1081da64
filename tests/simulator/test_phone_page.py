"""The page with a phone, from its form to the hotline and back."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf import CSRFProtect

from hotline.telephony.simulator.account import SimulatedAccount
from hotline.telephony.simulator.phone import LARGEST_UPLOAD, phone_page

from .conftest import VOICEMAIL
from .scripted_hotline import Page, ScriptedHotline

JSON = {"Accept": "application/json"}


@pytest.fixture
def app(account: SimulatedAccount, hotline: ScriptedHotline) -> Flask:
    app = Flask(__name__)
    app.register_blueprint(phone_page(account, hotline.base_url))
    return app


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize(
    ("lang", "words"), [("vi", "Điện thoại thử"), ("en", "Test phone"), ("xx", "Điện thoại thử")]
)
def test_page(browser: FlaskClient, lang: str, words: str) -> None:
    page = browser.get(f"/phone?lang={lang}").get_data(as_text=True)
    assert f"<h1>{words}</h1>" in page
    assert "built-in method" not in page, "a text shares its name with a method of dict"
    # A strict content security policy allows no script, style or handler inside the page, and no other host.
    assert not re.search(
        r'<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|="(?:https?:)?//|javascript:', page
    )
    for address in re.findall(r'(?:src|href|worklet)="(/phone/static/[^"]+)"', page):
        with browser.get(address) as asset:
            assert asset.status_code == 200


def test_text_and_thread(browser: FlaskClient, hotline: ScriptedHotline, account: SimulatedAccount) -> None:
    hotline.script({"/twilio/sms": "<Message>Mã tin 482 913 605 &lt;b&gt;</Message>"})
    form = {"do": "sms", "number": "0900 000 055", "text": "có cháy"}
    sent = browser.post("/phone", data=form, headers=JSON)
    assert sent.json == {"replies": ["Mã tin 482 913 605 <b>"], "code": "482913605", "error": ""}
    assert hotline.params("/twilio/sms")[0]["From"] == "+84900000055"
    account.add_message(
        from_=account.number,
        to="+84900000055",
        body="Công an đã tới",
        direction="outbound-api",
        status="undelivered",
    )
    messages = browser.get("/phone/thread?number=0900000055").json["messages"]
    assert [(m["from"], m["text"], m["state"]) for m in messages] == [
        ("resident", "có cháy", "đã gửi"),
        ("hotline", "Mã tin 482 913 605 <b>", "đã nhận"),
        ("hotline", "Công an đã tới", "không tới máy"),
    ]
    assert "&lt;b&gt;" in browser.get("/phone?number=0900 000 055").get_data(as_text=True)
    assert browser.get("/phone/thread?number=0900000056").json == {"messages": []}


def test_call(browser: FlaskClient, hotline: ScriptedHotline) -> None:
    hotline.script(
        {
            "/twilio/voice": "<Gather numDigits='1' action='/menu'><Say>Bấm 1</Say></Gather>",
            "/menu": "<Record action='/done'/>",
            "/done": "<Say>Mã tin 4 8 2 9 1 3 6 0 5</Say>",
        }
    )
    form: dict[str, Any] = {"do": "call", "number": "Anonymous", "digits": "1"}
    form["audio"] = (io.BytesIO(VOICEMAIL.read_bytes()), "voice.wav")
    outcome = browser.post("/phone", data=form, headers=JSON).json
    assert outcome is not None
    assert (outcome["said"], outcome["code"]) == (["Bấm 1", "Mã tin 4 8 2 9 1 3 6 0 5"], "482913605")
    assert len(outcome["recordings"]) == 1 and "giây" in outcome["status"]
    assert hotline.params("/done")[0]["From"] == "Anonymous"


def test_without_scripts(browser: FlaskClient, hotline: ScriptedHotline) -> None:
    hotline.script({"/twilio/voice": "<Say>Xin chào</Say>", "/twilio/sms": "<Message>ok</Message>"})
    sent = browser.post("/phone?lang=en", data={"do": "sms", "number": "0900000057", "text": "a"})
    assert (sent.status_code, sent.location) == (303, "/phone?number=0900000057&lang=en")
    called = browser.post("/phone", data={"do": "call", "number": "0900000057"})
    assert "<li>Xin chào</li>" in called.get_data(as_text=True)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"do": "sms", "number": "0900000012", "text": " "}, "Hãy viết nội dung"),
        ({"do": "sms", "number": "", "text": "a"}, "Hãy nhập số"),
        ({"do": "sms", "number": "x" * 21, "text": "a"}, "Hãy nhập số"),
        ({"do": "call", "number": "0900000012", "digits": "1a"}, "Phím bấm chỉ gồm"),
        ({"do": "call", "number": "0900000012", "audio": (io.BytesIO(b"no"), "a.wav")}, "Không đọc được"),
        ({"do": "sms", "number": "0900000012", "text": "a"}, "HTTP 403"),
    ],
    ids=["no text", "no number", "long name", "keys", "no audio", "refused"],
)  # fmt: skip
def test_problems(browser: FlaskClient, hotline: ScriptedHotline, form: dict[str, Any], message: str) -> None:
    hotline.script({"/twilio/sms": Page("", status=403)})
    answer = browser.post("/phone", data=form, headers=JSON)
    assert answer.status_code == 400
    assert answer.json is not None and message in answer.json["error"]


@pytest.mark.parametrize("protected", [False, True])
@pytest.mark.parametrize(("headers", "said"), [(JSON, '"error":'), ({}, "<h1>")])
def test_too_large(app: Flask, headers: dict[str, str], said: str, protected: bool) -> None:
    app.config["SECRET_KEY"] = "only for this test"
    if protected:
        CSRFProtect(app)
    kind = "multipart/form-data; boundary=x"
    body = b"0" * (LARGEST_UPLOAD + 1)
    answer = app.test_client().post("/phone?lang=en", data=body, content_type=kind, headers=headers)
    assert answer.status_code == 413
    assert said in answer.get_data(as_text=True) and "20 MB" in answer.get_data(as_text=True)


def test_with_csrf_protection(app: Flask, hotline: ScriptedHotline) -> None:
    app.config |= {"SECRET_KEY": "only for this test", "MAX_CONTENT_LENGTH": 1000}
    CSRFProtect(app)
    hotline.script({"/twilio/sms": "<Message>ok</Message>"})
    browser = app.test_client()
    form: dict[str, Any] = {"do": "sms", "number": "0900000058", "text": "a"}
    assert browser.post("/phone", data=form, headers=JSON).status_code == 400
    page = browser.get("/phone").get_data(as_text=True)
    tokens = re.findall(r'name="csrf[_-]token" (?:value|content)="([^"]+)"', page)
    assert len(tokens) == 3
    picture = {"media": (io.BytesIO(b"0" * 100_000), "a.png")}
    assert (
        browser.post("/phone", data=form | picture, headers=JSON | {"X-CSRFToken": tokens[0]}).status_code
        == 200
    )
    assert browser.post("/phone", data=form | {"csrf_token": tokens[1]}).status_code == 303
