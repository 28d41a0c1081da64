"""`migrate`: the database's shape."""

from __future__ import annotations

import click

from hotline import schema
from hotline.cli.opening import database, settings


@click.command()
def migrate() -> None:
    """Bring the database to this program's version; safe to repeat."""
    with database(settings(), checked=False) as opened:
        schema.migrate(opened)
    click.echo("the database is at this program's version")
