"""Files that no row names are removed; files that a row names, or soon will, never are."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from hotline.clock import utcnow
from hotline.db import Base
from hotline.models import Attachment, Recording
from hotline.models.call import RecordingState
from hotline.services import kept
from hotline.telephony.simulator.sids import new_sid
from tests.builders import create_recording, receive
from workers.jobs import remove_abandoned

KEY = bytes(32)
pytestmark = pytest.mark.usefixtures("jobs")


def written(parts, age: timedelta = timedelta(days=2), suffix: str = "") -> str:
    storage_key = parts.store.put(KEY, [b"sound"])
    path = parts.store.root / storage_key[:2] / storage_key
    moment = (utcnow() - age).timestamp()
    os.utime(path, (moment, moment))
    if suffix:
        path.rename(path.with_suffix(suffix))
    return storage_key


def left(parts) -> set[str]:
    return {path.name for path in parts.store.root.rglob("*") if path.is_file()}


@pytest.mark.both_databases
def test_only_what_nobody_names_and_nobody_is_about_to_name_goes(parts, database, world):
    spoken, sent, under_way = written(parts), written(parts), written(parts, timedelta(hours=23))
    written(parts), written(parts, suffix=".part")
    (parts.store.root / spoken[:2] / "README").touch()
    os.utime(parts.store.root / spoken[:2] / "README", (0, 0))
    with database.begin() as session:
        create_recording(session, state=RecordingState.TRANSCRIBED).storage_key = spoken
        [attachment_id] = receive(session, attachments=[(new_sid("ME"), "image/png")]).attachment_ids
        session.get_one(Attachment, attachment_id).storage_key = sent
    remove_abandoned()
    assert left(parts) == {spoken, sent, under_way, "README"}


def test_the_files_of_another_database_stay(parts, world):
    for _ in range(kept.FEW + 1):
        written(parts)
    remove_abandoned()
    assert len(left(parts)) == kept.FEW + 1


def test_every_table_that_names_a_file_is_asked():
    naming = {mapper.class_ for mapper in Base.registry.mappers if "storage_key" in mapper.columns}
    assert naming == set(kept.HOLDERS) == {Recording, Attachment}
