"""`python -m hotline triage`: JSON lines of messages in, JSON lines of what they say out; and how it learns."""

import json
import os
import sys
from typing import Any

import click

from hotline import logs
from hotline.cli.lazy import LazyGroup, Table
from hotline.settings import data_dir_of
from hotline.triage_models import TriageModels

# Loaded when called: reading messages needs no database.
LEARNING: Table = {
    "accuracy": ("hotline.cli.accuracy:accuracy", "How often the machine was right in a month."),
    "corrections": ("hotline.cli.learning:corrections", "Write checked tips as messages to learn from."),
    "train": ("hotline.cli.learning:train", "Train a model on them, compare it, and switch it on."),
    "models": ("hotline.cli.learning:models", "List the models that are kept here."),
    "use": ("hotline.cli.learning:use", "Switch a kept model on, or the shipped one."),
}


class BadLine(ValueError):
    """A line that is no message; `id` is the sender's, when it could be read."""

    def __init__(self, problem: str, id_: Any = None) -> None:
        super().__init__(problem)
        self.id = id_


@click.group("triage", cls=LazyGroup, table=LEARNING, invoke_without_command=True)
@click.pass_context
def triage(context: click.Context) -> None:
    """Read messages ({"id", "text"}, one a line) on standard input and write what they say, one a line.

    Needs no database. A line that cannot be read is answered with {"id", "error"}; the rest goes on,
    and the exit status is 1. They are read with the model that is switched on in DATA_DIR. The commands below are
    how it learns from officers' corrections.
    """
    if context.invoked_subcommand is not None:
        return
    logs.configure()  # on standard error: the answers stay JSON lines
    models = TriageModels(data_dir_of(os.environ))
    failed = False
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            answer = _answer(line, models)
        except BadLine as problem:
            failed = True
            click.echo(f"line {number}: {problem}", err=True)
            answer = {"id": problem.id, "error": f"line {number}: {problem}"}
        click.echo(json.dumps(answer, ensure_ascii=False).encode())
    if failed:
        sys.exit(1)


def _answer(line: bytes, models: TriageModels) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except UnicodeDecodeError as problem:
        raise BadLine("not UTF-8; save the file as UTF-8") from problem
    except json.JSONDecodeError as problem:
        raise BadLine(f"not JSON ({problem.msg} at column {problem.colno})") from problem
    except (ValueError, RecursionError) as problem:
        raise BadLine("nested too deeply, or with too long a number") from problem
    if not isinstance(message, dict):
        raise BadLine('expected an object such as {"id": "1", "text": "..."}')
    text = message.get("text")
    if not isinstance(text, str):
        raise BadLine('"text" must be a string', message.get("id"))
    # A lone surrogate is JSON but no text: nothing could print it.
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return {"id": message.get("id"), **models.read(clean).to_dict()}
