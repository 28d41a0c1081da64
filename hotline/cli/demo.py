"""`demo`: a believable data set."""

from __future__ import annotations

import sys

import click

from hotline.cli.first_run import prepare
from hotline.cli.opening import database, settings
from hotline.clock import utcnow
from hotline.storage import AudioStore


@click.command()
def demo() -> None:
    """Fill an empty hotline with demonstration data, marked as such; one that has it is left alone."""
    from hotline.demo import build  # large, and needed by nothing else

    found = settings()
    with database(found, checked=False) as opened:
        prepare(opened, found.lang, utcnow())
        with click.progressbar(length=1, label="demo", file=sys.stderr) as bar:

            def progress(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            accounts = build(opened, AudioStore(found.storage_url), utcnow(), progress)
    for account in accounts:
        click.echo(f"{account.username:<20} {account.password}  {account.role}, {account.unit}")
    if accounts:
        click.echo("One-time passwords, shown only now; `officer reset-password NAME` makes new ones.")
