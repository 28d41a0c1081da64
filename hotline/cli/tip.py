"""`tip show`: one tip with everything that belongs to it."""

from __future__ import annotations

import json

import click

from hotline.cli import opening
from hotline.clock import utcnow
from hotline.rules.tip_code import grouped, is_code
from hotline.services import register


@click.group()
def tip() -> None:
    """Show a tip."""


@tip.command()
@click.argument("code", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def show(code: tuple[str, ...], as_json: bool) -> None:
    """Show the tip with this CODE, with or without spaces; the reading is audited."""
    digits = "".join("".join(code).split())
    if not is_code(digits):
        raise click.UsageError("a tip code has nine digits, such as 482 913 605; check what was typed")
    with opening.database(opening.settings()) as database, database.begin() as session:
        record = register.tip_record(session, register.operator(session), digits, utcnow())
    if as_json:
        click.echo(json.dumps(record, ensure_ascii=False, indent=1))
        return
    click.echo(f"{grouped(digits)}  {record['channel']}  {record['received_at']}  {record['status']}")
    click.echo("categories: " + ", ".join(category["code"] for category in record["categories"]))
    click.echo(f"urgent: {record['urgent']}  unit: {record['unit']}  officer: {record['officer']}")
    click.echo(record["text"])
