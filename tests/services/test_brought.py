"""Sound that came with a text or was brought to an officer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.errors import InvalidChange, NotAllowed, NotFound
from hotline.models import Attachment, AuditEvent, Message, Recording, Tip
from hotline.models.call import RecordingState
from hotline.models.sealed import data_key
from hotline.services import audit, brought
from tests.builders import NOW, count, create_tip, receive


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("content_type", "heard"),
    [
        ("audio/amr", True),
        ("audio/mpeg", True),
        ("image/jpeg", False),
        ("video/mp4", False),
        ("application/octet-stream", False),
    ],
)
def test_a_sound_of_a_text_becomes_a_recording_of_its_tip(
    database, world, database_kind, content_type, heard
):
    with database.begin() as session:
        received = receive(session, attachments=[("ME1", content_type)])
        attachment = session.get_one(Attachment, received.attachment_ids[0])
        attachment.storage_key, attachment.size = "0" * 32, 7
        recording = brought.heard_in(session, attachment, NOW + timedelta(minutes=1))
        assert (recording is not None) == heard
    if not heard:
        return
    with database.reading() as session:
        stored = session.scalars(select(Recording)).one()
        assert (stored.tip_id, stored.attachment_id, stored.storage_key, stored.size) == (
            received.tip_id,
            attachment.id,
            "0" * 32,
            7,
        )
        # It stands among the resident's words where its text does, however late it was fetched.
        assert (
            stored.started_at
            == session.scalars(select(Message.at).where(Message.provider_sid.is_not(None))).one()
        )
        assert (stored.state, stored.source, stored.call_id) == (
            RecordingState.TO_TRANSCRIBE,
            "attachment",
            None,
        )
        assert audit.verify(session).broken_seq is None


def bring(session, parts, viewer, tip, *, content=b"a voice", now=NOW):
    key = parts.store.put(data_key(session.get_one(Tip, tip.id)), [content])
    return brought.upload(
        session, parts.store, viewer, tip.id, storage_key=key, size=len(content), content_type="audio/mpeg", now=now
    )  # fmt: skip


def test_what_an_officer_brings_is_audited_and_not_taken_twice(database, world, parts):
    viewer = world.officer.viewer
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
        first = bring(session, parts, viewer, tip)
        assert bring(session, parts, viewer, tip, now=NOW + timedelta(seconds=50)).id == first.id
        others = [
            bring(session, parts, viewer, tip, content=b"voices"),
            # The next part of a recorder that cuts by size.
            bring(session, parts, viewer, tip, content=b"a noise"),
            bring(session, parts, viewer, tip, now=NOW + timedelta(minutes=2)),
            bring(session, parts, world.colleague.viewer, tip),
            bring(session, parts, viewer, create_tip(session, world.duc_lap)),
        ]
        assert count(session, Recording) == 1 + len(others)
    with database.reading() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.kind == "recording_uploaded")).all()
        assert (events[0].actor_id, events[0].tip_id, events[0].detail) == (
            viewer.staff_id, tip.id, {"recording_id": str(first.id), "size": 7},
        )  # fmt: skip
        assert len(events) == 1 + len(others)


@pytest.mark.parametrize(
    ("who", "size", "refused"),
    [("stranger", 7, NotFound), ("statistician", 7, NotAllowed), ("officer", 0, InvalidChange)],
)
def test_nobody_brings_anything_to_a_tip_that_is_not_theirs_to_work_on(
    database, world, parts, who, size, refused
):
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap)
    viewer = getattr(world, who).viewer
    with pytest.raises(refused), database.begin() as session:
        bring(session, parts, viewer, tip, content=b"v" * size)
    if size:
        with pytest.raises(refused), database.begin() as session:
            brought.tip_to_bring_to(session, viewer, tip.id)
    with database.reading() as session:
        assert count(session, Recording) == 0
