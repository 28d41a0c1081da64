"""The sweep: whatever a lost hint, a dead worker or a silent provider left lying is taken up again."""

from __future__ import annotations

import structlog

from hotline.backup_mark import last_backup
from hotline.clock import utcnow
from hotline.errors import HotlineError
from hotline.services import alarms, components, outbound, provider_copies, recordings, triage, work
from hotline.services.calls import end_forgotten, forgotten
from hotline.services.provider_copies import Policy
from workers.jobs import reading_again
from workers.jobs.handling import enqueue
from workers.jobs.triage import climb_alarm
from workers.runtime import parts

log = structlog.get_logger()

# One sweep takes at most this many rows of a kind: the next comes half a minute later.
SWEEP_LIMIT = 500
# Each is a request to the provider, which may answer slowly or not at all while other jobs wait for it.
ASK_LIMIT = 50


def sweep() -> None:
    """Enqueue what never reached the queue or lost its worker, climb alarms, and ask for recordings nobody announced."""
    now, settings = utcnow(), parts().settings
    queue = parts().queue.repeating(now)
    with parts().database.begin() as session:
        outbound.interrupted(session, now)
        alarms.interrupted(session, now)
    with parts().database.reading() as session:
        found = {task: work.due(session, task, now, SWEEP_LIMIT) for task in work.TASKS}
        tips = triage.waiting(session, SWEEP_LIMIT)
        ringing = alarms.due(session, now, SWEEP_LIMIT)
        calls = recordings.calls_to_reconcile(session, now, ASK_LIMIT)
        without_tip = forgotten(session, now, SWEEP_LIMIT)
        removable = provider_copies.removable(
            session, Policy(settings.provider_copy), last_backup(settings.data_dir, now), ASK_LIMIT
        )
        speech = components.state(session, components.SPEECH, now)
    if removable:
        with parts().database.begin() as session:
            found[work.DELETE_COPY] = provider_copies.plan(session, removable)
    for task, row_ids in found.items():
        if task is work.TRANSCRIBE and not speech.ready:
            continue  # nobody would take the jobs; they are found again when the model is there
        for row_id in row_ids:
            enqueue(queue, task, row_id)
    if speech.ready:
        reading_again.offer(queue, now)
    for tip_id in tips:
        queue.triage(tip_id)
    for tip_id in ringing:
        # Not left to a hint: somebody is called also while the queue is away.
        climb_alarm(str(tip_id))
    for call_id in calls:
        queue.reconcile_call(call_id)
    for call_id in without_tip:
        try:
            with parts().database.begin() as session:
                end_forgotten(session, call_id, now)
        except HotlineError as error:  # such as a number that no key opens: the other calls have their tips
            log.error("call_not_ended", call_id=str(call_id), reason=type(error).__name__)
