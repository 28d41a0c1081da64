"""The page with a phone: text and call the hotline from a browser, while no real provider is configured."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from hotline.telephony.simulator.account import SimulatedAccount
from hotline.telephony.simulator.client import SimulatedPhone
from hotline.telephony.simulator.codes import tip_code
from hotline.telephony.simulator.errors import SimulatorError
from hotline.telephony.simulator.phone_texts import TEXTS

# Twenty minutes of 8 kHz WAV, or two and a half hours of MP3: far beyond any voicemail.
LARGEST_UPLOAD = 20 * 1024 * 1024
LONGEST_SENDER = 20
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
DEFAULT_NUMBER = "0900 000 012"

Outcome = dict[str, Any]


class Refused(Exception):
    """The form cannot be used; the argument is the key of the text that says why."""


def phone_page(account: SimulatedAccount, public_url: str, *, connect_url: str = "") -> Blueprint:
    """GET and POST `/phone`; texts and calls go over real HTTP to the hotline at `public_url`.

    `connect_url` is where this machine reaches the hotline when that differs from its public address.
    """
    page = Blueprint(
        "simulator_phone",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/phone/static",
    )

    @page.url_value_preprocessor
    def allow_uploads(endpoint: str | None, values: dict[str, Any] | None) -> None:
        # Runs before every before_request function, one of which (CSRF) already reads the form.
        request.max_content_length = LARGEST_UPLOAD

    @page.errorhandler(RequestEntityTooLarge)
    def too_large(error: RequestEntityTooLarge) -> Any:
        outcome = {"error": _texts()["too_large"]}
        return (jsonify(outcome) if _in_script() else _page(account, DEFAULT_NUMBER, outcome)), 413

    @page.get("/phone")
    def show() -> str:
        return _page(account, request.args.get("number", DEFAULT_NUMBER), None)

    @page.get("/phone/thread")
    def thread() -> Response:
        return jsonify(messages=_thread(account, request.args.get("number", "")))

    @page.post("/phone")
    def act() -> Any:
        try:
            number = _number(request.form.get("number", ""))
            phone = SimulatedPhone(account, public_url, connect_url=connect_url)
            is_call = request.form.get("do") == "call"
            outcome = _call(phone, number) if is_call else _text(phone, number)
        except Refused as refusal:
            outcome = {"error": _texts()[str(refusal)]}
        status = 400 if outcome.get("error") and "said" not in outcome else 200
        if _in_script():
            return jsonify(outcome), status
        typed = request.form.get("number", DEFAULT_NUMBER) if status == 200 else DEFAULT_NUMBER
        if status == 200 and "said" not in outcome:
            return redirect(url_for(".show", number=typed, lang=_lang()), 303)
        return _page(account, typed, outcome), status

    return page


def _text(phone: SimulatedPhone, number: str) -> Outcome:
    body = request.form.get("text", "").strip()
    pictures = [file for file in request.files.getlist("media") if file.filename]
    if not body and not pictures:
        raise Refused("bad_text")
    result = phone.send_sms(number, body, [(_type(picture), picture.read()) for picture in pictures])
    if result.error:
        return {"error": f"{_texts()['failed']}: {result.error}"}
    return {"replies": result.reply_texts, "code": tip_code(result.reply_texts), "error": ""}


def _call(phone: SimulatedPhone, number: str) -> Outcome:
    keys = request.form.get("digits", "").replace(" ", "")
    if set(keys) - set("0123456789*#wh"):
        raise Refused("bad_keys")
    file = request.files.get("audio")
    voice = file.read() if file and file.filename else None
    try:
        result = phone.call(number, voice, digits=keys, hang_up="hang_up" in request.form)
    except SimulatorError as error:
        raise Refused("bad_audio") from error
    texts = _texts()
    status = texts.get(f"status_{result.final_status}", result.final_status)
    return {
        "said": result.said,
        "code": tip_code(result.said),
        "status": status.replace("{s}", str(result.duration_s)),
        "recordings": result.recording_sids,
        "error": f"{texts['failed']}: {result.error}" if result.error else "",
    }


def _page(account: SimulatedAccount, number: str, outcome: Outcome | None) -> str:
    lang = _lang()
    return render_template(
        "simulator/phone.html",
        t=TEXTS[lang],
        lang=lang,
        other_lang="en" if lang == "vi" else "vi",
        number=number,
        hotline_number=account.number,
        messages=_thread(account, number),
        outcome=outcome,
        keys=KEYS,
    )


def _thread(account: SimulatedAccount, typed: str) -> list[dict[str, str]]:
    try:
        number = _number(typed)
    except Refused:
        return []
    texts = _texts()
    return [
        {
            "from": "resident" if message["direction"] == "inbound" else "hotline",
            "text": message["body"],
            "media": message["num_media"],
            "state": texts.get(message["status"], str(message["status"])),
            "sid": message["sid"],
        }
        for message in account.thread(number)
    ]


def _number(typed: str) -> str:
    """As the network would give it: 0900 000 012 is +84900000012; names and short codes stay as they are."""
    number = "".join(typed.split())
    if not number or len(number) > LONGEST_SENDER:
        raise Refused("bad_number")
    if number.startswith("0") and number.isdigit() and len(number) > 8:
        return "+84" + number[1:]
    return number


def _type(file: FileStorage) -> str:
    return file.mimetype or "application/octet-stream"


def _in_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _lang() -> str:
    given = request.args.get("lang", "vi")
    return given if given in TEXTS else "vi"


def _texts() -> dict[str, str]:
    return TEXTS[_lang()]
