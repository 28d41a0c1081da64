"""What a job works with: built anew in each process that asks, because RQ forks one per job.

A database connection must not cross a fork, so nothing here is built before the first job asks;
the speech engine is the one thing that is loaded before, so that children share its memory.
"""

from __future__ import annotations

import atexit
import os
from functools import cache
from typing import TYPE_CHECKING

from hotline.context import Parts
from hotline.settings import Settings
from hotline.telephony.port import Provider
from hotline.telephony.twilio import TwilioProvider

if TYPE_CHECKING:
    from speech.engine import Engine

_engine: Engine | None = None


@cache
def parts() -> Parts:
    """Settings, database, store and queue of this process."""
    return Parts.build(Settings.from_env(os.environ))


@cache
def provider() -> Provider:
    """The telephony provider."""
    return TwilioProvider(parts().settings)


def set_engine(engine: Engine | None) -> None:
    """Keep the loaded engine for the jobs of this process and of those forked from it."""
    global _engine
    _engine = engine


# Before the interpreter takes libvosk's binding apart, which the model needs to free itself.
atexit.register(set_engine, None)


def engine() -> Engine:
    """The speech engine; raises RuntimeError in a worker that was not started for speech."""
    if _engine is None:
        raise RuntimeError("this worker has no speech model: start it with `python -m workers speech`")
    return _engine
