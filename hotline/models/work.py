"""Columns of a row that workers have to do something with: claimed with a lease, tried again with back-off."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column


class Work:
    """`state` is the row's own word; `lease_until` is set while a worker holds it, `not_before` after a failure."""

    state: Mapped[str] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    # Why it failed: a stable code such as "not-audio", shown to officers in their language.
    failure: Mapped[str | None]
