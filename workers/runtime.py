"""What a job works with: built anew in each process that asks, because RQ forks one per job.

A database connection must not cross a fork, so nothing here is built before the first job asks;
the speech engines are the one thing that is loaded before, so that children share its memory.
"""

from __future__ import annotations

import atexit
import os
from functools import cache
from typing import TYPE_CHECKING

from hotline.context import Parts
from hotline.rules.speech_models import DEFAULT_LANGUAGE, identity
from hotline.settings import Settings
from hotline.telephony.port import Provider
from hotline.telephony.twilio import TwilioProvider

if TYPE_CHECKING:
    from speech.engine import Engine

_engines: dict[str, Engine] = {}


@cache
def parts() -> Parts:
    """Settings, database, store and queue of this process."""
    return Parts.build(Settings.from_env(os.environ))


@cache
def provider() -> Provider:
    """The telephony provider."""
    return TwilioProvider(parts().settings)


def set_engine(engine: Engine | None, language: str = DEFAULT_LANGUAGE) -> None:
    """Keep a loaded engine for the jobs of this process and of those forked from it; None forgets all."""
    if engine is None:
        _engines.clear()
    else:
        _engines[language] = engine


# Before the interpreter takes libvosk's binding apart, which the model needs to free itself.
atexit.register(set_engine, None)


def engines() -> dict[str, Engine]:
    """The loaded engines by language; raises RuntimeError in a worker that was not started for speech."""
    if DEFAULT_LANGUAGE not in _engines:
        raise RuntimeError("this worker has no speech model: start it with `python -m workers speech`")
    return _engines


def engine(language: str = DEFAULT_LANGUAGE) -> Engine:
    """The engine for a language: the Vietnamese one where none is installed for it."""
    loaded = engines()
    return loaded.get(language, loaded[DEFAULT_LANGUAGE])


def engine_called(model: str) -> Engine | None:
    """The loaded engine of this identity (rules/speech_models.py), if any is."""
    return next((one for one in engines().values() if identity_of(one) == model), None)


def identity_of(engine: Engine) -> str:
    """What transcripts of this engine are kept under."""
    return identity(engine.folder.name, engine.fingerprint)
