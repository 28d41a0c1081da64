"""What confidence is worth: only what was listened to in full counts, the last time, in its month, unit and model."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.errors import NotFound
from hotline.models import Recording, Tip, Unit
from hotline.models.call import RecordingState
from hotline.services import calibration, recordings, transcripts
from tests.builders import NOW, create_recording
from tests.services.test_transcripts import draft

HEARD = "một hai ba bốn"


@pytest.mark.both_databases
def test_a_month_of_checked_transcripts(database, world):
    with database.begin() as session:

        def recording(unit: Unit, days: int = 0, model: str = "small") -> Recording:
            found = create_recording(
                session, at=NOW + timedelta(days=days), state=RecordingState.TRANSCRIBING
            )
            recordings.transcribed(session, found, draft(HEARD, 0.97, model), NOW + timedelta(days=days))
            session.get_one(Tip, found.tip_id).unit_id = unit.id
            session.flush()
            return found

        def save(found: Recording, text: str, complete: bool = True) -> None:
            transcripts.correct(
                session, world.admin.viewer, found.id, text, complete=complete,
                based_on=transcripts.version(found), now=NOW,
            )  # fmt: skip

        twice, elsewhere, earlier = recording(world.duc_lap), recording(world.song_luy), recording(
            world.duc_lap, -30
        )  # fmt: skip
        save(twice, "một hai")
        save(twice, "một hai ba tư")  # the last time counts
        save(elsewhere, HEARD)
        save(earlier, "một")
        save(recording(world.duc_lap), "một", complete=False)
        taken_back = recording(world.duc_lap)
        save(taken_back, "một")
        transcripts.as_machine(
            session, world.admin.viewer, taken_back.id, based_on=transcripts.version(taken_back), now=NOW
        )
        # Read again by another model and saved again: each model has its own.
        recordings.keep_words(twice, draft("một hai ba tư", 1.0, "large"), NOW)
        save(twice, "một hai ba tư")
        save(twice, "một hai ba tư năm")

        found = calibration.report(session, world.officer.viewer, 2026, 10)
        assert found.unit == "Công an xã Đức Lập"
        assert [(b.edge, b.right, b.of) for b in found.whole.bands] == [(0.95, 3, 4), (0.99, 4, 4)]
        assert sorted((part.recordings, part.total.right, part.total.of) for part in found.models) == [
            (1, 3, 4), (1, 4, 4),
        ]  # fmt: skip
        assert [(part.name, part.total.right) for part in found.months[-2:]] == [
            ("2026-09-30", 1),
            ("2026-10-31", 7),
        ]
        assert found.whole.total.percent is None, "too few"
        everywhere = calibration.report(session, world.admin.viewer, 2026, 10)
        assert everywhere.whole.recordings == 3
        with pytest.raises(NotFound):
            calibration.report(session, world.officer.viewer, 2026, 10, unit_code="SONGLUY")


def test_a_rate_needs_enough_words():
    assert [calibration.Band(0.9, n - 1, n).percent for n in (99, 100)] == [None, 99.0]
