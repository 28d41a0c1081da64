"""What officers may do with which tips, and that a tip's life keeps its rules."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.errors import Conflict, HotlineError, InvalidChange, NotAllowed, NotFound
from hotline.models import Tip
from hotline.models.call import RecordingState
from hotline.rules.lifecycle import Outcome, Status, Value
from hotline.services import audit, corrections, followup, register, triage
from tests.builders import NOW, create_recording, create_tip, create_unit, receive
from tests.concurrency import at_once


def failed_recording(session, tip: Tip) -> uuid.UUID:
    recording = create_recording(session, state=RecordingState.FAILED)
    recording.tip_id = tip.id
    session.flush()
    return recording.id


ACTIONS = {
    "read": lambda s, v, t: followup.read(s, v, t.id, NOW),
    "read by code": lambda s, v, t: register.tip_record(s, v, t.code, NOW),
    "hear": lambda s, v, t: followup.readable_recording(s, v, failed_recording(s, t)),
    "claim": lambda s, v, t: followup.claim(s, v, t.id, NOW),
    "assign": lambda s, v, t: followup.assign(s, v, t.id, unit_id=t.unit_id, officer_id=None, now=NOW),
    "note": lambda s, v, t: followup.add_note(s, v, t.id, "Đã gặp", NOW),
    "reply": lambda s, v, t: followup.reply(s, v, t.id, "Cảm ơn bạn", NOW),
    "status": lambda s, v, t: followup.set_status(s, v, t.id, Status.VERIFYING, NOW),
    "value": lambda s, v, t: followup.decide_value(s, v, t.id, Value.VALUABLE, "", NOW),
    "outcome": lambda s, v, t: followup.set_outcome(s, v, t.id, Outcome.MEDIATED, "", NOW),
    "reopen": lambda s, v, t: (_close(t), followup.reopen(s, v, t.id, "có tin mới", NOW)),
    "categories": lambda s, v, t: corrections.correct_categories(s, v, t.id, ["TROM_CAP"], NOW),
    "urgency": lambda s, v, t: corrections.set_urgent(s, v, t.id, True, NOW),
    "number": lambda s, v, t: followup.reveal_sender(s, v, t.id, NOW),
    "retry": lambda s, v, t: followup.retry_recording(s, v, failed_recording(s, t), NOW),
}


def _close(tip: Tip) -> None:
    tip.status, tip.outcome, tip.outcome_at = Status.CLOSED, Outcome.MEDIATED, NOW


COMMUNE = {"own unit", "a unit below"}
EVERYWHERE = COMMUNE | {"the unit above", "another unit"}
SIGHT = {"officer": COMMUNE, "leader": COMMUNE, "duty": EVERYWHERE, "admin": EVERYWHERE}


def refusal(role: str, action: str, where: str) -> type[HotlineError] | None:
    if role == "statistician":
        return NotFound if action == "hear" else NotAllowed
    if (role, action) == ("officer", "assign"):
        return NotAllowed
    return None if where in SIGHT[role] else NotFound


@pytest.mark.parametrize("where", sorted(EVERYWHERE))
@pytest.mark.parametrize("role", ["officer", "leader", "duty", "admin", "statistician"])
def test_roles_actions_and_scopes(database, world, role, where):
    with database.begin() as session:
        person = session.merge(getattr(world, role))
        person.unit = session.merge(
            world.duc_lap
        )  # everybody in the commune: the role alone makes the difference
        post = create_unit(session, "DUCLAP.1", "Tổ Đức Lập", person.unit)
    places = {"own unit": world.duc_lap, "a unit below": post, "the unit above": world.root}
    for action, act in ACTIONS.items():
        with database.begin() as session:
            tip = create_tip(session, places.get(where, world.song_luy), officer=person)
            before = audit.verify(session).events
            try:
                act(session, person.viewer, tip)
                refused = None
            except (NotAllowed, NotFound) as error:
                refused = type(error)
            assert refused == refusal(role, action, where), action
            if refused is None and action != "hear":
                assert audit.verify(session).events > before, f"{action} left no trace"
            session.rollback()


def test_a_tip_can_be_given_only_within_sight_and_to_people_of_the_unit(database, world):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
        leader, duty = world.leader.viewer, world.duty.viewer
        for viewer, unit, officer, refused in (
            (leader, world.song_luy, None, NotFound),
            (leader, world.root, None, NotFound),
            (leader, world.duc_lap, world.stranger, InvalidChange),
            (duty, world.song_luy, world.officer, InvalidChange),
        ):
            with pytest.raises(refused):
                followup.assign(
                    session, viewer, tip.id, unit_id=unit.id, officer_id=officer and officer.id, now=NOW
                )
        session.merge(world.colleague).active = False
        session.flush()
        with pytest.raises(InvalidChange):
            followup.assign(
                session, leader, tip.id, unit_id=world.duc_lap.id, officer_id=world.colleague.id, now=NOW
            )
        followup.assign(
            session, duty, tip.id, unit_id=world.song_luy.id, officer_id=world.stranger.id, now=NOW
        )
        session.expire(tip)
        assert (tip.unit_id, tip.officer_id, tip.status) == (
            world.song_luy.id,
            world.stranger.id,
            Status.ASSIGNED,
        )
        assert tip.assignments[-1].by_id == world.duty.id
        with pytest.raises(NotFound):
            followup.read(session, leader, tip.id, NOW)


MOVES = [
    "claim",
    "colleague claims",
    "assign",
    "unassign",
    "verify",
    "assigned",
    "new",
    "close",
    "reopen",
    "triage",
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(MOVES), max_size=10))
def test_whatever_officers_do_a_tip_keeps_its_rules(database, world, moves):
    do = {
        "claim": lambda s, t: followup.claim(s, world.officer.viewer, t, NOW),
        "colleague claims": lambda s, t: followup.claim(s, world.colleague.viewer, t, NOW),
        "assign": lambda s, t: followup.assign(
            s, world.leader.viewer, t, unit_id=world.duc_lap.id, officer_id=world.officer.id, now=NOW
        ),
        "unassign": lambda s, t: followup.assign(
            s, world.leader.viewer, t, unit_id=world.duc_lap.id, officer_id=None, now=NOW
        ),
        "verify": lambda s, t: followup.set_status(s, world.officer.viewer, t, Status.VERIFYING, NOW),
        "assigned": lambda s, t: followup.set_status(s, world.officer.viewer, t, Status.ASSIGNED, NOW),
        "new": lambda s, t: followup.set_status(s, world.officer.viewer, t, Status.NEW, NOW),
        "close": lambda s, t: followup.set_outcome(
            s, world.officer.viewer, t, Outcome.SANCTIONED, "phạt", NOW
        ),
        "reopen": lambda s, t: followup.reopen(s, world.officer.viewer, t, "có tin mới", NOW),
        "triage": lambda s, t: triage.run(s, t, NOW),
    }
    with database.begin() as session:
        tip_id = receive(session, "Có người đánh bạc ở xã Đức Lập, Lâm Đồng", sender=None).tip_id
        session.get_one(Tip, tip_id).unit_id = world.duc_lap.id
    closed_by = reopened = 0
    for move in moves:
        with database.begin() as session:
            before = session.get_one(Tip, tip_id).status
            try:
                do[move](session, tip_id)
            except InvalidChange:
                session.rollback()
                continue
            session.flush()
            tip = session.get_one(Tip, tip_id)
            closed = tip.status == Status.CLOSED
            assert closed == (tip.outcome is not None) == (tip.outcome_at is not None), move
            assert (before == Status.CLOSED) <= (closed or move == "reopen"), f"{move} opened a closed tip"
            assert (tip.status in (Status.ASSIGNED, Status.VERIFYING)) <= (tip.officer_id is not None), move
            closed_by += move == "close"
            reopened += move == "reopen"
            assert len(tip.outcome_decisions) == closed_by + reopened
            assert (tip.assignments[-1].officer_id if tip.assignments else None) == tip.officer_id


@pytest.mark.both_databases
def test_two_officers_claim_at_once_and_one_is_told(database, world):
    with database.begin() as session:
        tip_id = create_tip(session, world.duc_lap).id
    done = at_once(
        database,
        *(
            lambda s, v=person.viewer: followup.claim(s, v, tip_id, NOW)
            for person in (world.officer, world.colleague)
        ),
    )
    assert sorted(type(result).__name__ for result in done) == ["Conflict", "NoneType"]
    with database.reading() as session:
        assert len(session.get_one(Tip, tip_id).assignments) == 1
        assert audit.verify(session).broken_seq is None


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (lambda s, v, t: followup.add_note(s, v, t, " ", NOW), InvalidChange),
        (lambda s, v, t: followup.add_note(s, v, t, "x" * (followup.NOTE_MAX + 1), NOW), InvalidChange),
        (lambda s, v, t: followup.reply(s, v, t, "x" * (followup.REPLY_MAX + 1), NOW), InvalidChange),
        (lambda s, v, t: followup.decide_value(s, v, t, Value.NOT_VALUABLE, " ", NOW), InvalidChange),
        (lambda s, v, t: corrections.correct_categories(s, v, t, [], NOW), InvalidChange),
        (lambda s, v, t: corrections.correct_categories(s, v, t, ["NO_SUCH"], NOW), InvalidChange),
        (lambda s, v, t: followup.set_status(s, v, t, Status.CLOSED, NOW), InvalidChange),
        (lambda s, v, t: followup.reopen(s, v, t, "x", NOW), Conflict),
        (lambda s, v, t: followup.read(s, v, uuid.uuid4(), NOW), NotFound),
        (lambda s, v, t: followup.retry_recording(s, v, uuid.uuid4(), NOW), NotFound),
    ],
)
def test_what_breaks_a_rule_is_refused_and_changes_nothing(database, world, change, refused):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, officer=world.officer)
        before = audit.verify(session).events
        with pytest.raises(refused):
            change(session, world.officer.viewer, tip.id)
        session.flush()
        assert audit.verify(session).events == before


@pytest.mark.parametrize("sender", [None, "113", "ZALO"])
def test_who_cannot_be_answered_is_not(database, world, sender):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, sender=sender)
        with pytest.raises(InvalidChange):
            followup.reply(session, world.officer.viewer, tip.id, "Cảm ơn", NOW)


def test_an_officers_word_stands_against_later_triage(database, world):
    with database.begin() as session:
        tip_id = receive(session, "Đang cháy nhà ở xã Đức Lập, cứu với").tip_id
        triage.run(session, tip_id, NOW)
        tip = session.get_one(Tip, tip_id)
        assert tip.urgent
        viewer = world.admin.viewer
        corrections.set_urgent(session, viewer, tip_id, False, NOW)
        corrections.correct_categories(session, viewer, tip_id, ["GAY_ROI", "TROM_CAP"], NOW)
        receive(session, "Nhà ở thôn 3, cạnh trường học")
        assert triage.run(session, tip_id, NOW)
        session.expire_all()
        assert not tip.urgent
        assert [c.code for c in tip.categories if c.in_force] == ["GAY_ROI", "TROM_CAP"]
        assert any(c.source == "machine" and not c.in_force for c in tip.categories)
        assert not triage.run(session, tip_id, NOW)


@pytest.mark.parametrize(
    ("text", "unit", "officer", "reason"),
    [
        ("Đánh bạc ở xã Đức Lập, Lâm Đồng", "duc_lap", "colleague", "area"),
        ("Đánh bạc ở xã Bắc Bình, Lâm Đồng", "root", "duty", "duty_uncovered"),
        ("Đánh bạc ở xã Tân Hà", "root", "duty", "duty_ambiguous"),
        ("Đánh bạc", "root", "duty", "duty_no_place"),
        ("Đánh bạc từ xã Đức Lập sang xã Sông Lũy", "duc_lap", "colleague", "area"),
    ],
)
def test_a_tip_goes_where_its_place_is_and_to_who_has_least(database, world, text, unit, officer, reason):
    with database.begin() as session:
        create_tip(session, world.duc_lap, officer=world.officer)
        tip_id = receive(session, text, sender=None).tip_id
        triage.run(session, tip_id, NOW)
        tip = session.get_one(Tip, tip_id)
        assert tip.unit_id == getattr(world, unit).id
        assert tip.officer_id == getattr(world, officer).id
        assert tip.assignments[-1].reason["code"] == reason
        assert tip.status == Status.ASSIGNED


def test_reading_marks_a_tip_read_only_for_who_works_on_it(database, world):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, officer=world.officer)
        followup.read(session, world.leader.viewer, tip.id, NOW)
        assert tip.unread
        followup.read(session, world.officer.viewer, tip.id, NOW)
        assert not tip.unread
