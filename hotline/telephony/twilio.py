"""Twilio: what its webhooks mean, whether they are its own, and its REST API.

Sources: twilio.com/docs/usage/webhooks/webhooks-security, .../messaging/guides/webhook-request,
.../voice/twiml#request-parameters, .../voice/twiml/record, .../voice/api/recording. Unknown fields are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from hotline.errors import ProviderError
from hotline.models.message import MessageState
from hotline.services.calls import CallNotice, RecordingNotice
from hotline.services.intake import InboundText
from hotline.services.outbound import INTERRUPTED
from hotline.settings import Settings

# Twilio shows a withheld number as a word, or as 266696687 ("ANONYMOUS" on a keypad).
WITHHELD = frozenset(
    {"", "anonymous", "restricted", "unknown", "unavailable", "private", "blocked", "+266696687", "266696687"}
)
CALL_ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
UNFINISHED = frozenset({"in-progress", "paused", "stopped", "processing"})
MESSAGE_STATES = {
    "queued": MessageState.SENDING,
    "sending": MessageState.SENDING,
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "undelivered": MessageState.FAILED,
    "failed": MessageState.FAILED,
}
# Twilio's own ids: two letters and 32 hexadecimal digits. Anything else must not reach a URL of ours.
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_MEDIA_SID = re.compile(r"/Media/([A-Z]{2}[0-9a-fA-F]{32})(?:$|[/?.])")
MEDIA_MAX = 10  # Twilio: up to 10 media a message
API_TIMEOUT_S = (5.0, 15.0)  # to connect, and between two pieces of data
TOO_MANY_REQUESTS = 429
GATEWAY_ERRORS = (502, 504)  # of something in between, which cannot tell what became of the request
DOWNLOAD_PIECE = 64 * 1024
NOT_THERE = "provider-404"


class Webhooks:
    """Tells Twilio's requests from others', by the SDK's own validator and the public URL."""

    def __init__(self, settings: Settings) -> None:
        self._validator = RequestValidator(settings.twilio_auth_token)
        self._public_url = settings.public_url

    def is_signed(self, path_and_query: str, form: Mapping[str, Any], signature: str) -> bool:
        """Whether the signature fits the public URL and the posted fields."""
        return bool(self._validator.validate(self._public_url + path_and_query, form, signature))


def inbound_text(form: Mapping[str, str]) -> InboundText:
    """The fields of an incoming message; raises ValueError when they are not Twilio's."""
    count = min(number(form.get("NumMedia")) or 0, MEDIA_MAX)
    found = [_attachment(form, index) for index in range(count)]
    return InboundText(
        provider_sid=sid(form.get("MessageSid")),
        sender=sender(form.get("From")),
        body=form.get("Body", ""),
        attachments=[attachment for attachment in found if attachment is not None],
    )


def call_notice(form: Mapping[str, str], kind: str, *, key: str = "") -> CallNotice:
    """The fields that every voice request has; raises ValueError when they are not Twilio's."""
    status = form.get("CallStatus", "")
    return CallNotice(
        provider_sid=sid(form.get("CallSid")),
        sender=sender(form.get("From")) if form.get("Direction", "inbound") == "inbound" else None,
        kind=kind,
        key=key,
        ended=status in CALL_ENDED,
        duration_s=number(form.get("CallDuration")),
    )


def recording_notice(form: Mapping[str, str]) -> RecordingNotice | None:
    """The recording that a request speaks of; None when it speaks of none, or of one still running."""
    if "RecordingSid" not in form or form.get("RecordingStatus") in ("in-progress", "paused"):
        return None
    return RecordingNotice(
        provider_sid=sid(form["RecordingSid"]),
        absent=form.get("RecordingStatus") == "absent",
        duration_s=number(form.get("RecordingDuration")),
        started_at=_moment(form.get("RecordingStartTime")),
    )


def sender(value: str | None) -> str | None:
    """Who wrote or rang, as given: a number, a short code or letters; None when withheld."""
    value = (value or "").strip()
    return None if value.lower() in WITHHELD else value


def sid(value: str | None) -> str:
    """A Twilio id, checked; raises ValueError for anything else."""
    if value is None or not _SID.fullmatch(value):
        raise ValueError("not a Twilio id")
    return value


def _attachment(form: Mapping[str, str], index: int) -> tuple[str, str] | None:
    # Only the id is taken from the URL: credentials are never sent to an address that a request names.
    found = _MEDIA_SID.search(form.get(f"MediaUrl{index}", ""))
    return (found.group(1), form.get(f"MediaContentType{index}", "")[:100]) if found else None


def _connected(error: requests.RequestException) -> bool:
    """Whether the request may have reached the other side before it failed."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return False
    cause = error.args[0] if error.args else None
    return not isinstance(getattr(cause, "reason", None), NewConnectionError)


def _moment(value: str | None) -> datetime | None:
    """A time as Twilio writes it (RFC 2822), in UTC; None for anything else."""
    try:
        moment = parsedate_to_datetime(value or "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def number(value: str | None) -> int | None:
    """A whole number as requests and answers write it; None for anything else."""
    return (
        int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 9 else None
    )


@dataclass(slots=True)
class TwilioDownload:
    """A response being streamed."""

    content_type: str
    _response: requests.Response

    def chunks(self) -> Iterator[bytes]:
        """The bytes as they arrive."""
        try:
            yield from self._response.iter_content(DOWNLOAD_PIECE)
        except requests.RequestException as error:
            raise ProviderError("provider-cut-off", permanent=False) from error


class TwilioProvider:
    """Twilio's REST API with the account's credentials."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._auth = (settings.twilio_account_sid, settings.twilio_auth_token)
        self._account_url = f"{settings.twilio_api_base}/2010-04-01/Accounts/{settings.twilio_account_sid}"
        self._client = Client(*self._auth, http_client=TwilioHttpClient(timeout=API_TIMEOUT_S[1]))
        self._client.api.base_url = settings.twilio_api_base

    def send_text(self, to: str, body: str, status_url: str) -> str:
        """POST Messages.json; a 4xx other than "too many" is permanent.

        So is an answer that never came: the text may have gone out, and must not go out twice.
        """
        try:
            message = self._client.messages.create(
                to=to, from_=self._settings.twilio_number, body=body, status_callback=status_url
            )
        except TwilioRestException as error:
            if error.status in GATEWAY_ERRORS:
                raise ProviderError(INTERRUPTED, permanent=True) from error
            permanent = 400 <= error.status < 500 and error.status != TOO_MANY_REQUESTS
            raise ProviderError(f"provider-{error.code or error.status}", permanent=permanent) from error
        except requests.RequestException as error:
            if _connected(error):
                raise ProviderError(INTERRUPTED, permanent=True) from error
            raise ProviderError("provider-unreachable", permanent=False) from error
        return str(message.sid)

    @contextmanager
    def recording(self, recording_sid: str) -> Iterator[TwilioDownload]:
        """GET Recordings/{sid}.wav; 404 is not permanent, because the file may not be ready yet."""
        with self._get(f"/Recordings/{sid(recording_sid)}.wav") as download:
            yield download

    @contextmanager
    def attachment(self, message_sid: str, attachment_sid: str) -> Iterator[TwilioDownload]:
        """GET Messages/{sid}/Media/{sid}, following its redirect (without our credentials) to the file."""
        with self._get(f"/Messages/{sid(message_sid)}/Media/{sid(attachment_sid)}") as download:
            yield download

    def recordings_of(self, call_sid: str) -> Sequence[RecordingNotice]:
        """GET Calls/{sid}/Recordings.json; raises ProviderError while one of them is not finished."""
        listed = self._json(f"/Calls/{sid(call_sid)}/Recordings.json", "recordings")
        if any(item["status"] in UNFINISHED for item in listed):
            raise ProviderError("provider-still-recording", permanent=False)
        return [
            RecordingNotice(
                sid(item["sid"]),
                item["status"] == "absent",
                number(str(item.get("duration"))),
                _moment(item.get("start_time")),
            )
            for item in listed
            if item["status"] in ("completed", "absent")
        ]

    def call_ended(self, call_sid: str) -> bool:
        """GET Calls/{sid}.json."""
        try:
            return self._json(f"/Calls/{sid(call_sid)}.json", "status") in CALL_ENDED
        except ProviderError as error:
            if str(error) == NOT_THERE:
                return True
            raise

    def delete_recording(self, recording_sid: str) -> None:
        """DELETE Recordings/{sid}.json, the recording's facts with its audio."""
        try:
            with self._request("DELETE", f"/Recordings/{sid(recording_sid)}.json"):
                pass
        except ProviderError as error:
            if str(error) != NOT_THERE:
                raise

    def _json(self, path: str, field: str) -> Any:
        with self._get(path) as download:
            try:
                return download._response.json()[field]
            except (ValueError, KeyError, requests.RequestException) as error:
                raise ProviderError("provider-answer-unreadable", permanent=False) from error

    @contextmanager
    def _get(self, path: str) -> Iterator[TwilioDownload]:
        with self._request("GET", path) as response:
            yield TwilioDownload(response.headers.get("Content-Type", ""), response)

    @contextmanager
    def _request(self, method: str, path: str) -> Iterator[requests.Response]:
        try:
            response = requests.request(
                method, self._account_url + path, auth=self._auth, timeout=API_TIMEOUT_S, stream=True
            )
        except requests.RequestException as error:
            raise ProviderError("provider-unreachable", permanent=False) from error
        with response:
            if response.status_code in (401, 403):
                raise ProviderError("provider-credentials", permanent=False)
            if response.status_code not in (200, 204):
                raise ProviderError(f"provider-{response.status_code}", permanent=False)
            yield response
