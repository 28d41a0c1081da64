"""Options that several commands take, and how they end on one of our own errors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from speech.errors import SpeechError

models_dir_option = click.option(
    "--models-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: Path(os.environ.get("DATA_DIR") or "var") / "models",
    show_default="$DATA_DIR/models or var/models",
    help="Where models are installed.",
)
model_option = click.option(
    "--model",
    envvar="VOSK_MODEL",
    help="A model's folder or name; else the one installed last, else the demonstration model.",
)
models_option = click.option(
    "--model",
    "chosen",
    multiple=True,
    help="A model's folder or name, several times to compare; else as for `transcribe`.",
)
jobs_option = click.option(
    "--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Files at once."
)


@contextmanager
def reported() -> Iterator[None]:
    """Our own errors, and files that cannot be read, end the command with their message and status 1."""
    try:
        yield
    except SpeechError as error:
        raise click.ClickException(f"{error} [{error.code}]") from error
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error
