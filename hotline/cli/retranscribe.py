"""`retranscribe`: have old recordings read again by the speech model in use now."""

from __future__ import annotations

from datetime import datetime

import click

from hotline.cli import opening
from hotline.cli.report import DAY
from hotline.clock import LOCAL, plausible, utcnow
from hotline.models.transcript import RetranscriptionState
from hotline.rules.speech_models import name_of
from hotline.services import register, retranscription


@click.command()
@click.option("--since", type=DAY, help="First day of the recordings, 2026-10-01 or 01/10/2026.")
@click.option("--model-not", metavar="NAME", help="Leave out what a model of this name made.")
@click.option("--unit", help="Code of a unit, taken with those below it; all by default.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--status", is_flag=True, help="Only show where the readings stand.")
def retranscribe(
    since: datetime | None, model_not: str | None, unit: str | None, yes: bool, status: bool
) -> None:
    """Read old recordings again with the speech model in use, while no new voicemail waits.

    The earlier texts are kept beside the new ones, and officers' corrections stay in force.
    """
    if status == (since is not None):
        raise click.UsageError("give either --since DATE or --status")
    settings = opening.settings()
    with opening.database(settings) as database:
        if since is None:
            with database.reading() as session:
                standing = retranscription.standing(session)
            _show(standing)
            return
        if not plausible(since):
            raise click.UsageError("give --since with a day of these years")
        with database.begin() as session:
            viewer, now = register.operator(session), utcnow()
            models = retranscription.loaded_models(session, now)
            wanted = retranscription.outdated(
                session,
                viewer,
                models,
                since=since.replace(tzinfo=LOCAL),
                unit_code=unit,
                model_not=model_not,
            )
        if not wanted:
            click.echo("nothing to do: the models in use have read, or will read, all of these recordings")
            return
        hours = sum(one.duration_s for one in wanted) / 3600
        names = ", ".join(sorted({name_of(one.model) for one in wanted}))
        click.echo(f"{len(wanted)} recordings, {hours:.1f} hours of sound, to be read by {names}")
        if not yes:
            click.confirm("Read them again, whenever no new voicemail waits?", abort=True)
        with database.begin() as session:
            added = retranscription.request(session, viewer, wanted, utcnow())
    click.echo(f"{added} are waiting; see python -m hotline retranscribe --status")


def _show(standing: list[retranscription.Standing]) -> None:
    if not standing:
        click.echo("no recording was asked to be read again")
    for one in standing:
        counts = ", ".join(
            f"{one.states.get(state, 0)} {state.replace('_', ' ')}" for state in RetranscriptionState
        )
        click.echo(f"{one.model}: {counts}")
        for failure, count in sorted(one.failures.items()):
            click.echo(f"  {count} failed: {failure}")
