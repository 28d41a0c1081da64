"""The jobs: claim in a short transaction, do with none open, record in a short transaction.

Each takes the id of a row, may run twice or be killed at any line, and changes nothing the second time.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import structlog

from hotline.clock import utcnow
from hotline.errors import HotlineError, ProviderError
from hotline.models import Message, Page, Recording
from hotline.models.sealed import data_key
from hotline.queue import NOW, JobQueue
from hotline.rules.gazetteer import gazetteer
from hotline.services import alarms, components, outbound, recordings, suggestions, triage, work
from hotline.services.work import Task
from hotline.triage_models import TriageModels
from speech.audio import probe
from speech.errors import SpeechError, UnreadableAudio
from workers import download
from workers.runtime import engine, parts, provider

log = structlog.get_logger()

# One sweep takes at most this many rows of a kind: the next comes half a minute later.
SWEEP_LIMIT = 500


def preload(models: TriageModels) -> None:
    """Load the rules, their model and the gazetteer once, so that forked jobs find them in memory."""
    gazetteer()
    models.read("đang cháy nhà ở xã Đức Lập")


def triage_tip(tip_id: str) -> None:
    """Tag, locate and assign a tip; call somebody if it is urgent; look for others about the same event."""
    with parts().database.begin() as session:
        triage.run(session, uuid.UUID(tip_id), utcnow(), parts().triage_models.read)
    climb_alarm(tip_id)
    # Apart from the above, so that nothing that goes wrong here keeps a tip from its officer.
    window = timedelta(hours=parts().settings.event_window_hours)
    with parts().database.begin() as session:
        suggestions.suggest(session, uuid.UUID(tip_id), window, utcnow())


def climb_alarm(tip_id: str) -> None:
    """Take the next step of a tip's alarm, if it is due."""
    pause = timedelta(minutes=parts().settings.page_minutes)
    with parts().database.begin() as session:
        pages = alarms.climb(session, uuid.UUID(tip_id), utcnow(), pause)
    for page_id in pages:
        parts().queue.send_page(page_id)


def fetch_recording(recording_id: str) -> None:
    """Bring a recording from the provider; accept only audio of the announced length, then have it transcribed."""
    task, row_id = work.FETCH_RECORDING, uuid.UUID(recording_id)
    with parts().database.begin() as session:
        recording: Recording | None = work.claim(session, task, row_id, utcnow())
        if recording is None:
            return
        key = data_key(recording)
    try:
        with provider().recording(recording.provider_sid or "") as incoming, download.spooled(incoming) as audio:
            info = probe(audio)
            if not recordings.is_whole(recording.announced_s, info.duration_s) or info.truncated:
                raise UnreadableAudio("truncated", "the recording is shorter than announced")
            size = audio.seek(0, 2)
            storage_key = parts().store.put(key, download.pieces(audio)) if info.duration_s else None
    except (HotlineError, SpeechError) as error:
        _put_off(task, row_id, recording.attempts, error)
        return
    with parts().database.begin() as session:
        row: Recording | None = work.held(session, task, row_id, recording.attempts)
        if row is None:
            _discard(storage_key)
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
        _put_off(task, row_id, attachment.attempts, error)
        return
    with parts().database.begin() as session:
        row = work.held(session, task, row_id, attachment.attempts)
        if row is None:
            _discard(storage_key)
        else:
            recordings.attachment_stored(
                session, row, storage_key=storage_key, size=size, content_type=content_type, now=utcnow()
            )


def transcribe(recording_id: str) -> None:
    """Write down what a recording says, then have the tip triaged with its words."""
    task, row_id = work.TRANSCRIBE, uuid.UUID(recording_id)
    with parts().database.begin() as session:
        recording: Recording | None = work.claim(session, task, row_id, utcnow())
        if recording is None:
            return
        key, attempt, storage_key = data_key(recording), recording.attempts, recording.storage_key or ""
    renew = _Renewal(task, row_id, attempt)
    try:
        with parts().store.open(key, storage_key) as audio:
            transcript = engine().transcribe(audio, on_progress=renew)
    except UnreadableAudio as error:
        with parts().database.begin() as session:
            if (row := work.held(session, task, row_id, attempt)) is not None:
                work.give_up(task, row, error.code)
        return
    except (HotlineError, SpeechError) as error:
        _put_off(task, row_id, attempt, error)
        return
    with parts().database.begin() as session:
        row = work.held(session, task, row_id, attempt)
        if row is None:
            return
        recordings.transcribed(session, row, transcript.to_dict(), utcnow())
    parts().queue.triage(recording.tip_id)


def send_message(message_id: str) -> None:
    """Hand a text to the provider.

    A worker that dies between the provider's yes and our note of it leaves a text that may have gone out:
    it is not sent again but shown to an officer (outbound.interrupted).
    """
    task, row_id = work.SEND_MESSAGE, uuid.UUID(message_id)
    with parts().database.begin() as session:
        message: Message | None = work.claim(session, task, row_id, utcnow())
        if message is None:
            return
        to, body = outbound.addressee(session, message), message.body or ""
    try:
        sid = provider().send_text(to, body, parts().settings.public_url + "/twilio/sms/status")
    except ProviderError as error:
        _put_off(task, row_id, message.attempts, error)
        return
    with parts().database.begin() as session:
        row = work.held(session, task, row_id, message.attempts)
        if row is not None:
            outbound.sent(session, row, sid, utcnow())


def send_page(page_id: str) -> None:
    """Hand a page to the provider, unless somebody has the tip by now."""
    task, row_id = work.SEND_PAGE, uuid.UUID(page_id)
    with parts().database.begin() as session:
        page: Page | None = work.claim(session, task, row_id, utcnow())
        text = alarms.text_of(session, page) if page is not None else None
    if page is None or text is None:
        return
    try:
        provider().send_text(*text, parts().settings.public_url + "/twilio/sms/status")
    except ProviderError as error:
        _put_off(task, row_id, page.attempts, error)
        return
    with parts().database.begin() as session:
        row = work.held(session, task, row_id, page.attempts)
        if row is not None:
            alarms.sent(session, row, utcnow())


def sweep() -> None:
    """Enqueue what never reached the queue or lost its worker, climb alarms, and ask for recordings nobody announced."""
    now = utcnow()
    queue = parts().queue.repeating(now)
    longest = timedelta(seconds=parts().settings.record_max_s)
    with parts().database.begin() as session:
        outbound.interrupted(session, now)
        alarms.interrupted(session, now)
    with parts().database.reading() as session:
        found = {task: work.due(session, task, now, SWEEP_LIMIT) for task in work.TASKS}
        tips = triage.waiting(session, SWEEP_LIMIT)
        ringing = alarms.due(session, now, SWEEP_LIMIT)
        calls = recordings.calls_without_recording(session, longest, now, SWEEP_LIMIT)
        speech = components.state(session, components.SPEECH, now)
    for task, row_ids in found.items():
        if task is work.TRANSCRIBE and not speech.ready:
            continue  # nobody would take the jobs; they are found again when the model is there
        for row_id in row_ids:
            _enqueue(queue, task, row_id)
    for tip_id in tips:
        queue.triage(tip_id)
    for tip_id in ringing:
        # Not left to a hint: somebody is called also while the queue is away.
        climb_alarm(str(tip_id))
    for call_id, call_sid in calls:
        _reconcile(call_id, call_sid, now)


def _reconcile(call_id: uuid.UUID, call_sid: str, now: datetime) -> None:
    try:
        known = provider().recordings_of(call_sid)
    except ProviderError as error:
        log.warning("reconcile_failed", call_id=str(call_id), reason=str(error))
        return
    with parts().database.begin() as session:
        to_fetch = recordings.reconcile(session, call_id, known, now)
    for recording_id in to_fetch:
        parts().queue.fetch_recording(recording_id)


def _put_off(task: Task, row_id: uuid.UUID, attempt: int, error: HotlineError | SpeechError) -> None:
    """Try again later, or show the failure when it is permanent or has been tried long enough."""
    code = error.code if isinstance(error, SpeechError) else download.failure_code(error)
    log.warning("job_put_off", row=task.model.__tablename__, id=str(row_id), attempt=attempt, reason=code)
    with parts().database.begin() as session:
        row = work.held(session, task, row_id, attempt)
        if row is None:
            return
        if isinstance(error, ProviderError) and error.permanent:
            work.give_up(task, row, code)
            return
        pause = work.put_off(task, row, code, utcnow())
    if pause is not None:
        _enqueue(parts().queue, task, row_id, pause)


def _enqueue(queue: JobQueue, task: Task, row_id: uuid.UUID, after: timedelta = NOW) -> None:
    enqueue = {
        work.FETCH_RECORDING: queue.fetch_recording,
        work.FETCH_ATTACHMENT: queue.fetch_attachment,
        work.TRANSCRIBE: queue.transcribe,
        work.SEND_MESSAGE: queue.send_message,
        work.SEND_PAGE: queue.send_page,
    }[task]
    enqueue(row_id, after=after)


def _discard(storage_key: str | None) -> None:
    if storage_key is not None:
        parts().store.delete(storage_key)


class _Renewal:
    """Renews a lease while work goes on, at most once in a quarter of the lease."""

    def __init__(self, task: Task, row_id: uuid.UUID, attempt: int) -> None:
        self._task, self._row_id, self._attempt = task, row_id, attempt
        self._next = utcnow() + task.lease / 4

    def __call__(self, _fraction: float) -> None:
        now = utcnow()
        if now < self._next:
            return
        self._next = now + self._task.lease / 4
        with parts().database.begin() as session:
            work.renew(session, self._task, self._row_id, self._attempt, now)
