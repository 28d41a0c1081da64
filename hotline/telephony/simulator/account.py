"""The outside world as files: what a provider's account would hold, shared by every process of the hotline."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from hotline.clock import utcnow
from hotline.telephony.simulator.errors import SimulatorError
from hotline.telephony.simulator.faults import NO_FAULTS, Faults
from hotline.telephony.simulator.sids import is_sid, new_sid, rfc2822, segments

Record = dict[str, Any]
KINDS = {"recordings": "RE", "media": "ME", "messages": "(SM|MM)", "calls": "CA"}


class SimulatorSettings(Protocol):
    """What the simulator needs to know of the hotline's settings."""

    @property
    def data_dir(self) -> Path: ...
    @property
    def twilio_account_sid(self) -> str: ...
    @property
    def twilio_auth_token(self) -> str: ...
    @property
    def twilio_number(self) -> str: ...
    @property
    def simulated(self) -> bool: ...


def from_settings(settings: SimulatorSettings) -> SimulatedAccount:
    """The account of this hotline; raises SimulatorError when a real provider is configured."""
    if not settings.simulated:
        raise SimulatorError(
            "a real provider is configured, so the simulator is off; to practise, start a second hotline "
            "with another DATA_DIR and without TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_NUMBER"
        )
    return SimulatedAccount(
        settings.data_dir / "simulator",
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        settings.twilio_number,
    )


class SimulatedAccount:
    """Recordings, media, messages, the delivery log and armed faults of one account, below `root`.

    Every change is one rename or one locked append, so readers in other processes see the whole of it or nothing.
    """

    def __init__(self, root: Path, account_sid: str, auth_token: str, number: str) -> None:
        self.root = root
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.number = number

    def add_recording(self, call_sid: str, *, started_at: str, faults: Faults = NO_FAULTS) -> Record:
        """Begin a recording, in state `in-progress` and without audio."""
        sid = new_sid("RE")
        record = {
            "sid": sid,
            "call_sid": call_sid,
            "status": "in-progress",
            "duration": None,
            "error_code": None,
            "start_time": started_at,
            "date_created": rfc2822(utcnow()),
            "fetches": 0,
            "faults": faults.as_json(),
        }
        return self._put("recordings", sid, record)

    def finish_recording(
        self, sid: str, *, wav: bytes | None, duration_s: int, error_code: int | None = None
    ) -> None:
        """Give a recording its WAV, or mark it absent when there is none."""
        if wav is not None:
            _write(self._path("recordings", sid, ".wav"), wav)
        status = "completed" if wav is not None else "absent"
        self.update(
            "recordings", sid, {"status": status, "duration": str(duration_s), "error_code": error_code}
        )

    def note_call(self, sid: str, status: str) -> None:
        """Keep where a call is."""
        self._put("calls", sid, {"sid": sid, "status": status, "date_updated": rfc2822(utcnow())})

    def add_media(self, message_sid: str, content_type: str, body: bytes) -> Record:
        """Keep one picture or other file that came with a message."""
        sid = new_sid("ME")
        _write(self._path("media", sid, ".bin"), body)
        record = {"sid": sid, "parent_sid": message_sid, "content_type": content_type}
        return self._put("media", sid, record | {"date_created": rfc2822(utcnow())})

    def add_message(
        self,
        *,
        from_: str,
        to: str,
        body: str,
        direction: str,
        status: str,
        media: int = 0,
        callback: str = "",
        sid: str = "",
    ) -> Record:
        """Log one message; `direction` is inbound, outbound-reply or outbound-api."""
        sid = sid or new_sid("MM" if media else "SM")
        record = {
            "sid": sid,
            "from": from_,
            "to": to,
            "body": body,
            "direction": direction,
            "status": status,
            "num_segments": str(segments(body)),
            "num_media": str(media),
            "error_code": None,
            "status_callback": callback,
            "date_created": rfc2822(utcnow()),
            "created_at": utcnow().isoformat(),
        }
        return self._put("messages", sid, record)

    def get(self, kind: str, sid: str) -> Record | None:
        """One recording, medium, message or call, or None."""
        path = self._path(kind, sid, ".json")
        try:
            loaded: Record = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        return loaded

    def content(self, kind: str, sid: str) -> bytes | None:
        """The bytes of a recording (WAV) or of a medium, or None."""
        path = self._path(kind, sid, ".wav" if kind == "recordings" else ".bin")
        return path.read_bytes() if path.exists() else None

    def update(self, kind: str, sid: str, changes: Mapping[str, Any]) -> Record:
        """Change fields of one record; raises SimulatorError when it is gone."""
        with self._locked():
            record = self.get(kind, sid)
            if record is None:
                raise SimulatorError(f"there is no {sid} in the simulated account")
            return self._put(kind, sid, record | dict(changes))

    def count(self, kind: str, sid: str, field: str) -> int:
        """Add one to a counter of a record and return its value from before."""
        with self._locked():
            record = self.get(kind, sid) or {}
            before = int(record.get(field, 0))
            self._put(kind, sid, record | {field: before + 1})
        return before

    def delete(self, kind: str, sid: str) -> bool:
        """Remove a record with its bytes; False when there was none."""
        found = self._path(kind, sid, ".json").exists()
        for suffix in (".json", ".wav", ".bin"):
            self._path(kind, sid, suffix).unlink(missing_ok=True)
        return found

    def all(self, kind: str) -> list[Record]:
        """Every record of a kind, oldest first."""
        folder = self.root / kind
        paths = sorted(folder.glob("*.json"), key=lambda path: path.stem) if folder.exists() else []
        records = [record for path in paths if (record := self.get(kind, path.stem))]
        return sorted(records, key=lambda record: str(record.get("created_at", record.get("date_created"))))

    def thread(self, number: str) -> list[Record]:
        """The messages between the hotline and one number, oldest first."""
        return [record for record in self.all("messages") if number in (record["from"], record["to"])]

    def arm(self, faults: Faults) -> None:
        """Make the provider's API and its message callbacks misbehave from now on; counters start again."""
        with self._locked():
            _write(self.root / "faults.json", _json({"faults": faults.as_json(), "sends": 0}))

    def armed(self) -> Faults:
        """The faults armed for the API."""
        return Faults.from_json(self._armed()["faults"])

    def next_send_fault(self) -> str:
        """Count one attempt to send a message and name the fault that strikes it, or the empty text."""
        with self._locked():
            state = self._armed()
            fault = Faults.from_json(state["faults"]).send_fault(state["sends"])
            if state["faults"]:
                _write(self.root / "faults.json", _json(state | {"sends": state["sends"] + 1}))
        return fault

    def log_delivery(self, entry: Record) -> None:
        """Append what was sent to the hotline, and what it answered, to the delivery log."""
        line = json.dumps({"at": utcnow().isoformat(), **entry}, ensure_ascii=False) + "\n"
        with self._locked(), (self.root / "deliveries.jsonl").open("a", encoding="utf-8") as log:
            log.write(line)

    def deliveries(self) -> list[Record]:
        """The delivery log: kind, method, url, params, status or error of each request, in order."""
        path = self.root / "deliveries.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    def _armed(self) -> Record:
        path = self.root / "faults.json"
        state: Record = json.loads(path.read_text("utf-8")) if path.exists() else {"faults": {}, "sends": 0}
        return state

    def _path(self, kind: str, sid: str, suffix: str) -> Path:
        if not is_sid(sid, KINDS[kind]):
            raise SimulatorError(f"{sid!r} is not the identifier of one of the {kind}")
        return self.root / kind / (sid + suffix)

    def _put(self, kind: str, sid: str, record: Record) -> Record:
        _write(self._path(kind, sid, ".json"), _json(record))
        return record

    @contextmanager
    def _locked(self) -> Iterator[None]:
        _make_folder(self.root)
        with (self.root / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def temporary_account(root: Path) -> SimulatedAccount:
    """A fresh account with random credentials, for tests."""
    return SimulatedAccount(root, new_sid("AC"), secrets.token_hex(16), "+84900000099")


def _json(record: Record) -> bytes:
    return json.dumps(record, ensure_ascii=False, indent=1).encode()


def _write(path: Path, content: bytes) -> None:
    """Replace a file in one step; what others read is never half-written."""
    _make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:  # the disk is full: at least add nothing to it
        Path(name).unlink(missing_ok=True)
        raise


def _make_folder(path: Path) -> None:
    for folder in (path.parent, path):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
