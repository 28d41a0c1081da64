"""How a tip comes in: its texts, or its call with the recording's way to a transcript."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import partial

from hotline.demo.desk import Desk
from hotline.demo.duty import ring
from hotline.demo.stage import Stage
from hotline.demo.stories import Story, voicemail
from hotline.models import Recording, Tip
from hotline.models.sealed import data_key
from hotline.services import calls, intake, recordings, suggestions, triage, work
from hotline.services.calls import CallNotice, RecordingNotice
from hotline.services.intake import InboundText
from hotline.services.work import Task

# The defaults of THREAD_WINDOW_HOURS and REPLY_DIACRITICS.
WINDOW = timedelta(hours=24)
# The default of EVENT_WINDOW_HOURS.
EVENT_WINDOW = timedelta(hours=72)
# What the machine takes: a greeting, a fetch, a transcription at a twentieth of real time, a reading.
GREETING = timedelta(seconds=9)
FETCH = timedelta(seconds=3)
TRANSCRIBE = timedelta(seconds=2)
READING = timedelta(seconds=1)
# How long a caller who says nothing stays on the line.
SILENCE_S = 6


def arrive(stage: Stage, story: Story, when: datetime) -> None:
    """The first word of a story."""
    sender = None if story.withheld else stage.sender(story.sender)
    if story.is_call:
        _ring(stage, story, sender, when)
        return
    tip_id = _text(stage, sender, story.text, when)
    if story.untouched:
        stage.ignored.add(tip_id)
    stage.plan(when + READING, partial(_read, stage, tip_id))
    for minutes, text in story.more:
        stage.plan(when + timedelta(minutes=minutes), partial(_text_again, stage, sender, tip_id, text))
    stage.plan(when + READING, Desk(stage, story, tip_id, when).take_in)


def _text(stage: Stage, sender: str | None, body: str, when: datetime) -> uuid.UUID:
    text = InboundText(stage.sid("SM"), sender, body)
    received = intake.receive_text(stage.session, text, window=WINDOW, diacritics=True, now=when)
    _mark(stage, received.tip_id)
    return received.tip_id


def _text_again(stage: Stage, sender: str | None, tip_id: uuid.UUID, body: str, when: datetime) -> None:
    """More from the same resident, who may quote the code they were given."""
    code = stage.session.get_one(Tip, tip_id).code or ""
    joined = _text(stage, sender, body.replace("{code}", code), when)
    stage.plan(when + READING, partial(_read, stage, joined))


def _ring(stage: Stage, story: Story, sender: str | None, when: datetime) -> None:
    """A call: the tip exists from its start, and what was said follows when it ends."""
    call_sid = stage.sid("CA")
    call = calls.note_call(stage.session, CallNotice(call_sid, sender, "answered"), when)
    tip_id = calls.tip_of(stage.session, call, when).id
    _mark(stage, tip_id)
    spoken_s = voicemail(story.audio).transcript["duration_s"] if story.audio else float(SILENCE_S)
    notice = RecordingNotice(stage.sid("RE"), story.silent, None if story.silent else round(spoken_s))

    def hang_up(when: datetime) -> None:
        if not story.silent:
            calls.note_call(stage.session, CallNotice(call_sid, sender, "recorded"), when)
        ended = CallNotice(
            call_sid, sender, "completed", ended=True, duration_s=round(spoken_s + GREETING.seconds)
        )
        call = calls.note_call(stage.session, ended, when)
        recording = calls.note_recording(stage.session, call, notice, when)
        if story.silent:
            stage.plan(when + READING, partial(_read, stage, tip_id))
        else:
            stage.plan(when + FETCH, partial(_fetch, stage, story, recording.id))
        stage.plan(when + FETCH + TRANSCRIBE + READING, Desk(stage, story, tip_id, when).take_in)

    stage.plan(when + GREETING + timedelta(seconds=spoken_s), hang_up)


def _fetch(stage: Stage, story: Story, recording_id: uuid.UUID, when: datetime) -> None:
    """What the worker does with an announced recording: store it, or show why it could not."""
    row = _claimed(stage, work.FETCH_RECORDING, recording_id, when)
    if story.audio is None:
        work.give_up(work.FETCH_RECORDING, row, story.failed or "")
        stage.plan(when + READING, partial(_read, stage, row.tip_id))
        return
    spoken = voicemail(story.audio)
    key = stage.store.put(data_key(row), [spoken.audio])
    stage.stored.append(key)
    recordings.recording_stored(
        stage.session, row, storage_key=key, size=len(spoken.audio), duration_s=spoken.transcript["duration_s"],
        content_type="audio/wav", now=when,
    )  # fmt: skip

    def transcribe(when: datetime) -> None:
        held = _claimed(stage, work.TRANSCRIBE, recording_id, when)
        recordings.transcribed(stage.session, held, spoken.transcript, when)
        _read(stage, row.tip_id, when)

    stage.plan(when + TRANSCRIBE, transcribe)


def _claimed(stage: Stage, task: Task, recording_id: uuid.UUID, when: datetime) -> Recording:
    row: Recording | None = work.claim(stage.session, task, recording_id, when)
    if row is None:
        raise RuntimeError("nobody else works on a recording of the demonstration")
    return row


def _read(stage: Stage, tip_id: uuid.UUID, when: datetime) -> None:
    triage.run(stage.session, tip_id, when)
    ring(stage, tip_id, when)
    suggestions.suggest(stage.session, tip_id, EVENT_WINDOW, when)


def _mark(stage: Stage, tip_id: uuid.UUID) -> None:
    stage.session.get_one(Tip, tip_id).demonstration = True
