"""The jobs: claim in a short transaction, do with none open, record in a short transaction.

Each takes the id of a row, may run twice or be killed at any line, and changes nothing the second time. The queue
knows them by the names of this package (hotline/queue.py).
"""

from workers.jobs.cleaning import remove_abandoned
from workers.jobs.copies import delete_copy
from workers.jobs.fetching import fetch_attachment, fetch_recording
from workers.jobs.reading_again import read_again
from workers.jobs.reconciling import reconcile_call
from workers.jobs.sending import send_message, send_page
from workers.jobs.sweeping import sweep
from workers.jobs.transcribing import transcribe
from workers.jobs.triage import climb_alarm, preload, triage_tip

__all__ = [
    "climb_alarm",
    "delete_copy",
    "fetch_attachment",
    "fetch_recording",
    "preload",
    "read_again",
    "reconcile_call",
    "remove_abandoned",
    "send_message",
    "send_page",
    "sweep",
    "transcribe",
    "triage_tip",
]
