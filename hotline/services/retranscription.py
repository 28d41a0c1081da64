"""Reading old recordings again with a newer speech model, when no new voicemail waits."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from hotline.errors import Conflict, NotFound
from hotline.models import (
    Call,
    EarlierTranscript,
    Recording,
    Retranscription,
    Tip,
    TipKey,
    Unit,
)
from hotline.models.call import RecordingState
from hotline.models.transcript import RetranscriptionState
from hotline.rules.access import Action, Viewer
from hotline.rules.lifecycle import Status
from hotline.rules.speech_models import DEFAULT_LANGUAGE
from hotline.services import audit, components, recordings, tips, transcripts, work

# The model that was to read has been replaced since, or taken away.
NOT_LOADED = "model-not-loaded"
# The recording was deleted, or is being transcribed anew from its beginning.
NOT_READABLE = "not-readable"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A recording, and the model that is to read it."""

    recording_id: uuid.UUID
    tip_id: uuid.UUID
    model: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How many recordings a model has in each state, and why some failed."""

    model: str
    states: dict[str, int]
    failures: dict[str, int]


def loaded_models(session: Session, now: datetime) -> dict[str, str]:
    """What the speech worker has loaded: by language, the model's identity. Raises Conflict while it has none."""
    state = components.state(session, components.SPEECH, now)
    if not state.ready or not state.detail.get("models"):
        raise Conflict("Bộ chép lời chưa chạy hoặc chưa có mô hình. Hãy báo quản trị viên, rồi thử lại.")
    return dict(state.detail["models"])


def outdated(
    session: Session,
    viewer: Viewer,
    models: Mapping[str, str],
    *,
    since: datetime,
    unit_code: str | None = None,
    model_not: str | None = None,
) -> list[Wanted]:
    """Transcribed recordings since a moment that the model of their language has not read and is not asked to.

    `unit_code` takes a unit with those below it, `model_not` leaves out what a model of that name made. Raises
    NotAllowed by role, NotFound for a unit out of sight.
    """
    tips.require(viewer, Action.WORK_TIPS)
    unit = Unit.in_sight(viewer)
    if unit_code is not None:
        chosen = session.scalar(select(Unit).where(Unit.code == unit_code, Unit.in_sight(viewer)))
        if chosen is None:
            raise NotFound("Không có đơn vị này trong các đơn vị của bạn.")
        unit = Unit.path.startswith(chosen.path, autoescape=True)
    found = []
    for language, model in sorted(models.items()):
        query = (
            select(Recording.id, Recording.tip_id, Recording.duration_s)
            .join(Tip, Recording.tip_id == Tip.id)
            .join(TipKey, TipKey.tip_id == Tip.id)
            .join(Unit, Tip.unit_id == Unit.id)
            .outerjoin(Call, Recording.call_id == Call.id)
            .where(unit, Recording.created_at >= since, _spoken(language, models), *_readable(model))
            .order_by(Recording.created_at.desc())
        )
        if model_not is not None:
            made_by = Recording.transcript_model
            query = query.where(
                ~or_(made_by == model_not, made_by.startswith(f"{model_not}@", autoescape=True))
            )
        found += [Wanted(row.id, row.tip_id, model, row.duration_s or 0.0) for row in session.execute(query)]
    return found


def request(session: Session, viewer: Viewer, wanted: Sequence[Wanted], now: datetime) -> int:
    """Note for the command line what a worker is to read when nothing new waits; returns how many are new."""
    tips.take_turn(session)
    added = sum([_add(session, one, None, now) for one in wanted])
    audit.record(session, viewer.staff_id, "readings_requested", now=now, recordings=added)
    return added


def request_one(session: Session, viewer: Viewer, recording_id: uuid.UUID, now: datetime) -> Retranscription:
    """The same for one recording of a tip that the viewer may work on.

    Raises Conflict when the model in use made its text already or is about to read it.
    """
    tips.take_turn(session)
    recording = session.get(Recording, recording_id)
    if recording is None:
        raise NotFound("Không có bản ghi âm này trong các đơn vị của bạn.")
    tip = tips.visible(session, viewer, recording.tip_id, Action.WORK_TIPS)
    model = model_for(session, recording, loaded_models(session, now))
    wanted = session.execute(
        select(Recording.id).where(Recording.id == recording_id, *_readable(model))
    ).first()
    if wanted is None:
        raise Conflict("Bản chép lời này đã do mô hình đang dùng chép, hoặc đang chờ chép lại.")
    _add(session, Wanted(recording_id, tip.id, model, 0.0), viewer.staff_id, now)
    audit.record(
        session, viewer.staff_id, "reading_requested", tip.id, now=now, recording_id=recording_id, model=model
    )
    return session.scalars(
        select(Retranscription).where(
            Retranscription.recording_id == recording_id, Retranscription.model == model
        )
    ).one()


def model_for(session: Session, recording: Recording, models: Mapping[str, str]) -> str:
    """The model that reads a recording: of the language its caller chose, else the Vietnamese one."""
    return models.get(recordings.language_of(session, recording), models[DEFAULT_LANGUAGE])


def readable(session: Session, recording: Recording) -> bool:
    """Whether it was transcribed before, and its content is still there."""
    transcribed = recording.state == RecordingState.TRANSCRIBED and recording.storage_key is not None
    return transcribed and session.get(TipKey, recording.tip_id) is not None


def held(session: Session, row_id: uuid.UUID, attempt: int) -> Retranscription | None:
    """The row, if this claim still holds it, locked after its recording's call, tip and recording."""
    row = session.get(Retranscription, row_id)
    if row is None:
        return None
    recording = session.get_one(Recording, row.recording_id)
    recordings.lock_above(session, recording)
    session.get_one(Recording, recording.id, with_for_update=True, populate_existing=True)
    claimed: Retranscription | None = work.held(session, work.READ_AGAIN, row_id, attempt)
    return claimed


def read_again(session: Session, row: Retranscription, transcript: dict[str, Any], now: datetime) -> bool:
    """Keep the new words, and the ones before beside them; whether the tip is to be triaged again.

    The row is held. An officer's correction stays in force, and what a tip was closed as stands: such a tip is only
    found by the new words.
    """
    recording = session.get_one(Recording, row.recording_id)
    if not readable(session, recording):
        work.give_up(work.READ_AGAIN, row, NOT_READABLE)
        return False
    work.finish(row, RetranscriptionState.DONE)
    if recording.transcript_model == row.model:
        return False
    before = recording.transcript or {}
    earlier = EarlierTranscript(
        tip_id=recording.tip_id, recording_id=recording.id, model=recording.transcript_model or "",
        confidence=recording.transcript_confidence, made_at=recording.transcribed_at or now, replaced_at=now,
    )  # fmt: skip
    session.add(earlier)
    session.flush()
    earlier.content = recording.transcript
    recordings.keep_words(recording, transcript, now)
    tip = session.get_one(Tip, recording.tip_id)
    news = before.get("text") != transcript["text"] and transcripts.standing(recording) is None
    triaged = news and tip.status != Status.CLOSED
    if news:
        transcripts.reindex(session, tip, [word["word"] for word in before.get("words", ())])
    if triaged:
        tip.triage_wanted += 1
    audit.record(
        session, None, "recording_read_again", tip.id, now=now, recording_id=recording.id, model=row.model,
        words=len(transcript["words"]),
    )  # fmt: skip
    return triaged


def standing(session: Session) -> list[Standing]:
    """Where the readings stand, by model."""
    found: dict[str, Standing] = {}
    rows = session.execute(
        select(Retranscription.model, Retranscription.state, Retranscription.failure, func.count())
        .group_by(Retranscription.model, Retranscription.state, Retranscription.failure)
        .order_by(Retranscription.model)
    )
    for model, state, failure, count in rows:
        one = found.setdefault(model, Standing(model, {}, {}))
        one.states[state] = one.states.get(state, 0) + count
        if state == RetranscriptionState.FAILED and failure:
            one.failures[failure] = one.failures.get(failure, 0) + count
    return list(found.values())


def _spoken(language: str, models: Mapping[str, str]) -> ColumnElement[bool]:
    if language != DEFAULT_LANGUAGE:
        return Call.language == language
    others = [other for other in models if other != DEFAULT_LANGUAGE]
    return or_(Call.id.is_(None), Call.language.not_in(others))


def _readable(model: str) -> tuple[ColumnElement[bool], ...]:
    waits = select(Retranscription.id).where(
        Retranscription.recording_id == Recording.id,
        Retranscription.model == model,
        Retranscription.state.in_((RetranscriptionState.TO_DO, RetranscriptionState.DOING)),
    )
    return (
        Recording.state == RecordingState.TRANSCRIBED,
        Recording.storage_key.is_not(None),
        Recording.transcript_model.is_distinct_from(model),
        ~waits.exists(),
    )


def _add(session: Session, wanted: Wanted, by_id: uuid.UUID | None, now: datetime) -> bool:
    """A row that waits; one that was done or failed before waits again. False when it waits already."""
    row = session.scalar(
        select(Retranscription)
        .where(Retranscription.recording_id == wanted.recording_id, Retranscription.model == wanted.model)
        .with_for_update()
    )
    if row is None:
        session.add(
            Retranscription(
                tip_id=wanted.tip_id, recording_id=wanted.recording_id, model=wanted.model, requested_at=now,
                by_id=by_id, state=RetranscriptionState.TO_DO,
            )
        )  # fmt: skip
        session.flush()
        return True
    if row.state in (RetranscriptionState.TO_DO, RetranscriptionState.DOING):
        return False
    work.finish(row, RetranscriptionState.TO_DO)
    row.requested_at, row.by_id = now, by_id
    return True
