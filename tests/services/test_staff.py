"""Signing in, passwords, coming and going; and what the parts of the system say of themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hotline.errors import InvalidChange, NotAllowed, NotFound
from hotline.rules.access import Role
from hotline.services import audit, components, staff
from tests.builders import NOW

PASSWORD = "ba con voi con"


def hire(session, viewer=None, **what):
    given = {
        "username": "lan.nguyen",
        "display_name": "Lan",
        "role": Role.OFFICER,
        "unit_code": "DUCLAP",
        "now": NOW,
    }
    return staff.create(session, viewer, **given | what)


def test_a_person_from_the_first_day_to_the_last(database, world):
    with database.begin() as session:
        lan, once = hire(session)
        assert staff.authenticate(session, " Lan.Nguyen ", once, NOW) is lan
        assert lan.must_change_password
        first_session = lan.session_id
        staff.change_password(session, lan, once, PASSWORD, NOW)
        assert not lan.must_change_password
        assert staff.by_session_id(session, first_session) is None
        assert staff.authenticate(session, "lan.nguyen", once, NOW) is None
        assert staff.authenticate(session, "nobody", PASSWORD, NOW) is None
        assert staff.authenticate(session, "lan.nguyen", PASSWORD, NOW) is lan
        again = staff.reset_password(session, world.admin.viewer, "lan.nguyen", NOW)
        assert lan.must_change_password
        assert staff.authenticate(session, "lan.nguyen", PASSWORD, NOW) is None
        staff.disable(session, world.admin.viewer, "lan.nguyen", NOW)
        assert staff.authenticate(session, "lan.nguyen", again, NOW) is None
        session.flush()
        assert staff.by_session_id(session, lan.session_id) is None
        assert audit.verify(session).broken_seq is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("wrong", PASSWORD),
        (None, "short"),
        (None, "x" * 257),
        (None, None),
        (None, "i am LAN.NGUYEN 7"),
        ("", PASSWORD),
    ],
)
def test_a_bad_change_of_password_changes_nothing(database, world, old, new):
    with database.begin() as session:
        lan, once = hire(session)
        with pytest.raises(InvalidChange):
            staff.change_password(
                session, lan, once if old is None else old, once if new is None else new, NOW
            )
        assert staff.authenticate(session, "lan.nguyen", once, NOW) is lan


@pytest.mark.parametrize("username", ["", "ab", "lần", "a b c", "x" * 33, "lan/../an", "..."])
def test_a_bad_username_is_refused(database, world, username):
    with database.begin() as session, pytest.raises(InvalidChange):
        hire(session, username=username)


def test_only_an_administrator_manages_people_of_the_own_tree(database, world):
    with database.begin() as session:
        for person in (world.duty, world.leader, world.officer, world.statistician):
            for act in (
                lambda v: hire(session, v),
                lambda v: staff.reset_password(session, v, world.officer.username, NOW),
                lambda v: staff.disable(session, v, world.officer.username, NOW),
            ):
                with pytest.raises(NotAllowed):
                    act(person.viewer)
        admin = world.admin.viewer
        with pytest.raises(InvalidChange):
            staff.disable(session, admin, world.admin.username, NOW)
        with pytest.raises(InvalidChange, match="cuối cùng"):
            staff.disable(session, None, world.admin.username, NOW)
        for username in ("nobody", ""):
            with pytest.raises(NotFound):
                staff.reset_password(session, admin, username, NOW)
        with pytest.raises(NotFound):
            hire(session, admin, unit_code="NONE")
        hire(session, admin)
        with pytest.raises(InvalidChange, match="đã có người dùng"):
            hire(session, admin, username="LAN.nguyen")


def test_one_time_passwords_are_easy_to_read_and_never_alike():
    made = {staff.one_time_password() for _ in range(200)}
    assert len(made) == 200
    assert set("".join(made)) <= set(staff.ONE_TIME_ALPHABET + "-")


def test_a_part_that_falls_silent_is_not_running(database):
    def state(now: datetime) -> tuple[str, bool]:
        with database.reading() as session:
            found = components.state(session, components.SPEECH, now)
        return found.state, found.ready

    assert state(NOW) == ("not-running", False)
    for said, ready in (("model-missing", False), ("ready", True)):
        with database.begin() as session:
            components.report(session, components.SPEECH, said, NOW, model="m")
        assert state(NOW + components.STALE_AFTER) == (said, ready)
    assert state(NOW + components.STALE_AFTER + timedelta(seconds=1)) == ("not-running", False)
