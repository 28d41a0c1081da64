"""Logs and failed jobs hold ids, types and places only, whoever writes them, in both formats."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from hotline import logs
from hotline.errors import ProviderError

ROOT = Path(__file__).parents[2]

LOG = """
import logging, structlog, traceback
from flask import Flask
from hotline import logs
logs.configure({{"LOG_FORMAT": {form!r}}})
log = structlog.get_logger("jobs")
log.info("tip_stored", tip="5b0a1f9e-0000-4000-8000-000000000001", body="canh bac o quan nuoc", sender="+84900000012")
logging.getLogger("twilio.http_client").error("The 'To' number %s is not a valid number", "+84900000012")
try:
    raise ValueError("cannot send to 0900 000 012 and 0900000012")
except ValueError:
    log.exception("send_failed", message_id=7)
words = "canh bac o quan nuoc"
app = Flask("hotline")
@app.get("/tips")
def failing_view():
    raise KeyError(words)
app.test_client().get("/tips")
try:
    try:
        raise LookupError(words)
    except LookupError as cause:
        raise RuntimeError(words + "\\n" + words) from cause
except RuntimeError as error:
    logging.getLogger("gunicorn.error").error("the worker stopped: %s", error)
    logging.getLogger("gunicorn.error").error(error)
    logging.getLogger("gunicorn.error").error("Exception in worker\\n" + traceback.format_exc(), stack_info=True)
    logging.getLogger("rq.worker").error("failed %(error)s", {{"error": error}}, exc_info=True)
    log.error("put_off", error=error)
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
    for kept in (
        "tip_stored", "5b0a1f9e-0000-4000-8000-000000000001", "is not a valid number", "ValueError at <string>:",
        "Exception on /tips [GET]", "KeyError at <string>:", "failing_view", "flask/app.py:",
        "the worker stopped: RuntimeError at <string>:", "from LookupError",
    ):  # fmt: skip
        assert kept in text
    assert "triage_tip" not in text


def test_json_lines_say_what_was_refused():
    events = [json.loads(line) for line in logged("json").splitlines()]
    assert events[0]["event"] == "tip_stored"
    assert events[0]["refused"] == ["body", "sender"]
    assert events[0]["level"] == "info"
    assert events[0]["timestamp"].endswith("Z")


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "described"),
    [
        (ValueError("canh bac"), "ValueError"),
        (raised(KeyError("canh bac")), f"KeyError at tests/ops/test_logs.py:{raised.__code__.co_firstlineno + 2} raised"),
        (ProviderError("the provider answered HTTP 503", permanent=False), "ProviderError: the provider answered HTTP 503"),
    ],
)  # fmt: skip
def test_an_error_is_described_by_type_and_place(error, described):
    assert logs.describe(error) == described


WORKER = """
import sys
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from hotline import logs
from workers.worker import HotlineWorker
logs.configure({"LOG_FORMAT": "json"})
queue = Queue("default", connection=Redis.from_url(sys.argv[1]), serializer=JSONSerializer)
HotlineWorker([queue], serializer=JSONSerializer).work(burst=True, logging_level="WARNING")
"""


def fail(_tip_id: str) -> None:
    raise ValueError("canh bac o quan nuoc")


def test_a_failed_job_is_kept_without_the_message_of_its_error(valkey_url):
    with Redis.from_url(valkey_url) as redis:
        queue = Queue("default", connection=redis, serializer=JSONSerializer)
        job = queue.enqueue(fail, "5b0a1f9e-0000-4000-8000-000000000001", failure_ttl=60)
        done = subprocess.run(
            [sys.executable, "-c", WORKER, valkey_url], cwd=ROOT, capture_output=True, text=True, check=True
        )
        kept = job.latest_result().exc_string
    [event] = [json.loads(line) for line in done.stderr.splitlines()]
    for text in (kept, event["event"]):
        assert "ValueError at tests/ops/test_logs.py:" in text
        assert "canh bac" not in text
    assert job.id in event["event"]
