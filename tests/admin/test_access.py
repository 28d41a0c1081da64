"""Every route of the officers' pages: closed to strangers, and open to the roles that this table names."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import fields

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hotline.db import Database
from hotline.models import Staff
from hotline.rules.access import Role
from tests.admin.conftest import Officer
from tests.builders import World, create_tip

ALL = set(Role)
READERS = ALL - {Role.STATISTICIAN}
ASSIGNERS = {Role.LEADER, Role.DUTY, Role.ADMIN}
ROLES = {
    "home": ALL, "logout": ALL, "change_password": ALL, "set_language": ALL,
    "queue": READERS, "search": READERS, "tip": READERS, "recording": READERS, "attachment": READERS,
    "claim": READERS, "note": READERS, "reply": READERS, "status": READERS, "value": READERS, "outcome": READERS,
    "reopen": READERS, "correct_categories": READERS, "urgent": READERS, "reveal_sender": READERS,
    "retry_recording": READERS, "upload_recording": READERS, "recording_block": READERS, "assign": ASSIGNERS,
    "words": READERS, "correct_words": READERS, "read_again": READERS,
    "alarms": READERS, "acknowledge": READERS, "roster": READERS, "hand_over": ASSIGNERS,
    "add_shift": ASSIGNERS, "remove_shift": ASSIGNERS, "person": ASSIGNERS, "add_leave": ASSIGNERS,
    "remove_leave": ASSIGNERS, "set_specialities": ASSIGNERS, "set_duty_phone": ASSIGNERS,
    "link": READERS, "unlink": READERS, "dismiss": READERS, "correct_place": READERS, "reassign": READERS,
    "mute": ASSIGNERS, "mutes": ASSIGNERS, "lift_mute": ASSIGNERS, "review_mute": ASSIGNERS,
    "figures": ALL, "figures_file": ALL, "accuracy": ALL, "accuracy_file": ALL,
    "calibration": ALL, "calibration_file": ALL,
    "staff": {Role.ADMIN}, "create_staff": {Role.ADMIN}, "reset_password": {Role.ADMIN},
    "disable_staff": {Role.ADMIN}, "units": {Role.ADMIN},
    "audit": {Role.ADMIN}, "audit_of_tip": {Role.ADMIN}, "verify_audit": {Role.ADMIN},
}  # fmt: skip
PUBLIC = {"login", "static"}
SOMETHING = str(uuid.uuid4())


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """(name, method, path) of every route of the pages, its parameters filled with something that is not there."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("admin."):
            path = rule.rule
            for argument in rule.arguments:
                kind = "" if argument in ("username", "filename") else "uuid:"
                path = path.replace(f"<{kind}{argument}>", SOMETHING).replace(f"<path:{argument}>", SOMETHING)
            found += [
                (rule.endpoint.removeprefix("admin."), method, path)
                for method in sorted((rule.methods or set()) & {"GET", "POST"})
            ]
    return found


def test_the_table_names_every_route(app: Flask) -> None:
    assert {name for name, _, _ in routes(app)} == set(ROLES) | PUBLIC


def test_nothing_answers_who_is_not_signed_in(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = False  # so that the refusal is the guard's own
    for name, method, path in routes(app):
        if name in PUBLIC:
            continue
        answer = client.open(path, method=method)
        assert (answer.status_code, answer.location.split("?")[0]) == (302, "/admin/login"), (name, method)


@pytest.mark.parametrize("role", Role)
def test_roles_open_what_the_table_says(
    role: Role, app: Flask, world: World, signed_in: Callable[[Staff], Officer]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    people = [getattr(world, field.name) for field in fields(world)]
    person = next(p for p in people if isinstance(p, Staff) and p.role == role)
    browser = signed_in(person).client
    # Signing out and changing the password end the session, so they are asked last.
    for name, method, path in sorted(routes(app), key=lambda route: route[0] == "logout"):
        if name not in PUBLIC:
            refused = browser.open(path, method=method).status_code == 403
            assert refused == (role not in ROLES[name]), (name, method)


def test_a_form_without_the_token_changes_nothing_and_gives_the_text_back(
    officer: Officer, database: Database, world: World
) -> None:
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
    answer = officer.client.post(f"/admin/tips/{tip.id}/note", data={"body": "Đã gọi trưởng thôn"})
    assert answer.status_code == 400
    assert "Đã gọi trưởng thôn" in answer.text
    assert "Đã gọi trưởng thôn" not in officer.get(f"/tips/{tip.id}").text


def test_tips_of_another_unit_do_not_exist(
    signed_in: Callable[[Staff], Officer], database: Database, world: World
) -> None:
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
    stranger, leader = signed_in(world.stranger), signed_in(world.leader)
    assert leader.get(f"/tips/{tip.id}").status_code == 200
    assert stranger.get(f"/tips/{tip.id}").status_code == 404
    for action in (
        "claim",
        "note",
        "reply",
        "status",
        "value",
        "outcome",
        "reopen",
        "categories",
        "urgent",
        "sender",
        "acknowledge",
        "link",
        "unlink",
        "dismiss",
        "recordings",
    ):
        form = {
            "other": str(tip.id),
            "body": "x",
            "status": "new",
            "value": "valuable",
            "outcome": "mediated",
            "detail": "x",
            "codes": "KHAC",
        }
        assert stranger.post(f"/tips/{tip.id}/{action}", **form).status_code == 404, action
    assert str(tip.id) not in stranger.get("/tips?tab=unit").text
    # Naming a unit or an officer in the address opens nothing.
    assert str(tip.id) not in stranger.get(f"/tips?tab=unit&unit={world.duc_lap.id}").text


def test_pages_carry_the_headers_that_keep_others_out(officer: Officer, client: FlaskClient) -> None:
    for answer in (officer.get("/tips"), client.get("/admin/login"), client.get("/admin/nowhere")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Strict-Transport-Security" not in answer.headers


def test_no_page_holds_what_its_own_policy_forbids(admin: Officer) -> None:
    for path in ("/tips", "/figures", "/staff", "/units", "/audit", "/password"):
        page = admin.get(path).text
        assert page.count("<script") == page.count('<script src="/admin/static/')
        assert "<style" not in page and " style=" not in page and " onclick=" not in page, path
