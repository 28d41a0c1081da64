"""Whether the process serves, whether the whole is ready, and figures for Prometheus."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hotline.clock import utcnow
from hotline.context import parts
from hotline.errors import StorageProblem
from hotline.models import Recording, Tip
from hotline.queue import QUEUES
from hotline.rules.lifecycle import Status
from hotline.services import components

blueprint = Blueprint("health", __name__)

# A tip is triaged within seconds; five minutes unread by the machine means that workers are not working.
WAITING_TOO_LONG = timedelta(minutes=5)


@blueprint.get("/healthz")
def healthz() -> Response:
    """200 while the process serves."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 when everything a tip needs is there, else 503; each part with its state and what to do."""
    checks = {
        "database": _check(_database, "set DATABASE_URL to a database that answers"),
        "queue": _check(
            lambda: parts().queue.redis.ping(), "start Valkey or set REDIS_URL; tips are kept meanwhile"
        ),
        "storage": _check(parts().store.check, "free space in STORAGE_URL or mend its folder"),
        "speech_model": _check_speech(),
        "oldest_waiting_tip": _check_waiting(),
    }
    ready = all(check["ok"] for check in checks.values())
    return jsonify({"ready": ready, "checks": checks}), 200 if ready else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus text, for who has the metrics token (Authorization: Bearer ...)."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), parts().settings.secrets.metrics_token.encode()):
        abort(401)
    registry = CollectorRegistry()
    tips = Gauge("hotline_tips", "Tips by status", ["status"], registry=registry)
    waiting = Gauge("hotline_work_waiting", "Rows that wait for a worker", ["kind"], registry=registry)
    queued = Gauge("hotline_jobs_queued", "Jobs in the queue", ["queue"], registry=registry)
    oldest = Gauge(
        "hotline_oldest_waiting_seconds", "Age of the oldest tip not yet triaged", registry=registry
    )
    now = utcnow()
    with parts().database.reading() as session:
        for status, count in session.execute(select(Tip.status, func.count()).group_by(Tip.status)):
            tips.labels(status).set(count)
        for state, count in session.execute(select(Recording.state, func.count()).group_by(Recording.state)):
            waiting.labels(f"recording_{state}").set(count)
        oldest.set(_oldest_waiting(session, now).total_seconds())
    with suppress(RedisError):  # no figure is the figure of a queue that is away; the others still count
        for name, length in [(name, parts().queue.length(name)) for name in QUEUES]:
            queued.labels(name).set(length)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database() -> None:
    with parts().database.reading() as session:
        session.execute(select(1))


def _check(look: Callable[[], Any], advice: str) -> dict[str, Any]:
    try:
        look()
    except (SQLAlchemyError, RedisError, StorageProblem) as error:
        return {"ok": False, "state": type(error).__name__, "advice": advice}
    return {"ok": True, "state": "ready"}


def _check_speech() -> dict[str, Any]:
    try:
        with parts().database.reading() as session:
            speech = components.state(session, components.SPEECH, utcnow())
    except SQLAlchemyError:
        return {"ok": False, "state": "unknown", "advice": "mend the database first"}
    return {"ok": speech.ready, "state": speech.state, **speech.detail}


def _check_waiting() -> dict[str, Any]:
    try:
        with parts().database.reading() as session:
            age = _oldest_waiting(session, utcnow())
    except SQLAlchemyError:
        return {"ok": False, "state": "unknown", "advice": "mend the database first"}
    late = age > WAITING_TOO_LONG
    found: dict[str, Any] = {
        "ok": not late,
        "state": "late" if late else "ready",
        "seconds": int(age.total_seconds()),
    }
    return found | ({"advice": "start a worker: python -m workers default"} if late else {})


def _oldest_waiting(session: Session, now: datetime) -> timedelta:
    oldest = session.scalar(
        select(func.min(Tip.last_contact_at)).where(
            Tip.triaged < Tip.triage_wanted, Tip.status != Status.CLOSED
        )
    )
    return timedelta() if oldest is None else now - oldest
