"""Sound that came otherwise than by a call: with a text, or brought to an officer."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.errors import InvalidChange, KeyUnavailable, StorageProblem
from hotline.models import Attachment, Message, Recording, Tip
from hotline.models.call import RecordingSource, RecordingState
from hotline.models.sealed import data_key
from hotline.rules.access import Action, Viewer
from hotline.services import audit, tips
from hotline.storage import AudioStore

# The button was pressed twice, or the page sent again.
TWICE = timedelta(minutes=1)


def heard_in(session: Session, attachment: Attachment, now: datetime) -> Recording | None:
    """Have a stored sound of a text written down like a voicemail, from the same sealed file; None for a picture.

    It stands among the resident's words where its text does.
    """
    if not attachment.content_type.startswith("audio/"):
        return None
    recording = Recording(
        id=uuid.uuid4(), tip_id=attachment.tip_id, source=RecordingSource.ATTACHMENT, attachment_id=attachment.id,
        created_at=now, started_at=session.get_one(Message, attachment.message_id).at,
        storage_key=attachment.storage_key, size=attachment.size, content_type=attachment.content_type,
        stored_at=now, state=RecordingState.TO_TRANSCRIBE,
    )  # fmt: skip
    session.add(recording)
    audit.record(session, None, "recording_stored", recording.tip_id, now=now, recording_id=recording.id)
    return recording


def tip_to_bring_to(session: Session, viewer: Viewer, tip_id: uuid.UUID) -> bytes:
    """The key that a recording for this tip is sealed with; raises NotFound or NotAllowed as a change would."""
    return data_key(tips.visible(session, viewer, tip_id, Action.WORK_TIPS))


def upload(
    session: Session, store: AudioStore, viewer: Viewer, tip_id: uuid.UUID, *, storage_key: str, size: int,
    content_type: str, now: datetime,
) -> Recording:  # fmt: skip
    """Add a sealed file that an officer brought; what is in it the workers find out.

    Returns the recording that is there already, with another file, when the same bytes were sent twice: recorders that
    cut by length make parts of one size. `content_type` is what the browser believes, until it is looked at.
    """
    tip: Tip = tips.visible(session, viewer, tip_id, Action.WORK_TIPS)
    if not size:
        raise InvalidChange("Tệp này rỗng (0 byte). Hãy kiểm tra lại tệp trên máy rồi tải lên lần nữa.")
    alike = session.scalars(
        select(Recording).where(
            Recording.tip_id == tip.id,
            Recording.uploaded_by_id == viewer.staff_id,
            Recording.size == size,
            Recording.storage_key.is_not(None),
            Recording.created_at > now - TWICE,
        )
    )
    for again in alike:
        if _same(store, data_key(tip), again.storage_key or "", storage_key):
            return again
    recording = Recording(
        id=uuid.uuid4(), tip_id=tip.id, source=RecordingSource.UPLOAD, uploaded_by_id=viewer.staff_id,
        created_at=now, storage_key=storage_key, size=size, content_type=content_type, stored_at=now,
        state=RecordingState.TO_TRANSCRIBE,
    )  # fmt: skip
    session.add(recording)
    session.flush()
    audit.record(
        session, viewer.staff_id, "recording_uploaded", tip.id, now=now, recording_id=recording.id, size=size
    )
    return recording


def _same(store: AudioStore, key: bytes, earlier: str, now: str) -> bool:
    try:
        return store.same(key, earlier, now)
    except (StorageProblem, KeyUnavailable):
        return False  # what cannot be read any more keeps nobody from bringing it again


def looked_at(recording: Recording, *, duration_s: float, content_type: str) -> None:
    """Note what decoding found in a file that nobody had looked at."""
    recording.duration_s, recording.content_type = duration_s, content_type
