"""Loading the model that was asked for, and recognising files with it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from speech import models
from speech.cli.options import reported
from speech.engine import Engine
from speech.engine import load as load_engine
from speech.errors import SpeechError
from speech.transcript import Transcript


class _Stopped(Exception):
    """Nobody wants the rest."""


def load(model: str | None, models_dir: Path) -> Engine:
    """The engine to use; notes on standard error when it is the demonstration."""
    with reported():
        folder = models.locate(model, models_dir)
        engine = load_engine(folder)
    if folder.is_demonstration:
        click.echo(
            f"note: {folder.name} was trained on synthetic speech only; its text is a demonstration", err=True
        )
    return engine


def transcripts(engine: Engine, files: tuple[Path, ...], jobs: int) -> Iterator[Transcript | SpeechError]:
    """In the order of `files`; the engines work outside Python's lock, so threads share one model."""

    def one(file: Path) -> Transcript | SpeechError:
        seen = 0

        def step(fraction: float) -> None:
            nonlocal seen
            if stopped.is_set():
                raise _Stopped
            with lock:
                bar.update(int(fraction * 100) - seen)
            seen = int(fraction * 100)

        try:
            return engine.transcribe(file, on_progress=step)
        except SpeechError as error:
            return error
        finally:
            step(1.0)

    lock, stopped = threading.Lock(), threading.Event()
    hidden = not sys.stderr.isatty()
    with (
        click.progressbar(length=100 * len(files), file=sys.stderr, hidden=hidden) as bar,
        ThreadPoolExecutor(jobs) as pool,
    ):
        try:
            outcomes = list(pool.map(one, files))
        except BaseException:
            stopped.set()  # else Ctrl-C would wait for the end of a recording of hours
            raise
    yield from outcomes
