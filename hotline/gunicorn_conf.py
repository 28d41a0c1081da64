"""How gunicorn serves the hotline: `gunicorn -c python:hotline.gunicorn_conf "hotline.app:create_app()"`.

GUNICORN_CMD_ARGS="--bind 0.0.0.0:8000" listens beyond this machine; with nginx in front it need not.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from gunicorn.glogging import Logger

from hotline import logs
from hotline.services import emergency
from hotline.settings import Settings
from hotline.triage_models import TriageModels

# Asked for every few seconds, or twenty at a time.
UNLOGGED_PATHS = ("/healthz", "/readyz", "/metrics", "/admin/static/")


class RequestLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Sends gunicorn's messages through everybody's processors."""

    def setup(self, cfg: Any) -> None:
        """Configure logging in gunicorn's master, which its workers inherit."""
        logs.configure()
        self.cfg = cfg
        self._access_log_enabled = True
        self.error_log.propagate = True

    def access(self, resp: Any, req: Any, environ: Mapping[str, Any], request_time: timedelta) -> None:
        """One event a request: no query, address or header, for they may name a person."""
        if not req.path.startswith(UNLOGGED_PATHS):
            structlog.get_logger("web").info(
                "request",
                method=req.method,
                path=req.path,
                status=int(str(resp.status).split()[0]),
                ms=round(request_time.total_seconds() * 1000),
            )


def on_starting(_server: Any) -> None:
    """Load what reads texts once, in the master: its workers share the memory, also those started later."""
    emergency.preload(TriageModels(_settings.data_dir).read)


_settings = Settings.from_env(os.environ)

bind = f"127.0.0.1:{_settings.port}"
workers = _settings.web_workers
worker_class = "gthread"
threads = 4
# Of a worker's heartbeat, not of a request: a worker that hangs this long is replaced.
timeout = 60
graceful_timeout = 8  # less than the supervisor's patience
# Longer than nginx keeps an idle connection to us (60 s), so that it never writes to one just closed.
keepalive = 75
accesslog = "-"
logger_class = RequestLogger
control_socket_disable = True
