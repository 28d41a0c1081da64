"""The other end of a <Dial>: somebody picks up, or their voicemail, and a <Number url> asks them something first."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin

from hotline.telephony.simulator.sids import new_sid
from hotline.telephony.simulator.transport import Unreachable
from hotline.telephony.simulator.twiml import TwimlError, Verb, voice_verbs
from hotline.telephony.simulator.webhooks import Sender, Webhook

# A person who is asked for a key again and again hangs up; so does a loop of redirects end.
MOST_DOCUMENTS = 10


class DialledLeg:
    """A call of its own beside the caller's; `key` is what is pressed when a key is asked for ("" is nothing)."""

    def __init__(self, sender: Sender, caller: Mapping[str, str], caller_id: str, to: str, key: str) -> None:
        self.sid = new_sid("CA")
        self.heard: list[str] = []
        self._sender, self._key = sender, key
        self._params = dict(caller) | {
            "CallSid": self.sid,
            "ParentCallSid": caller["CallSid"],
            "Direction": "outbound-dial",
            "CallStatus": "in-progress",
            "From": caller_id,
            "Caller": caller_id,
            "To": to,
            "Called": to,
        }

    def accepts(self, url: str, method: str) -> bool:
        """Whether its document ends without hanging up, so that the two are connected; any failure hangs up."""
        try:
            return self._follow(url, method, {}, MOST_DOCUMENTS)
        except (TwimlError, Unreachable):
            return False

    def _follow(self, url: str, method: str, params: Mapping[str, str], documents: int) -> bool:
        if not documents:
            return False
        answer = self._sender.send(Webhook("dialled", method, url, self._params | dict(params)))
        for verb in voice_verbs(answer):
            match verb.name:
                case "Hangup" | "Reject":
                    return False
                case "Dial" | "Record":
                    raise TwimlError(12200, f"<{verb.name}> cannot be used before the two are connected")
                case "Redirect":
                    return self._follow(urljoin(url, verb.text), verb.method(), {}, documents - 1)
                case "Gather":
                    self.heard += [nested.text for nested in verb.children if nested.text]
                    if self._key:
                        target = urljoin(url, verb.attributes.get("action", ""))
                        return self._follow(target, verb.method(), self._pressed(verb), documents - 1)
                case _:
                    self.heard += [verb.text] if verb.text else []
        return True

    def _pressed(self, verb: Verb) -> dict[str, str]:
        finish = verb.attributes.get("finishOnKey", "#")
        by_key = self._key in finish
        return {
            "Digits": "" if by_key else self._key,
            "FinishedOnKey": self._key if by_key else "",
            "msg": "Gather End",
        }
