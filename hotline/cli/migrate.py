"""`migrate`: the database's shape, and what a new hotline cannot do without."""

from __future__ import annotations

import click

from hotline.cli import first_run
from hotline.cli.opening import database, settings
from hotline.clock import utcnow


@click.command()
def migrate() -> None:
    """Bring the database to this program's version; safe to repeat.

    A new database also gets its root unit, without which no tip could be stored, and its first
    administrator, whose one-time password is printed.
    """
    found = settings()
    with database(found, checked=False) as opened:
        password = first_run.prepare(opened, found.lang, utcnow())
    click.echo("the database is at this program's version")
    if password is not None:
        click.echo(f"sign in as {first_run.ADMIN} with the one-time password {password}")
