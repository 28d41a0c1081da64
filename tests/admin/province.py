"""Tips as webhooks and workers make them, through the same services."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from hotline.context import Parts
from hotline.models import ComponentState, Recording
from hotline.models.sealed import data_key
from hotline.services import calls, intake, recordings, triage

VOICEMAILS = Path(__file__).parent.parent / "data" / "voicemails"
PASSWORD = "con trâu đi trước cái cày"
SENDERS = count(1)


def sender() -> str:
    """A number that nobody has."""
    return f"+849000000{next(SENDERS):02}"


def text_tip(
    session: Session, body: str, at: datetime, *, number: str | None = ""
) -> uuid.UUID:  # fmt: skip
    """A tip that came as a text, read by triage; `number` None withholds it."""
    text = intake.InboundText(f"SM{uuid.uuid4().hex}", sender() if number == "" else number, body)
    received = intake.receive_text(session, text, window=timedelta(hours=24), diacritics=True, now=at)
    triage.run(session, received.tip_id, at + timedelta(seconds=2))
    return received.tip_id


def voice_tip(
    parts: Parts, session: Session, wav: str | None, at: datetime, *, transcribed: bool = True, sure: float = 0.94
) -> uuid.UUID:  # fmt: skip
    """A tip that came as a call; without a WAV the caller hung up in silence."""
    sid = f"CA{uuid.uuid4().hex}"
    call = calls.note_call(session, calls.CallNotice(sid, sender(), "ringing"), at)
    if wav is not None:
        notice = calls.RecordingNotice(f"RE{uuid.uuid4().hex}", False, 10)
        recording = calls.note_recording(session, call, notice, at + timedelta(seconds=30))
        content = (VOICEMAILS / wav).read_bytes()
        key = parts.store.put(data_key(recording), [content])
        told = transcript(wav, sure)
        recordings.recording_stored(
            session, recording, storage_key=key, size=len(content), duration_s=told["duration_s"],
            content_type="audio/wav", now=at + timedelta(seconds=33),
        )  # fmt: skip
        if transcribed:
            recordings.transcribed(session, recording, told, at + timedelta(seconds=36))
    calls.note_call(
        session,
        calls.CallNotice(sid, None, "completed", ended=True, duration_s=40),
        at + timedelta(seconds=40),
    )
    triage.run(session, call.tip_id, at + timedelta(seconds=41))
    return call.tip_id


def transcript(wav: str, sure: float) -> dict[str, Any]:
    """The words of a voicemail spread evenly over it, every ninth one doubtful."""
    entry = next(e for e in json.loads((VOICEMAILS / "voicemails.json").read_text()) if e["file"] == wav)
    texts = entry["transcript"].split()
    beat = entry["seconds"] / (len(texts) + 2)
    words = [
        {"word": text, "start": beat * (n + 1), "end": beat * (n + 2), "conf": 0.48 if n % 9 == 8 else sure}
        for n, text in enumerate(texts)
    ]
    return {
        "model": "vosk-model-tiny-vi-synth",
        "duration_s": entry["seconds"],
        "text": entry["transcript"],
        "confidence": sum(w["conf"] for w in words) / len(words),
        "words": words,
        "speech_s": beat * len(texts),
        "segments": [],
    }


def failed_recording(session: Session, tip_id: uuid.UUID, failure: str) -> uuid.UUID:
    """The tip's recording, failed for this reason before anything was stored."""
    recording = session.query(Recording).filter_by(tip_id=tip_id).one()
    recording.state, recording.failure, recording.storage_key = "failed", failure, None
    recording.transcript = None
    session.flush()
    return recording.id


def speech_is(session: Session, now: datetime, state: str = "ready", *, demonstration: bool = True) -> None:
    """What the speech worker last reported."""
    detail = {"model": "vosk-model-tiny-vi-synth", "demonstration": demonstration, "message": ""}
    session.merge(ComponentState(name="speech", at=now, state=state, detail=detail))
