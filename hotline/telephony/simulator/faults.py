"""How the simulated provider misbehaves; every fault is off by default."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace

from hotline.telephony.simulator.errors import SimulatorError

ORDERS = ("usual", "recording_first", "call_first", "reversed", "status_first")
KINDS_OF_VALUE = {int: "a whole number", float: "a number of seconds", bool: "true or false"}
DROPPABLE = ("recording_status", "call_status", "message_status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """One plan of misbehaviour, JSON-serialisable.

    Counts of the `recording_*`, `delete_*` and `send_*` kinds say how many of the first requests fail in that way, one kind
    after the other in the order of the fields, after which the provider behaves.
    """

    repeat: int = 0
    """Every webhook and callback is delivered this many more times, with the same idempotency token."""
    repeat_late: bool = False
    """The repetitions arrive after the whole call or message is over instead of at once."""
    order: str = "usual"
    """`recording_first`: its status precedes the action; `call_first`: the call's status precedes the recording's;
    `reversed`: everything asynchronous arrives last, in the opposite order; `status_first`: that the call is over
    arrives before it rings."""
    drop: tuple[str, ...] = ()
    """Kinds of callback that never arrive: recording_status, call_status, message_status."""
    delay_s: float = 0.0
    """Seconds before each asynchronous callback."""
    lost_answers: int = 0
    """The first n webhooks arrive, but the provider gives up waiting for their answer."""
    lost_answer_at: int = 0
    """Of the nth webhook of a call or message (from 1) the answer is lost, which ends it."""
    lost_request_at: int = 0
    """The nth webhook (from 1) never arrives, which ends it too."""
    action_on_hang_up: bool = False
    """A hang-up during <Record> also requests its action, with Digits=hangup and CallStatus=completed."""

    recording_404: int = 0
    recording_html_404: int = 0
    recording_html: int = 0
    recording_cut: int = 0
    """The connection breaks in the middle of the announced Content-Length."""
    recording_half: int = 0
    """Half of the file arrives as if it were whole."""
    recording_wrong_type: int = 0
    """The whole file arrives, labelled text/html."""
    recording_stall: int = 0
    """The answer takes `stall_s` seconds."""

    delete_500: int = 0
    """The first n requests to delete a recording are refused."""

    send_500: int = 0
    send_429: int = 0
    send_timeout: int = 0
    """The message is accepted, but the answer takes `stall_s` seconds and is then a 504."""
    undelivered: int = 0
    """The error code (30003, 30005 ...) with which an outbound message ends as `undelivered`."""
    failed: int = 0
    """The error code with which an outbound message ends as `failed`, before it is sent."""
    stall_s: float = 20.0

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            raise SimulatorError(f"fault order is {self.order!r}; use one of {', '.join(ORDERS)}")
        unknown = set(self.drop) - set(DROPPABLE)
        if unknown:
            raise SimulatorError(f"fault drop names {sorted(unknown)}; use some of {', '.join(DROPPABLE)}")
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, (int, float)) and value < 0:
                raise SimulatorError(f"fault {field.name} is {value}; it cannot be negative")

    def as_json(self) -> dict[str, object]:
        """Only what differs from the default."""
        defaults = asdict(Faults())
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value != defaults[name]
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Faults:
        """The opposite of `as_json`; raises SimulatorError for an unknown name or a value of the wrong kind."""
        return cls.parse(
            f"{name}={','.join(map(str, value)) if isinstance(value, list) else value}"
            for name, value in data.items()
        )

    @classmethod
    def parse(cls, assignments: Iterable[str]) -> Faults:
        """Read `repeat=2`, `drop=call_status,recording_status`, `action_on_hang_up=true`.

        Raises SimulatorError naming what cannot be read.
        """
        defaults = asdict(cls())
        values: dict[str, object] = {}
        for assignment in assignments:
            name, separator, text = assignment.partition("=")
            name = name.strip().replace("-", "_")
            if not separator or name not in defaults:
                raise SimulatorError(
                    f"fault {assignment!r} is not known; write NAME=VALUE with a NAME of {', '.join(defaults)}"
                )
            values[name] = _value(name, text.strip(), defaults[name])
        return replace(cls(), **values)  # type: ignore[arg-type]  # each value has the type of its default

    def recording_fault(self, fetch: int) -> str:
        """The fault that strikes fetch number `fetch` (from 0) of one recording, or the empty text."""
        return self._strike("recording_", fetch)

    def delete_fault(self, attempt: int) -> str:
        """The fault that strikes attempt number `attempt` (from 0) to delete one recording, or the empty text."""
        return self._strike("delete_", attempt)

    def send_fault(self, attempt: int) -> str:
        """The fault that strikes attempt number `attempt` (from 0) to send a message, or the empty text."""
        return self._strike("send_", attempt)

    def _strike(self, prefix: str, number: int) -> str:
        for field in fields(self):
            if field.name.startswith(prefix):
                number -= getattr(self, field.name)
                if number < 0:
                    return field.name.removeprefix(prefix)
        return ""


NO_FAULTS = Faults()


def random_faults(rng: random.Random) -> Faults:
    """A plan that a correct hotline survives without losing or doubling anything, for property tests.

    Every request arrives, in an order that Twilio can send them in, and nothing waits.
    """
    return Faults(
        repeat=rng.choice((0, 0, 1, 2)),
        repeat_late=rng.random() < 0.5,
        order=rng.choice(ORDERS[:-1]),
        drop=rng.choice(((), (), ("recording_status",), ("call_status",), ("message_status",))),
        action_on_hang_up=rng.random() < 0.5,
        recording_404=rng.choice((0, 0, 1, 2)),
        recording_html_404=rng.choice((0, 0, 1)),
        recording_html=rng.choice((0, 0, 1)),
        recording_cut=rng.choice((0, 0, 1)),
        recording_half=rng.choice((0, 0, 1)),
        recording_wrong_type=rng.choice((0, 0, 1)),
        send_500=rng.choice((0, 0, 1)),
        send_429=rng.choice((0, 0, 1)),
    )


def random_call_faults(rng: random.Random) -> Faults:
    """A worse plan for a call: any callback may be missing, any webhook or answer lost, any order is possible.

    What was recorded stays with the provider.
    """
    return replace(
        random_faults(rng),
        order=rng.choice(ORDERS),
        drop=rng.choice(((), (), ("recording_status",), ("call_status",), DROPPABLE)),
        lost_answer_at=rng.choice((0,) * 12 + (1, 2, 3, 4)),
        lost_request_at=rng.choice((0,) * 16 + (1, 2, 3)),
    )


def _value(name: str, text: str, default: object) -> object:
    try:
        if isinstance(default, bool):
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[
                text.lower()
            ]
        if isinstance(default, int):
            return int(text)
        if isinstance(default, float):
            return float(text)
        if isinstance(default, tuple):
            return tuple(filter(None, (part.strip() for part in text.split(","))))
        return text
    except (KeyError, ValueError) as error:
        raise SimulatorError(
            f"fault {name} is {text!r}; it must be {KINDS_OF_VALUE[type(default)]}"
        ) from error
