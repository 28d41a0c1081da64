"""The file that `unit import` takes: read whole, or refused with everything that is wrong, by line and column."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hotline.errors import HotlineError
from hotline.rules.gazetteer import gazetteer
from hotline.rules.taxonomy import categories

COLUMNS = ("code", "name", "parent_code", "is_duty", "communes")
# Those that a file may leave out, which leaves them as they are in the database.
OPTIONAL = ("provinces", "categories")
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
    provinces: frozenset[str] | None = None
    categories: frozenset[str] | None = None


class ImportRefused(HotlineError):
    """The file cannot be imported; every problem is named with its line, and nothing was changed."""


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
    rows = [_row(reader.line_num, raw, problems) for raw in reader]
    for code, count in Counter(row.code for row in rows).items():
        if count > 1:
            problems.append(
                f"{line_numbers(row.line for row in rows if row.code == code)}: {code} stands twice"
            )
    refuse(problems or (["there is no line with a unit"] if not rows else []))
    return rows


def _row(line: int, raw: Mapping[str, str | None], problems: list[str]) -> UnitRow:
    code, name, parent, duty = ((raw[column] or "").strip() for column in COLUMNS[:4])
    if not CODE.fullmatch(code):
        problems.append(
            f"line {line}: the code {code!r} must be letters, digits, dots or hyphens, at most 32"
        )
    if not name:
        problems.append(f"line {line}: {code} has no name")
    if duty.lower() not in YES_NO:
        problems.append(f"line {line}: is_duty is {duty!r}, must be 1 or 0")
    listed = {
        column: None if raw.get(column) is None and column in OPTIONAL else (raw[column] or "").split()
        for column in ("communes", *OPTIONAL)
    }
    for column, (known, what) in _codes().items():
        problems += [
            f"line {line}, column {column}: {given} is no {what}"
            for given in listed[column] or ()
            if given not in known
        ]
    communes, provinces, found = (
        None if codes is None else frozenset(codes) for codes in (listed[c] for c in ("communes", *OPTIONAL))
    )
    return UnitRow(
        line, code, name, parent, YES_NO.get(duty.lower(), False), communes or frozenset(), provinces, found
    )


@cache
def _codes() -> dict[str, tuple[frozenset[str], str]]:
    """What each column with codes may hold, and how that is called."""
    communes = gazetteer().communes
    return {
        "communes": (
            frozenset(commune.code for commune in communes),
            "commune's code of 2025 (five digits; format the column as text)",
        ),
        "provinces": (
            frozenset(commune.province_code for commune in communes),
            "province's code of 2025 (two digits; format the column as text)",
        ),
        "categories": (
            frozenset(category.code for category in categories()),
            "category's code (MA_TUY, TROM_CAP and so on: see hotline/data/taxonomy_vi.json)",
        ),
    }


def line_numbers(numbers: Iterable[int]) -> str:
    """ "lines 2, 3"."""
    return "lines " + ", ".join(map(str, sorted(numbers)))


def refuse(problems: list[str]) -> None:
    """Raise ImportRefused if there are problems."""
    if problems:
        raise ImportRefused("nothing was imported:\n  " + "\n  ".join(problems))
