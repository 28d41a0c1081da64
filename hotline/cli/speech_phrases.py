"""`speech-phrases`: the text that `python -m speech adapt` learns, a phrase a line."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from hotline.cli import opening
from hotline.errors import NotFound
from hotline.models import Unit
from hotline.rules.gazetteer import gazetteer
from hotline.rules.speech_phrases import place_phrases, slang


@click.command()
@click.option("--unit", help="Code of a unit, with those below it; the whole installation by default.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default="-",
    help="File; standard output by default, or as -.",
)
def speech_phrases(unit: str | None, out: Path) -> None:
    """Write the names of places around a unit, and slang, for a speech model to learn.

    No names of people and nothing that anybody said: python -m speech adapt FILE makes a model that expects them.
    """
    with opening.database(opening.settings()) as database, database.reading() as session:
        communes = answered_for(session, unit)
    places, crimes = place_phrases(communes), slang()
    with click.open_file(str(out), "w", encoding="utf-8") as file:
        file.writelines(f"{phrase}\n" for phrase in (*places, *crimes))
    click.echo(f"{len(places):,} phrases of places, {len(crimes):,} of slang", err=True)
    if not places:
        click.echo("no unit has communes or provinces yet: python -m hotline unit import", err=True)


def answered_for(session: Session, code: str | None) -> frozenset[str]:
    """Codes of the communes that a unit and those below it answer for; raises NotFound for an unknown unit."""
    path = "/"
    if code is not None:
        found = session.scalar(select(Unit.path).where(Unit.code == code))
        if found is None:
            raise NotFound(f"there is no unit {code}; python -m hotline unit list shows them")
        path = found
    areas = (selectinload(Unit.areas), selectinload(Unit.provinces))
    units = session.scalars(
        select(Unit).where(Unit.path.startswith(path, autoescape=True)).options(*areas)
    ).all()
    provinces = {area.province_code for unit in units for area in unit.provinces}
    return frozenset(area.commune_code for unit in units for area in unit.areas) | {
        commune.code for commune in gazetteer().communes if commune.province_code in provinces
    }
