"""Signing in: one-time passwords, throttling, sessions that end, addresses that lead nowhere else."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from admin.views.auth import safe_next
from hotline.app import create_app
from hotline.context import EXTENSION
from hotline.db import Database
from hotline.models import Staff
from hotline.rules.access import Role
from hotline.services import staff as staff_service
from hotline.settings import Settings
from tests.admin.conftest import TOKEN, Officer
from tests.builders import NOW, World
from tests.conftest import close

OWN_PASSWORD = "trâu chậm uống nước đục"


@pytest.fixture
def one_time(database: Database, world: World) -> str:
    """The one-time password of the new officer lan."""
    with database.begin() as session:
        made = staff_service.create(
            session, None, username="lan", display_name="Lan", role=Role.OFFICER, unit_code="DUCLAP", now=NOW
        )
    return made[1]


def sign_in(client: FlaskClient, username: str, password: str, next_page: str = "") -> tuple[int, str, str]:
    """(status, where to, text of the page)."""
    address = f"/admin/login?next={next_page}"
    token = TOKEN.search(client.get(address).text)
    form = {"csrf_token": token[1] if token else "", "username": username, "password": password}
    answer = client.post(address, data=form)
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def test_a_one_time_password_opens_only_the_page_to_replace_it(client: FlaskClient, one_time: str) -> None:
    assert sign_in(client, "Lan ", one_time)[:2] == (302, "/admin/")
    for path in ("/admin/", "/admin/tips", "/admin/figures"):
        assert client.get(path).location == "/admin/password"
    officer = Officer(client)
    for form, status in (
        ({"old": one_time, "new": OWN_PASSWORD, "again": "khác"}, 400),
        ({"old": "sai", "new": OWN_PASSWORD, "again": OWN_PASSWORD}, 400),
        ({"old": one_time, "new": "ngắn", "again": "ngắn"}, 400),
        ({"old": one_time, "new": OWN_PASSWORD, "again": OWN_PASSWORD}, 302),
    ):
        assert officer.post("/password", **form).status_code == status, form
    assert client.get("/admin/tips").status_code == 200
    assert officer.post("/logout").location == "/admin/login"
    assert client.get("/admin/tips").status_code == 302
    assert sign_in(client, "lan", one_time)[0] == 401
    assert sign_in(client, "lan", OWN_PASSWORD)[:2] == (302, "/admin/")


def test_an_unknown_name_and_a_wrong_password_look_the_same(client: FlaskClient, one_time: str) -> None:
    def told(username: str) -> str:
        status, _, page = sign_in(client, username, "sai")
        assert status == 401
        return TOKEN.sub("", page).replace(f'value="{username}"', "")

    assert told("lan") == told("ai")
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in told("lan")


def test_guessing_is_slowed_down_and_signing_in_is_not(app: Flask, one_time: str) -> None:
    client = app.test_client()
    for _ in range(10):
        assert sign_in(client, "lan", "sai")[0] == 401
    status, _, page = sign_in(client, "lan", one_time)
    assert status == 429
    assert "đợi vài phút" in page
    # Another name is not held up, and neither does success use up tries.
    assert sign_in(client, "ai", "sai")[0] == 401


def test_one_address_cannot_try_many_names(app: Flask, one_time: str) -> None:
    client = app.test_client()
    statuses = [sign_in(client, f"ai{n}", "sai")[0] for n in range(21)]
    assert statuses == [401] * 20 + [429]


def test_a_session_ends_after_its_idle_time(app: Flask, officer: Officer, settings: Settings) -> None:
    assert officer.get("/tips").status_code == 200
    for minutes, status in ((settings.session_minutes - 1, 200), (settings.session_minutes + 1, 302)):
        cookie = officer.client.get_cookie("hotline")
        assert cookie
        officer.client.set_cookie("hotline", aged(app, cookie.value, minutes))
        assert officer.get("/tips").status_code == status


def aged(app: Flask, cookie: str, minutes: int) -> str:
    """The same cookie, signed that long ago."""
    interface = app.session_interface
    assert isinstance(interface, SecureCookieSessionInterface)
    serializer = interface.get_signing_serializer(app)
    assert isinstance(serializer, URLSafeTimedSerializer)

    class Past(serializer.signer):  # type: ignore[name-defined,misc]  # its class is a value
        def get_timestamp(self) -> int:
            return int(time.time()) - minutes * 60

    content = serializer.loads(cookie)
    serializer.signer = Past
    return str(serializer.dumps(content))


def test_who_is_locked_or_reset_is_out_at_once(
    signed_in: Callable[[Staff], Officer], admin: Officer, world: World
) -> None:
    for action in ("disable", "reset"):
        person = world.officer if action == "disable" else world.colleague
        browser = signed_in(person)
        assert browser.get("/tips").status_code == 200
        assert admin.post(f"/staff/{person.username}/{action}").status_code in (200, 302)
        assert browser.get("/tips").status_code == 302


def test_nothing_planted_before_signing_in_survives_it(client: FlaskClient, one_time: str) -> None:
    with client.session_transaction() as cookie:
        cookie["planted"] = "x"
    assert sign_in(client, "lan", one_time)[0] == 302
    with client.session_transaction() as cookie:
        assert "planted" not in cookie


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/admin/tips?tab=mine", "/admin/tips?tab=mine"),
        ("/admin/figures", "/admin/figures"),
        ("", "/admin/"),
        ("https://evil.example/admin/", "/admin/"),
        ("//evil.example/admin/", "/admin/"),
        ("/\\evil.example", "/admin/"),
        ("/admin//evil.example", "/admin/"),
        ("/admin/..//evil.example", "/admin/"),
        ("/administrator", "/admin/"),
        ("javascript:alert(1)", "/admin/"),
        ("/admin/\n//evil.example", "/admin/"),
    ],
)
def test_only_our_own_pages_come_after_signing_in(app: Flask, wanted: str, leads_to: str) -> None:
    with app.test_request_context():
        assert safe_next(wanted) == leads_to


def test_cookies_are_kept_from_scripts_and_on_https_from_the_wire(
    environ: dict[str, str], client: FlaskClient, one_time: str
) -> None:
    plain = client.get("/admin/login").headers["Set-Cookie"]
    assert "HttpOnly" in plain and "SameSite=Lax" in plain and "Secure" not in plain
    secured = create_app(Settings.from_env(environ | {"PUBLIC_URL": "https://tinbao.example.vn"}))
    answer = secured.test_client().get("/admin/login", base_url="https://tinbao.example.vn")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers
    close(secured.extensions[EXTENSION])


def test_pages_speak_the_language_of_the_person_and_the_door_that_of_the_visitor(
    client: FlaskClient, officer: Officer
) -> None:
    assert '<html lang="vi">' in client.get("/admin/login").text
    assert "Sign in" in client.get("/admin/login?lang=en").text
    assert "Sign in" in client.get("/admin/login").text  # remembered
    assert "Việc của tôi" in officer.get("/tips").text
    assert officer.post("/language", lang="en", next="/admin/tips").location == "/admin/tips"
    assert "Mine" in officer.get("/tips").text
    assert officer.post("/language", lang="fr").status_code == 400
