"""Which tips are suggested as one event: measured on written pairs, and what never is."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.models import SearchToken, SuggestedLink, Tip, TipKey
from hotline.rules.lifecycle import Outcome
from hotline.services import followup, matters, suggestions, triage
from tests.builders import NOW, count, receive
from tests.concurrency import at_once

PAIRS = json.loads((Path(__file__).parents[1] / "data" / "event_pairs.json").read_text())["pairs"]
WINDOW = timedelta(hours=72)
HOUR = timedelta(hours=1)
FIRE = (
    "Cháy chợ Đức Minh cũ rồi các anh ơi, lửa cao mấy mét, cứu với",
    "chay cho duc minh, lua lon lam, cuu voi",
)
pytestmark = pytest.mark.usefixtures("world")


def told(session, body, at=NOW, sender="+84900000021", window=timedelta()) -> Tip:
    """A text read by triage, a tip of its own, with what is suggested for it."""
    tip_id = receive(session, body, at=at, sender=sender, window=window).tip_id
    triage.run(session, tip_id, at)
    suggestions.suggest(session, tip_id, WINDOW, at)
    return session.get_one(Tip, tip_id)


def pairs(session) -> list[tuple]:
    return [tuple(row) for row in session.execute(select(SuggestedLink.tip_id, SuggestedLink.other_id))]


@pytest.mark.parametrize(("which", "precision", "recall"), [("tune", 0.9, 0.9), ("judge", 0.85, 0.75)])
def test_what_is_suggested_of_the_written_pairs(database, which, precision, recall):
    found = []
    for pair in (pair for pair in PAIRS if pair["set"] == which):
        with database.begin() as session:
            told(session, pair["earlier"])
            told(session, pair["later"], NOW + timedelta(hours=pair["hours"]), "+84900000022")
            found.append((bool(pairs(session)), pair["same"]))
            session.rollback()
    right = sum(suggested and same for suggested, same in found)
    measured = right / sum(suggested for suggested, _ in found), right / sum(same for _, same in found)
    print(which, "precision {:.2f}, recall {:.2f}".format(*measured))
    assert measured[0] >= precision and measured[1] >= recall


def test_a_suggestion_names_what_they_share_and_stands_once(database):
    with database.begin() as session:
        first, second = told(session, FIRE[0]), told(session, FIRE[1], NOW + HOUR, "+84900000022")
        suggestions.suggest(session, first.id, WINDOW, NOW + HOUR)
        suggestions.suggest(session, second.id, WINDOW, NOW + HOUR)
        row = session.scalars(select(SuggestedLink)).one()
        assert (row.tip_id, row.other_id, row.dismissed_at) == (second.id, first.id, None)
        assert set(row.reasons) >= {"place", "category"}


@pytest.mark.parametrize(
    ("hours", "suggested"), [(71.9, True), (72.1, False), (-71.9, True), (-72.1, False)], ids=str
)
def test_only_within_the_window(database, hours, suggested):
    body = "xe khách Thành Công 86B-012.34 lật ở đèo Di Linh, nhiều người bị thương"
    with database.begin() as session:
        told(session, body)
        told(session, body, NOW + timedelta(hours=hours), "+84900000022")
        assert bool(pairs(session)) is suggested


def test_not_of_a_tip_whose_key_is_gone_nor_of_what_is_no_tip(database):
    with database.begin() as session:
        session.delete(session.get_one(TipKey, told(session, FIRE[0]).id))
        session.flush()
        for body in (FIRE[1], "làm căn cước cần giấy gì ạ", "làm căn cước cần giấy gì ạ", ""):
            told(session, body, sender=None)
        assert pairs(session) == []


def test_plates_and_telephones_are_kept_as_keyed_hashes_only(database):
    body = "xe 49C-123.45 đổ trộm rác, chủ xe số 0900 000 045, thôn 4 xã Đức Lập"
    with database.begin() as session:
        tip = told(session, body)
        vault = session.info["vault"]
        kept = set(session.scalars(select(SearchToken.token).where(SearchToken.tip_id == tip.id)))
        for mark in ("e:plate 49C12345", "e:phone 0900000045", "p:thon 4", "k:thon", "k:plate"):
            assert vault.token(mark) in kept, mark


def test_what_was_dismissed_is_not_asked_again(database, world):
    with database.begin() as session:
        first, second = told(session, FIRE[0]), told(session, FIRE[1], sender="+84900000022")
        matters.dismiss(session, world.duty.viewer, first.id, second.id, NOW)
        for tip in (first, second):
            suggestions.suggest(session, tip.id, WINDOW, NOW)
        row = session.scalars(select(SuggestedLink)).one()
        assert (row.dismissed_at, row.dismissed_by_id) == (NOW, world.duty.id)


def test_what_is_linked_is_not_suggested(database, world):
    with database.begin() as session:
        first = told(session, FIRE[0])
        second = told(session, FIRE[1], sender="+84900000022")
        matters.link(session, world.duty.viewer, first.id, second.id, NOW)
        third = told(session, FIRE[1], NOW + HOUR, sender="+84900000023")
        assert {other for tip, other in pairs(session) if tip == third.id} == {first.id, second.id}
        matters.link(session, world.duty.viewer, third.id, second.id, NOW)
        for row in session.scalars(select(SuggestedLink)):
            session.delete(row)
        suggestions.suggest(session, third.id, WINDOW, NOW)
        assert pairs(session) == []


@pytest.mark.parametrize("read_while_linked", [True, False])
def test_what_was_taken_apart_is_not_suggested_again(database, world, read_while_linked):
    with database.begin() as session:
        first = told(session, FIRE[0])
        receive(session, FIRE[1], sender="+84900000022")
        second = session.scalars(select(Tip).where(Tip.id != first.id)).one()
        matters.link(session, world.duty.viewer, first.id, second.id, NOW)
        if read_while_linked:
            triage.run(session, second.id, NOW)
            suggestions.suggest(session, second.id, WINDOW, NOW)
        matters.unlink(session, world.duty.viewer, first.id, NOW)
        triage.run(session, second.id, NOW)
        for tip in (first, second):
            suggestions.suggest(session, tip.id, WINDOW, NOW)
        row = session.scalars(select(SuggestedLink)).one()
        assert (row.dismissed_at, row.dismissed_by_id) == (NOW, world.duty.id)


def test_what_no_longer_fits_when_a_tip_is_read_again_goes(database):
    with database.begin() as session:
        told(session, FIRE[0])
        second = told(session, FIRE[1], NOW + HOUR, sender="+84900000022")
        assert len(pairs(session)) == 1
        suggestions.suggest(session, second.id, timedelta(), NOW)
        assert pairs(session) == []


@pytest.mark.both_databases
def test_tips_read_at_the_same_moment_are_noted_once(database):
    with database.begin() as session:
        tips = []
        for body, sender in zip(FIRE, ("+84900000021", "+84900000022"), strict=True):
            tip_id = receive(session, body, sender=sender).tip_id
            triage.run(session, tip_id, NOW)
            tips.append(tip_id)
    tries = []

    def look(session, tip):
        tries.append(tip)
        return suggestions.suggest(session, tip, WINDOW, NOW)

    works = [lambda session, tip=tip: look(session, tip) for tip in tips * 4]
    assert at_once(database, *works) == [1] * 8
    assert len(tries) == 8  # nobody had to try again, as a job could not
    with database.reading() as session:
        assert count(session, SuggestedLink) == 1


def test_a_closed_tip_is_suggested_too(database, world):
    with database.begin() as session:
        first = told(session, FIRE[0])
        followup.set_outcome(session, world.admin.viewer, first.id, Outcome.MEDIATED, "", NOW)
        told(session, FIRE[1], NOW + HOUR, "+84900000022")
        assert len(pairs(session)) == 1
