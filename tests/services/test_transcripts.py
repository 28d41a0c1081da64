"""Officers' words for a recording: in force, kept with all before them, and never lost between two who save at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hotline.db import Database
from hotline.errors import Conflict, InvalidChange, NotAllowed, NotFound
from hotline.models import AuditEvent, Recording, Tip, TranscriptCorrection
from hotline.models.call import RecordingState
from hotline.queries.search import search
from hotline.services import recordings, register, transcripts, triage
from tests.builders import NOW, World, count, create_recording
from tests.concurrency import at_once

LATER = NOW + timedelta(minutes=5)
HEARD = "tôi ở thôn ba có đáng bạc"
SAID = "tôi ở thôn ba có đánh bạc"


def draft(text: str, conf: float = 0.9, model: str = "test") -> dict[str, Any]:
    words = [
        {"word": w, "start": n * 0.5, "end": n * 0.5 + 0.4, "conf": conf} for n, w in enumerate(text.split())
    ]
    return {
        "model": model, "duration_s": 9.0, "text": text, "confidence": conf, "words": words, "speech_s": 4.0,
        "segments": [], "fingerprint": "0badc0de", "sound": "speech",
    }  # fmt: skip


@pytest.fixture
def recording_id(database: Database, world: World) -> uuid.UUID:
    """A recording in Đức Lập that the machine has transcribed and triage has read."""
    with database.begin() as session:
        recording = create_recording(session, state=RecordingState.TRANSCRIBING)
        recordings.transcribed(session, recording, draft(HEARD), NOW)
        triage.run(session, recording.tip_id, NOW)
        session.get_one(Tip, recording.tip_id).unit_id = world.duc_lap.id
        return recording.id


def save(
    session, world: World, recording_id: uuid.UUID, text: str, *, complete: bool = False, who=None
) -> bool:
    row = session.get_one(Recording, recording_id)
    return transcripts.correct(
        session, (who or world.officer).viewer, recording_id, text, complete=complete,
        based_on=transcripts.version(row), now=LATER,
    )  # fmt: skip


def words(found: Sequence[dict[str, Any]]) -> str:
    return " ".join(word["word"] for word in found)


@pytest.mark.both_databases
def test_a_correction_is_what_everybody_reads_from_then_on(
    database: Database, world: World, recording_id: uuid.UUID
) -> None:
    with database.begin() as session:
        assert save(session, world, recording_id, SAID, complete=True)
    with database.begin() as session:
        recording = session.get_one(Recording, recording_id)
        tip = session.get_one(Tip, recording.tip_id)
        assert (recording.transcript["text"], transcripts.in_force(recording).text) == (HEARD, SAID)
        assert tip.triage_wanted == tip.triaged + 1
        assert triage.run(session, tip.id, LATER)
        assert [c.code for c in tip.categories] == ["DANH_BAC"], "what was meant is read, not what was heard"
        found = search(session, world.officer.viewer, "đánh bạc", LATER)
        assert [row.id for row in found.rows] == [tip.id]
        assert search(session, world.officer.viewer, "đáng", LATER).rows == []
        shown = register.tip_record(session, world.admin.viewer, tip.code, LATER)
        assert shown["text"] == SAID
        [one] = shown["recordings"]
        assert one["transcript"]["text"] == HEARD, "the machine's words are never overwritten"
        assert one["corrected"] | {"words": 0} == {
            "text": SAID, "words": 0, "at": LATER.isoformat(), "by": world.officer.username, "complete": True,
        }  # fmt: skip
        assert one["readable"]["text"] == "Tôi ở thôn 3 có đánh bạc."
        [row] = recording.corrections
        assert row.bands == [{"from": 0.9, "right": 6, "of": 7}]
        assert (row.words[5]["start"], row.words[5]["end"]) == (2.5, 2.9)
        event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "transcript_corrected")).one()
        assert event.detail == {
            "recording_id": str(recording_id), "number": 1, "words": 7, "changed": 1, "complete": True,
        }  # fmt: skip


@pytest.mark.both_databases
def test_of_two_who_save_at_once_one_is_told(
    database: Database, world: World, recording_id: uuid.UUID
) -> None:
    with database.reading() as session:
        base = transcripts.version(session.get_one(Recording, recording_id))

    def saving(person, text):
        return lambda session: transcripts.correct(
            session, person.viewer, recording_id, text, complete=False, based_on=base, now=LATER
        )

    results = at_once(
        database, saving(world.officer, SAID), saving(world.colleague, "tôi ở thôn bốn có đánh bạc")
    )
    assert {type(result) for result in results} == {bool, Conflict}
    with database.reading() as session:
        assert count(session, TranscriptCorrection) == 1


@pytest.mark.both_databases
def test_taking_it_back_and_the_machines_words_typed_again(
    database: Database, world: World, recording_id: uuid.UUID
) -> None:
    def in_force() -> str:
        with database.reading() as session:
            return transcripts.in_force(session.get_one(Recording, recording_id)).text

    with database.begin() as session:
        save(session, world, recording_id, SAID)
    with database.begin() as session:
        base = transcripts.version(session.get_one(Recording, recording_id))
        transcripts.as_machine(session, world.officer.viewer, recording_id, based_on=base, now=LATER)
        transcripts.as_machine(session, world.officer.viewer, recording_id, based_on="old", now=LATER)
    assert in_force() == HEARD
    with database.begin() as session:
        assert save(session, world, recording_id, SAID)
        assert not save(session, world, recording_id, SAID), "pressed twice"
    with database.begin() as session:
        assert save(session, world, recording_id, HEARD)
    assert in_force() == HEARD
    with database.reading() as session:
        rows = session.scalars(select(TranscriptCorrection).order_by(TranscriptCorrection.number)).all()
        assert [row.withdrawn for row in rows] == [False, True, False, True]


def test_what_was_heard_right_is_worth_saying(
    database: Database, world: World, recording_id: uuid.UUID
) -> None:
    with database.begin() as session:
        wanted = session.scalars(select(Tip)).one().triage_wanted
        assert not save(session, world, recording_id, HEARD), "nothing was changed and nothing listened to"
        assert save(session, world, recording_id, HEARD, complete=True)
        row = session.scalars(select(TranscriptCorrection)).one()
        assert (row.withdrawn, row.bands) == (False, [{"from": 0.9, "right": 7, "of": 7}])
        assert session.scalars(select(Tip)).one().triage_wanted == wanted, "the words are the same"


def test_a_newer_reading_replaces_no_correction(
    database: Database, world: World, recording_id: uuid.UUID
) -> None:
    with database.begin() as session:
        save(session, world, recording_id, SAID)
        recording = session.get_one(Recording, recording_id)
        seen = transcripts.version(recording)
        recordings.transcribed(session, recording, draft("tôi ở thôn ba", model="better"), LATER)
        assert transcripts.in_force(recording).text == SAID
        with pytest.raises(Conflict):
            transcripts.correct(
                session, world.officer.viewer, recording_id, "x", complete=False, based_on=seen, now=LATER
            )
        save(session, world, recording_id, SAID, complete=True)
        assert recording.corrections[-1].model == recording.transcript_model != "test"
        assert recording.corrections[-1].bands == [{"from": 0.9, "right": 4, "of": 4}]


@pytest.mark.parametrize(
    ("who", "text", "error"),
    [
        ("stranger", SAID, NotFound),
        ("statistician", SAID, NotAllowed),
        ("officer", "a" * 41, InvalidChange),
        ("officer", "a " * 300_000, InvalidChange),
    ],
)
def test_what_is_refused(
    database: Database, world: World, recording_id: uuid.UUID, who: str, text: str, error: type[Exception]
) -> None:
    with database.begin() as session, pytest.raises(error):
        save(session, world, recording_id, text, who=getattr(world, who))


def test_before_the_machine_has_heard_it(database: Database, world: World) -> None:
    with database.begin() as session:
        recording = create_recording(session, state=RecordingState.TRANSCRIBING)
        assert transcripts.in_force(recording) is None
        with pytest.raises(InvalidChange):
            save(session, world, recording.id, SAID, who=world.duty)


def test_an_empty_wording_says_that_nobody_spoke(
    database: Database, world: World, recording_id: uuid.UUID
) -> None:
    with database.begin() as session:
        assert save(session, world, recording_id, " \u200b\n", complete=True)
        recording = session.get_one(Recording, recording_id)
        assert (transcripts.in_force(recording).text, recording.corrections[-1].words) == ("", [])
