"""One command line. A command's module is loaded when it is called: `triage` needs no database driver."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import click

from hotline.cli.lazy import LazyGroup, Table
from hotline.errors import BadConfiguration, HotlineError

COMMANDS: Table = {
    "run": ("hotline.cli.run:run", "Serve the hotline on this machine until Ctrl-C."),
    "doctor": ("hotline.cli.doctor:doctor", "Check everything it depends on, and say what to do."),
    "config": ("hotline.cli.config:config", "Show the settings in effect."),
    "migrate": ("hotline.cli.migrate:migrate", "Bring the database to this version."),
    "demo": ("hotline.cli.demo:demo", "Fill an empty hotline with demonstration data."),
    "prompts": ("hotline.cli.prompts:prompts", "What callers hear, and recordings in its place."),
    "simulate": ("hotline.telephony.simulator.cli:simulate", "Text or call as a resident would."),
    "triage": ("hotline.cli.triage:triage", "Tag JSON lines from standard input; train on corrections."),
    "tip": ("hotline.cli.tip:tip", "Show a tip."),
    "report": ("hotline.cli.report:report", "Write the statistical report."),
    "export": ("hotline.cli.report:export", "Write the register of tips."),
    "retranscribe": (
        "hotline.cli.retranscribe:retranscribe",
        "Read old recordings with a newer speech model.",
    ),
    "officer": ("hotline.cli.staff:officer", "Add people, and keep them out."),
    "unit": ("hotline.cli.units:unit", "List and import units."),
    "speech-phrases": (
        "hotline.cli.speech_phrases:speech_phrases",
        "Write the place names and slang that a speech model should know.",
    ),
    "transcripts": ("hotline.cli.transcripts:transcripts", "Take out transcripts that officers put right."),
    "audit": ("hotline.cli.audit:audit", "Prove the audit chain whole."),
}
DOTENV = Path(".env")


class Commands(LazyGroup):
    """Turns our own errors, and the machine's, into one line and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a HotlineError says all that there is to say."""
        try:
            read_dotenv(DOTENV)
            return super().invoke(ctx)
        except HotlineError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # whoever read our output has seen enough; Click ends quietly
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(
                f"{where}{error.strerror or error}. Check that it may be read and written, and free disk space"
            ) from error


@click.group(cls=Commands, table=COMMANDS)
@click.version_option("0.1.0", prog_name="hotline")
def main() -> None:
    """The tip hotline. Settings come from the environment and from .env here; see .env.example."""


def read_dotenv(path: Path) -> None:
    """Add what `.env` sets and the environment does not, read as `honcho start` reads it.

    Raises BadConfiguration for a file that is not KEY=value lines.
    """
    if not path.is_file():
        return
    from honcho.environ import parse  # type: ignore[import-untyped]  # honcho has no types

    try:
        values = parse(path.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise BadConfiguration(
            f"{path} cannot be read ({error}): write KEY=value lines, values with spaces or # in 'quotes'"
        ) from error
    for key, value in values.items():
        os.environ.setdefault(key, value)
