"""`unit`: the tree of units, imported as a whole from a spreadsheet."""

from __future__ import annotations

import csv
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cli.opening import database, settings
from hotline.clock import utcnow
from hotline.errors import HotlineError
from hotline.models import Unit, UnitArea
from hotline.rules.gazetteer import gazetteer
from hotline.services import audit

COLUMNS = ("code", "name", "parent_code", "is_duty", "communes")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
YES_NO = {"1": True, "x": True, "có": True, "yes": True, "true": True} | dict.fromkeys(
    ("", "0", "không", "no", "false"), False
)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A line of the file; `parent_code` is empty for the root alone."""

    line: int
    code: str
    name: str
    parent_code: str
    is_duty: bool
    communes: frozenset[str]


class ImportRefused(HotlineError):
    """The file cannot be imported; every problem is named with its line, and nothing was changed."""


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
            click.echo(f"{indent}{row.code}  {row.name}" + (f"  ({', '.join(notes)})" if notes else ""))


@unit.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_units(file: Path) -> None:
    """Add or update the units of FILE.csv: code,name,parent_code,is_duty,communes (codes, spaces between).

    All of it or, on any mistake, nothing. Units that FILE does not name stay as they are.
    """
    rows = read_rows(file)
    with database(settings()) as opened, opened.begin() as session:
        apply(session, rows)
        audit.record(session, None, "units_imported", now=utcnow(), units=len(rows))
    click.echo(f"{len(rows)} units imported")


def read_rows(file: Path) -> list[UnitRow]:
    """The lines of a CSV file in UTF-8, with commas or, as Excel writes it in Vietnam, semicolons.

    Raises ImportRefused with everything that is wrong line by line.
    """
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRefused(f'{file} is not UTF-8: save it as "CSV UTF-8"') from error
    heading = text.partition("\n")[0]
    reader = csv.DictReader(
        text.splitlines(), delimiter=";" if heading.count(";") > heading.count(",") else ","
    )
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise ImportRefused(
            f"{file} lacks the columns {', '.join(missing)}: its first line names the columns"
        )
    problems: list[str] = []
    known = frozenset(commune.code for commune in gazetteer().communes)
    rows = [_row(reader.line_num, raw, known, problems) for raw in reader]
    for code, count in Counter(row.code for row in rows).items():
        if count > 1:
            problems.append(f"{_lines(row.line for row in rows if row.code == code)}: {code} stands twice")
    _refuse(problems or (["there is no line with a unit"] if not rows else []))
    return rows


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
    areas = {code: frozenset(area.commune_code for area in u.areas) for code, u in units.items()}
    areas |= {row.code: row.communes for row in rows}
    duty = {code for code, u in units.items() if u.is_duty and code not in given}
    duty |= {row.code for row in rows if row.is_duty}
    _refuse(_tree_problems(parents, areas, duty, {row.code: row.line for row in rows}))
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
        session.flush()


def _row(line: int, raw: Mapping[str, str | None], known: frozenset[str], problems: list[str]) -> UnitRow:
    code, name, parent, duty, communes = ((raw[column] or "").strip() for column in COLUMNS)
    if not CODE.fullmatch(code):
        problems.append(
            f"line {line}: the code {code!r} must be letters, digits, dots or hyphens, at most 32"
        )
    if not name:
        problems.append(f"line {line}: {code} has no name")
    if duty.lower() not in YES_NO:
        problems.append(f"line {line}: is_duty is {duty!r}, must be 1 or 0")
    problems += [
        f"line {line}: {commune} is no commune's code of 2025 (five digits; format the column as text)"
        for commune in communes.split()
        if commune not in known
    ]
    return UnitRow(line, code, name, parent, YES_NO.get(duty.lower(), False), frozenset(communes.split()))


def _tree_problems(
    parents: Mapping[str, str], areas: Mapping[str, frozenset[str]], duty: set[str], lines: Mapping[str, int]
) -> list[str]:
    problems = [
        f"line {lines[code]}: {code} belongs to {parent}, which does not exist"
        for code, parent in parents.items()
        if parent and parent not in parents
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
    for code, communes in areas.items():
        for commune in communes:
            owners.setdefault(commune, []).append(code)
    problems += [
        f"{_lines(lines[code] for code in codes if code in lines)}: commune {commune} is given to "
        f"{' and '.join(codes)}"
        for commune, codes in owners.items()
        if len(codes) > 1
    ]
    if not duty:
        problems.append("no unit has is_duty 1: one must take the tips that name no place")
    return problems


def _path(code: str, parents: Mapping[str, str]) -> str:
    """ "/ROOT/.../code/", or nothing when the parents run in a circle."""
    chain = [code]
    while parents[chain[0]]:
        if parents[chain[0]] in chain:
            return ""
        chain.insert(0, parents[chain[0]])
    return f"/{'/'.join(chain)}/"


def _lines(numbers: Iterable[int]) -> str:
    return "lines " + ", ".join(map(str, sorted(numbers)))


def _refuse(problems: list[str]) -> None:
    if problems:
        raise ImportRefused("nothing was imported:\n  " + "\n  ".join(problems))
