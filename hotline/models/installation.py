"""The installation itself: whose keys its database was written with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base


class Installation(Base):
    """One row; a database opened with another key ring is refused instead of quietly misread."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    keyring_fingerprint: Mapped[str]


class ComponentState(Base):
    """What a part of the system last said of itself, such as the speech worker of its model.

    `state` is a stable word ("ready", "model-missing", ...); `detail` holds what a page shows of it.
    """

    __tablename__ = "component_state"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    state: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
