"""What commands share: settings, and a database that is opened, used and closed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from hotline.db import Database
from hotline.errors import BadConfiguration
from hotline.schema import check
from hotline.settings import Settings
from hotline.vault import KeyRing, Vault


def settings() -> Settings:
    """Read from this process's environment."""
    return Settings.from_env(os.environ)


@contextmanager
def database(found: Settings, *, checked: bool = True) -> Iterator[Database]:
    """The hotline's database, of this version and key ring unless `checked` is False.

    Raises BadConfiguration when it does not answer or refuses.
    """
    ring = KeyRing.load_or_create(found.data_dir, os.environ)
    opened = Database(found.database_url, Vault(ring))
    try:
        if checked:
            check(opened)
        yield opened
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise BadConfiguration(
            f"the database failed: {reason}. Check DATABASE_URL, that its server runs, and free disk space"
        ) from error
    finally:
        opened.engine.dispose()
