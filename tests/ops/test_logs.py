"""Logs hold ids only, whoever writes them, in both formats."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LOG = """
import logging, structlog
from hotline import logs
logs.configure({{"LOG_FORMAT": {form!r}}})
log = structlog.get_logger("jobs")
log.info("tip_stored", tip="5b0a1f9e-0000-4000-8000-000000000001", body="canh bac o quan nuoc", sender="+84900000012")
logging.getLogger("twilio.http_client").error("The 'To' number %s is not a valid number", "+84900000012")
try:
    raise ValueError("cannot send to 0900 000 012 and 0900000012")
except ValueError:
    log.exception("send_failed", message_id=7)
logging.getLogger("rq.worker").info("default: workers.jobs.triage_tip('x')")
"""


def logged(form: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", LOG.format(form=form)], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_that_names_a_person_is_logged(form):
    text = logged(form)
    for private in ("canh bac", "+84900000012", "0900000012", "0900 000 012"):
        assert private not in text
    for kept in ("tip_stored", "5b0a1f9e-0000-4000-8000-000000000001", "is not a valid number", "ValueError"):
        assert kept in text
    assert "triage_tip" not in text


def test_json_lines_say_what_was_refused():
    events = [json.loads(line) for line in logged("json").splitlines()]
    assert events[0]["event"] == "tip_stored"
    assert events[0]["refused"] == ["body", "sender"]
    assert events[0]["level"] == "info"
    assert events[0]["timestamp"].endswith("Z")
