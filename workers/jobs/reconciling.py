"""Asking the provider what it recorded, so that no callback is needed for a recording to arrive."""

from __future__ import annotations

import uuid

import structlog

from hotline.clock import utcnow
from hotline.errors import ProviderError
from hotline.models import Call
from hotline.services import recordings
from workers.runtime import parts, provider

log = structlog.get_logger()


def reconcile_call(call_id: str) -> None:
    """Ask the provider what it recorded of a call that is over, and take over what no callback announced."""
    row_id = uuid.UUID(call_id)
    with parts().database.reading() as session:
        call = session.get_one(Call, row_id)
    try:
        if call.ended_at is None and not provider().call_ended(call.provider_sid):
            return
        known = provider().recordings_of(call.provider_sid)
    except ProviderError as error:
        log.warning("reconcile_failed", call_id=call_id, reason=str(error))  # the sweep asks again
        return
    with parts().database.begin() as session:
        to_fetch = recordings.reconcile(session, row_id, known, utcnow())
    for recording_id in to_fetch:
        parts().queue.fetch_recording(recording_id)
