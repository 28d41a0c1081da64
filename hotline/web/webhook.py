"""What all of Twilio's webhooks share: who may post, how failures are told, and storing before answering."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from flask import Blueprint, Response, abort, request
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from hotline.context import parts
from hotline.telephony import twilio

log = structlog.get_logger()
T = TypeVar("T")

# A webhook has some dozens of short fields; the longest text is 1,600 characters.
BODY_MAX = 64 * 1024
# Two processes may store the same thing at the same moment; the loser then finds it stored.
COLLISION_TRIES = 3


def guarded(name: str, url_prefix: str) -> Blueprint:
    """A blueprint of webhooks: everything in it is signed by Twilio, or refused before it is looked at."""
    blueprint = Blueprint(name, __name__, url_prefix=url_prefix)
    blueprint.before_request(only_twilio)
    blueprint.register_error_handler(ValueError, not_understood)
    blueprint.register_error_handler(DBAPIError, not_stored)
    return blueprint


def only_twilio() -> None:
    """Refuse what Twilio did not sign: 403, and nothing is stored."""
    request.max_content_length = BODY_MAX
    path = request.full_path if request.query_string else request.path
    signature = request.headers.get("X-Twilio-Signature", "")
    if not twilio.Webhooks(parts().settings).is_signed(path, request.form, signature):
        log.warning("webhook_refused", path=request.path, signed=bool(signature))
        abort(403)


def not_understood(_error: ValueError) -> Response:
    """Signed, but without the fields that Twilio always sends."""
    log.error("webhook_not_understood", path=request.path)
    return Response("the request lacks fields that a Twilio webhook has", 400, mimetype="text/plain")


def not_stored(error: DBAPIError) -> Response:
    """Nothing was acknowledged: Twilio goes to the number's fallback, and the log says what to mend."""
    full = "full" in str(error.orig).lower()
    advice = "free disk space in DATA_DIR" if full else "mend the database that DATABASE_URL names"
    log.critical("webhook_not_stored", path=request.path, error=type(error.orig).__name__, advice=advice)
    return Response("the hotline cannot store anything now", 503, mimetype="text/plain")


def stored(work: Callable[[Session], T], tries: int = COLLISION_TRIES) -> T:
    """Do the work in one transaction, again when another process was first to store the same thing."""
    try:
        with parts().database.begin() as session:
            return work(session)
    except IntegrityError:
        if tries == 1:
            raise
        return stored(work, tries - 1)


def twiml(answer: str) -> Response:
    """An answer that Twilio follows."""
    return Response(answer, mimetype="text/xml")
