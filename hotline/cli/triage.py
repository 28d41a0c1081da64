"""`python -m hotline triage`: JSON lines of messages in, JSON lines of what they say out."""

import json
import sys
from typing import Any

import click

from hotline.rules.triage import triage as read_message


class BadLine(ValueError):
    """A line that is no message; `id` is the sender's, when it could be read."""

    def __init__(self, problem: str, id_: Any = None) -> None:
        super().__init__(problem)
        self.id = id_


@click.command("triage")
def triage() -> None:
    """Read messages ({"id", "text"}, one a line) on standard input and write what they say, one a line.

    Needs no database. A line that cannot be read is answered with {"id", "error"}; the rest goes on,
    and the exit status is 1.
    """
    failed = False
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            answer = _answer(line)
        except BadLine as problem:
            failed = True
            click.echo(f"line {number}: {problem}", err=True)
            answer = {"id": problem.id, "error": f"line {number}: {problem}"}
        click.echo(json.dumps(answer, ensure_ascii=False).encode())
    if failed:
        sys.exit(1)


def _answer(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except UnicodeDecodeError as problem:
        raise BadLine("not UTF-8; save the file as UTF-8") from problem
    except json.JSONDecodeError as problem:
        raise BadLine(f"not JSON ({problem.msg} at column {problem.colno})") from problem
    if not isinstance(message, dict):
        raise BadLine('expected an object such as {"id": "1", "text": "..."}')
    text = message.get("text")
    if not isinstance(text, str):
        raise BadLine('"text" must be a string', message.get("id"))
    # A lone surrogate is JSON but no text: nothing could print it.
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return {"id": message.get("id"), **read_message(clean).to_dict()}
