"""Officers at their browsers: signed in by cookie, forms sent with the token that their pages hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hotline.db import Database
from hotline.models import Staff
from tests.builders import World

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Officer:
    """A browser in which somebody is signed in."""

    client: FlaskClient

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get("/admin" + path, headers=headers)

    def post(self, path: str, **form: object) -> TestResponse:
        return self.client.post("/admin" + path, data={"csrf_token": self.token, **form})

    @property
    def token(self) -> str:
        found = TOKEN.search(self.client.get("/admin/password").text)
        assert found
        return found[1]


@pytest.fixture
def signed_in(app: Flask, database: Database, world: World) -> Callable[[Staff], Officer]:
    """Signs in as any of the world's people, past the password that must be changed first."""

    def sign_in(person: Staff) -> Officer:
        with database.begin() as session:
            session.get_one(Staff, person.id).must_change_password = False
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = str(person.session_id), True
            cookie.permanent = True
        return Officer(client)

    return sign_in


@pytest.fixture
def officer(signed_in: Callable[[Staff], Officer], world: World) -> Officer:
    return signed_in(world.officer)


@pytest.fixture
def duty(signed_in: Callable[[Staff], Officer], world: World) -> Officer:
    return signed_in(world.duty)


@pytest.fixture
def admin(signed_in: Callable[[Staff], Officer], world: World) -> Officer:
    return signed_in(world.admin)
