"""Signed requests from the simulated provider to the hotline."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit, urlunsplit

from twilio.request_validator import RequestValidator

from hotline.telephony.simulator.account import SimulatedAccount
from hotline.telephony.simulator.faults import NO_FAULTS, Faults
from hotline.telephony.simulator.transport import Answer, Transport, Unreachable

# Twilio, "Webhooks: Connection Overrides": total time 15,000 ms at most.
WEBHOOK_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Webhook:
    """One request to be made: the same content, token and signature however often it is repeated."""

    kind: str
    method: str
    url: str
    params: Mapping[str, str]
    token: str = field(default_factory=lambda: str(uuid.uuid4()))


class Sender:
    """Signs, sends and logs the requests of one message or call, repeating and losing them as its faults say."""

    def __init__(
        self,
        account: SimulatedAccount,
        transport: Transport,
        *,
        public_url: str,
        connect_url: str = "",
        faults: Faults = NO_FAULTS,
        timeout_s: float = WEBHOOK_TIMEOUT_S,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._account = account
        self._transport = transport
        self._public_url = public_url
        self._connect_url = connect_url or public_url
        self._faults = faults
        self._timeout_s = timeout_s
        self._wait = wait
        self._late: list[Webhook] = []
        self._answers_to_lose = faults.lost_answers
        self._sent = 0

    def send(self, webhook: Webhook) -> Answer:
        """Deliver a request, with its repetitions, and return the first answer.

        Raises Unreachable when no answer came in time.
        """
        self._sent += 1
        if self._sent == self._faults.lost_request_at:
            raise Unreachable("the request was lost on the way (by a fault)")
        try:
            answer = self._send_once(webhook)
            if self._answers_to_lose or self._sent == self._faults.lost_answer_at:
                self._answers_to_lose = max(0, self._answers_to_lose - 1)
                raise Unreachable("no answer within the time allowed (lost by a fault)")
            return answer
        finally:
            for _ in range(self._faults.repeat):
                if self._faults.repeat_late:
                    self._late.append(webhook)
                else:
                    self._repeat(webhook)

    def notify(self, webhook: Webhook) -> None:
        """Deliver an asynchronous callback, whose answer nobody reads; it may be dropped or delayed."""
        if webhook.kind in self._faults.drop:
            return
        if self._faults.delay_s:
            self._wait(self._faults.delay_s)
        self._repeat(webhook)
        for _ in range(self._faults.repeat):
            if self._faults.repeat_late:
                self._late.append(webhook)
            else:
                self._repeat(webhook)

    def finish(self) -> None:
        """Deliver the repetitions that were kept for after the end."""
        late, self._late = self._late, []
        for webhook in late:
            self._repeat(webhook)

    def _repeat(self, webhook: Webhook) -> None:
        try:
            self._send_once(webhook)
        except Unreachable:
            return  # logged; Twilio does not retry a callback that nobody answered

    def _send_once(self, webhook: Webhook) -> Answer:
        url, form = webhook.url, dict(webhook.params)
        if webhook.method == "GET":
            url, form = _with_query(url, form), {}
        headers = {
            "X-Twilio-Signature": RequestValidator(self._account.auth_token).compute_signature(url, form),
            "I-Twilio-Idempotency-Token": webhook.token,
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        entry = {
            "kind": webhook.kind,
            "method": webhook.method,
            "url": webhook.url,
            "params": dict(webhook.params),
            "token": webhook.token,
        }
        try:
            answer = self._transport.request(
                webhook.method, self._connectable(url), form, headers, self._timeout_s
            )
        except Unreachable as error:
            self._account.log_delivery(entry | {"error": str(error)})
            raise
        self._account.log_delivery(entry | {"status": answer.status})
        return answer

    def _connectable(self, url: str) -> str:
        """The address to connect to: the signature is of the public URL, which may be out of reach from here."""
        if url.startswith(self._public_url):
            return self._connect_url + url.removeprefix(self._public_url)
        return url


def _with_query(url: str, params: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(params))))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
