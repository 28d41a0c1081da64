"""One call to the hotline, following TwiML as Twilio does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urljoin

from hotline.clock import utcnow
from hotline.telephony.simulator import audio
from hotline.telephony.simulator.account import SimulatedAccount
from hotline.telephony.simulator.caller import DIAL_RESULTS, KEYS_OF_DIALLED, Caller
from hotline.telephony.simulator.dialled import DialledLeg
from hotline.telephony.simulator.errors import SimulatorError
from hotline.telephony.simulator.faults import Faults
from hotline.telephony.simulator.sids import country, new_sid, rfc2822
from hotline.telephony.simulator.transport import Unreachable
from hotline.telephony.simulator.twiml import TwimlError, Verb, voice_verbs
from hotline.telephony.simulator.webhooks import Sender, Webhook

APPLICATION_ERROR = "We are sorry, an application error has occurred. Goodbye."
# A real call is bounded by time and money; a loop of redirects here would have no end.
MOST_DOCUMENTS = 50
# A rough pace of speech, so that the call has a believable duration without taking that long.
LETTERS_A_SECOND = 15
PLAY_S = 3.0
DIAL_TALK_S = 30.0
TOO_SHORT, SILENT = 16101, 16102


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of a call, as the caller and the provider's console would see it."""

    call_sid: str
    said: list[str]
    recording_sids: list[str]
    duration_s: int
    final_status: str
    error: str = ""
    dialled: list[str] = field(default_factory=list)
    heard_by_dialled: list[str] = field(default_factory=list)


class Document(NamedTuple):
    """A TwiML document and the address it came from, to which relative addresses refer."""

    url: str
    verbs: list[Verb]


class HungUp(Exception):
    """The call is over; `status` is its CallStatus."""

    def __init__(self, status: str = "completed") -> None:
        super().__init__(status)
        self.status = status


class Call:
    """Walks one call from its first request to the callback of its end."""

    def __init__(
        self,
        account: SimulatedAccount,
        sender: Sender,
        from_: str,
        caller: Caller,
        *,
        voice_url: str,
        status_url: str,
        api_url: str,
        faults: Faults,
    ) -> None:
        self._account, self._sender, self._caller, self._faults = account, sender, caller, faults
        self._voice_url, self._status_url, self._api_url = voice_url, status_url, api_url
        self._from = from_
        self._sid = new_sid("CA")
        self._status = "ringing"
        self._clock_s = 0.0
        self._started = utcnow() - timedelta(seconds=1)
        self._documents = 0
        self._said: list[str] = []
        self._recordings: list[str] = []
        self._dialled: list[str] = []
        self._heard_by_dialled: list[str] = []
        self._deferred: list[Webhook] = []

    def run(self) -> CallResult:
        """Make the call and deliver every callback that belongs to it."""
        error = ""
        self._account.note_call(self._sid, "in-progress")
        if self._faults.order == "status_first":
            self._tell_the_end(0, "completed")
        try:
            document: Document | None = self._fetch("voice", self._voice_url, "POST", {})
            while document is not None:
                document = self._follow(document)
            self._status = "completed"
        except HungUp as end:
            self._status = end.status
        except TwimlError as problem:
            error = str(problem)
            self._said.append(APPLICATION_ERROR)
            self._status = "completed"
        duration_s = 0 if self._status != "completed" else max(1, round(self._clock_s))
        self._account.note_call(self._sid, self._status)
        self._deliver_the_end(duration_s)
        return CallResult(
            self._sid,
            self._said,
            self._recordings,
            duration_s,
            self._status,
            error,
            self._dialled,
            self._heard_by_dialled,
        )

    def _follow(self, document: Document) -> Document | None:
        for position, verb in enumerate(document.verbs):
            if verb.name == "Reject" and position == 0 and self._documents == 1:
                raise HungUp("busy" if verb.attributes.get("reason") == "busy" else "no-answer")
            if verb.name in ("Reject", "Hangup"):
                return None
            next_document = self._do(verb, document.url)
            if next_document is not None:
                return next_document
        return None

    def _do(self, verb: Verb, here: str) -> Document | None:
        if verb.name == "Redirect":
            return self._fetch("redirect", urljoin(here, verb.text), verb.method(), {})
        self._status = "in-progress"
        if self._caller.hang_up_after_s == 0:
            raise HungUp
        match verb.name:
            case "Gather":
                return self._gather(verb, here)
            case "Record":
                return self._record(verb, here)
            case "Dial":
                return self._dial(verb, here)
            case _:
                self._speak(verb, here)
                return None

    def _speak(self, verb: Verb, here: str) -> None:
        if verb.name == "Say":
            self._said.append(verb.text)
            self._clock_s += len(verb.text) / LETTERS_A_SECOND
        elif verb.name == "Pause":
            self._clock_s += verb.number("length", 1)
        elif verb.text:
            self._play(urljoin(here, verb.text))

    def _play(self, url: str) -> None:
        try:
            answer = self._sender.send(Webhook("play", "GET", url, {}))
        except Unreachable as problem:
            raise TwimlError(11200, f"{url}: {problem}") from problem
        if answer.status != 200 or not answer.content_type.startswith("audio/"):
            raise TwimlError(11200, f"{url}: HTTP {answer.status}, {answer.content_type or 'no type'}")
        self._said.append(url)
        try:
            self._clock_s += len(audio.read_speech(answer.body)) / audio.RATE
        except SimulatorError:
            self._clock_s += PLAY_S

    def _gather(self, verb: Verb, here: str) -> Document | None:
        for nested in verb.children:
            self._speak(nested, here)
        if self._caller.hangs_up():
            raise HungUp
        by_keys = "dtmf" in verb.attributes.get("input", "dtmf")
        digits, finished_on = self._caller.press(verb) if by_keys else ("", "")
        if not digits:
            self._clock_s += 0 if finished_on else verb.number("timeout", 5)
            if not verb.flag("actionOnEmptyResult", False):
                return None
        self._clock_s += len(digits)
        params = {"Digits": digits, "FinishedOnKey": finished_on, "msg": "Gather End"}
        return self._fetch("gather", urljoin(here, verb.attributes.get("action", "")), verb.method(), params)

    def _dial(self, verb: Verb, here: str) -> Document | None:
        to = verb.text or ", ".join(child.text for child in verb.children)
        self._dialled.append(to)
        did = self._caller.pick_up()
        status = DIAL_RESULTS[did]
        caller_id = verb.attributes.get("callerId", self._from)
        leg = DialledLeg(self._sender, self._standard_params(), caller_id, to, KEYS_OF_DIALLED.get(did, ""))
        screen = next((one for one in verb.children if "url" in one.attributes), None)
        if status == "completed" and screen is not None:
            if not leg.accepts(urljoin(here, screen.attributes["url"]), screen.method()):
                status = "no-answer"
            self._heard_by_dialled += leg.heard
        answered = status == "completed"
        self._clock_s += DIAL_TALK_S if answered else verb.number("timeout", 30)
        if "action" not in verb.attributes:
            return None
        params = {"DialCallStatus": status, "DialCallSid": leg.sid, "DialBridged": str(answered).lower()}
        if answered:
            params["DialCallDuration"] = str(round(DIAL_TALK_S))
        return self._fetch("dial", urljoin(here, verb.attributes["action"]), verb.method(), params)

    def _record(self, verb: Verb, here: str) -> Document | None:
        words = self._caller.speak()
        end_s, key, hung_up = self._caller.end_of_recording(verb, words)
        heard = audio.cut(words, end_s)
        kept = heard if verb.attributes.get("trim") == "do-not-trim" else audio.trim_silence(heard)
        spoken = True in audio.speech_frames(heard)
        self._clock_s += end_s

        recording = self._account.add_recording(
            self._sid, started_at=rfc2822(self._next_start()), faults=self._faults
        )
        sid = recording["sid"]
        self._recordings.append(sid)
        self._recording_callback(verb, here, sid, "in-progress")
        if spoken:
            self._account.finish_recording(
                sid, wav=audio.write_wav(kept), duration_s=audio.whole_seconds(kept)
            )
        else:
            self._account.finish_recording(
                sid, wav=None, duration_s=0, error_code=SILENT if end_s >= 1 else TOO_SHORT
            )
        outcome = "completed" if spoken else "absent"
        action = {
            "RecordingSid": sid,
            "RecordingUrl": self._recording_url(sid),
            # Before trimming: Twilio, <Record>, "the final accurate duration" comes with the status callback.
            "RecordingDuration": str(audio.whole_seconds(heard)),
        }
        url = urljoin(here, verb.attributes.get("action", ""))
        if hung_up:
            self._status = "completed"
            if self._faults.action_on_hang_up and spoken:
                params = self._standard_params() | action | {"Digits": "hangup"}
                self._sender.notify(Webhook("record", verb.method(), url, params))
            self._recording_callback(verb, here, sid, outcome)
            raise HungUp
        if not spoken:
            self._recording_callback(verb, here, sid, outcome)
            return None
        if self._faults.order == "recording_first":
            self._recording_callback(verb, here, sid, outcome)
            return self._fetch("record", url, verb.method(), action | ({"Digits": key} if key else {}))
        try:
            return self._fetch("record", url, verb.method(), action | ({"Digits": key} if key else {}))
        finally:
            self._recording_callback(verb, here, sid, outcome)

    def _next_start(self) -> datetime:
        """When a recording begins: no two of a call in one second, although no time passes while they speak."""
        self._started = max(utcnow(), self._started + timedelta(seconds=1))
        return self._started

    def _recording_callback(self, verb: Verb, here: str, sid: str, status: str) -> None:
        url = verb.attributes.get("recordingStatusCallback")
        events = verb.attributes.get("recordingStatusCallbackEvent", "completed").split()
        if not url or status not in events:
            return
        recording = self._account.get("recordings", sid) or {}
        params = {
            "AccountSid": self._account.account_sid,
            "CallSid": self._sid,
            "RecordingSid": sid,
            "RecordingUrl": self._recording_url(sid),
            "RecordingStatus": status,
            "RecordingChannels": "1",
            "RecordingSource": "RecordVerb",
            "RecordingTrack": "both",
            "RecordingStartTime": str(recording.get("start_time")),
            "ErrorCode": str(recording.get("error_code") or 0),
        }
        if status == "completed":
            params["RecordingDuration"] = str(recording["duration"])
        method = verb.method("recordingStatusCallbackMethod")
        webhook = Webhook("recording_status", method, urljoin(here, url), params)
        if self._faults.order in ("call_first", "reversed"):
            self._deferred.append(webhook)
        else:
            self._sender.notify(webhook)

    def _deliver_the_end(self, duration_s: int) -> None:
        if self._faults.order != "status_first":
            self._tell_the_end(duration_s, self._status)
        for webhook in self._deferred[::-1] if self._faults.order == "reversed" else self._deferred:
            self._sender.notify(webhook)
        self._sender.finish()

    def _tell_the_end(self, duration_s: int, status: str) -> None:
        params = self._standard_params() | {
            "CallStatus": status,
            "CallDuration": str(duration_s),
            "Duration": str(-(-duration_s // 60)),
            "Timestamp": rfc2822(utcnow()),
            "SequenceNumber": "0",
            "CallbackSource": "call-progress-events",
        }
        self._sender.notify(Webhook("call_status", "POST", self._status_url, params))

    def _fetch(self, kind: str, url: str, method: str, params: Mapping[str, str]) -> Document:
        self._documents += 1
        if self._documents > MOST_DOCUMENTS:
            raise TwimlError(12400, f"more than {MOST_DOCUMENTS} documents in one call: a loop")
        return self._request(kind, url, method, params)

    def _request(self, kind: str, url: str, method: str, params: Mapping[str, str]) -> Document:
        try:
            answer = self._sender.send(Webhook(kind, method, url, self._standard_params() | dict(params)))
            return Document(url, voice_verbs(answer))
        except Unreachable as problem:
            raise TwimlError(11200, f"{url}: {problem}") from problem
        except TwimlError as problem:
            raise TwimlError(problem.code, f"{url}: {str(problem).partition(': ')[2]}") from problem

    def _standard_params(self) -> dict[str, str]:
        """What every request of a call carries (Twilio, "TwiML Voice: Twilio's Request")."""
        here, there = country(self._account.number), country(self._from)
        params = {
            "AccountSid": self._account.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": self._sid,
            "CallStatus": self._status,
            "Direction": "inbound",
        }
        for side, number, land in (("From", self._from, there), ("To", self._account.number, here)):
            other = {"From": "Caller", "To": "Called"}[side]
            for name in (side, other):
                params |= {name: number, f"{name}Country": land}
                params |= {f"{name}{part}": "" for part in ("City", "State", "Zip")}
        return params

    def _recording_url(self, sid: str) -> str:
        return f"{self._api_url}/2010-04-01/Accounts/{self._account.account_sid}/Recordings/{sid}"
