"""Twilio's webhooks: nothing unsigned is believed, nothing signed is lost or stored twice."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.app import create_app
from hotline.context import EXTENSION
from hotline.models import Attachment, AuditEvent, Call, Message, Recording, Tip
from hotline.settings import Settings
from hotline.telephony.simulator.codes import tip_code
from hotline.telephony.simulator.faults import ORDERS, Faults
from hotline.telephony.simulator.sids import new_sid
from tests.builders import count
from tests.conftest import Twilio, close

FIRE = Path(__file__).parents[1] / "data" / "voicemails" / "vm09_fire.wav"
NUMBER = "+84900000012"


def text(**fields: str) -> dict[str, str]:
    return {
        "MessageSid": new_sid("SM"),
        "From": NUMBER,
        "To": "+84900000099",
        "Body": "Đánh bạc",
        "NumMedia": "0",
    } | fields


def call(**fields: str) -> dict[str, str]:
    return {
        "CallSid": new_sid("CA"),
        "From": NUMBER,
        "CallStatus": "in-progress",
        "Direction": "inbound",
    } | fields


def stored(database, *models) -> list[int]:
    with database.reading() as session:
        return [count(session, model) for model in models]


STAFF = "00000000-0000-0000-0000-000000000001"
LEG = f"call=CA{'0' * 32}&staff={STAFF}"
PATHS = [
    "/twilio/sms", "/twilio/sms/status", "/twilio/voice", "/twilio/voice/recorded", "/twilio/voice/recording",
    "/twilio/voice/status", "/twilio/voice/key?asked=menu", "/twilio/voice/code?attempt=1", "/twilio/voice/bye",
    f"/twilio/voice/rung?staff={STAFF}", f"/twilio/voice/officer?{LEG}", f"/twilio/voice/officer_key?{LEG}",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_what_twilio_did_not_sign_is_refused_and_not_stored(database, client, twilio, path):
    fields = text() | call(RecordingSid=new_sid("RE"), MessageStatus="sent")
    good = twilio.sign(path, fields)
    other = Twilio(client, "0" * 32, twilio.public_url).sign(path, fields)
    cases = {
        "unsigned": (path, fields, None),
        "empty": (path, fields, ""),
        "another token": (path, fields, other),
        "another path": (path, fields, twilio.sign("/twilio/other", fields)),
        "another host": (
            path,
            fields,
            replace(twilio, public_url="https://elsewhere.example.vn").sign(path, fields),
        ),
        "a changed field": (path, fields | {"Body": "khác"}, good),
        "a field more": (path, fields | {"Extra": "1"}, good),
        "a field less": (path, {k: v for k, v in fields.items() if k != "From"}, good),
        "a query added": (path + ("&" if "?" in path else "?") + "a=b", fields, good),
        "a repeated field": (path, fields | {"Body": ["Đánh bạc", "khác"]}, good),
        "not ASCII": (path, fields, "chữ ký"),
    }
    for name, (where, sent, signature) in cases.items():
        headers = {} if signature is None else {"X-Twilio-Signature": signature.encode().decode("latin-1")}
        assert client.post(where, data=sent, headers=headers).status_code == 403, name
    assert client.get(path).status_code in (403, 405)
    assert stored(database, Tip, Message, Call, Recording, AuditEvent) == [0] * 5
    assert twilio.post(path, **fields).status_code in (200, 204)


def test_a_text_is_answered_with_its_code_and_a_replay_adds_nothing(database, twilio):
    fields = text()
    first, again = twilio.post("/twilio/sms", **fields), twilio.post("/twilio/sms", **fields)
    assert (first.status_code, first.mimetype) == (200, "text/xml")
    assert first.text == again.text
    with database.reading() as session:
        code = session.scalars(select(Tip)).one().code
    assert code in first.text.replace(" ", "")
    assert stored(database, Tip, Message) == [1, 2]  # the text and its answer


def test_who_cries_for_help_is_told_whom_to_ring_also_in_a_thread_and_again(database, twilio):
    fire = text(Body="Nhà cháy to lắm, có người kẹt trong nhà, cứu với")
    answers = [twilio.post("/twilio/sms", **fields).text for fields in (text(), fire, fire, text())]
    assert ["<Message>KHẨN CẤP: hãy gọi ngay 114" in answer for answer in answers] == [
        False,
        True,
        True,
        False,
    ]
    assert answers[1] == answers[2]
    assert stored(database, Tip, Message) == [1, 6]
    with database.reading() as session:
        assert session.scalars(select(Tip)).one().triaged == 0  # tags are the worker's


def test_a_signed_query_string_is_part_of_the_address(database, twilio):
    fields = text()
    for _ in range(2):
        assert (
            twilio.post(
                "/twilio/sms?unit=đức lập&x=1".replace("đức lập", "%C4%91%E1%BB%A9c%20l%E1%BA%ADp"), **fields
            ).status_code
            == 200
        )
    assert stored(database, Tip) == [1]


def test_behind_a_proxy_the_public_address_is_what_counts(environ, world, settings):
    behind = Settings.from_env(environ | {"PUBLIC_URL": "https://hotline.example.vn", "TRUSTED_PROXIES": "1"})
    app = create_app(behind)
    try:
        twilio = Twilio(app.test_client(), behind.twilio_auth_token, behind.public_url)
        forwarded = {
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "hotline.example.vn",
            "X-Forwarded-For": "192.0.2.1",
        }
        for headers in (forwarded, {}, {"X-Forwarded-Host": "elsewhere.example.vn"}):
            assert twilio.post("/twilio/sms", headers=headers, **text()).status_code == 200
        local = replace(twilio, public_url=settings.public_url)
        assert local.post("/twilio/sms", headers=forwarded, **text()).status_code == 403
    finally:
        close(app.extensions[EXTENSION])


@pytest.mark.parametrize("path", PATHS)
def test_a_body_beyond_all_bounds_is_refused_before_it_is_read(database, client, twilio, path):
    assert twilio.post(path, **text(Body="x" * 70_000)).status_code == 413
    assert stored(database, Tip) == [0]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/twilio/sms", text(MessageSid="")),
        ("/twilio/sms", text(MessageSid="../../etc/passwd")),
        ("/twilio/sms", {"Body": "x"}),
        ("/twilio/sms/status", {"MessageStatus": "sent"}),
        ("/twilio/voice", {"From": NUMBER}),
        ("/twilio/voice/recorded", call(RecordingSid="RE1")),
        ("/twilio/voice/recording", call(RecordingSid="")),
        ("/twilio/voice/status", {"CallStatus": "completed"}),
        ("/twilio/voice/key", call()),
        ("/twilio/voice/key?asked=thing", call()),
        ("/twilio/voice/key?asked=menu&n=0", call()),
        ("/twilio/voice/code", call(Digits="1")),
        ("/twilio/voice/code?attempt=4", call(Digits="1")),
        ("/twilio/voice/rung?staff=me", call()),
        ("/twilio/voice/officer?call=CA1", call()),
        (f"/twilio/voice/officer_key?staff={STAFF}", call(Digits="1")),
    ],
)
def test_signed_but_without_its_fields_is_a_400(database, twilio, path, fields):
    assert twilio.post(path, **fields).status_code == 400
    assert stored(database, Tip) == [0]


@pytest.mark.parametrize(
    ("sender", "replied"),
    [
        (NUMBER, True),
        ("Anonymous", False),
        ("+266696687", False),
        ("", False),
        ("Vietcombank", False),
        ("8099", False),
    ],
)
def test_every_sender_is_stored_and_those_who_can_be_are_answered(database, twilio, sender, replied):
    answer = twilio.post("/twilio/sms", **text(From=sender))
    assert ("<Message>" in answer.text) is replied
    assert stored(database, Tip) == [1]


@pytest.mark.parametrize(
    ("announced", "kept"), [("0", 0), ("1", 1), ("10", 10), ("11", 10), ("x", 0), ("-1", 0)]
)
def test_every_medium_is_kept_up_to_ten(database, twilio, announced, kept):
    media = {
        key: value
        for n in range(11)
        for key, value in (
            (
                f"MediaUrl{n}",
                f"https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/{new_sid('ME')}",
            ),
            (f"MediaContentType{n}", "image/jpeg"),
        )
    }
    fields = text(MessageSid=new_sid("MM"), NumMedia=announced, Body="") | media
    for _ in range(2):
        assert twilio.post("/twilio/sms", **fields).status_code == 200
    with database.reading() as session:
        attachments = session.scalars(select(Attachment).order_by(Attachment.position)).all()
    assert [a.provider_sid for a in attachments] == [media[f"MediaUrl{n}"][-34:] for n in range(kept)]


def test_a_medium_at_a_strange_address_is_left_out_and_the_text_kept(database, twilio):
    urls = {
        "MediaUrl0": "https://evil.example/steal",
        "MediaUrl1": "",
        "MediaUrl2": f"/Media/{new_sid('ME')}/../x",
    }
    assert twilio.post("/twilio/sms", **text(NumMedia="3") | urls).status_code == 200
    assert stored(database, Message, Attachment) == [2, 1]


def test_answers_without_diacritics_when_configured(environ, world):
    app = create_app(Settings.from_env(environ | {"REPLY_DIACRITICS": "no"}))
    try:
        settings = app.extensions[EXTENSION].settings
        answer = Twilio(app.test_client(), settings.twilio_auth_token, settings.public_url).post(
            "/twilio/sms", **text()
        )
        assert "<Message>" in answer.text
        assert answer.text.isascii()
    finally:
        close(app.extensions[EXTENSION])


@pytest.mark.both_databases
@pytest.mark.parametrize("sender", [NUMBER, "Anonymous"])
def test_two_identical_webhooks_at_the_same_moment_make_one_row(database, app, settings, sender):
    fields, answers, start = text(From=sender), [], threading.Barrier(2)

    def post() -> None:
        own = Twilio(app.test_client(), settings.twilio_auth_token, settings.public_url)
        start.wait()
        answers.append(own.post("/twilio/sms", **fields))

    threads = [threading.Thread(target=post) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].text == answers[1].text
    with database.reading() as session:
        assert count(session, Tip) == count(session, Message, Message.provider_sid.is_not(None)) == 1


FAULTS = {
    "repeated": Faults(repeat=2),
    "repeated late": Faults(repeat=2, repeat_late=True),
    **{f"order {order}": Faults(order=order) for order in ORDERS},
    "no call status": Faults(drop=("call_status",)),
    "action on hang-up": Faults(action_on_hang_up=True),
    "first answer lost": Faults(lost_answers=1, repeat=1),
}


@pytest.mark.parametrize("hang_up", [True, False])
@pytest.mark.parametrize("name", FAULTS)
def test_a_whole_call_is_one_tip_with_its_recording(database, phone, name, hang_up):
    result = phone.call(NUMBER, FIRE, hang_up=hang_up, faults=FAULTS[name])
    with database.reading() as session:
        found = session.scalars(select(Call)).one()
        tip = session.scalars(select(Tip)).one()
        assert (found.provider_sid, tip.sender, tip.channel) == (result.call_sid, NUMBER, "voice")
        recorded = session.scalars(select(Recording)).all()
        assert [r.provider_sid for r in recorded] == result.recording_sids
        assert found.silent is (not result.recording_sids) is bool(FAULTS[name].lost_answers)
        if not hang_up and not FAULTS[name].lost_answers:
            assert tip.code == tip_code(result.said)


@pytest.mark.parametrize("hang_up_after_s", [None, 0])
def test_a_caller_who_says_nothing_is_a_silent_call(database, phone, hang_up_after_s):
    phone.call(NUMBER, None, hang_up=True, hang_up_after_s=hang_up_after_s)
    with database.reading() as session:
        assert session.scalars(select(Call)).one().silent
        assert count(session, Tip) == 1
