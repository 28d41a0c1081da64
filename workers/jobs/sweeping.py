"""The sweep: whatever a lost hint, a dead worker or a silent provider left lying is taken up again."""

from __future__ import annotations

import uuid

import structlog

from hotline.clock import utcnow
from hotline.errors import ProviderError
from hotline.models import Call
from hotline.services import alarms, components, outbound, recordings, triage, work
from workers.jobs.handling import enqueue
from workers.jobs.triage import climb_alarm
from workers.runtime import parts, provider

log = structlog.get_logger()

# One sweep takes at most this many rows of a kind: the next comes half a minute later.
SWEEP_LIMIT = 500
# Each is a request to the provider, which may answer slowly or not at all while other jobs wait for it.
ASK_LIMIT = 50


def sweep() -> None:
    """Enqueue what never reached the queue or lost its worker, climb alarms, and ask for recordings nobody announced."""
    now = utcnow()
    queue = parts().queue.repeating(now)
    with parts().database.begin() as session:
        outbound.interrupted(session, now)
        alarms.interrupted(session, now)
    with parts().database.reading() as session:
        found = {task: work.due(session, task, now, SWEEP_LIMIT) for task in work.TASKS}
        tips = triage.waiting(session, SWEEP_LIMIT)
        ringing = alarms.due(session, now, SWEEP_LIMIT)
        calls = recordings.calls_to_reconcile(session, now, ASK_LIMIT)
        speech = components.state(session, components.SPEECH, now)
    for task, row_ids in found.items():
        if task is work.TRANSCRIBE and not speech.ready:
            continue  # nobody would take the jobs; they are found again when the model is there
        for row_id in row_ids:
            enqueue(queue, task, row_id)
    for tip_id in tips:
        queue.triage(tip_id)
    for tip_id in ringing:
        # Not left to a hint: somebody is called also while the queue is away.
        climb_alarm(str(tip_id))
    for call_id in calls:
        queue.reconcile_call(call_id)


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
