"""A simulated phone: texts and calls the hotline through the simulated provider."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hotline.telephony.simulator import audio
from hotline.telephony.simulator.account import SimulatedAccount
from hotline.telephony.simulator.call import Call, CallResult
from hotline.telephony.simulator.caller import DIAL_RESULTS, Caller
from hotline.telephony.simulator.errors import SimulatorError
from hotline.telephony.simulator.faults import NO_FAULTS, Faults
from hotline.telephony.simulator.messages import follow_replies, inbound_params
from hotline.telephony.simulator.sids import new_sid
from hotline.telephony.simulator.transport import RequestsTransport, Transport, Unreachable
from hotline.telephony.simulator.twiml import TwimlError
from hotline.telephony.simulator.webhooks import WEBHOOK_TIMEOUT_S, Sender, Webhook

API_PATH = "/simulator/twilio"
SMS_PATH, VOICE_PATH, STATUS_PATH = "/twilio/sms", "/twilio/voice", "/twilio/voice/status"


@dataclass(frozen=True, slots=True)
class SmsResult:
    """What came of a text; `status_code` is 0 and `error` tells why when no answer came."""

    status_code: int
    reply_texts: list[str]
    message_sid: str
    error: str = ""


class SimulatedPhone:
    """Any number of residents' phones, and the provider between them and the hotline at `base_url`.

    `connect_url` is where the hotline is reached when that differs from the public address that is signed.
    """

    def __init__(
        self,
        account: SimulatedAccount,
        base_url: str,
        http: Transport | None = None,
        *,
        connect_url: str = "",
        api_url: str = "",
        timeout_s: float = WEBHOOK_TIMEOUT_S,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._account = account
        self._base_url = base_url.rstrip("/")
        self._connect_url = connect_url.rstrip("/")
        self._api_url = api_url.rstrip("/") or self._base_url + API_PATH
        self._http = http or RequestsTransport()
        self._timeout_s = timeout_s
        self._wait = wait

    def send_sms(
        self,
        from_: str,
        body: str,
        media: Sequence[tuple[str, bytes]] = (),
        faults: Faults = NO_FAULTS,
    ) -> SmsResult:
        """Text the hotline; `media` holds content type and bytes of each picture."""
        account, sender = self._account, self._sender(faults)
        sid = new_sid("MM" if media else "SM")
        items = [account.add_media(sid, content_type, content) for content_type, content in media]
        message = account.add_message(
            from_=from_,
            to=account.number,
            body=body,
            direction="inbound",
            status="received",
            media=len(items),
            sid=sid,
        )
        folder = f"{self._api_url}/2010-04-01/Accounts/{account.account_sid}/Messages/{sid}/Media"
        params = inbound_params(
            account, message, [(i["content_type"], f"{folder}/{i['sid']}") for i in items]
        )
        webhook = Webhook("sms", "POST", self._base_url + SMS_PATH, params)
        status = 0
        try:
            answer = sender.send(webhook)
            status = answer.status
            replies = follow_replies(sender, webhook, answer)
        except (Unreachable, TwimlError) as problem:
            return SmsResult(status, [], sid, str(problem))
        finally:
            sender.finish()
        for to, text in replies:
            account.add_message(
                from_=account.number,
                to=to or from_,
                body=text,
                direction="outbound-reply",
                status="delivered",
            )
        return SmsResult(status, [text for _, text in replies], sid)

    def call(
        self,
        from_: str,
        audio_file: Path | bytes | None = None,
        *,
        digits: str = "",
        hang_up: bool = False,
        hang_up_after_s: float | None = None,
        dial: str = "no-answer",
        more: Sequence[Path | bytes] = (),
        faults: Faults = NO_FAULTS,
    ) -> CallResult:
        """Call the hotline and speak the file (None is silence); raises SimulatorError for what is no audio.

        `hang_up` ends the call with the last word, `hang_up_after_s` after so many seconds of the last speech.
        `more` is said in recordings after the first; `dial` may name what several people do: "busy,answered".
        """
        if set(digits) - set("0123456789*#wh"):
            raise SimulatorError(
                f"keys {digits!r}: use 0-9, * and #, w to let a menu time out, h to hang up at one"
            )
        answers = dial.split(",")
        if set(answers) - set(DIAL_RESULTS):
            raise SimulatorError(f"dial result {dial!r}: use one of {', '.join(DIAL_RESULTS)}")
        words = _speech(audio_file) if audio_file is not None else array("h")
        if hang_up and hang_up_after_s is None:
            hang_up_after_s = float("inf")
        return Call(
            self._account,
            self._sender(faults),
            from_,
            Caller(words, digits, hang_up_after_s, answers, [_speech(one) for one in more]),
            voice_url=self._base_url + VOICE_PATH,
            status_url=self._base_url + STATUS_PATH,
            api_url=self._api_url,
            faults=faults,
        ).run()

    def _sender(self, faults: Faults) -> Sender:
        return Sender(
            self._account,
            self._http,
            public_url=self._base_url,
            connect_url=self._connect_url,
            faults=faults,
            timeout_s=self._timeout_s,
            wait=self._wait,
        )


def _speech(source: Path | bytes) -> array[int]:
    return audio.read_speech(source.read_bytes() if isinstance(source, Path) else source)
