"""What a new hotline needs before anyone can use it: tables, one unit and one administrator."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select

from hotline import schema
from hotline.db import Database
from hotline.models import Staff, Unit
from hotline.rules.access import Role
from hotline.services import staff

ADMIN = "admin"
ROOT_CODE = "GOC"
NAMES = {"vi": ("Đơn vị cấp cao nhất", "Quản trị"), "en": ("Root unit", "Administrator")}


def prepare(database: Database, lang: str, now: datetime) -> str | None:
    """Migrate, and make the root unit and the first administrator where there is no staff.

    Returns the administrator's one-time password for as long as nobody has signed in with one: a new one
    each time, for only its hash is stored. None afterwards.
    """
    schema.migrate(database)
    with database.begin() as session:
        first = session.scalar(select(Staff).where(Staff.username == ADMIN))
        if first is not None and first.last_login_at is None and first.must_change_password:
            return staff.reset_password(session, None, ADMIN, now)
        if session.scalar(select(Staff.id).limit(1)) is not None:
            return None
        unit_name, person_name = NAMES[lang]
        root = session.scalar(select(Unit).where(Unit.parent_id.is_(None)))
        if root is None:
            root = Unit(id=uuid.uuid4(), code=ROOT_CODE, name=unit_name, path=f"/{ROOT_CODE}/", is_duty=True)
            session.add(root)
            session.flush()
        _, password = staff.create(
            session,
            None,
            username=ADMIN,
            display_name=person_name,
            role=Role.ADMIN,
            unit_code=root.code,
            now=now,
        )
        return password
