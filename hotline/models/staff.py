"""Units of the police and the people in them."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hotline.db import Base, Identified
from hotline.rules.access import Role, Viewer


class Unit(Identified, Base):
    """A post in the tree of units; `path` ("/PA01/24823/") holds the codes from the root down."""

    __tablename__ = "unit"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("unit.id"))
    path: Mapped[str] = mapped_column(index=True)
    # Takes what no other unit's area covers, around the clock.
    is_duty: Mapped[bool] = mapped_column(default=False)

    @classmethod
    def in_sight(cls, viewer: Viewer) -> ColumnElement[bool]:
        """The condition that every query of tips, units and staff carries."""
        return cls.path.startswith(viewer.scope, autoescape=True)

    def seen_by(self, viewer: Viewer) -> bool:
        """The same for a unit at hand."""
        return self.path.startswith(viewer.scope)

    areas: Mapped[list[UnitArea]] = relationship(back_populates="unit", cascade="all, delete-orphan")
    provinces: Mapped[list[UnitProvince]] = relationship(cascade="all, delete-orphan")
    categories: Mapped[list[UnitCategory]] = relationship(cascade="all, delete-orphan")


class UnitArea(Base):
    """A commune that a unit answers for, by its code of the General Statistics Office."""

    __tablename__ = "unit_area"

    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    commune_code: Mapped[str] = mapped_column(primary_key=True, index=True)

    unit: Mapped[Unit] = relationship(back_populates="areas")


class UnitProvince(Base):
    """A whole province that a unit answers for, by its code of the General Statistics Office."""

    __tablename__ = "unit_province"

    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    province_code: Mapped[str] = mapped_column(primary_key=True, index=True)


class UnitCategory(Base):
    """A category that a specialised unit takes, within its communes and provinces where it has any."""

    __tablename__ = "unit_category"

    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True, index=True)


class Staff(Identified, Base):
    """A person who signs in; never deleted, because history names them."""

    __tablename__ = "staff"

    username: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    password_hash: Mapped[str]
    must_change_password: Mapped[bool] = mapped_column(default=True)
    # Named in the session cookie: a new one signs the person out everywhere.
    session_id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    role: Mapped[str]
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("unit.id"))
    active: Mapped[bool] = mapped_column(default=True)
    lang: Mapped[str] = mapped_column(default="vi")
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]
    # Where urgent tips are paged to, a telephone of the post; None: only on the screen.
    duty_phone: Mapped[str | None]

    unit: Mapped[Unit] = relationship()
    specialities: Mapped[list[Speciality]] = relationship(cascade="all, delete-orphan")

    __table_args__ = (Index("ix_staff_unit_id_active", "unit_id", "active"),)

    @property
    def viewer(self) -> Viewer:
        """On whose behalf queries and services act when this person asks."""
        return Viewer(self.id, Role(self.role), self.unit.path)


class Speciality(Base):
    """A category that somebody knows best: such tips of the unit come to them first."""

    __tablename__ = "speciality"

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
