"""What officers put right stands beside what the machine read, in one click, and can be taken back."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.errors import Conflict, InvalidChange, NotAllowed, NotFound
from hotline.models import AuditEvent, Correction, Tip, UnitCategory
from hotline.rules.lifecycle import Outcome
from hotline.services import (
    audit,
    corrections,
    followup,
    place_corrections,
    places,
    register,
    triage,
)
from hotline.services.corrections import Change, What
from tests.builders import DUC_LAP, NOW, RESIDENT, SONG_LUY, World, create_tip, create_unit, receive

FIRE = "Đang cháy nhà ở xã Đức Minh, cứu với"
WRONG, ADD, FIRST = Change
LATER = NOW + timedelta(hours=2)


def read_tip(session: Session, text: str = FIRE, sender: str | None = RESIDENT) -> Tip:
    tip_id = receive(session, text, sender=sender).tip_id
    triage.run(session, tip_id, NOW)
    return session.get_one(Tip, tip_id)


def kept(session: Session, tip: Tip) -> tuple[int, int]:
    """How many corrections and audit events there are."""
    made = session.scalar(select(func.count()).where(Correction.tip_id == tip.id)) or 0
    return made, session.scalar(select(func.count()).where(AuditEvent.tip_id == tip.id)) or 0


def in_force(tip: Tip) -> list[str]:
    return [c.code for c in sorted(tip.categories, key=lambda c: c.rank) if c.in_force]


def communes(tip: Tip) -> list[str | None]:
    return [row.commune_code for row in places.ranked(tip) if row.in_force]


@pytest.mark.parametrize(
    ("before", "change", "code", "after"),
    [
        (["TROM_CAP", "GAY_ROI"], WRONG, "TROM_CAP", ["GAY_ROI"]),
        (["TROM_CAP"], WRONG, "TROM_CAP", ["KHAC"]),
        (["TROM_CAP"], WRONG, "GAY_ROI", ["TROM_CAP"]),
        (["TROM_CAP"], ADD, "GAY_ROI", ["TROM_CAP", "GAY_ROI"]),
        (["TROM_CAP"], ADD, "TROM_CAP", ["TROM_CAP"]),
        (["KHAC"], ADD, "TROM_CAP", ["TROM_CAP"]),
        (["KHAC"], FIRST, "TROM_CAP", ["TROM_CAP"]),
        (["TROM_CAP", "GAY_ROI"], FIRST, "GAY_ROI", ["GAY_ROI", "TROM_CAP"]),
        (["TROM_CAP", "GAY_ROI", "ON_AO"], FIRST, "CUOP_GIAT", ["CUOP_GIAT", "TROM_CAP", "GAY_ROI"]),
    ],
)
def test_a_click_on_a_category(database, world, before, change, code, after):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
        viewer = world.officer.viewer
        corrections.correct_categories(session, viewer, tip.id, before, NOW)
        corrections.change_category(session, viewer, tip.id, change, code, NOW)
        assert in_force(tip) == after
        # The second of two clicks finds everything as it should be.
        state = kept(session, tip)
        corrections.change_category(session, viewer, tip.id, change, code, NOW)
        assert (in_force(tip), kept(session, tip)) == (after, state)


def test_a_fourth_category_and_one_that_is_not_listed_are_refused(database, world):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
        viewer = world.officer.viewer
        corrections.correct_categories(session, viewer, tip.id, ["TROM_CAP", "GAY_ROI", "ON_AO"], NOW)
        for code in ("CUOP_GIAT", "NO_SUCH"):
            with pytest.raises(InvalidChange):
                corrections.change_category(session, viewer, tip.id, ADD, code, NOW)


@pytest.mark.both_databases
def test_both_words_are_kept_and_each_can_be_in_force(database, world):
    """Corrected, read again by the machine, taken back: the machine's rows are renewed and the officer's stay."""
    viewer = world.admin.viewer
    with database.begin() as session:
        tip = read_tip(session)
        machine = in_force(tip)
        assert (tip.urgent, tip.machine_urgent) == (True, True)
        mention = places.ranked(tip)[0]
        first, second = [candidate["commune_code"] for candidate in mention.detail["candidates"]][:2]
        corrections.change_category(session, viewer, tip.id, FIRST, "PHAO_NO", NOW)
        corrections.set_urgent(session, viewer, tip.id, False, NOW)
        place_corrections.choose_commune(session, viewer, tip.id, mention.id, second, NOW)
        tip_id = tip.id
    with database.begin() as session:
        receive(session, "Giờ tắt rồi, không sao nữa")
        assert triage.run(session, tip_id, NOW)
    with database.begin() as session:
        tip = session.get_one(Tip, tip_id)
        assert (in_force(tip), tip.urgent, communes(tip)) == (["PHAO_NO", *machine], False, [second])
        assert tip.machine_urgent is not None
        assert [c.code for c in tip.categories if c.source == "machine"]
        assert [row.commune_code for row in tip.places if row.source == "machine"][:1] == [first]
        told = {
            row.what: (row.machine, row.officer, row.version)
            for row in session.scalars(select(Correction).where(Correction.tip_id == tip_id))
        }
        version = tip.triage_version
        assert told == {
            "categories": ({"codes": machine}, {"codes": ["PHAO_NO", *machine]}, version),
            "urgent": ({"urgent": True}, {"urgent": False}, version),
            "place": ({"mention": 0, "commune": first}, {"mention": 0, "commune": second}, version),
        }
        before = kept(session, tip)
        for _ in range(2):
            corrections.categories_as_machine(session, viewer, tip_id, NOW)
            corrections.urgency_as_machine(session, viewer, tip_id, NOW)
            place_corrections.place_as_machine(session, viewer, tip_id, places.ranked(tip)[0].id, NOW)
        after = kept(session, tip)
        assert after[0] == before[0] + 3  # what was taken back is kept as well, once
        assert in_force(tip) == [c.code for c in tip.categories]
        assert (tip.urgent, tip.urgent_by_officer, communes(tip)) == (tip.machine_urgent, False, [first])
        assert audit.verify(session).broken_seq is None


def test_one_word_on_urgency_is_one_correction(database, world):
    with database.begin() as session:
        tip = read_tip(session)
        for _ in range(2):
            corrections.set_urgent(session, world.admin.viewer, tip.id, False, NOW)
        assert kept(session, tip)[0] == 1


def test_a_place_is_chosen_dismissed_added_and_taken_away(database, world):
    viewer = world.admin.viewer
    with database.begin() as session:
        tip = read_tip(session)
        mention = places.ranked(tip)[0]
        place_corrections.choose_commune(session, viewer, tip.id, mention.id, DUC_LAP, NOW)
        place_corrections.not_a_place(session, viewer, tip.id, mention.id, NOW)
        assert communes(tip) == []
        state = kept(session, tip)
        place_corrections.not_a_place(session, viewer, tip.id, mention.id, NOW)
        assert kept(session, tip) == state
        # A place that the tip does not name, twice the same click.
        for _ in range(2):
            place_corrections.choose_commune(session, viewer, tip.id, None, SONG_LUY, NOW)
        assert communes(tip) == [SONG_LUY]
        record = register.tip_record(session, register.operator(session), tip.code or "", NOW)
        assert [(p["source"], p["candidates"][0]["commune_code"]) for p in record["places"]] == [
            ("officer", SONG_LUY)
        ]
        added = next(row for row in tip.places if row.commune_code == SONG_LUY)
        place_corrections.not_a_place(session, viewer, tip.id, added.id, NOW)
        assert communes(tip) == []
        place_corrections.place_as_machine(session, viewer, tip.id, mention.id, NOW)
        assert communes(tip) == [mention.commune_code]


def test_what_an_officer_says_of_a_place_survives_further_texts(database, world):
    with database.begin() as session:
        tip = read_tip(session, "Trộm bò ở xã Đức Minh, nó chạy về hướng xã Sông Lũy")
        viewer, tip_id = world.admin.viewer, tip.id
        other = places.ranked(tip)[1]
        place_corrections.not_a_place(session, viewer, tip_id, other.id, NOW)
        place_corrections.choose_commune(session, viewer, tip_id, places.ranked(tip)[0].id, DUC_LAP, NOW)
    with database.begin() as session:
        receive(session, "Nhà tôi ở xã Bắc Bình, Lâm Đồng")
        triage.run(session, tip_id, NOW)
        tip = session.get_one(Tip, tip_id)
        held = [places.communes()[code or ""].name for code in communes(tip)]
        assert (held[0], len(held)) == ("Xã Đức Lập", 2)
        assert held[1] == "Xã Bắc Bình"


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (lambda s, v, t: place_corrections.choose_commune(s, v, t, None, "99999", NOW), InvalidChange),
        (lambda s, v, t: place_corrections.choose_commune(s, v, t, uuid.uuid4(), DUC_LAP, NOW), Conflict),
        (lambda s, v, t: place_corrections.not_a_place(s, v, t, uuid.uuid4(), NOW), Conflict),
        (lambda s, v, t: place_corrections.reassign(s, v, t, NOW), Conflict),
        (lambda s, v, t: corrections.set_urgent(s, v, uuid.uuid4(), True, NOW), NotFound),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(database, world, change, refused):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, officer=world.officer)
        before = audit.verify(session).events
        with pytest.raises(refused):
            change(session, world.officer.viewer, tip.id)
        session.flush()
        assert audit.verify(session).events == before


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("xã Đức Lập, Lâm Đồng", "Xã Đức Lập"),
        ("Xã Đức Lập", "Xã Đức Lập"),  # there is another in Tây Ninh
        ("duc lap lam dong", "Xã Đức Lập"),
        (" x. Sông Lũy ", "Xã Sông Lũy"),
        ("xã Đức Minh, Hà Tĩnh", "Xã Đức Minh"),
        ("xã Đức Minh, Đắk Mil", "Xã Đức Lập"),
    ],
)
def test_a_typed_name_is_understood(database, world, written, name):
    with database.reading() as session:
        near = place_corrections.communes_near(session, world.officer.viewer)
    assert {commune.province for commune in near} == {"Lâm Đồng"}
    assert place_corrections.commune_named(written, near).name == name


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("xã Đức Minh", "Có nhiều nơi tên “xã Đức Minh”: "),
        ("Atlantis", "Không có xã, phường nào tên “Atlantis”"),
        ("Cần Thơ", "Không có xã, phường nào"),
        ("x" * 500, "Không có xã, phường nào"),
        ("Đức Lập, Đắk Mil và Sông Lũy, Bắc Bình", "Không có xã, phường nào"),
    ],
)
def test_a_name_that_is_none_or_several_is_refused(written, said):
    with pytest.raises(InvalidChange) as refused:
        place_corrections.commune_named(written)
    assert str(refused.value).startswith(said)


def test_a_corrected_tip_is_given_anew_only_when_asked(database, world: World):
    with database.begin() as session:
        tip = read_tip(session, "Đánh bạc ở xã Sông Lũy, Lâm Đồng", sender=None)
        stranger = world.stranger.viewer
        assert (tip.unit_id, tip.officer_id) == (world.song_luy.id, world.stranger.id)
        assert place_corrections.proposal(session, tip) is None
        mention = places.ranked(tip)[0].id
        place_corrections.choose_commune(session, stranger, tip.id, mention, DUC_LAP, LATER)
        assert tip.unit_id == world.song_luy.id
        proposed = place_corrections.proposal(session, tip)
        assert proposed is not None
        assert (proposed.unit_id, proposed.reason["code"]) == (world.duc_lap.id, "area")
        assert not place_corrections.reassign(session, stranger, tip.id, LATER)
        session.refresh(tip)
        assert (tip.unit_id, tip.assignments[-1].by_id) == (world.duc_lap.id, world.stranger.id)
        assert place_corrections.proposal(session, tip) is None


def test_a_corrected_category_sends_a_tip_only_to_who_specialises_in_it(database, world):
    with database.begin() as session:
        tip = create_tip(session, world.song_luy, officer=world.stranger)
        viewer = world.stranger.viewer
        corrections.correct_categories(session, viewer, tip.id, ["MA_TUY"], LATER)
        assert place_corrections.proposal(session, tip) is None
        drugs = create_unit(session, "PC04", "Phòng ma túy", world.root)
        drugs.categories = [UnitCategory(category="MA_TUY")]
        session.flush()
        proposed = place_corrections.proposal(session, tip)
        assert proposed is not None
        assert (proposed.unit_id, proposed.reason["code"]) == (drugs.id, "specialised")


def test_who_neither_has_a_tip_nor_gives_tips_cannot_send_it_away(database, world):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, officer=world.colleague)
        place_corrections.choose_commune(session, world.officer.viewer, tip.id, None, SONG_LUY, LATER)
        with pytest.raises(NotAllowed):
            place_corrections.reassign(session, world.officer.viewer, tip.id, NOW)
        assert not place_corrections.reassign(session, world.leader.viewer, tip.id, NOW)
        assert tip.unit_id == world.song_luy.id


def test_a_closed_tip_is_corrected_but_not_sent_away(database, world):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, officer=world.officer)
        viewer = world.officer.viewer
        followup.set_outcome(session, viewer, tip.id, Outcome.SANCTIONED, "", NOW)
        place_corrections.choose_commune(session, viewer, tip.id, None, SONG_LUY, NOW)
        assert communes(tip) == [SONG_LUY]
        with pytest.raises(Conflict):
            place_corrections.reassign(session, viewer, tip.id, NOW)


def test_a_place_is_found_by_the_name_the_officer_gave_it(database, world):
    from hotline.queries.search import search

    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
        viewer = world.officer.viewer
        assert search(session, viewer, "Sông Lũy", NOW).total == 0
        place_corrections.choose_commune(session, viewer, tip.id, None, SONG_LUY, NOW)
        assert search(session, viewer, "song luy", NOW).total == 1
        assert [row.what for row in session.scalars(select(Correction))] == [What.PLACE]
