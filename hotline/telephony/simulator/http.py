"""The provider's REST API over the simulated account, with Twilio's paths, answers and errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hmac import compare_digest
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, redirect, request, url_for
from werkzeug.serving import make_server

from hotline.clock import utcnow
from hotline.telephony.simulator import audio
from hotline.telephony.simulator.account import Record, SimulatedAccount
from hotline.telephony.simulator.faults import Faults
from hotline.telephony.simulator.messages import report_delivery
from hotline.telephony.simulator.sids import is_sid, rfc2822
from hotline.telephony.simulator.spoilt import spoilt
from hotline.telephony.simulator.transport import RequestsTransport, Transport
from hotline.telephony.simulator.twiml import LONGEST_MESSAGE
from hotline.telephony.simulator.webhooks import Sender

PREFIX = "/simulator/twilio"
API = "/2010-04-01/Accounts/<account_sid>"

Work = Callable[[], None]


def in_background(work: Work) -> None:
    """Run something after the answer, in a thread of its own."""
    threading.Thread(target=work, daemon=True, name="simulated-delivery").start()


class ApiError(Exception):
    """A refusal in Twilio's form (Twilio, "Twilio's Response": code, message, more_info, status)."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def simulator_api(
    account: SimulatedAccount,
    *,
    callbacks: Transport | None = None,
    background: Callable[[Work], None] = in_background,
    wait: Callable[[float], object] = time.sleep,
) -> Blueprint:
    """The API under /simulator/twilio; it checks the account's credentials itself and needs no login or CSRF token.

    `callbacks` carries the status callbacks of messages, `background` runs them after the answer.
    """
    api = Blueprint("simulator_api", __name__, url_prefix=PREFIX)

    @api.before_request
    def authenticate() -> None:
        if request.endpoint == f"{api.name}.stored_media":
            return  # like the real storage, opened by whoever was redirected to it
        given = request.authorization
        user, password = (given.username or "", given.password or "") if given else ("", "")
        known = compare_digest(user.encode(), account.account_sid.encode())
        if not (known and compare_digest(password.encode(), account.auth_token.encode())):
            raise ApiError(401, 20003, "Authenticate")
        if (request.view_args or {}).get("account_sid") != account.account_sid:
            raise ApiError(404, 20404, f"The requested resource {_resource()} was not found")

    @api.errorhandler(ApiError)
    def refuse(error: ApiError) -> Response:
        answer = jsonify(
            code=error.code,
            message=str(error),
            more_info=f"https://www.twilio.com/docs/errors/{error.code}",
            status=error.status,
        )
        answer.status_code = error.status
        if error.status == 401:
            answer.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        return answer

    @api.get(f"{API}.json")
    def fetch_account(account_sid: str) -> Response:
        return jsonify(
            sid=account_sid,
            friendly_name="Simulator",
            status="active",
            type="Full",
            uri=f"/2010-04-01/Accounts/{account_sid}.json",
        )

    @api.post(f"{API}/Messages.json")
    def create_message(account_sid: str) -> tuple[Response, int]:
        to, from_, body = _checked_message(account, request.form)
        fault, faults = account.next_send_fault(), account.armed()
        if fault == "500":
            raise ApiError(500, 20500, "Internal Server Error")
        if fault == "429":
            raise ApiError(429, 20429, "Too Many Requests")
        message = account.add_message(
            from_=from_,
            to=to,
            body=body,
            direction="outbound-api",
            status="queued",
            callback=request.form.get("StatusCallback", ""),
        )
        background(_delivery(account, message, faults, callbacks or RequestsTransport(), wait))
        if fault == "timeout":
            wait(faults.stall_s)
            raise ApiError(504, 20504, "Gateway Timeout")
        return jsonify(_message_json(account, message)), 201

    @api.get(f"{API}/Messages/<sid>.json")
    def fetch_message(account_sid: str, sid: str) -> Response:
        return jsonify(_message_json(account, _found(account, "messages", sid, "(SM|MM)")))

    @api.get(f"{API}/Calls/<sid>.json")
    def fetch_call(account_sid: str, sid: str) -> Response:
        call = _found(account, "calls", sid, "CA")
        path = f"/2010-04-01/Accounts/{account_sid}/Calls/{sid}.json"
        return jsonify(call | {"account_sid": account_sid, "direction": "inbound", "uri": path})

    @api.get(f"{API}/Calls/<call_sid>/Recordings.json")
    def list_recordings_of_call(account_sid: str, call_sid: str) -> Response:
        of_call = [one for one in account.all("recordings") if one["call_sid"] == call_sid]
        path = f"/2010-04-01/Accounts/{account_sid}/Calls/{call_sid}/Recordings.json"
        return jsonify(
            recordings=[_recording_json(account, one) for one in of_call],
            page=0,
            page_size=50,
            start=0,
            end=max(0, len(of_call) - 1),
            uri=path,
            first_page_uri=path,
            next_page_uri=None,
            previous_page_uri=None,
        )

    @api.get(f"{API}/Recordings/<sid>.json")
    def fetch_recording(account_sid: str, sid: str) -> Response:
        return jsonify(_recording_json(account, _found(account, "recordings", sid, "RE")))

    @api.get(f"{API}/Recordings/<sid>")
    @api.get(f"{API}/Recordings/<sid>.<any(wav, mp3):extension>")
    def fetch_recording_audio(account_sid: str, sid: str, extension: str = "wav") -> Response:
        recording = _found(account, "recordings", sid, "RE")
        wav = account.content("recordings", sid)
        if wav is None:
            raise ApiError(404, 20404, f"The requested resource {_resource()} was not found")
        content = wav if extension == "wav" else audio.wav_to_mp3(wav)
        content_type = "audio/x-wav" if extension == "wav" else "audio/mpeg"
        faults = Faults.from_json(recording["faults"])
        fault = faults.recording_fault(account.count("recordings", sid, "fetches"))
        if fault == "404":
            raise ApiError(404, 20404, f"The requested resource {_resource()} was not found")
        return spoilt(fault, content, content_type, lambda: wait(faults.stall_s))

    @api.delete(f"{API}/Recordings/<sid>")
    @api.delete(f"{API}/Recordings/<sid>.json")
    def delete_recording(account_sid: str, sid: str) -> tuple[str, int]:
        recording = _found(account, "recordings", sid, "RE")
        faults = Faults.from_json(recording["faults"])
        if faults.delete_fault(account.count("recordings", sid, "deletes")):
            raise ApiError(500, 20500, "Internal Server Error")
        account.delete("recordings", sid)
        return "", 204

    @api.get(f"{API}/Messages/<message_sid>/Media/<sid>")
    def fetch_media(account_sid: str, message_sid: str, sid: str) -> Any:
        media = _found(account, "media", sid, "ME")
        if media["parent_sid"] != message_sid:
            raise ApiError(404, 20404, f"The requested resource {_resource()} was not found")
        return redirect(url_for(".stored_media", sid=sid), 307)

    @api.get("/storage/<sid>")
    def stored_media(sid: str) -> Response:
        media = _found(account, "media", sid, "ME")
        return Response(account.content("media", sid), content_type=media["content_type"])

    @api.delete(f"{API}/Messages/<message_sid>/Media/<sid>.json")
    def delete_media(account_sid: str, message_sid: str, sid: str) -> tuple[str, int]:
        _found(account, "media", sid, "ME")
        account.delete("media", sid)
        return "", 204

    return api


@contextmanager
def serve(account: SimulatedAccount, port: int = 0) -> Iterator[str]:
    """A server of its own for the API, for tests: yields the address to use as TWILIO_API_BASE."""
    app = Flask(__name__)
    app.register_blueprint(simulator_api(account))
    server = make_server("127.0.0.1", port, app, threaded=True)
    # A short poll, so that closing takes 20 ms instead of half a second.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True, name="simulated-api")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _checked_message(account: SimulatedAccount, form: Any) -> tuple[str, str, str]:
    to, from_, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
    if not to:
        raise ApiError(400, 21604, "A 'To' phone number is required.")
    if not from_:
        raise ApiError(400, 21603, "A 'From' phone number is required.")
    if not body:
        raise ApiError(400, 21602, "Message body is required.")
    if not (to.startswith("+") and to[1:].isascii() and to[1:].isdigit() and 8 <= len(to) <= 16):
        raise ApiError(400, 21211, f"Invalid 'To' Phone Number: {to}")
    if from_ != account.number:
        raise ApiError(400, 21606, f"The 'From' phone number {from_} is not a valid phone number of yours")
    if len(body) > LONGEST_MESSAGE:
        raise ApiError(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    return to, from_, body


def _delivery(
    account: SimulatedAccount,
    message: Record,
    faults: Faults,
    transport: Transport,
    wait: Callable[[float], object],
) -> Work:
    sender = Sender(account, transport, public_url="", faults=faults, wait=wait)
    return lambda: report_delivery(account, sender, message, faults)


def _found(account: SimulatedAccount, kind: str, sid: str, prefix: str) -> Record:
    record = account.get(kind, sid) if is_sid(sid, prefix) else None
    if record is None:
        raise ApiError(404, 20404, f"The requested resource {_resource()} was not found")
    return record


def _resource() -> str:
    return request.path.removeprefix(PREFIX)


def _message_json(account: SimulatedAccount, message: Record) -> Record:
    path = f"/2010-04-01/Accounts/{account.account_sid}/Messages/{message['sid']}"
    code = message["error_code"]
    return {
        "sid": message["sid"],
        "account_sid": account.account_sid,
        "api_version": "2010-04-01",
        "body": message["body"],
        "date_created": message["date_created"],
        "date_sent": None,
        "date_updated": rfc2822(utcnow()),
        "direction": message["direction"],
        "error_code": code,
        "error_message": f"See https://www.twilio.com/docs/errors/{code}" if code else None,
        "from": message["from"],
        "messaging_service_sid": None,
        "num_media": message["num_media"],
        "num_segments": message["num_segments"],
        "price": None,
        "price_unit": "USD",
        "status": message["status"],
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": message["to"],
        "uri": f"{path}.json",
    }


def _recording_json(account: SimulatedAccount, recording: Record) -> Record:
    path = f"/2010-04-01/Accounts/{account.account_sid}/Recordings/{recording['sid']}"
    return {
        "sid": recording["sid"],
        "account_sid": account.account_sid,
        "api_version": "2010-04-01",
        "call_sid": recording["call_sid"],
        "channels": 1,
        "date_created": recording["date_created"],
        "duration": recording["duration"],
        "error_code": recording["error_code"],
        "source": "RecordVerb",
        "start_time": recording["start_time"],
        "status": recording["status"],
        "uri": f"{path}.json",
    }
