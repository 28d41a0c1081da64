"""Removing the provider's copy of a recording once ours has been read through and found whole."""

from __future__ import annotations

import uuid

import structlog

from hotline.backup_mark import last_backup
from hotline.clock import utcnow
from hotline.errors import HotlineError, KeyUnavailable
from hotline.models import ProviderCopy, Recording
from hotline.models.sealed import data_key
from hotline.services import provider_copies, recordings, work
from hotline.services.provider_copies import Policy
from speech.audio import probe
from speech.errors import SpeechError
from workers.jobs.handling import put_off
from workers.runtime import parts, provider

log = structlog.get_logger()
PIECE = 1024 * 1024


def delete_copy(copy_id: str) -> None:
    """Verify our copy of a recording, then have the provider delete its own."""
    task, row_id, settings = work.DELETE_COPY, uuid.UUID(copy_id), parts().settings
    with parts().database.begin() as session:
        copy: ProviderCopy | None = work.claim(session, task, row_id, utcnow())
        if copy is None:
            return
        backed_up = last_backup(settings.data_dir, utcnow())
        recording = provider_copies.still_removable(session, copy, Policy(settings.provider_copy), backed_up)
        if recording is None:
            return
        key, attempt = data_key(recording), copy.attempts
    try:
        whole = _is_whole(recording, key)
        if whole:
            provider().delete_recording(recording.provider_sid or "")
    except HotlineError as error:
        put_off(task, row_id, attempt, error)
        return
    with parts().database.begin() as session:
        row = work.held(session, task, row_id, attempt)
        if row is not None and whole:
            provider_copies.deleted(session, row, utcnow())
        elif row is not None:
            log.error("stored_recording_damaged", recording_id=str(recording.id), advice="restore its file")
            provider_copies.kept(session, row, utcnow())


def _is_whole(recording: Recording, key: bytes) -> bool:
    """Whether our file is authentic to its last byte and decodes to what was announced.

    Raises StorageProblem while the file cannot be opened.
    """
    try:
        with parts().store.open(key, recording.storage_key or "") as audio:
            size = sum(len(piece) for piece in iter(lambda: audio.read(PIECE), b""))
            decoded_s = probe(audio).duration_s
    except (KeyUnavailable, SpeechError):
        return False
    return size == recording.size and recordings.is_whole(recording.announced_s, decoded_s)
