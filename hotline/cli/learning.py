"""`triage corrections, train, models, use`: the classifier learns from officers' corrections."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from hotline.cli import opening
from hotline.cli.report import DAY
from hotline.clock import plausible, utcnow
from hotline.db import Database
from hotline.errors import BadConfiguration
from hotline.services import audit, labelled, register
from hotline.triage_models import SHIPPED, TriageModels

ROOT = Path(__file__).parents[2]
# What the training needs beside requirements.txt, pinned in requirements-dev.txt.
LIBRARIES = {"sklearn": "scikit-learn", "scipy": "scipy"}
SHOWN = {"first": "first category", "urgent recall": "urgent recall", "urgent precision": "urgent precision",
         "not a tip F1": "not a tip F1"}  # fmt: skip
# A loss smaller than this is chance on a few hundred messages.
WORSE = 0.01


@click.command()
@click.option(
    "--from", "start", type=DAY, required=True, help="First day of receipt, 2026-10-01 or 01/10/2026."
)
@click.option("--to", "end", type=DAY, required=True, help="Last day, included.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The JSON lines file."
)
def corrections(start: datetime, end: datetime, out: Path) -> None:
    """Write the tips of these days that officers closed or corrected, as labelled messages to learn from.

    Senders are left out and long numbers masked, but these are residents' words: the file is for this user only,
    the export is audited, and it should be deleted after training.
    """
    if start > end or not (plausible(start) and plausible(end)):
        raise click.UsageError("give --from and --to with the first not after the last")
    handle, made = tempfile.mkstemp(dir=out.parent)  # mode 0600
    try:
        with (
            os.fdopen(handle, "w", encoding="utf-8") as file,
            opening.database(opening.settings()) as database,
            database.begin() as session,
        ):
            viewer, count = register.operator(session), 0
            for message in labelled.checked(session, viewer, start.date(), end.date()):
                file.write(
                    json.dumps(message, ensure_ascii=False).replace("\u2028", " ").replace("\u2029", " ")
                    + "\n"
                )
                count += 1
            audit.record(
                session, viewer.staff_id, "corrections_exported", now=utcnow(), messages=count,
                start=start.date().isoformat(), end=end.date().isoformat(),
            )  # fmt: skip
        Path(made).replace(out)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
    click.echo(f"{out}: {count} checked tips")
    click.echo("It holds residents' words: keep it on this machine and delete it after training.", err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--apply", is_flag=True, help="Switch the new model on without asking, unless it is worse somewhere."
)
@click.option("--yes", is_flag=True, help="Answer yes to every question, also to a model that is worse.")
@click.option("--against", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Labelled messages to compare both models on (default: training/heldout.jsonl).")  # fmt: skip
@click.option("--messages", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Folder of the messages to learn from beside FILE (default: training/messages).")  # fmt: skip
def train(file: Path, apply: bool, yes: bool, against: Path | None, messages: Path | None) -> None:
    """Train a model on all messages and those of FILE, show it beside the one in use, and switch it on.

    FILE is what `triage corrections` writes. Takes as long as training from the start. The old model is kept.
    """
    _need_training()
    settings = opening.settings()
    here = TriageModels(settings.data_dir)
    with tempfile.TemporaryDirectory(dir=settings.data_dir) as folder:
        candidate = Path(folder) / "candidate.bin"
        _run(file, candidate, here, against, messages)
        figures = json.loads(candidate.with_suffix(".json").read_text("utf-8"))
        fingerprint = here.keep(candidate.read_bytes())
    worse = _show(figures)
    click.echo(f"kept as {fingerprint}")
    if not decide(apply, yes, worse):
        click.echo(f"not switched on; `triage use {fingerprint}` does")
        return
    with opening.database(settings) as database:
        _switch(here, fingerprint, database)


@click.command()
def models() -> None:
    """List the triage models: the shipped one and those trained here, the one in use marked with *."""
    here = TriageModels(opening.settings().data_dir)
    for known in here.known():
        mark = "*" if known.in_use else " "
        click.echo(
            f"{mark} {known.fingerprint}  {known.size / 1e6:.1f} MB{'  shipped' if known.shipped else ''}"
        )
    if trouble := here.trouble():
        click.echo(f"{trouble}\nThe shipped model reads in its place.", err=True)


@click.command()
@click.argument("fingerprint")
def use(fingerprint: str) -> None:
    """Read messages with the kept model of this FINGERPRINT from now on, or with the `shipped` one; audited."""
    settings = opening.settings()
    with opening.database(settings) as database:
        _switch(TriageModels(settings.data_dir), fingerprint, database)


def _switch(here: TriageModels, wanted: str, database: Database) -> None:
    """Switch within the transaction that records it; a record that fails switches back."""
    before = here.chosen()
    try:
        with database.begin() as session:
            here.switch(wanted)
            audit.record(
                session, register.OPERATOR, "triage_model_switched", now=utcnow(), model=wanted, before=before
            )
    except BaseException:
        if here.chosen() != before:
            here.switch(before)
        raise
    click.echo(f"in use: {wanted} (until now {before}); running processes read the next message with it")


def _need_training() -> None:
    if not (ROOT / "training").is_dir():
        raise BadConfiguration("the training folder is not here: train in a checkout of the project")
    missing = [name for module, name in LIBRARIES.items() if find_spec(module) is None]
    if missing:
        raise BadConfiguration(
            f"training needs {' and '.join(missing)}: {sys.executable} -m pip install "
            f"-c {ROOT / 'requirements-dev.txt'} {' '.join(missing)}"
        )


def _run(file: Path, out: Path, here: TriageModels, against: Path | None, messages: Path | None) -> None:
    """Training is a process of its own, so that nothing that serves ever loads its libraries."""
    command = [sys.executable, "-m", "training.train", "--more", str(file.resolve()), "--out", str(out)]
    if here.chosen() != SHIPPED and here.trouble() is None:
        command += ["--now", str(here.path(here.chosen()))]
    for option, path in (("--against", against), ("--messages", messages)):
        if path is not None:
            command += [option, str(path.resolve())]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    if done.returncode:
        raise BadConfiguration(f"training failed (exit status {done.returncode}); the lines above say why")


def _show(figures: dict[str, Any]) -> list[str]:
    """Print both models side by side; the measures in which the new one is worse."""
    worse = []
    for title, key in (
        ("corrections, cross-validated", "further messages"),
        ("messages held out", "against"),
    ):
        if key not in figures:
            continue
        now, after = figures[key]["now"], figures[key]["after"]
        click.echo(f"{title} ({now['messages']}):")
        for name, shown in SHOWN.items():
            change = after[name] - now[name]
            click.echo(f"  {shown:<18} {now[name]:.3f} → {after[name]:.3f}  {change:+.3f}")
            worse += [shown] * (change < -WORSE)
    return worse


def decide(apply: bool, yes: bool, worse: list[str]) -> bool:
    """Whether to switch the new model on: asked on a terminal; elsewhere only what was said beforehand counts."""
    if worse:
        click.echo(f"worse than the model in use: {', '.join(dict.fromkeys(worse))}")
    if yes or (apply and not worse):
        return True
    if not sys.stdin.isatty():
        return False
    return click.confirm("Switch the new model on?")
