"""Voice notes of texts and files that officers bring, through the real queues to their words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.clock import utcnow
from hotline.models import Attachment, Recording, Tip
from hotline.models.call import RecordingState
from hotline.models.message import AttachmentState
from hotline.models.sealed import data_key
from hotline.services import audit, brought
from speech.evaluation import word_errors
from tests.builders import count, create_tip
from workers import jobs

NUMBER = "+84900000012"
AUDIO = Path(__file__).parents[1] / "data" / "audio"
SPOKEN = {
    entry["file"]: entry["transcript"]
    for entry in json.loads((AUDIO.parent / "voicemails" / "voicemails.json").read_text("utf-8"))
}


def test_a_voice_note_is_written_down_tagged_and_kept_once(phone, database, work_off, parts):
    content = (AUDIO / "voice.3gp").read_bytes()
    phone.send_sms(NUMBER, "nghe giúp em", [("image/gif", b"GIF"), ("audio/3gpp", content)])
    work_off()
    with database.reading() as session:
        recording = session.scalars(select(Recording)).one()
        attachment = session.get_one(Attachment, recording.attachment_id)
        assert (recording.state, recording.source, attachment.state) == (
            RecordingState.TRANSCRIBED, "attachment", AttachmentState.STORED,
        )  # fmt: skip
        assert recording.storage_key == attachment.storage_key
        assert word_errors(SPOKEN["vm09_fire.wav"], recording.transcript["text"]).rate < 0.35
        assert recording.duration_s == pytest.approx(8.2, abs=0.2) and recording.content_type == "audio/3gpp"
        tip = session.get_one(Tip, recording.tip_id)
        assert tip.urgent and tip.categories[0].code == "CHAY_NO"
        assert tip.categories[0].evidence[0]["source"] == f"recording:{recording.id}"
        assert len([path for path in parts.store.root.rglob("*") if path.is_file()]) == 2
        assert audit.verify(session).broken_seq is None
    # A job that comes twice changes nothing.
    jobs.fetch_attachment(str(attachment.id))
    jobs.transcribe(str(recording.id))
    with database.reading() as session:
        assert count(session, Recording) == 1


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        (b"<html>khong phai am thanh</html>" * 9, "not-audio"),
        (b"RIFF\0\0\0\0WAVE", "no-audio-stream"),
        ((AUDIO / "voice.m4a").read_bytes()[:9000], "truncated"),
    ],
)
def test_what_cannot_be_read_is_named_and_does_not_come_back(
    database, world, parts, work_off, later, content, failure
):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, officer=world.officer)
        key = parts.store.put(data_key(tip), [content])
        recording = brought.upload(
            session, parts.store, world.officer.viewer, tip.id, storage_key=key, size=len(content),
            content_type="audio/mpeg", now=utcnow(),
        )  # fmt: skip
    parts.queue.transcribe(recording.id)
    work_off()
    for _ in range(2):
        with database.reading() as session:
            found = session.get_one(Recording, recording.id)
            assert (found.state, found.failure) == (RecordingState.FAILED, failure)
        later()
