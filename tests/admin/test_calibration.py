"""The page and the file of what confidence is worth."""

from __future__ import annotations

import csv
import io

import pytest

from hotline.db import Database
from hotline.models import Recording, Tip
from hotline.models.call import RecordingState
from hotline.services import recordings, transcripts
from tests.admin.conftest import Officer
from tests.admin.test_accuracy import words
from tests.builders import NOW, World, create_recording
from tests.services.test_transcripts import draft


@pytest.fixture
def october(database: Database, world: World) -> None:
    """One recording of October 2026, in which 118 of 120 sure words were right and a doubtful one was not."""
    with database.begin() as session:
        recording: Recording = create_recording(session, state=RecordingState.TRANSCRIBING)
        heard = draft("a " * 121, 1.0)
        heard["words"][60]["conf"] = 0.4
        recordings.transcribed(session, recording, heard, NOW)
        session.get_one(Tip, recording.tip_id).unit_id = world.duc_lap.id
        said = ["a"] * 121
        said[3] = said[60] = said[100] = "b"
        transcripts.correct(
            session, world.officer.viewer, recording.id, " ".join(said), complete=True,
            based_on=transcripts.version(recording), now=NOW,
        )  # fmt: skip


def test_the_page(officer: Officer, october: None) -> None:
    page = words(officer.get("/figures/calibration?month=2026-10").text)
    assert "từ 0,99 98,33 % , 118 trên 120" in page
    assert "từ 0,00 đến dưới 0,50 chưa đủ, 0 trên 1" in page
    assert "Tính trên 1 bản ghi âm" in page and "10/2026 1 97,52 % 118 trên 121" in page
    empty = words(officer.get("/figures/calibration?month=2026-08").text)
    assert "Tháng này chưa có bản ghi âm nào được nghe hết" in empty
    assert "Độ tin cậy của bản chép lời" in officer.get("/figures/accuracy").text


def test_the_file(officer: Officer, october: None) -> None:
    answer = officer.get("/figures/calibration.csv?month=2026-10")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert ["Cả tháng", "", "1", "từ 0,99", "118", "120", "98,33"] in rows
    assert ["Cả tháng", "", "1", "từ 0,00 đến dưới 0,50", "0", "1", ""] in rows
    assert ["Tháng", "10/2026", "1", "tất cả", "118", "121", "97,52"] in rows
