"""The units and staff of the demonstration: a province's duty desk and six commune posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cli.first_run import ROOT_CODE
from hotline.cli.unit_file import UnitRow
from hotline.cli.units import apply
from hotline.models import Staff, Unit
from hotline.rules.access import Role
from hotline.services import audit, staff

PROVINCE = ("CATLD", "Công an tỉnh Lâm Đồng")
# Each under its commune's code of the General Statistics Office.
POSTS = {
    "24664": "Công an xã Đức Lập",
    "24916": "Công an xã Tân Hà Lâm Hà",
    "23235": "Công an phường La Gi",
    "23005": "Công an xã Bắc Bình",
    "23023": "Công an xã Sông Lũy",
    "25000": "Công an xã Di Linh",
}
ROOT = ""
# Invented: a rank and a given name. In each post the first officer is given most.
PEOPLE = (
    ("demo.truc", "Thiếu tá Hạnh (trực ban)", Role.DUTY, ROOT),
    ("demo.truc2", "Đại úy Toàn (trực ban)", Role.DUTY, ROOT),
    ("demo.thongke", "Trung úy Mai (thống kê)", Role.STATISTICIAN, ROOT),
    ("demo.quantri", "Thượng úy Khôi (quản trị)", Role.ADMIN, ROOT),
    ("demo.duclap", "Trung tá Lâm", Role.LEADER, "24664"),
    ("demo.binh", "Đại úy Bình", Role.OFFICER, "24664"),
    ("demo.ybhiu", "Thượng úy Y Bhiu", Role.OFFICER, "24664"),
    ("demo.thu", "Trung úy Thu", Role.OFFICER, "24664"),
    ("demo.tanha", "Thiếu tá Sơn", Role.LEADER, "24916"),
    ("demo.dung", "Thượng úy Dũng", Role.OFFICER, "24916"),
    ("demo.khanh", "Trung úy Khánh", Role.OFFICER, "24916"),
    ("demo.lagi", "Trung tá Phúc", Role.LEADER, "23235"),
    ("demo.hai", "Đại úy Hải", Role.OFFICER, "23235"),
    ("demo.ngan", "Thượng úy Ngân", Role.OFFICER, "23235"),
    ("demo.luan", "Thiếu úy Luân", Role.OFFICER, "23235"),
    ("demo.bacbinh", "Thiếu tá Cường", Role.LEADER, "23005"),
    ("demo.tri", "Thượng úy Trí", Role.OFFICER, "23005"),
    ("demo.thao", "Trung úy Thảo", Role.OFFICER, "23005"),
    ("demo.songluy", "Đại úy Vinh", Role.OFFICER, "23023"),
    ("demo.dilinh", "Thiếu tá Nam", Role.LEADER, "25000"),
    ("demo.kbrel", "Đại úy K'Brel", Role.OFFICER, "25000"),
    ("demo.trang", "Trung úy Trang", Role.OFFICER, "25000"),
)


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who can sign in once with this password, and then chooses their own."""

    username: str
    display_name: str
    role: Role
    unit: str
    password: str


@dataclass(frozen=True, slots=True)
class Crew:
    """Who acts: the duty desk, and of each post (by the commune's code) its leader and officers."""

    duty: Sequence[Staff]
    units: Mapping[str, Unit]
    leaders: Mapping[str, Staff]
    officers: Mapping[str, Sequence[Staff]]


def settle(session: Session, now: datetime) -> tuple[Crew, tuple[Account, ...]]:
    """Make units and staff; a root unit that somebody named already stays as it is.

    Raises ImportRefused when another unit already has one of the communes.
    """
    root = session.scalar(select(Unit).where(Unit.parent_id.is_(None)))
    rows = []
    if root is None or root.code == ROOT_CODE:
        root_code, name = PROVINCE
        rows.append(UnitRow(1, root_code, name, "", is_duty=True, communes=frozenset()))
    else:
        root_code = root.code
    rows += [
        UnitRow(line, code, name, root_code, is_duty=False, communes=frozenset({code}))
        for line, (code, name) in enumerate(POSTS.items(), 2)
    ]
    apply(session, rows)
    audit.record(session, None, "units_imported", now=now, units=len(rows))
    made: dict[tuple[Role, str], list[Staff]] = {}
    accounts = []
    for username, display_name, role, post in PEOPLE:
        person, password = staff.create(
            session, None, username=username, display_name=display_name, role=role,
            unit_code=post or root_code, now=now,
        )  # fmt: skip
        made.setdefault((role, post), []).append(person)
        accounts.append(Account(username, display_name, role, person.unit.name, password))
    crew = Crew(
        duty=made[Role.DUTY, ROOT],
        units={unit.code: unit for unit in session.scalars(select(Unit).where(Unit.code.in_(POSTS)))},
        leaders={post: made[Role.LEADER, post][0] for post in POSTS if (Role.LEADER, post) in made},
        officers={post: made[Role.OFFICER, post] for post in POSTS},
    )
    return crew, tuple(accounts)
