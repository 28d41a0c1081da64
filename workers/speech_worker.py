"""The speech worker: waits until there is a model, loads each once, and says how it is doing."""

from __future__ import annotations

import os
import signal
from threading import Event
from typing import Any

import structlog
from redis.client import Pipeline
from rq import Queue
from rq.job import Job
from sqlalchemy.exc import SQLAlchemyError

from hotline.clock import utcnow
from hotline.context import Parts
from hotline.queue import AGAIN
from hotline.rules.speech_models import DEFAULT_LANGUAGE
from hotline.services import components
from hotline.settings import Settings
from speech import models
from speech.engine import load
from speech.errors import ModelProblem
from workers import runtime
from workers.worker import HotlineWorker

log = structlog.get_logger()

# How long after `python -m speech model install` the waiting worker notices.
LOOK_AGAIN_S = 5.0
# Half way to the lowest: it goes on, slowly, on a busy machine too.
NICE = 10


def load_engines(settings: Settings) -> None:
    """Load the model of each language for this process and those forked from it.

    Waits, and says why, while there is none for Vietnamese; any other that is missing or broken is left out, and its
    recordings are read as Vietnamese.
    """
    stopped = Event()
    previous = {sig: signal.signal(sig, lambda *_: stopped.set()) for sig in (signal.SIGTERM, signal.SIGINT)}
    told = None
    while True:
        try:
            folder = models.locate(settings.vosk_model, settings.models_dir)
            runtime.set_engine(load(folder))
            break
        except ModelProblem as problem:
            report(settings, problem.code, message=str(problem))
            if told != problem.code:
                log.error("speech_model", state=problem.code, advice=str(problem))
                told = problem.code
        if stopped.wait(LOOK_AGAIN_S):
            raise SystemExit(0)
    for language in models.languages(settings.models_dir)[1:]:
        try:
            runtime.set_engine(load(models.locate(None, settings.models_dir, language)), language)
        except ModelProblem as problem:
            log.error("speech_model", language=language, state=problem.code, advice=str(problem))
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
    """Reports its models with every sign of life, and steps aside when others have been installed or chosen.

    One of several processes of a `parent` also steps aside when that is gone.
    """

    def __init__(self, queues: Any, *, parent: int | None, **options: Any) -> None:
        super().__init__(queues, **options)
        self._parent = parent

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """RQ's own sign of life, and ours."""
        super().heartbeat(timeout, pipeline)
        if self.is_horse:
            return
        settings = Settings.from_env(os.environ)
        loaded = runtime.engines()
        folder = runtime.engine().folder
        report(
            settings, "ready", model=folder.name, demonstration=folder.is_demonstration,
            models={language: runtime.identity_of(engine) for language, engine in loaded.items()},
        )  # fmt: skip
        orphaned = self._parent not in (None, os.getppid())
        if orphaned or _outdated(settings):
            log.warning("speech_worker_ends", model=folder.name, orphaned=orphaned)
            os.kill(os.getpid(), signal.SIGTERM)  # finish the job at hand; whoever started us starts us anew

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Let everything else on the machine go before a reading that nobody waits for."""
        if queue.name == AGAIN:
            os.nice(NICE)
        super().main_work_horse(job, queue)


def _outdated(settings: Settings) -> bool:
    """Whether another set of models is to be used; one that is missing or broken changes nothing yet."""
    loaded = {language: engine.folder.path for language, engine in runtime.engines().items()}
    wanted = models.languages(settings.models_dir)
    for language in wanted:
        requested = settings.vosk_model if language == DEFAULT_LANGUAGE else None
        try:
            if models.locate(requested, settings.models_dir, language).path != loaded.get(language):
                return True
        except ModelProblem:
            continue
    return any(language not in wanted for language in loaded)
