"""`officer`: members of staff, managed by whoever has a shell on the server."""

from __future__ import annotations

import click

from hotline.cli.opening import database, settings
from hotline.clock import utcnow
from hotline.rules.access import Role
from hotline.services import staff


@click.group()
def officer() -> None:
    """Add people, and keep them out."""


@officer.command()
@click.argument("username")
@click.option("--name", required=True, help="The name that colleagues see.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.OFFICER.value)
@click.option("--unit", required=True, metavar="CODE", help="Their unit; see `unit list`.")
def create(username: str, name: str, role: str, unit: str) -> None:
    """Add a person; prints a one-time password to hand over."""
    with database(settings()) as opened, opened.begin() as session:
        person, password = staff.create(
            session, None, username=username, display_name=name, role=Role(role), unit_code=unit, now=utcnow()
        )
    _show(person.username, password)


@officer.command("reset-password")
@click.argument("username")
def reset_password(username: str) -> None:
    """Sign a person out everywhere and print a new one-time password."""
    with database(settings()) as opened, opened.begin() as session:
        password = staff.reset_password(session, None, username, utcnow())
    _show(username, password)


@officer.command()
@click.argument("username")
def disable(username: str) -> None:
    """Keep a person out from now on; what they did stays under their name."""
    with database(settings()) as opened, opened.begin() as session:
        staff.disable(session, None, username, utcnow())
    click.echo(f"{username} can no longer sign in")


def _show(username: str, password: str) -> None:
    click.echo(f"username: {username}")
    click.echo(f"one-time password: {password}")
    click.echo("It must be changed at the first sign-in.")
