"""The audit chain: every change and every reading, append-only, each event carrying the hash of the one before."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base


class AuditEvent(Base):
    """Who did what to which tip; `detail` holds ids, codes and numbers only. No foreign keys: it outlives all."""

    __tablename__ = "audit_event"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    # None when the machine did it.
    actor_id: Mapped[uuid.UUID | None]
    kind: Mapped[str]
    tip_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    hash: Mapped[bytes]


class AuditHead(Base):
    """The end of the chain, in one row that writers lock in turn; it also shows when the tail was cut off."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[bytes]
