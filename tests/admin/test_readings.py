"""Which model made a text, what earlier ones made, and asking for a new reading."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from hotline.clock import utcnow
from hotline.models import Retranscription
from hotline.models.call import RecordingState
from hotline.models.transcript import RetranscriptionState
from hotline.queue import AGAIN
from hotline.services import components, recordings, retranscription, work
from tests.builders import NOW, create_recording

NEW = "new-model@bbbb11112222"


def transcript(text: str, model: str, fingerprint: str) -> dict[str, object]:
    words = [{"word": word, "start": n, "end": n + 0.5, "conf": 0.9} for n, word in enumerate(text.split())]
    return {
        "model": model, "fingerprint": fingerprint, "duration_s": 9.0, "text": text, "confidence": 0.9,
        "words": words, "speech_s": 2.0, "sound": "speech", "segments": [],
    }  # fmt: skip


@pytest.fixture
def recording(database, world):
    with database.begin() as session:
        row = create_recording(session, state=RecordingState.TRANSCRIBING)
        row.storage_key, row.content_type = "ab" * 16, "audio/wav"
        recordings.transcribed(session, row, transcript("đan nhau ngoài chợ", "old-model", "aaaa"), NOW)
        components.report(session, components.SPEECH, "ready", utcnow(), models={"vi": NEW})
        return row


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_an_officer_has_a_recording_read_again_and_still_sees_the_first_text(
    signed_in, world, database, parts, recording
):
    browser = signed_in(world.admin)
    tip = f"/tips/{recording.tip_id}"
    page = browser.get(tip).text
    assert "mô hình old-model." in text_of(page) and "Chép lại bằng mô hình new-model" in page
    answer = browser.post(f"{tip}/recordings/{recording.id}/again")
    assert (answer.status_code, answer.location) == (302, f"/admin{tip}#recording-{recording.id}")
    assert parts.queue.length(AGAIN) == 1
    page = browser.get(tip).text
    assert "Đang chờ chép lại bằng mô hình new-model" in page and "Chép lại bằng mô hình" not in page
    assert browser.post(f"{tip}/recordings/{recording.id}/again").status_code == 409
    with database.begin() as session:
        row = session.scalars(select(Retranscription)).one()
        held = work.claim(session, work.READ_AGAIN, row.id, utcnow())
        new = transcript("đánh nhau ngoài chợ", "new-model", "bbbb11112222")
        assert retranscription.read_again(session, held, new, utcnow())
    page = text_of(browser.get(tip).text)
    assert "ánh nhau ngoài chợ" in page and "mô hình new-model." in page
    assert "Bản chép lời trước, mô hình old-model, 10:00 20/10/2026 đan nhau ngoài chợ" in page
    assert "Chép lại bằng mô hình" not in page


def test_who_may_only_read_sees_texts_and_no_button(signed_in, world, database, recording):
    with database.begin() as session:
        wanted = retranscription.Wanted(recording.id, recording.tip_id, "gone@1", 0.0)
        retranscription.request(session, world.admin.viewer, [wanted], utcnow())
        row = session.scalars(select(Retranscription)).one()
        work.give_up(work.READ_AGAIN, row, retranscription.NOT_LOADED)
        assert row.state == RetranscriptionState.FAILED
    page = signed_in(world.admin).get(f"/tips/{recording.tip_id}").text
    assert "Mô hình gone chưa chép lại được. Mô hình này không còn được dùng." in page
    stranger = signed_in(world.stranger)
    assert stranger.post(f"/tips/{recording.tip_id}/recordings/{recording.id}/again").status_code == 404
