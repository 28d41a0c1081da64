"""Twilio's webhooks of calls: each step parses, notes what the caller did, commits, enqueues, and asks on.

A step's address carries its number in the call and the language; what a caller chose is noted under that number, so
that the same webhook again finds it noted and is answered alike. A step of a call that we never heard of makes it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from hotline.clock import utcnow
from hotline.context import parts
from hotline.models import Call
from hotline.models.call import RecordingState
from hotline.rules.call_menu import CODE_TRIES, LANGUAGES, Ask, Do, Moment, after_key, other_language
from hotline.services import callers, calls, duty_calls
from hotline.services.callers import CodeLimits, CodeResult
from hotline.telephony import twilio, twiml
from hotline.telephony.prompt_files import PromptFiles
from hotline.telephony.voice_answers import Line
from hotline.web import webhook

blueprint = webhook.guarded("voice", "/twilio/voice")

# A step tells what follows, once its transaction may begin.
Step = Callable[[Session, Call, Line, datetime], str]
# Beyond any real call: the number is part of what is noted.
STEP_MAX = 999


@blueprint.post("")
def ring() -> Response:
    """Somebody rings; who was cut off a moment ago is offered to go on."""
    window = timedelta(minutes=parts().settings.continue_minutes)
    notice = twilio.call_notice(request.form, Moment.RANG)

    def work(session: Session) -> str:
        now = utcnow()
        call = callers.ring(session, notice, window, now)
        line = _line()
        return line.resume() if call.offered_tip_id is not None else _menu(session, line, Ask.MENU, now)

    return webhook.twiml(webhook.stored(work))


@blueprint.post("/key")
def key() -> Response:
    """A key was pressed at a question."""
    asked, pressed = Ask(request.args.get("asked", "")), request.form.get("Digits", "")[:1]

    def step(session: Session, call: Call, line: Line, now: datetime) -> str:
        callers.note_key(session, call, asked, _step(), pressed, now)
        return _lead(session, call, line, asked, after_key(asked, pressed), now)

    return _answer(step)


@blueprint.post("/code")
def code() -> Response:
    """A code was keyed in; what it was is neither stored nor logged."""
    attempt = _number("attempt", CODE_TRIES)
    settings = parts().settings
    limits = CodeLimits(settings.code_guesses_per_hour, settings.code_guesses_withheld_per_hour)
    keys = request.form.get("Digits", "")

    def step(session: Session, call: Call, line: Line, now: datetime) -> str:
        result = callers.key_in_code(session, call, attempt, keys, limits, now)
        if result == CodeResult.FOUND:
            return _tell(session, call, line, now)
        if result == CodeResult.LOCKED:
            return line.record("code_locked", "record")
        return line.code(attempt + 1) if attempt < CODE_TRIES else line.record("code_failed", "record")

    return _answer(step)


@blueprint.post("/recorded")
def recorded() -> Response:
    """The caller has finished speaking and is still there: read out the code."""
    _take_recording()
    return _answer(_after, Moment.RECORDED)


@blueprint.post("/recording")
def recording() -> Response:
    """A recording runs, is there, or there is none; also when the caller hung up."""
    _take_recording()
    return Response(status=204)


@blueprint.post("/rung")
def rung() -> Response:
    """An officer was rung: the two have spoken, or the next one is rung, or words are left."""
    staff_id = _staff_id()
    status = request.form.get("DialCallStatus", "")[:20]
    seconds = twilio.number(request.form.get("DialCallDuration"))
    bridged = request.form.get("DialBridged", "true") == "true"

    def step(session: Session, call: Call, line: Line, now: datetime) -> str:
        if duty_calls.rung(session, call, staff_id, status, seconds, bridged=bridged, now=now):
            return _after(session, call, line, now, "duty_over")
        return _ring_duty(session, call, line, now, otherwise="duty_missed")

    return _answer(step)


@blueprint.post("/officer")
def officer() -> Response:
    """An officer's telephone was picked up, by them or by their voicemail."""
    who = {"call": twilio.sid(request.args.get("call")), "staff": _staff_id()}
    return webhook.twiml(_line().screen_officer(**who))


@blueprint.post("/officer_key")
def officer_key() -> Response:
    """The officer pressed a key: with 1 the two are connected."""
    if request.form.get("Digits", "")[:1] != "1":
        return webhook.twiml(twiml.hang_up())
    staff_id, call_sid = _staff_id(), twilio.sid(request.args.get("call"))

    def work(session: Session) -> None:
        now = utcnow()
        # The request is of the officer's side; who rang is named in the address.
        call = calls.note_call(session, calls.CallNotice(call_sid, None, "officer_answered"), now)
        duty_calls.accepted(session, call, staff_id, now)

    webhook.stored(work)
    return webhook.twiml(twiml.go_on())


@blueprint.post("/bye")
def bye() -> Response:
    """Nothing more is wanted after the words."""

    def step(session: Session, call: Call, line: Line, now: datetime) -> str:
        callers.finish(session, call, now)
        return line.goodbye()

    return _answer(step)


@blueprint.post("/status")
def status() -> Response:
    """The call has moved on or ended."""
    notice = twilio.call_notice(request.form, request.form.get("CallStatus", "status")[:20])
    webhook.stored(lambda session: calls.note_call(session, notice, utcnow()))
    return Response(status=204)


def _lead(session: Session, call: Call, line: Line, asked: Ask, do: Do, now: datetime) -> str:
    """Go where a key leads."""
    match do:
        case Do.MENU | Do.AGAIN:
            return _menu(session, line, Ask.AGAIN if do == Do.AGAIN else Ask.MENU, now)
        case Do.DECLINE:
            callers.decline_to_continue(session, call, now)
            return _menu(session, line, Ask.MENU, now)
        case Do.OTHER_LANGUAGE:
            callers.choose_language(session, call, other_language(line.language), _step(), now)
            line = _line(other_language(line.language))
            return line.resume() if asked == Ask.RESUME else _menu(session, line, Ask.MENU, now)
        case Do.RESUME:
            return line.resume()
        case Do.CODE:
            return line.code(1)
        case Do.DUTY:
            return _ring_duty(session, call, line, now, otherwise="duty_none")
        case Do.EMERGENCY:
            return line.emergency()
        case Do.ANSWER:
            return _tell(session, call, line, now)
        case Do.READ_CODE:
            return _after(session, call, line, now)
        case Do.AGREE:
            callers.agree_to_texts(session, call, _step(), now)
            told = callers.farewell(session, call, now)
            return line.agreed(texts=told.texts, again=told.code is not None)
        case Do.MORE:
            return line.record("record_more")
        case Do.FINISH:
            callers.finish(session, call, now)
            return line.goodbye()
        case Do.RECORD if asked == Ask.RESUME:
            return line.record()
        case Do.RECORD if asked == Ask.ANSWER:
            return line.record("record_more")
        case Do.RECORD:
            return line.record("record")


def _menu(session: Session, line: Line, asked: Ask, now: datetime) -> str:
    return line.menu(asked, duty=line.settings.put_through and bool(duty_calls.reachable(session, now)))


def _ring_duty(session: Session, call: Call, line: Line, now: datetime, *, otherwise: str) -> str:
    person = duty_calls.next_to_ring(session, call, now) if line.settings.put_through else None
    if person is None:
        return line.record(otherwise, "record")
    return line.ring_duty(person.phone, call=call.provider_sid, staff=person.staff_id)


def _tell(session: Session, call: Call, line: Line, now: datetime) -> str:
    known = callers.answer(session, call, now)
    return line.record("record") if known is None else line.answer(known.status, known.bodies)


def _after(session: Session, call: Call, line: Line, now: datetime, *opening: str) -> str:
    farewell = callers.farewell(session, call, now)
    return line.after(farewell.code, *opening, texts=farewell.texts)


def _take_recording() -> None:
    """Note what a callback tells of a recording, and start its fetch."""
    announced = twilio.recording_notice(request.form)
    begun = announced is None and "RecordingSid" in request.form
    kind = Moment.RECORDING_STARTED if begun else "recording_announced"
    notice = twilio.call_notice(request.form, kind, key=request.form.get("RecordingSid", "")[:34])

    def work(session: Session) -> uuid.UUID | None:
        now = utcnow()
        call = calls.note_call(session, notice, now)
        calls.tip_of(session, call, now)  # from the first word on there is something to keep
        if announced is None:
            return None
        found = calls.note_recording(session, call, announced, now)
        return found.id if found.state == RecordingState.TO_FETCH else None

    recording_id = webhook.stored(work)
    if recording_id is not None:
        parts().queue.fetch_recording(recording_id)


def _answer(step: Step, kind: str = "asked") -> Response:
    """Take a step of a call in one transaction."""
    notice = twilio.call_notice(request.form, kind)

    def work(session: Session) -> str:
        now = utcnow()
        return step(session, calls.note_call(session, notice, now), _line(), now)

    return webhook.twiml(webhook.stored(work))


def _line(language: str = "") -> Line:
    asked = request.args.get("lang", LANGUAGES[0])
    language = language or (asked if asked in LANGUAGES else LANGUAGES[0])
    following = min(_step() + 1, STEP_MAX)

    def to(step: str, **more: Any) -> str:
        return url_for(f"voice.{step}", n=following, lang=language, **more)

    settings = parts().settings
    return Line(settings, PromptFiles(settings.data_dir), language, to)


def _step() -> int:
    return _number("n", STEP_MAX) if "n" in request.args else 0


def _number(name: str, most: int) -> int:
    """A number in the address, which we wrote ourselves; raises ValueError for any other."""
    value = twilio.number(request.args.get(name))
    if value is None or not 0 < value <= most:
        raise ValueError(f"{name} is not a number of ours")
    return value


def _staff_id() -> uuid.UUID:
    return uuid.UUID(request.args.get("staff", ""))
