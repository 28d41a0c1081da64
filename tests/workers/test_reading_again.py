"""Old recordings read by a newer model: the earlier words stay, corrections stand, and new voicemails go first."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from hotline.cli import main
from hotline.clock import utcnow
from hotline.errors import Conflict, NotAllowed, NotFound
from hotline.models import (
    AuditEvent,
    Call,
    EarlierTranscript,
    Recording,
    Retranscription,
    SearchToken,
    Tip,
    TipKey,
    TranscriptCorrection,
)
from hotline.models.call import RecordingState
from hotline.models.sealed import data_key
from hotline.models.transcript import RetranscriptionState
from hotline.queue import AGAIN
from hotline.rules.lifecycle import Status
from hotline.services import components, recordings, retranscription, work
from hotline.services.indexing import index
from speech.audio import Source
from speech.models import DEMO_MODEL, verify
from speech.transcript import Segment, Transcript, Word
from tests.builders import NOW, create_recording
from tests.ops.running import running
from tests.ops.waiting import until
from workers import jobs, runtime

ROOT = Path(__file__).parents[2]
FIRE = ROOT / "tests" / "data" / "voicemails" / "vm09_fire.wav"
OLD, NEW = "old-model@0000", f"{DEMO_MODEL.name}@1111"
DAY = timedelta(days=1)


def transcript(text: str, model: str, fingerprint: str = "1111") -> Transcript:
    words = tuple(Word(word, n / 2, n / 2 + 0.4, 0.9) for n, word in enumerate(text.split()))
    return Transcript(model, 8.2, (Segment(words),), "speech", fingerprint)


class Reader:
    """An engine that hears what it was told to, and tells how far it is as if it were slow."""

    def __init__(self, text: str, at: float = 1.0) -> None:
        self.folder = verify(DEMO_MODEL)
        self.fingerprint = "1111"
        self.text, self.at, self.read = text, at, 0
        self.meanwhile: Callable[[], None] = lambda: None

    def transcribe(self, source: Source, *, on_progress: Callable[[float], None] | None = None) -> Transcript:
        self.read += 1
        if on_progress:
            on_progress(self.at)
        self.meanwhile()
        return transcript(self.text, self.folder.name)


@pytest.fixture
def reader(jobs: None) -> Iterator[Reader]:
    known = dict(runtime._engines)
    runtime.set_engine(one := Reader("có người đánh nhau ở chợ"))
    yield one
    runtime._engines.clear()
    runtime._engines.update(known)


@pytest.fixture
def old(database, world, parts) -> Recording:
    """A recording of last month, heard wrongly by the model of then."""
    with database.begin() as session:
        return create_heard(session, parts)


def create_heard(
    session, parts, *, at=NOW, language="vi", model="old-model", fingerprint="0000"
) -> Recording:
    recording = create_recording(session, at=at, state=RecordingState.TRANSCRIBING)
    recording.storage_key = parts.store.put(data_key(recording), [FIRE.read_bytes()])
    recording.duration_s = 8.2
    session.get_one(Call, recording.call_id).language = language
    recordings.transcribed(
        session, recording, transcript("có ngày đan nhau ở chợ", model, fingerprint).to_dict(), at
    )
    session.flush()
    tip = session.get_one(Tip, recording.tip_id)
    tip.triaged = tip.triage_wanted
    index(session, tip, [recording.transcript["text"]])
    return recording


def request(database, viewer, **narrower) -> int:
    with database.begin() as session:
        wanted = retranscription.outdated(session, viewer, {"vi": NEW}, since=NOW - DAY, **narrower)
        return retranscription.request(session, viewer, wanted, utcnow())


@contextmanager
def rows(database) -> Iterator[tuple[Recording, list[EarlierTranscript], Retranscription]]:
    with database.reading() as session:
        yield (
            session.scalars(select(Recording)).one(),
            list(session.scalars(select(EarlierTranscript))),
            session.scalars(select(Retranscription)).one(),
        )


def the_row(database) -> str:
    with rows(database) as (_, _, row):
        return str(row.id)


def test_the_new_words_come_and_the_old_ones_stay(database, world, reader, old) -> None:
    assert request(database, world.admin.viewer) == 1
    for _ in range(2):  # the second finds nothing to do
        jobs.read_again(the_row(database))
    with rows(database) as (recording, [earlier], row):
        assert recording.transcript["text"] == reader.text
        assert (recording.transcript_model, recording.state) == (NEW, RecordingState.TRANSCRIBED)
        assert (earlier.model, earlier.content["text"]) == (OLD, "có ngày đan nhau ở chợ")
        assert (earlier.made_at, earlier.confidence) == (NOW, pytest.approx(0.9))
        assert (row.state, row.attempts, row.failure) == (RetranscriptionState.DONE, 0, None)
    with database.reading() as session:
        tip = session.scalars(select(Tip)).one()
        assert tip.triage_wanted == tip.triaged + 1
        events = session.scalars(select(AuditEvent).where(AuditEvent.kind == "recording_read_again")).all()
        assert [(event.tip_id, event.detail["model"], event.detail["words"]) for event in events] == [
            (tip.id, NEW, 6)
        ]
        [standing] = retranscription.standing(session)
        assert (standing.model, standing.states) == (NEW, {"done": 1})
    assert reader.read == 1
    assert request(database, world.admin.viewer) == 0


@pytest.mark.parametrize("why", ["corrected", "closed", "taken back", "the same words"])
def test_what_officers_decided_is_not_triaged_anew(database, world, reader, old, why) -> None:
    with database.begin() as session:
        tip = session.get_one(Tip, old.tip_id)
        if why == "closed":
            tip.status = Status.CLOSED
        if why in ("corrected", "taken back"):
            for number, withdrawn in enumerate([False, True][: 1 + (why == "taken back")], 1):
                correction = TranscriptCorrection(
                    tip_id=tip.id, recording_id=old.id, number=number, at=NOW, by_id=world.officer.id, model=OLD,
                    complete=True, withdrawn=withdrawn,
                )  # fmt: skip
                session.add(correction)
    if why == "the same words":
        reader.text = "có ngày đan nhau ở chợ"
    request(database, world.admin.viewer)
    jobs.read_again(the_row(database))
    with rows(database) as (recording, [_], _), database.reading() as session:
        assert recording.transcript_model == NEW
        tip = session.get_one(Tip, old.tip_id)
        assert (tip.triage_wanted > tip.triaged) == (why == "taken back")
        found = set(session.scalars(select(SearchToken.token).where(SearchToken.tip_id == tip.id)))
        new, gone = (session.info["vault"].token(f"a:{word}") in found for word in ("đánh", "ngày"))
        assert (new, gone) == ((True, False) if why in ("closed", "taken back") else (False, True))


def test_a_worker_that_died_changes_nothing_twice(database, world, reader, old) -> None:
    request(database, world.admin.viewer)
    row_id = the_row(database)
    with database.begin() as session:
        dead = work.claim(
            session, work.READ_AGAIN, session.scalars(select(Retranscription.id)).one(), utcnow()
        )
        first = dead.attempts
    jobs.read_again(row_id)
    assert reader.read == 0  # it is held
    with database.begin() as session:
        session.execute(update(Retranscription).values(lease_until=utcnow() - timedelta(seconds=1)))
    jobs.read_again(row_id)
    with rows(database) as (recording, [_], row):
        assert (recording.transcript_model, row.state) == (NEW, RetranscriptionState.DONE)
    with database.begin() as session:
        assert retranscription.held(session, dead.id, first) is None


def test_a_model_that_is_gone_is_a_named_failure_and_can_be_asked_for_again(
    database, world, reader, old
) -> None:
    with database.begin() as session:
        wanted = retranscription.outdated(session, world.admin.viewer, {"vi": "gone@2"}, since=NOW - DAY)
        assert retranscription.request(session, world.admin.viewer, wanted, utcnow()) == 1
        assert retranscription.request(session, world.admin.viewer, wanted, utcnow()) == 0
    jobs.read_again(the_row(database))
    with rows(database) as (recording, earlier, row):
        assert (row.state, row.failure) == (RetranscriptionState.FAILED, retranscription.NOT_LOADED)
        assert (recording.transcript_model, earlier) == (OLD, [])
    with database.begin() as session:
        assert retranscription.request(session, world.admin.viewer, wanted, utcnow()) == 1
    with rows(database) as (_, _, row):
        assert (row.state, row.failure) == (RetranscriptionState.TO_DO, None)


@pytest.mark.parametrize("when", ["before", "meanwhile", "asked"])
def test_a_deleted_tip_is_not_read_again(database, world, reader, old, when) -> None:
    def delete() -> None:
        with database.begin() as session:
            session.delete(session.get_one(TipKey, old.tip_id))

    if when == "asked":
        delete()
        assert request(database, world.admin.viewer) == 0
        return
    request(database, world.admin.viewer)
    if when == "before":
        delete()
    else:
        reader.meanwhile = delete
    jobs.read_again(the_row(database))
    with database.reading() as session:
        row = session.scalars(select(Retranscription)).one()
        assert (row.state, row.failure) == (RetranscriptionState.FAILED, retranscription.NOT_READABLE)
        assert session.scalars(select(Recording.transcript_model)).one() == OLD


@pytest.mark.parametrize(
    ("at", "waits", "gives_way"), [(1e-9, True, True), (1e-9, False, False), (0.99, True, False)]
)
def test_a_long_reading_gives_way_to_a_new_voicemail(
    database, world, parts, reader, old, at, waits, gives_way
) -> None:
    reader.at = at
    request(database, world.admin.viewer)
    row_id = the_row(database)
    if waits:
        with database.begin() as session:
            create_recording(session, state=RecordingState.TO_TRANSCRIBE)
    jobs.read_again(row_id)
    with database.reading() as session:
        row = session.scalars(select(Retranscription)).one()
        expected = RetranscriptionState.TO_DO if gives_way else RetranscriptionState.DONE
        assert (row.state, row.attempts, row.failure) == (expected, 0, None)
        assert (row.not_before is not None) == gives_way


def test_the_sweep_offers_them_only_while_a_speech_worker_is_there(
    database, world, parts, reader, old
) -> None:
    request(database, world.admin.viewer)
    jobs.sweep()
    assert parts.queue.length(AGAIN) == 0
    with database.begin() as session:
        components.report(session, components.SPEECH, "ready", utcnow())
    for _ in range(2):  # the second finds its hint there
        jobs.sweep()
    assert parts.queue.length(AGAIN) == 1


@pytest.mark.both_databases
def test_which_recordings_are_outdated(database, world, parts) -> None:
    models = {"vi": NEW, "en": "english@3"}
    with database.begin() as session:
        made = {
            "old": create_heard(session, parts),
            "by the new one": create_heard(session, parts, model=DEMO_MODEL.name, fingerprint="1111"),
            "by another of that name": create_heard(session, parts, model=DEMO_MODEL.name, fingerprint="9"),
            "english": create_heard(session, parts, language="en"),
            "last week": create_heard(session, parts, at=NOW - 7 * DAY),
            "not transcribed": create_recording(session, state=RecordingState.FAILED),
        }
        session.get_one(Tip, made["english"].tip_id).unit_id = world.song_luy.id
        names = {recording.id: name for name, recording in made.items()}

    def outdated(viewer=world.admin.viewer, since=NOW - DAY, **narrower) -> dict[str, str]:
        with database.reading() as session:
            found = retranscription.outdated(session, viewer, models, since=since, **narrower)
        return {names[one.recording_id]: one.model for one in found}

    usual = {"old": NEW, "by another of that name": NEW, "english": "english@3"}
    assert outdated() == usual
    assert outdated(since=NOW - 8 * DAY) == usual | {"last week": NEW}
    assert outdated(model_not=DEMO_MODEL.name) == {"old": NEW, "english": "english@3"}
    assert outdated(unit_code="SONGLUY") == outdated(world.stranger.viewer) == {"english": "english@3"}
    assert outdated(unit_code="PA01") == usual
    with pytest.raises(NotFound):
        outdated(world.stranger.viewer, unit_code="DUCLAP")
    with pytest.raises(NotAllowed):
        outdated(world.statistician.viewer)
    with database.begin() as session:
        wanted = retranscription.outdated(session, world.admin.viewer, models, since=NOW - DAY)
        assert retranscription.request(session, world.admin.viewer, wanted, NOW) == 3
        assert {one.model: one.states for one in retranscription.standing(session)} == {
            NEW: {"to_do": 2}, "english@3": {"to_do": 1},
        }  # fmt: skip
    assert outdated() == {}


def test_an_officer_asks_for_one_recording(database, world, old) -> None:
    def ask(staff) -> None:
        with database.begin() as session:
            retranscription.request_one(session, staff.viewer, old.id, utcnow())

    with pytest.raises(Conflict, match="chưa chạy"):
        ask(world.admin)
    with database.begin() as session:
        components.report(session, components.SPEECH, "ready", utcnow(), models={"vi": NEW})
    with pytest.raises(NotFound):
        ask(world.stranger)
    ask(world.admin)
    with rows(database) as (_, _, row):
        assert (row.model, row.by_id, row.state) == (NEW, world.admin.id, RetranscriptionState.TO_DO)
    with pytest.raises(Conflict, match="đang chờ"):
        ask(world.admin)


def test_the_command_asks_first_and_shows_where_it_stands(database, world, reader, old) -> None:
    def run(*arguments: str, **options) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["retranscribe", *arguments], **options)
        return result.exit_code, result.output

    since = ("--since", NOW.date().isoformat())
    assert run()[0] == 2
    assert run(*since)[0] == 1  # no speech worker
    with database.begin() as session:
        components.report(session, components.SPEECH, "ready", utcnow(), models={"vi": NEW})
    assert run("--status") == (0, "no recording was asked to be read again\n")
    assert run(*since, input="n\n")[0] == 1
    status, output = run(*since, "--yes")
    assert status == 0 and f"1 recordings, 0.0 hours of sound, to be read by {DEMO_MODEL.name}" in output
    assert run("--status")[1] == f"{NEW}: 1 to do, 0 doing, 0 done, 0 failed\n"
    assert "nothing to do" in run(*since, "--yes")[1]


def test_a_real_worker_loads_each_language_and_takes_the_new_voicemail_first(
    database, world, parts, environ
) -> None:
    english = Path(environ["DATA_DIR"]) / "models" / "vosk-model-small-en-us-0.15"
    shutil.copytree(DEMO_MODEL, english)
    fresh_model = f"{DEMO_MODEL.name}@{verify(DEMO_MODEL).fingerprint()}"
    english_model = f"{english.name}@{verify(DEMO_MODEL).fingerprint()}"
    with database.begin() as session:
        old = create_heard(session, parts)
        fresh = create_heard(session, parts, language="en")
        work.finish(fresh, RecordingState.TO_TRANSCRIBE)
        wanted = retranscription.Wanted(old.id, old.tip_id, fresh_model, 8.2)
        retranscription.request(session, world.admin.viewer, [wanted], utcnow())
    with database.reading() as session:
        parts.queue.read_again(session.scalars(select(Retranscription.id)).one())
    parts.queue.transcribe(fresh.id)

    def done() -> bool:
        with database.reading() as session:
            return session.scalars(select(Retranscription.state)).one() == RetranscriptionState.DONE

    with running([sys.executable, "-m", "workers", "speech"], environ, ROOT):
        until(done, "the old recording read again")
    with database.reading() as session:
        new, again = session.get_one(Recording, fresh.id), session.get_one(Recording, old.id)
        assert new.transcript["text"] == again.transcript["text"] != ""
        assert (new.transcript_model, again.transcript_model) == (english_model, fresh_model)
        assert new.transcribed_at < again.transcribed_at
        detail = components.state(session, components.SPEECH, utcnow()).detail
        assert detail["models"] == {"vi": fresh_model, "en": english_model}
