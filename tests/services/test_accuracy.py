"""The machine's accuracy out of real tips: read, corrected, closed, by month, unit and version."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.errors import NotFound
from hotline.rules.accuracy import Share
from hotline.rules.lifecycle import Outcome
from hotline.services import accuracy, corrections, followup, place_corrections, places, triage
from tests.builders import DUC_LAP, NOW, SONG_LUY, create_tip, receive

GAMBLING = "Nhà bà Tư tối nào cũng đánh bạc ở xã Đức Lập, Lâm Đồng"


@pytest.mark.both_databases
def test_a_month_by_what_officers_said(database, world):
    viewer = world.admin.viewer
    with database.begin() as session:

        def tip(text: str = GAMBLING, days: int = 0):
            at = NOW + timedelta(days=days)
            tip_id = receive(session, text, sender=None, at=at).tip_id
            triage.run(session, tip_id, at)
            return tip_id

        let_stand, corrected, wrong_place, not_a_tip, undone, earlier = (
            tip(),
            tip(),
            tip(),
            tip(),
            tip(),
            tip(days=-30),
        )
        tip()  # nobody has checked it
        for tip_id in (let_stand, earlier):
            followup.set_outcome(session, viewer, tip_id, Outcome.SANCTIONED, "", NOW)
        corrections.correct_categories(session, viewer, corrected, ["GAY_ROI", "DANH_BAC"], NOW)
        corrections.set_urgent(session, viewer, corrected, True, NOW)
        mention = places.ranked(session.get_one(accuracy.Tip, wrong_place))[0]
        place_corrections.choose_commune(session, viewer, wrong_place, mention.id, SONG_LUY, NOW)
        followup.set_outcome(session, viewer, not_a_tip, Outcome.NOT_A_TIP, "", NOW)
        corrections.set_urgent(session, viewer, undone, True, NOW)
        corrections.urgency_as_machine(session, viewer, undone, NOW)
        version = session.get_one(accuracy.Tip, undone).triage_version
    with database.reading() as session:
        found = accuracy.report(session, viewer, 2026, 10)
        figures = found.totals
        assert (figures.received, figures.checked) == (6, 5)
        assert figures.category == Share(3, 4)
        assert figures.urgency == Share(4, 5)
        assert figures.urgent_found == Share(0, 1)
        assert figures.place == Share(3, 4)
        assert figures.is_tip == Share(1, 2)
        assert [(c.machine, c.officer, c.times) for c in found.confusions] == [("DANH_BAC", "GAY_ROI", 1)]
        assert [(part.code, part.figures.checked) for part in found.by_version] == [(version, 5)]
        assert [month.figures.checked for month in found.months] == [0, 0, 0, 0, 1, 5]
        assert [month.start.isoformat() for month in found.months][-2:] == ["2026-09-01", "2026-10-01"]
        # Seen from below, only what lies there; and months may run from the fifteenth.
        assert accuracy.report(session, world.officer.viewer, 2026, 10).totals.received == 6
        assert accuracy.report(session, world.stranger.viewer, 2026, 10).totals.received == 0
        assert accuracy.report(session, viewer, 2026, 10, unit_code="SONGLUY").totals.received == 0
        assert accuracy.report(session, viewer, 2026, 10, start_day=15).totals.received == 1
        with pytest.raises(NotFound):
            accuracy.report(session, world.stranger.viewer, 2026, 10, unit_code="DUCLAP")


def test_a_tip_without_words_compares_nothing(database, world):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
        place_corrections.choose_commune(session, world.officer.viewer, tip.id, None, DUC_LAP, NOW)
        figures = accuracy.report(session, world.officer.viewer, 2026, 10).totals
        assert (figures.checked, figures.category, figures.urgency, figures.place) == (
            1,
            Share(),
            Share(),
            Share(0, 1),
        )
