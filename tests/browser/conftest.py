"""A real Chromium on a real server; without a browser these tests are skipped, and CI allows no skip."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, sync_playwright

from hotline.clock import utcnow
from hotline.context import Parts
from hotline.models import Staff
from tests.admin import province
from tests.browser.chromium import FLAGS, executable
from tests.builders import World
from tests.ops.waiting import until


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = executable()
    if path is None:
        pytest.skip("no Chromium: install the Debian package chromium, or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page in Vietnamese that fails the test on any script error or anything its own policy blocked."""
    context = chromium.new_context(locale="vi-VN", viewport={"width": 1366, "height": 768})
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    # A refused form is an answer of 400 or 409, which the console also lists.
    assert [trouble for trouble in troubles if "Failed to load resource" not in trouble] == []


@pytest.fixture
def site(environ: dict[str, str], people: World, port: int) -> Iterator[str]:
    """The officers' pages on a real gunicorn; a browser that turns away from half a file is no concern of its."""
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "python:hotline.gunicorn_conf",
        "hotline.app:create_app()",
    ]
    with (Path(environ["DATA_DIR"]) / "web.log").open("wb") as log:
        server = subprocess.Popen(command, env=environ | {"WEB_WORKERS": "1"}, stdout=log, stderr=log)
        try:
            until(lambda: _answers(address + "/healthz"), "gunicorn answers")
            yield address + "/admin"
        finally:
            server.terminate()
            server.wait()


def _answers(address: str) -> bool:
    try:
        with urlopen(address) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def people(parts: Parts, world: World) -> World:
    """The world, in which lan (officer), chihuy (leader) and quantri (administrator) can sign in."""
    # As cheap as Argon2 allows: what is tested here is not how long a guess takes.
    password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(province.PASSWORD)
    with parts.database.begin() as session:
        for username, person in (("lan", world.officer), ("chihuy", world.leader), ("quantri", world.admin)):
            staff = session.get_one(Staff, person.id)
            staff.username, staff.password_hash, staff.must_change_password = username, password_hash, False
        province.speech_is(session, utcnow())
    return world
