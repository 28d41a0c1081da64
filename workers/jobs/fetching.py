"""Files on their way from the provider into the store."""

from __future__ import annotations

import uuid

from hotline.clock import utcnow
from hotline.errors import HotlineError
from hotline.models import Message, Recording
from hotline.models.sealed import data_key
from hotline.services import brought, recordings, work
from speech.audio import AudioInfo, probe
from speech.errors import SpeechError, UnreadableAudio
from workers import download
from workers.jobs.handling import Renewal, discarded_on_error, put_off
from workers.runtime import parts, provider


def fetch_recording(recording_id: str) -> None:
    """Bring a recording from the provider; accept only audio of the announced length, then have it transcribed.

    It goes straight into the store and is looked at there: killed in between, it leaves a file that no row names
    (services/kept.py).
    """
    task, row_id = work.FETCH_RECORDING, uuid.UUID(recording_id)
    with parts().database.begin() as session:
        recording: Recording | None = work.claim(session, task, row_id, utcnow())
        if recording is None:
            return
        key, attempt = data_key(recording), recording.attempts
    try:
        with provider().recording(recording.provider_sid or "") as incoming:
            file = download.Measured(incoming, Renewal(task, row_id, attempt))
            storage_key = parts().store.put(key, file)
        with discarded_on_error(storage_key):
            info = _accepted(key, storage_key, recording.announced_s)
    except (HotlineError, SpeechError) as error:
        put_off(task, row_id, attempt, error)
        return
    # Not discarded when this fails: a connection lost in a commit does not tell whether a row names the file now.
    with parts().database.begin() as session:
        row = recordings.held(session, task, row_id, attempt)
        if row is not None and info.duration_s:
            recordings.recording_stored(
                session, row, storage_key=storage_key, size=file.size, duration_s=info.duration_s,
                content_type=download.audio_type(info.container), now=utcnow(),
            )  # fmt: skip
        elif row is not None:
            recordings.recording_empty(session, row, utcnow())
    if row is not None and info.duration_s:
        parts().queue.transcribe(row_id)
    else:
        parts().store.delete(storage_key)


def _accepted(key: bytes, storage_key: str, announced_s: int | None) -> AudioInfo:
    with parts().store.open(key, storage_key) as audio:
        info = probe(audio)
    if not recordings.is_whole(announced_s, info.duration_s) or info.truncated:
        raise UnreadableAudio("truncated", "the recording is shorter than announced")
    return info


def fetch_attachment(attachment_id: str) -> None:
    """Bring a file that came with a text; it is stored as it is and never opened here. A sound is written down next."""
    task, row_id = work.FETCH_ATTACHMENT, uuid.UUID(attachment_id)
    with parts().database.begin() as session:
        attachment = work.claim(session, task, row_id, utcnow())
        if attachment is None:
            return
        key, attempt = data_key(attachment), attachment.attempts
        message_sid = session.get_one(Message, attachment.message_id).provider_sid or ""
    try:
        with provider().attachment(message_sid, attachment.provider_sid) as incoming:
            content_type = download.checked_type(incoming.content_type, attachment.content_type)
            file = download.Measured(incoming, Renewal(task, row_id, attempt))
            storage_key = parts().store.put(key, file)
    except HotlineError as error:
        put_off(task, row_id, attempt, error)
        return
    heard = None
    with parts().database.begin() as session:
        row = work.held(session, task, row_id, attempt)
        if row is not None:
            recordings.attachment_stored(
                session, row, storage_key=storage_key, size=file.size, content_type=content_type, now=utcnow()
            )
            heard = brought.heard_in(session, row, utcnow())
    if row is None:
        parts().store.delete(storage_key)
    if heard is not None:
        parts().queue.transcribe(heard.id)
