"""The command line: `python -m speech`, a command a file."""

from __future__ import annotations

import click

from speech.cli.adapt import adapt
from speech.cli.evaluate import evaluate
from speech.cli.model import model
from speech.cli.transcribe import transcribe


@click.group()
def main() -> None:
    """Turn recordings into text."""


main.add_command(transcribe)
main.add_command(evaluate)
main.add_command(model)
main.add_command(adapt)
