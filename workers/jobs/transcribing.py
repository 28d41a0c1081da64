"""From a stored recording to its words."""

from __future__ import annotations

import uuid
from typing import BinaryIO

from hotline.clock import utcnow
from hotline.errors import HotlineError
from hotline.models import Recording
from hotline.models.sealed import data_key
from hotline.services import brought, recordings, work
from speech.audio import probe
from speech.errors import SpeechError, UnreadableAudio
from workers import download
from workers.jobs.handling import Progress, give_up, put_off
from workers.runtime import engine, parts


def transcribe(recording_id: str) -> None:
    """Write down what a recording says, then have the tip triaged with its words."""
    task, row_id = work.TRANSCRIBE, uuid.UUID(recording_id)
    with parts().database.begin() as session:
        recording: Recording | None = work.claim(session, task, row_id, utcnow())
        if recording is None:
            return
        recording.progress = 0.0
        key, attempt, storage_key = data_key(recording), recording.attempts, recording.storage_key or ""
        language = recordings.language_of(session, recording)
    try:
        with parts().store.open(key, storage_key) as audio:
            if recording.duration_s is None:
                _look_at(audio, task, row_id, attempt)
            transcript = engine(language).transcribe(audio, on_progress=Progress(task, row_id, attempt).at)
    except UnreadableAudio as error:
        give_up(task, row_id, attempt, error.code)
        return
    except (HotlineError, SpeechError) as error:
        put_off(task, row_id, attempt, error)
        return
    with parts().database.begin() as session:
        row = recordings.held(session, task, row_id, attempt)
        if row is None:
            return
        recordings.transcribed(session, row, transcript.to_dict(), utcnow())
    parts().queue.triage(recording.tip_id)


def _look_at(audio: BinaryIO, task: work.Task, row_id: uuid.UUID, attempt: int) -> None:
    """What no provider told of a file that was brought: officers see its length and hear it before its words."""
    info = probe(audio)
    audio.seek(0)
    with parts().database.begin() as session:
        if (row := work.held(session, task, row_id, attempt)) is not None:
            brought.looked_at(
                row, duration_s=info.duration_s, content_type=download.audio_type(info.container)
            )
