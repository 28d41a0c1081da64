"""The speech worker: waits until there is a model, loads it once, and says how it is doing."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from threading import Event
from typing import Any

import structlog
from redis.client import Pipeline
from sqlalchemy.exc import SQLAlchemyError

from hotline.clock import utcnow
from hotline.context import Parts
from hotline.services import components
from hotline.settings import Settings
from speech import models
from speech.errors import ModelProblem
from speech.vosk_engine import VoskEngine
from workers import runtime
from workers.worker import HotlineWorker

log = structlog.get_logger()

# How long after `python -m speech model install` the waiting worker notices.
LOOK_AGAIN_S = 5.0


def load_engine(settings: Settings) -> None:
    """Load the model for this process and those forked from it; wait, and say why, while there is none."""
    stopped = Event()
    previous = {sig: signal.signal(sig, lambda *_: stopped.set()) for sig in (signal.SIGTERM, signal.SIGINT)}
    told = None
    while True:
        try:
            folder = models.locate(settings.vosk_model, settings.models_dir)
            runtime.set_engine(VoskEngine.load(folder))
            break
        except ModelProblem as problem:
            report(settings, problem.code, message=str(problem))
            if told != problem.code:
                log.error("speech_model", state=problem.code, advice=str(problem))
                told = problem.code
        if stopped.wait(LOOK_AGAIN_S):
            raise SystemExit(0)
    for sig, handler in previous.items():
        signal.signal(sig, handler)


def report(settings: Settings, state: str, **detail: Any) -> None:
    """Write the state where the pages and /readyz read it, leaving no connection open across a fork."""
    database = Parts.build(settings).database
    try:
        with database.begin() as session:
            components.report(session, components.SPEECH, state, utcnow(), **detail)
    except SQLAlchemyError as error:
        log.warning("state_not_reported", reason=type(error).__name__)
    finally:
        database.engine.dispose()


class SpeechWorker(HotlineWorker):
    """Reports its model with every sign of life, and steps aside when another model has been installed."""

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """RQ's own sign of life, and ours."""
        super().heartbeat(timeout, pipeline)
        if self.is_horse:
            return
        settings = Settings.from_env(os.environ)
        loaded = runtime.engine().folder
        report(settings, "ready", model=loaded.name, demonstration=loaded.is_demonstration)
        if _wanted(settings) not in (None, loaded.path):
            log.warning("speech_model_changed", model=loaded.name)
            os.kill(os.getpid(), signal.SIGTERM)  # finish the job at hand; whoever started us starts us anew


def _wanted(settings: Settings) -> Path | None:
    try:
        return models.locate(settings.vosk_model, settings.models_dir).path
    except ModelProblem:
        return None  # what is loaded still works
