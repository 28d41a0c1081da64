"""`unit`: the tree of units, imported as a whole from a spreadsheet."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cli.opening import database, settings
from hotline.cli.unit_file import UnitRow, line_numbers, read_rows, refuse
from hotline.clock import utcnow
from hotline.models import Unit, UnitArea, UnitCategory, UnitProvince
from hotline.services import audit


@click.group()
def unit() -> None:
    """List and import units."""


@unit.command("list")
def list_units() -> None:
    """Every unit with its code, below the one it belongs to."""
    with database(settings()) as opened, opened.reading() as session:
        for row in session.scalars(select(Unit).order_by(Unit.path)):
            indent = "  " * (row.path.count("/") - 2)
            notes = ["duty"] * row.is_duty + [f"{len(row.areas)} communes"] * bool(row.areas)
            notes += [f"{len(row.provinces)} provinces"] * bool(row.provinces)
            notes += sorted(listed.category for listed in row.categories)
            click.echo(f"{indent}{row.code}  {row.name}" + (f"  ({', '.join(notes)})" if notes else ""))


@unit.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_units(file: Path) -> None:
    """Add or update the units of FILE.csv: code,name,parent_code,is_duty,communes (codes, spaces between).

    Two more columns may follow: provinces (two-digit codes of whole provinces) and categories (codes of the
    categories that a specialised unit takes; in its communes and provinces, or everywhere if it has none).
    All of it or, on any mistake, nothing. Units that FILE does not name stay as they are.
    """
    rows = read_rows(file)
    with database(settings()) as opened, opened.begin() as session:
        apply(session, rows)
        audit.record(session, None, "units_imported", now=utcnow(), units=len(rows))
    click.echo(f"{len(rows)} units imported")


def apply(session: Session, rows: list[UnitRow]) -> None:
    """Write the rows over the tree in the database; raises ImportRefused when the tree would not be whole.

    A root under another code than the present one is the present one renamed: there is one tree.
    """
    units = {row.code: row for row in session.scalars(select(Unit).with_for_update())}
    by_id = {row.id: row.code for row in units.values()}
    root, given = (
        next((u for u in units.values() if u.parent_id is None), None),
        {row.code: row for row in rows},
    )
    new_root = next((row.code for row in rows if not row.parent_code), None)
    if root is not None and new_root is not None and new_root not in units and root.code not in given:
        units[new_root] = units.pop(root.code)
        by_id[root.id] = units[new_root].code = new_root
    parents = {code: by_id[u.parent_id] if u.parent_id else "" for code, u in units.items()}
    parents |= {row.code: row.parent_code for row in rows}
    areas = _areas(units, rows)
    duty = {code for code, u in units.items() if u.is_duty and code not in given}
    duty |= {row.code for row in rows if row.is_duty}
    refuse(_tree_problems(parents, areas, duty, {row.code: row.line for row in rows}))
    for code in sorted(parents, key=lambda code: len(_path(code, parents))):  # parents first
        row = given.get(code)
        found = units.get(code)
        if found is None:
            found = units[code] = Unit(id=uuid.uuid4(), code=code)
            session.add(found)
        found.path = _path(code, parents)
        found.parent_id = units[parents[code]].id if parents[code] else None
        if row is not None:
            found.name, found.is_duty = row.name, row.is_duty
            kept = {area.commune_code: area for area in found.areas}
            found.areas = [kept.get(c) or UnitArea(commune_code=c) for c in sorted(row.communes)]
            _set_optional(found, row)
        session.flush()


def _areas(units: Mapping[str, Unit], rows: Iterable[UnitRow]) -> dict[str, frozenset[str]]:
    """What each general unit will cover: a specialised one may share its communes and provinces with others."""
    found = {
        code: UnitRow(
            0, code, "", "", False, frozenset(area.commune_code for area in unit.areas),
            frozenset(area.province_code for area in unit.provinces),
            frozenset(listed.category for listed in unit.categories),
        )
        for code, unit in units.items()
    }  # fmt: skip
    for row in rows:
        before = found.get(row.code)
        provinces = row.provinces if before is None or row.provinces is not None else before.provinces
        special = row.categories if before is None or row.categories is not None else before.categories
        found[row.code] = replace(row, provinces=provinces, categories=special)
    return {
        code: row.communes | (row.provinces or frozenset())
        for code, row in found.items()
        if not row.categories
    }


def _set_optional(unit: Unit, row: UnitRow) -> None:
    if row.provinces is not None:
        areas = {area.province_code: area for area in unit.provinces}
        unit.provinces = [areas.get(c) or UnitProvince(province_code=c) for c in sorted(row.provinces)]
    if row.categories is not None:
        listed = {entry.category: entry for entry in unit.categories}
        unit.categories = [listed.get(c) or UnitCategory(category=c) for c in sorted(row.categories)]


def _tree_problems(
    parents: Mapping[str, str], areas: Mapping[str, frozenset[str]], duty: set[str], lines: Mapping[str, int]
) -> list[str]:
    problems = [
        f"line {lines[code]}: {code} belongs to {parent}, which does not exist"
        for code, parent in parents.items()
        if parent and parent not in parents
    ]
    # Who sees what is told by paths of codes, which SQLite compares without regard to case.
    alike: dict[str, list[str]] = {}
    for code in parents:
        alike.setdefault(code.lower(), []).append(code)
    problems += [
        f"{line_numbers(lines[code] for code in codes if code in lines)}: the codes {' and '.join(codes)} differ "
        "in nothing but capitals"
        for codes in alike.values()
        if len(codes) > 1
    ]
    roots = [code for code, parent in parents.items() if not parent]
    if len(roots) != 1:
        problems.append(
            f"exactly one unit must have no parent_code; without one are: {', '.join(roots) or 'none'}"
        )
    if not problems:
        problems += [
            f"line {lines.get(code, '?')}: {code} lies below itself"
            for code in parents
            if not _path(code, parents)
        ]
    owners: dict[str, list[str]] = {}
    for code, places in areas.items():
        for place in places:
            owners.setdefault(place, []).append(code)
    problems += [
        f"{line_numbers(lines[code] for code in codes if code in lines)}: {_named(place)} is given to "
        f"{' and '.join(codes)}"
        for place, codes in owners.items()
        if len(codes) > 1
    ]
    if not duty:
        problems.append("no unit has is_duty 1: one must take the tips that name no place")
    return problems


def _named(place: str) -> str:
    return f"{'province' if len(place) == 2 else 'commune'} {place}"


def _path(code: str, parents: Mapping[str, str]) -> str:
    """ "/ROOT/.../code/", or nothing when the parents run in a circle."""
    chain = [code]
    while parents[chain[0]]:
        if parents[chain[0]] in chain:
            return ""
        chain.insert(0, parents[chain[0]])
    return f"/{'/'.join(chain)}/"
