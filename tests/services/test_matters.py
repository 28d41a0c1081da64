"""Tips about one event: linked and taken apart by officers, one of them leading, everything in the audit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.errors import InvalidChange, NotAllowed, NotFound
from hotline.models import AuditEvent, Matter, SuggestedLink, Tip
from hotline.services import audit, matters
from tests.builders import NOW, count, create_tip
from tests.concurrency import at_once


def four(session) -> list[Tip]:
    """Tips of the duty unit, the latest first made."""
    return [create_tip(session, at=NOW - timedelta(hours=n)) for n in range(4)]


def events(tips) -> list[int]:
    """The tips by event: equal numbers are linked."""
    order: list[object] = []
    for tip in tips:
        key = tip.matter_id or tip.id
        if key not in order:
            order.append(key)
    return [order.index(tip.matter_id or tip.id) for tip in tips]


def link(session, world, one, other) -> None:
    matters.link(session, world.duty.viewer, one.id, other.id, NOW)


def test_the_earliest_leads_through_linking_joining_and_taking_apart(database, world):
    with database.begin() as session:
        a, b, c, d = tips = four(session)

        def leads() -> list[bool]:
            return [tip.leads_matter for tip in tips]

        assert (events(tips), leads()) == ([0, 1, 2, 3], [True] * 4)
        link(session, world, a, b)
        assert (events(tips), leads()) == ([0, 0, 1, 2], [False, True, True, True])
        link(session, world, d, c)
        link(session, world, c, b)  # two events become one
        link(session, world, c, a)
        assert (events(tips), leads()) == ([0, 0, 0, 0], [False, False, False, True])
        assert count(session, Matter) == 1
        matters.unlink(session, world.duty.viewer, d.id, NOW)
        assert (events(tips), leads()) == ([0, 0, 0, 1], [False, False, True, True])
        matters.unlink(session, world.duty.viewer, a.id, NOW)
        matters.unlink(session, world.duty.viewer, b.id, NOW)
        matters.unlink(session, world.duty.viewer, b.id, NOW)
        assert (events(tips), leads()) == ([0, 1, 2, 3], [True] * 4)
        assert count(session, Matter) == 0
        assert audit.verify(session).broken_seq is None


def test_a_link_is_in_the_history_of_both_and_changes_nothing_else(database, world):
    with database.begin() as session:
        one, other = create_tip(session, world.duc_lap, officer=world.officer), create_tip(session)
        before = [(tip.status, tip.officer_id, tip.unit_id, tip.unread) for tip in (one, other)]
        for _ in range(2):
            link(session, world, one, other)
        assert [(tip.status, tip.officer_id, tip.unit_id, tip.unread) for tip in (one, other)] == before
        told = session.execute(
            select(AuditEvent.tip_id, AuditEvent.actor_id, AuditEvent.detail).where(
                AuditEvent.kind == "tip_linked"
            )
        ).all()
        assert {(tip, detail["other_id"]) for tip, _, detail in told} == {
            (one.id, str(other.id)), (other.id, str(one.id)),
        }  # fmt: skip
        assert len(told) == 2 and {actor for _, actor, _ in told} == {world.duty.id}


def test_taking_apart_is_remembered_as_not_the_same(database, world):
    with database.begin() as session:
        one, other = create_tip(session), create_tip(session)
        session.add(SuggestedLink(tip_id=other.id, other_id=one.id, at=NOW, score=0.9, reasons=["place"]))
        link(session, world, one, other)
        matters.unlink(session, world.duty.viewer, one.id, NOW)
        assert session.scalars(select(SuggestedLink)).one().dismissed_by_id == world.duty.id


def test_only_within_sight_and_by_who_works_tips(database, world):
    with database.begin() as session:
        mine, theirs = create_tip(session, world.duc_lap), create_tip(session, world.song_luy)
        for act in (matters.link, matters.dismiss):
            for person in (world.officer, world.leader, world.stranger):
                with pytest.raises(NotFound):
                    act(session, person.viewer, mine.id, theirs.id, NOW)
            with pytest.raises(NotAllowed):
                act(session, world.statistician.viewer, mine.id, theirs.id, NOW)
        link(session, world, mine, theirs)
        with pytest.raises(NotFound):
            matters.unlink(session, world.officer.viewer, theirs.id, NOW)
        matters.unlink(session, world.officer.viewer, mine.id, NOW)
        assert (mine.matter_id, theirs.matter_id) == (None, None)


@pytest.mark.parametrize(
    ("code", "refused"),
    [("{other}", None), ("{spaced}", None), ("12345", "9 số"), ("", "9 số"), ("{mine}", "chính là tin"),
     ("{theirs}", "Không có tin mã này"), ("{nobody}", "Không có tin mã này")],
)  # fmt: skip
def test_linking_by_a_typed_code(database, world, code, refused):
    with database.begin() as session:
        mine, other = (create_tip(session, world.duc_lap) for _ in range(2))
        theirs = create_tip(session, world.song_luy)
        nobody = create_tip(session)
        typed = code.format(
            mine=mine.code,
            other=other.code,
            spaced=" ".join(other.code),
            theirs=theirs.code,
            nobody=nobody.code,
        )
        if refused is None:
            matters.link_by_code(session, world.officer.viewer, mine.id, typed, NOW)
            assert mine.matter_id == other.matter_id is not None
        else:
            with pytest.raises(InvalidChange, match=refused):
                matters.link_by_code(session, world.officer.viewer, mine.id, typed, NOW)
            assert mine.matter_id is None


@pytest.mark.both_databases
def test_officers_who_link_at_the_same_moment_make_one_event(database, world):
    with database.begin() as session:
        ids = [tip.id for tip in four(session)]
    ring = [(ids[n], ids[(n + 1) % 4]) for n in range(4)]
    works = [
        lambda session, one=one, other=other: matters.link(session, world.duty.viewer, one, other, NOW)
        for one, other in ring
    ]
    assert at_once(database, *works) == [None] * 4
    with database.reading() as session:
        tips = session.scalars(select(Tip).order_by(Tip.received_at)).all()
        assert events(tips) == [0, 0, 0, 0]
        assert [tip.leads_matter for tip in tips] == [True, False, False, False]
        assert count(session, Matter) == 1
