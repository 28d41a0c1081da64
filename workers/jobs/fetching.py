"""Files on their way from the provider into the store."""

from __future__ import annotations

import uuid

from hotline.clock import utcnow
from hotline.errors import HotlineError
from hotline.models import Message, Recording
from hotline.models.sealed import data_key
from hotline.services import recordings, work
from speech.audio import probe
from speech.errors import SpeechError, UnreadableAudio
from workers import download
from workers.jobs.handling import discard, put_off
from workers.runtime import parts, provider


def fetch_recording(recording_id: str) -> None:
    """Bring a recording from the provider; accept only audio of the announced length, then have it transcribed."""
    task, row_id = work.FETCH_RECORDING, uuid.UUID(recording_id)
    with parts().database.begin() as session:
        recording: Recording | None = work.claim(session, task, row_id, utcnow())
        if recording is None:
            return
        key = data_key(recording)
    try:
        with (
            provider().recording(recording.provider_sid or "") as incoming,
            download.spooled(incoming) as audio,
        ):
            info = probe(audio)
            if not recordings.is_whole(recording.announced_s, info.duration_s) or info.truncated:
                raise UnreadableAudio("truncated", "the recording is shorter than announced")
            size = audio.seek(0, 2)
            storage_key = parts().store.put(key, download.pieces(audio)) if info.duration_s else None
    except (HotlineError, SpeechError) as error:
        put_off(task, row_id, recording.attempts, error)
        return
    with parts().database.begin() as session:
        row: Recording | None = work.held(session, task, row_id, recording.attempts)
        if row is None:
            discard(storage_key)
        elif storage_key is None:
            recordings.recording_empty(session, row, utcnow())
        else:
            recordings.recording_stored(
                session, row, storage_key=storage_key, size=size, duration_s=info.duration_s,
                content_type=download.audio_type(info.container), now=utcnow(),
            )  # fmt: skip
    if row is not None and storage_key is not None:
        parts().queue.transcribe(row_id)


def fetch_attachment(attachment_id: str) -> None:
    """Bring a file that came with a text; it is stored as it is and never opened here."""
    task, row_id = work.FETCH_ATTACHMENT, uuid.UUID(attachment_id)
    with parts().database.begin() as session:
        attachment = work.claim(session, task, row_id, utcnow())
        if attachment is None:
            return
        key = data_key(attachment)
        message_sid = session.get_one(Message, attachment.message_id).provider_sid or ""
    try:
        with (
            provider().attachment(message_sid, attachment.provider_sid) as incoming,
            download.spooled(incoming) as file,
        ):
            content_type = download.checked_type(incoming.content_type, attachment.content_type)
            size = file.seek(0, 2)
            storage_key = parts().store.put(key, download.pieces(file))
    except HotlineError as error:
        put_off(task, row_id, attachment.attempts, error)
        return
    with parts().database.begin() as session:
        row = work.held(session, task, row_id, attachment.attempts)
        if row is None:
            discard(storage_key)
        else:
            recordings.attachment_stored(
                session, row, storage_key=storage_key, size=size, content_type=content_type, now=utcnow()
            )
