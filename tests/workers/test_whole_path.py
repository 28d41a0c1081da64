"""A voicemail's words in the database are those that the bare engine hears in the caller's file."""

from __future__ import annotations

from sqlalchemy import select

from bench.voicemails import HELD_OUT, as_stored, bare_loop, bare_model
from hotline.models import Recording

# Two dialects; `make bench` compares all of them (bench/whole_path.py).
CALLS = HELD_OUT[1:3]


def test_nothing_is_added_or_lost_from_the_webhook_to_the_database(phone, database, work_off):
    spoken = {}
    for number, reference in enumerate(CALLS):
        (sid,) = phone.call(f"+8490000001{number}", reference.file, hang_up=True).recording_sids
        spoken[sid] = reference.file
    work_off()
    model = bare_model()
    with database.reading() as session:
        recordings = session.scalars(select(Recording)).all()
        assert {recording.provider_sid for recording in recordings} == set(spoken)
        for recording in recordings:
            heard = as_stored(bare_loop(model, spoken[recording.provider_sid]))
            words = recording.transcript["words"]
            assert [(word["word"], word["start"], word["end"], word["conf"]) for word in words] == heard
