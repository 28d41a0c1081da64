"""Who is there: shifts and absences; and the alarm of an urgent tip, which pages them one after another."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hotline.db import Base, Identified
from hotline.models.staff import Staff
from hotline.models.work import Work


class Shift(Identified, Base):
    """A turn on duty at a unit, from `starts_at` until before `ends_at`."""

    __tablename__ = "shift"

    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("unit.id"))
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]

    staff: Mapped[Staff] = relationship()

    __table_args__ = (Index("ix_shift_unit_id_ends_at", "unit_id", "ends_at"),)


class Absence(Identified, Base):
    """Days in Vietnam on which somebody takes no tips, both included."""

    __tablename__ = "absence"

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]


class Alarm(Base):
    """An urgent tip that waits for somebody to say "I have it"; `next_at` is when `step` is taken.

    It begins at step 0 (rules/alarm.py) and is due at once; beyond the last step it is repeated. A tip that is
    given to somebody else begins anew: `raised_at` tells the pages of this time from earlier ones.
    """

    __tablename__ = "alarm"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), primary_key=True)
    raised_at: Mapped[datetime]
    step: Mapped[int]
    # None once it was acknowledged or called off.
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))

    acknowledged_by: Mapped[Staff | None] = relationship()


class PageState(StrEnum):
    """Where the text of a page is; SHOWN is only on the screen, DROPPED was no longer needed."""

    SHOWN = "shown"
    TO_SEND = "to_send"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class Page(Identified, Work, Base):
    """One person called by an alarm; the text to their duty telephone is work, if they have one."""

    __tablename__ = "page"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), index=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    at: Mapped[datetime]
    step: Mapped[int]

    staff: Mapped[Staff] = relationship()
