"""A real speech worker whose recogniser takes its process with it, as a segfault or the out-of-memory killer does."""

from __future__ import annotations

import os
import signal
from typing import Any

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from hotline.queue import SPEECH
from hotline.settings import Settings
from workers import runtime
from workers.worker import HotlineWorker


class DeadlyEngine:
    def transcribe(self, audio: Any, **_options: Any) -> Any:
        audio.read(1000)
        os.kill(os.getpid(), signal.SIGSEGV)


if __name__ == "__main__":
    runtime.set_engine(DeadlyEngine())  # type: ignore[arg-type]  # it never lives to return anything
    connection = Redis.from_url(Settings.from_env(os.environ).redis_url)
    queue = Queue(SPEECH, connection=connection, serializer=JSONSerializer)
    HotlineWorker([queue], serializer=JSONSerializer).work(logging_level="CRITICAL")
