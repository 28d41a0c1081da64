"""Simulated callers, a provider that misbehaves and workers that die; and what must have come of it.

What should be is told by the provider's side alone: its delivery log says which webhooks arrived, its account what
was recorded. The hotline is reached by its webhooks; Valkey is away all the time, so that only sweeps find work.
"""

from __future__ import annotations

import io
import os
import random
import signal
import time
import uuid
import wave
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from urllib.parse import parse_qs, urlsplit

import numpy as np
from flask.testing import FlaskClient
from sqlalchemy import func, select

from hotline.clock import utcnow
from hotline.context import Parts
from hotline.models import Call, Recording, Shift, Staff, Tip
from hotline.models.call import RecordingState
from hotline.models.sealed import data_key
from hotline.rules.access import Role
from hotline.services import calls, recordings, work
from hotline.telephony.simulator.account import SimulatedAccount
from hotline.telephony.simulator.call import CallResult
from hotline.telephony.simulator.client import SimulatedPhone
from hotline.telephony.simulator.codes import tip_code
from hotline.telephony.simulator.faults import NO_FAULTS, Faults
from hotline.telephony.simulator.transport import FlaskTransport
from workers import jobs, runtime

WITHHELD = "Anonymous"
NUMBERS = ("+84900000012", "+84900000013", "+84900000014", WITHHELD)
# The code of an earlier tip, in keys that a caller presses.
CODE = "c"
KEYS = ("", "1", "#", "*", "9", "5", "8", "w", "h", "3", "2" + CODE, "2" + CODE + "#", "2w", "2123456789")
AFTER = ("", "#", "#2", "#22", "#3", "#33", "#1", "#h", "#9")
DIALLED = ("answered", "busy,answered", "no-answer", "voicemail", "declined")
WINDOW = timedelta(minutes=10)
RATE = 8000
LOOK_BACK = timedelta(hours=2)
LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a caller does; `said` are seconds spoken in the first recording, the second and so on."""

    number: str = NUMBERS[0]
    keys: str = ""
    said: tuple[float, ...] = (1.0,)
    hang_up_after_s: float | None = None
    dial: str = "no-answer"
    faults: Faults = NO_FAULTS


@dataclass(frozen=True, slots=True)
class Made:
    """A call that was made, when in reckoned time, and what the provider has of it, in the order it was spoken."""

    plan: Plan
    result: CallResult
    at: timedelta
    recorded: dict[str, bytes]


class Difference(AssertionError):
    """What came of the calls is not what should."""


class CallStorm:
    """Callers, the provider, workers and time, around one hotline; `chance` decides which work is taken."""

    def __init__(self, parts: Parts, client: FlaskClient, account: SimulatedAccount, chance: random.Random):
        self._parts, self._account, self._chance = parts, account, chance
        self._phone = SimulatedPhone(account, parts.settings.public_url, FlaskTransport(client))
        self._now = timedelta()
        self._codes: dict[str, str] = {}
        self.made: list[Made] = []
        with parts.database.begin() as session:
            for number, role in enumerate((Role.ADMIN, Role.DUTY)):
                person = session.scalars(select(Staff).where(Staff.role == role)).first()
                person.duty_phone = f"+8490000002{number}"
                turn = (utcnow() - LOOK_BACK, utcnow() + LOOK_BACK)
                session.add(
                    Shift(unit_id=person.unit_id, staff_id=person.id, starts_at=turn[0], ends_at=turn[1])
                )
        with parts.database.reading() as session:
            self._tips_before = session.scalar(select(func.count()).select_from(Tip)) or 0
        (account.root / "deliveries.jsonl").unlink(missing_ok=True)

    def call(self, plan: Plan) -> None:
        """Make a call, and note what the provider recorded."""
        known = self._chance.choice(sorted(self._codes)) if self._codes else "123456789"
        clips = [_clip(len(self.made), index, seconds) for index, seconds in enumerate(plan.said)]
        result = self._phone.call(
            plan.number,
            clips[0] if clips else None,
            more=clips[1:],
            digits=plan.keys.replace(CODE, known),
            hang_up_after_s=plan.hang_up_after_s,
            dial=plan.dial,
            faults=plan.faults,
        )
        recorded = {}
        for index, sid in enumerate(result.recording_sids):
            content = self._account.content("recordings", sid)
            if content is not None:
                recorded[sid] = _samples(content)
                _require(_spoken(recorded[sid], clips[index]), "the simulator recorded what was spoken", sid)
        if code := tip_code(result.said):
            self._codes.setdefault(code, result.call_sid)
        self.made.append(Made(plan, result, self._now, recorded))

    def work(self, most: int) -> int:
        """Take some of the work that a sweep finds, in any order; returns how much there was."""
        now = utcnow()
        with self._parts.database.reading() as session:
            due = [
                *((jobs.fetch_recording, id_) for id_ in work.due(session, work.FETCH_RECORDING, now, LIMIT)),
                *((jobs.transcribe, id_) for id_ in work.due(session, work.TRANSCRIBE, now, LIMIT)),
                *((jobs.reconcile_call, id_) for id_ in recordings.calls_to_reconcile(session, now, LIMIT)),
                *((self._end_forgotten, id_) for id_ in calls.forgotten(session, now, LIMIT)),
            ]
        self._chance.shuffle(due)
        for job, row_id in due[:most]:
            job(str(row_id))
        return len(due)

    def die(self) -> int:
        """A worker takes a recording and dies; another dies after its file was stored. Returns how many died."""
        died = 0
        with self._parts.database.begin() as session:
            due = work.due(session, work.FETCH_RECORDING, utcnow(), LIMIT)
            for row_id in due[:2]:
                if session.get_one(Recording, row_id).failure == work.WORKER_DIED:
                    continue
                row = work.claim(session, work.FETCH_RECORDING, row_id, utcnow())
                died += row is not None
                if row is not None and row_id != due[0]:
                    self._parts.store.put(data_key(row), [b"never noted"])
        return died

    def kill_a_worker(self) -> bool:
        """Fork a worker for a recording and kill it within a few milliseconds."""
        with self._parts.database.reading() as session:
            due = work.due(session, work.FETCH_RECORDING, utcnow(), 1)
        if not due:
            return False
        self._parts.database.engine.dispose()  # SQLite's connections must not cross a fork
        runtime.parts().database.engine.dispose()
        worker = os.fork()
        if worker == 0:
            runtime.parts.cache_clear()
            runtime.provider.cache_clear()
            jobs.fetch_recording(str(due[0]))
            os._exit(0)
        time.sleep(self._chance.uniform(0, 0.04))
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
        return True

    def pass_time(self, minutes: int) -> None:
        """As if so many minutes had gone by: pauses end, leases run out."""
        gone = timedelta(minutes=minutes)
        self._now += gone
        with self._parts.database.begin() as session:
            for call in session.scalars(select(Call).where(Call.started_at > utcnow() - LOOK_BACK)):
                call.started_at -= gone
                call.ended_at = call.ended_at and call.ended_at - gone
            held = Recording.lease_until.is_not(None) | Recording.not_before.is_not(None)
            for row in session.scalars(select(Recording).where(held)):
                row.lease_until = row.lease_until and row.lease_until - gone
                row.not_before = row.not_before and row.not_before - timedelta(days=1)

    def settle(self) -> None:
        """Let time pass and work be done until nothing is left to do."""
        for _ in range(60):
            self.pass_time(11)
            if not self.work(LIMIT):
                return
        raise Difference(f"work is left after sixty sweeps: {self._unfinished()}")

    def check(self) -> tuple[int, int, float, float]:
        """Expected and found tips, expected and found seconds of audio; raises Difference with what is not so."""
        expected = self._expected()
        with self._parts.database.reading() as session:
            tips = (session.scalar(select(func.count()).select_from(Tip)) or 0) - self._tips_before
            tip_of, found_bytes = {}, 0
            for made in self.made:
                sid = made.result.call_sid
                call = session.scalar(select(Call).where(Call.provider_sid == sid))
                if sid not in expected:
                    _require(call is None, "a call that reached nobody is unknown", sid)
                    continue
                _require(call is not None and call.tip_id is not None, "every call has a tip", sid)
                _require(call.ended_at is not None, "every call is over", sid)
                _require(call.caller_sealed is None, "no call keeps the caller's number", sid)
                _require(not (call.silent and made.recorded), "a call with words is not silent", sid)
                tip_of[sid] = call.tip_id
                found_bytes += self._compare(session.get_one(Tip, call.tip_id), call, made)
            reached = [made for made in self.made if made.result.call_sid in expected]
            groups = {expected[made.result.call_sid] for made in reached}
            pairs = {(expected[sid], tip_id) for sid, tip_id in tip_of.items()}
            _require(
                len(pairs) == len(groups) == len(set(tip_of.values())), "calls share the right tips", pairs
            )
            _require(tips == len(groups), f"{len(groups)} tips", tips)
        _require(not self._unfinished(), "nothing waits or failed", self._unfinished())
        expected_bytes = sum(len(pcm) for made in reached for pcm in made.recorded.values())
        return len(groups), tips, expected_bytes / 2 / RATE, found_bytes / 2 / RATE

    def _compare(self, tip: Tip, call: Call, made: Made) -> int:
        """Bytes of a call's audio in our store, equal byte for byte and in the order it was spoken."""
        found = {}
        for row in tip.recordings:
            if row.call_id == call.id and row.state != RecordingState.ABSENT:
                with self._parts.store.open(data_key(row), row.storage_key or "") as audio:
                    found[row.provider_sid] = _samples(audio.read())
        _require(list(found) == list(made.recorded), "every recording once, in order", (made, list(found)))
        _require(found == made.recorded, "the same bytes", call.provider_sid)
        return sum(map(len, found.values()))

    def _expected(self) -> dict[str, str]:
        """By call that reached the hotline: the call whose tip it ends in, itself or one before."""
        arrived = defaultdict(list)
        for entry in self._account.deliveries():
            params = entry["params"]
            if "status" in entry:
                arrived[params.get("ParentCallSid", params["CallSid"])].append(entry)
        of_tip: dict[uuid.UUID, str] = {}
        expected: dict[str, str] = {}
        with self._parts.database.reading() as session:
            for made in self.made:
                sid = made.result.call_sid
                if sid not in arrived:
                    continue
                call = session.scalar(select(Call).where(Call.provider_sid == sid))
                _require(call is not None, "a call that arrived is known", sid)
                expected[sid] = sid
                over_before = made.plan.faults.order == "status_first" and (
                    "call_status" not in made.plan.faults.drop
                )
                if call.offered_tip_id is not None:
                    _require(not over_before, "a call that is over is offered nothing", sid)
                    before = of_tip.get(call.offered_tip_id)
                    _require(before is not None and self._may_go_on(made, before), "the offer is right", sid)
                    if not _pressed(arrived[sid], "/voice/key", asked="resume", digits="1"):
                        expected[sid] = expected[before]
                if expected[sid] == sid and not over_before:
                    keyed = _pressed(arrived[sid], "/voice/code")
                    known = [self._codes[code] for code in keyed if code in self._codes]
                    if known and known[0] != sid and known[0] in expected:
                        expected[sid] = expected[known[0]]
                if call.tip_id is not None:
                    of_tip.setdefault(call.tip_id, sid)
        return expected

    def _may_go_on(self, made: Made, before: str) -> bool:
        """Whether the tip is of a call just before, from the same number that is not withheld."""
        earlier = [one for one in self.made if one.plan.number == made.plan.number and one.at <= made.at]
        related = {one.result.call_sid for one in earlier if made.at - one.at <= WINDOW}
        return (
            made.plan.number != WITHHELD
            and bool(related)
            and before in {m.result.call_sid for m in self.made}
        )

    def _end_forgotten(self, call_id: str) -> None:
        with self._parts.database.begin() as session:
            calls.end_forgotten(session, uuid.UUID(call_id), utcnow())

    def _unfinished(self) -> list[tuple[str, str | None]]:
        ends = (RecordingState.TRANSCRIBED, RecordingState.ABSENT)
        with self._parts.database.reading() as session:
            rows = session.scalars(select(Recording).where(Recording.state.not_in(ends))).all()
            return [(row.state, row.failure) for row in rows]


def random_plan(chance: random.Random, faults: Faults) -> Plan:
    """Anything that the menu allows, and more; most callers simply speak."""
    menu = chance.choices(KEYS, [8, 4] + [1] * (len(KEYS) - 2), k=chance.randrange(3))
    return Plan(
        chance.choice(NUMBERS),
        "".join(menu) + chance.choice(AFTER),
        tuple(chance.choice((0.6, 1.0, 1.7)) for _ in range(chance.choice((0, 1, 1, 1, 1, 1, 2, 2, 3)))),
        chance.choice((*(None,) * 6, 0.0, 0.5, 0.5, 9.0)),
        chance.choice(DIALLED),
        faults,
    )


def _clip(call: int, index: int, seconds: float) -> bytes:
    """Sound that no other recording has: a tone of a pitch of its own."""
    pitch_hz = 300 + (call * 16 + index) * 0.07
    tone = 6000 * np.sin(2 * np.pi * pitch_hz * np.arange(round(seconds * RATE)) / RATE)
    return _wav(tone.astype("<i2").tobytes())


def _wav(pcm: bytes) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)
    return buffer.getvalue()


def _samples(content: bytes) -> bytes:
    with wave.open(io.BytesIO(content)) as file:
        return file.readframes(file.getnframes())


def _spoken(recorded: bytes, clip: bytes) -> bool:
    """Whether a recording is the clip, cut short or followed by silence."""
    words = _samples(clip)[: len(recorded)]
    return recorded == words + bytes(len(recorded) - len(words))


def _pressed(entries: Sequence[dict], path: str, *, asked: str = "", digits: str = "") -> list[str]:
    """What was keyed at one step, as it arrived."""
    found = []
    for entry in entries:
        address = urlsplit(entry["url"])
        query = parse_qs(address.query)
        keyed = entry["params"].get("Digits", "").strip("*#")
        if address.path.endswith(path) and query.get("asked", [""])[0] == asked and digits in ("", keyed):
            found.append(keyed)
    return [keyed for keyed, _ in groupby(found)]


def _require(holds: bool, what: str, seen: object) -> None:
    if not holds:
        raise Difference(f"not so: {what}; seen: {seen}")
