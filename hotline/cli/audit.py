"""`audit`: the chain of events."""

from __future__ import annotations

import sys

import click

from hotline.cli.opening import database, settings
from hotline.services import audit as service


@click.group()
def audit() -> None:
    """Prove the audit chain whole."""


@audit.command()
def verify() -> None:
    """Walk the chain; exit status 1 and the first broken event if somebody tampered with it."""
    with database(settings()) as opened, opened.reading() as session:
        result = service.verify(session)
    if result.broken_seq is not None:
        click.echo(f"broken at event {result.broken_seq}: {result.why}", err=True)
        click.echo(f"{result.events} events before it are whole; compare with a backup", err=True)
        sys.exit(1)
    click.echo(f"{result.events} events, whole")
