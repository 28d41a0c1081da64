"""A small province with its people and tips, built through the same services that webhooks and workers use."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from hotline.context import Parts
from hotline.models import ComponentState, Recording, Staff, Tip, Unit, UnitArea
from hotline.models.sealed import data_key
from hotline.rules.access import Role
from hotline.services import calls, intake, recordings, staff, triage

VOICEMAILS = Path(__file__).parent.parent / "data" / "voicemails"
PASSWORD = "con trâu đi trước cái cày"
SENDERS = count(1)


@dataclass(frozen=True)
class Place:
    """A unit to be made: code, name, code of the unit above, communes."""

    code: str
    name: str
    above: str | None = None
    communes: tuple[str, ...] = ()


UNITS = (
    Place("PA", "Công an tỉnh Lâm Đồng"),
    Place("DL", "Công an xã Đức Lập", "PA", ("24664",)),
    Place("DM", "Công an xã Đắk Mil", "PA", ("24670",)),
    Place("TA", "Công an xã Thuận An", "PA", ("24682",)),
)
PEOPLE = (
    ("lan", "Nguyễn Thị Lan", Role.OFFICER, "DL"),
    ("huy", "Trần Quốc Huy", Role.OFFICER, "DL"),
    ("minh", "Y Minh Niê", Role.OFFICER, "DM"),
    ("chihuy", "Phạm Văn Sơn", Role.LEADER, "DL"),
    ("trucban", "Lê Hoàng Trực", Role.DUTY, "PA"),
    ("thongke", "Đỗ Thu Hà", Role.STATISTICIAN, "PA"),
    ("admin", "Quản trị", Role.ADMIN, "PA"),
)


def add_units(session: Session, places: Sequence[Place] = UNITS) -> None:
    """The tree of units; the first is the duty unit."""
    made: dict[str, Unit] = {}
    for place in places:
        above = made.get(place.above or "")
        unit = Unit(
            id=uuid.uuid4(),
            code=place.code,
            name=place.name,
            parent_id=above.id if above else None,
            path=(above.path if above else "/") + place.code + "/",
            is_duty=above is None,
        )
        unit.areas = [UnitArea(commune_code=code) for code in place.communes]
        session.add(unit)
        session.flush()
        made[place.code] = unit


def add_people(
    session: Session, now: datetime, people: Sequence[tuple[str, str, Role, str]] = PEOPLE
) -> None:
    """Members of staff who have already chosen the password PASSWORD."""
    for username, name, role, unit_code in people:
        person, once = staff.create(
            session, None, username=username, display_name=name, role=role, unit_code=unit_code, now=now
        )
        staff.change_password(session, person, once, PASSWORD, now)


def person(session: Session, username: str) -> Staff:
    """A member of staff by name of login."""
    return session.query(Staff).filter_by(username=username).one()


def sender() -> str:
    """A number that nobody has."""
    return f"+849000000{next(SENDERS):02}"


def text_tip(
    session: Session, body: str, at: datetime, *, number: str | None = "", attachments: Sequence[tuple[str, str]] = ()
) -> uuid.UUID:  # fmt: skip
    """A tip that came as a text, read by triage; `number` None withholds it."""
    text = intake.InboundText(
        f"SM{uuid.uuid4().hex}", sender() if number == "" else number, body, attachments
    )
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


def tip(session: Session, tip_id: uuid.UUID) -> Tip:
    """The tip as it is now."""
    return session.get_one(Tip, tip_id, populate_existing=True)
