"""A number and sentences go through everything, and are found nowhere but in the outside world."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select, text

from hotline.clock import utcnow
from hotline.models import Recording, Tip
from hotline.queue import DEFAULT, PROVIDER
from hotline.services import followup, work
from hotline.telephony.simulator.faults import Faults
from tests import leaks
from workers import jobs

VOICEMAIL = Path(__file__).parents[1] / "data" / "voicemails" / "vm05_sand_mining.wav"
SPOKEN = {
    e["file"]: e["transcript"] for e in json.loads((VOICEMAIL.parent / "voicemails.json").read_text("utf-8"))
}
NUMBER = "+84900000071"
WRITTEN = "Bà Mộng Tím giấu đá đỏ sau chuồng bò ở xã Đức Lập"
NOTED = "Gặp người bán vé số mù lòa"
ANSWERED = "Đội ba sẽ ghé quán chè"
PLATE = "49H1-987.65"


@pytest.mark.both_databases
def test_what_residents_and_officers_said_is_nowhere_in_the_clear(
    phone, client, database, world, settings, parts, work_off, account, valkey_url, capfd
):
    redis = Redis.from_url(valkey_url)
    secrets = leaks.of_number(NUMBER) | leaks.of_speech(SPOKEN[VOICEMAIL.name]) | leaks.forms(PLATE)
    secrets |= {form for said in (WRITTEN, NOTED, ANSWERED) for form in leaks.of_speech(said)}
    capfd.readouterr()

    # The queue is looked into while it is full, the rest after everything was done.
    phone.send_sms(NUMBER, f"{WRITTEN}, xe {PLATE}", [("image/png", WRITTEN.encode() * 40)])
    phone.call(NUMBER, VOICEMAIL, faults=Faults(recording_html=1))
    with database.begin() as session:
        tip = session.scalars(select(Tip).where(Tip.channel == "sms")).one()
        followup.add_note(session, world.admin.viewer, tip.id, NOTED, utcnow())
        followup.reply(session, world.admin.viewer, tip.id, ANSWERED, utcnow())
        code = tip.code
    jobs.sweep()
    assert parts.queue.length(DEFAULT) and parts.queue.length(PROVIDER)
    assert leaks.in_queue(secrets | leaks.forms(code), redis) == []
    work_off()
    with database.begin() as session:
        session.execute(text("UPDATE recording SET not_before = NULL"))
    _transcribe(database, work_off)
    client.post("/twilio/sms", query_string={"From": NUMBER}, data={"From": NUMBER, "Body": WRITTEN})
    client.get("/admin/", query_string={"q": NUMBER})
    with database.reading() as session:
        tips = session.scalars(select(Tip)).all()
        heard = session.scalars(select(Recording)).one().transcript["text"]
        secrets |= leaks.of_speech(heard) | set().union(*(leaks.forms(tip.code) for tip in tips))

    assert leaks.in_queue(secrets, redis) == []
    logged = "".join(capfd.readouterr()).encode()
    assert b"job_put_off" in logged  # there was something to log
    assert leaks.in_bytes(secrets, logged) == []
    ours = [path for path in settings.data_dir.rglob("*") if account.root not in path.parents]
    assert any(parts.store.root in path.parents for path in ours)
    assert leaks.in_files(secrets, ours) == []
    assert leaks.in_files(secrets, _database_files(database)) == []
    # The same search finds what is no secret, and the secrets where they must be: with the provider.
    assert leaks.in_files(leaks.forms(world.song_luy.name), _database_files(database))
    outside = {form for _, form in leaks.in_files(secrets, account.root.rglob("*"))}
    assert outside >= {NUMBER[3:].encode(), PLATE.encode()}
    redis.close()


def _transcribe(database, work_off) -> None:
    with database.reading() as session:
        [recording] = session.scalars(select(Recording))
        assert work.due(session, work.FETCH_RECORDING, utcnow(), 1) == [recording.id]
    jobs.fetch_recording(str(recording.id))
    work_off()


def _database_files(database) -> list[Path]:
    """The files that hold the database, its journal of changes included, as they are on the disk."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "sqlite":
            return list(Path(database.engine.url.database).parent.glob("hotline.db*"))
        connection.execute(text("CHECKPOINT"))
        folder = Path(connection.scalar(text("SHOW data_directory")))
        own = connection.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
        segment = connection.scalar(text("SELECT pg_walfile_name(pg_current_wal_lsn())"))
    journal = sorted(
        path for path in (folder / "pg_wal").iterdir() if re.fullmatch(r"[0-9A-F]{24}", path.name)
    )
    written = [path for path in journal if path.name <= segment][-2:]
    return [*(folder / "base" / str(own)).iterdir(), *written]
