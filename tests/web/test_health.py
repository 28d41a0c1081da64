"""What the process says of itself, with each part broken in turn."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hotline.clock import utcnow
from hotline.context import EXTENSION
from hotline.models import Tip
from hotline.queue import DEFAULT
from hotline.services import components
from tests.builders import count, receive
from tests.web.test_webhooks import text
from workers import jobs


@pytest.fixture
def healthy(database):
    """A hotline whose speech worker has just said that it is ready."""
    with database.begin() as session:
        components.report(session, components.SPEECH, "ready", utcnow(), model="m", demonstration=True)


def ready(client) -> tuple[int, dict[str, str]]:
    """The status, and the parts that are not well with their state."""
    answer = client.get("/readyz")
    checks = answer.get_json()["checks"]
    assert answer.get_json()["ready"] == all(c["ok"] for c in checks.values()) == (answer.status_code == 200)
    assert all(
        c["ok"] or c.get("advice") or c.get("message") or c["state"] == "not-running" for c in checks.values()
    )
    return answer.status_code, {name: check["state"] for name, check in checks.items() if not check["ok"]}


def test_a_healthy_hotline(client, healthy):
    assert client.get("/healthz").text == "ok\n"
    assert ready(client) == (200, {})
    assert client.get("/readyz").get_json()["checks"]["speech_model"]["model"] == "m"


def test_without_its_queue(client, healthy, valkey_server):
    with valkey_server.stopped():
        assert ready(client) == (503, {"queue": "ConnectionError"})
        assert client.get("/healthz").status_code == 200
    assert ready(client) == (200, {})


def test_with_a_queue_that_hangs(client, healthy, valkey_server):
    with valkey_server.frozen():
        assert ready(client) == (503, {"queue": "TimeoutError"})


def test_without_its_storage(client, healthy, settings):
    folder = settings.data_dir / "audio"
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("in the way")
    assert ready(client) == (503, {"storage": "StorageProblem"})
    folder.unlink()
    assert ready(client) == (200, {})


def test_without_its_database(client, healthy, settings):
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    client.application.extensions[EXTENSION].database.engine.dispose()
    for file in database.parent.glob("hotline.db*"):
        file.unlink()
    database.mkdir()
    status, bad = ready(client)
    assert status == 503
    assert bad == {"database": "OperationalError", "speech_model": "unknown", "oldest_waiting_tip": "unknown"}
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("state", ["model-missing", "model-broken"])
def test_without_a_speech_model(client, database, state):
    with database.begin() as session:
        components.report(session, components.SPEECH, state, utcnow(), message="put a model there")
    assert ready(client) == (503, {"speech_model": state})


def test_without_a_speech_worker(client, database):
    assert ready(client) == (503, {"speech_model": "not-running"})
    with database.begin() as session:
        components.report(session, components.SPEECH, "ready", utcnow() - timedelta(minutes=5))
    assert ready(client) == (503, {"speech_model": "not-running"})


def test_with_tips_that_no_worker_reads(client, healthy, database):
    with database.begin() as session:
        receive(session, at=utcnow() - timedelta(minutes=6))
    assert ready(client) == (503, {"oldest_waiting_tip": "late"})
    with database.begin() as session:
        session.execute(update(Tip).values(triaged=Tip.triage_wanted))
    assert ready(client) == (200, {})


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer chữ".encode().decode("latin-1")},
    ],
)
def test_metrics_need_the_token(client, header):
    assert client.get("/metrics", headers=header).status_code == 401


def test_metrics_count_and_name_nobody(client, database, settings, twilio, valkey_server):
    twilio.post("/twilio/sms", **text())
    headers = {"Authorization": f"Bearer {settings.secrets.metrics_token}"}
    answer = client.get("/metrics", headers=headers).text
    assert 'hotline_tips{status="new"} 1.0' in answer
    assert 'hotline_jobs_queued{queue="default"} 1.0' in answer
    assert "+84" not in answer
    with valkey_server.stopped():
        without = client.get("/metrics", headers=headers)
    assert without.status_code == 200
    assert 'hotline_tips{status="new"} 1.0' in without.text
    assert "hotline_jobs_queued{" not in without.text


@pytest.mark.parametrize("trouble", ["stopped", "frozen"])
def test_a_text_is_stored_and_answered_while_the_queue_is_away_and_read_when_it_is_back(
    phone, database, app, valkey_server, work_off, trouble
):
    with getattr(valkey_server, trouble)():
        result = phone.send_sms("+84900000012", "Đang có đánh bạc ở xã Đức Lập, Lâm Đồng")
        assert result.status_code == 200, result.error  # the simulated provider waits 15 s and no longer
        assert result.reply_texts
    queue = app.extensions[EXTENSION].queue
    jobs.sweep()
    assert queue.length(DEFAULT) >= 1  # what a frozen queue had already taken may be there too
    work_off()
    with database.reading() as session:
        tip = session.scalars(select(Tip)).one()
        assert (tip.triaged, tip.unit.code) == (1, "DUCLAP")
        assert count(session, Tip) == 1
