"""When the last backup began, as the operator's backup script marks it (docs/operations.md)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

MARK = "backup-done"


def last_backup(data_dir: Path, now: datetime) -> datetime | None:
    """The time of the mark's file; None without one, and for one from the future, whose clock tells nothing."""
    try:
        begun = datetime.fromtimestamp((data_dir / MARK).stat().st_mtime, UTC)
    except OSError:
        return None
    return begun if begun <= now else None
