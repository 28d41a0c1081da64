"""The installation itself: whose keys its database was written with."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base


class Installation(Base):
    """One row; a database opened with another key ring is refused instead of quietly misread."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    keyring_fingerprint: Mapped[str]
