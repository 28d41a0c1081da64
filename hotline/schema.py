"""The database's shape: migrate it, and refuse a database that belongs to another key ring or version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select

from hotline.db import Database
from hotline.errors import BadConfiguration
from hotline.models import AuditHead, Installation

# Any fixed number: PostgreSQL's advisory lock lets one process migrate while the others wait.
MIGRATION_LOCK = 746_853


def migrate(database: Database) -> None:
    """Bring the database to this program's version and bind it to its key ring; safe to repeat."""
    with database.engine.connect() as connection, _rebuilding_tables(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        command.upgrade(_config(connection), "head")
        if (
            connection.dialect.name == "sqlite"
            and connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        ):
            raise BadConfiguration(
                "the database holds rows that refer to missing ones: restore it from a backup. Nothing was changed"
            )
        # Under the same lock: of processes that start together, one makes the first rows.
        if connection.scalar(select(Installation.id)) is None:
            fingerprint = database.vault.fingerprint
            connection.execute(insert(Installation).values(id=1, keyring_fingerprint=fingerprint))
            connection.execute(insert(AuditHead).values(id=1, seq=0, hash=b""))
    check(database)


@contextmanager
def _rebuilding_tables(connection: Connection) -> Iterator[None]:
    """Let SQLite replace a table that others refer to (sqlite.org/lang_altertable.html, section 7).

    References are looked through before the migration is committed; the setting has no effect in a transaction.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    sqlite = connection.connection.driver_connection
    assert isinstance(sqlite, sqlite3.Connection)  # noqa: S101 - what the dialect's driver gives
    sqlite.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        sqlite.execute("PRAGMA foreign_keys=ON")


def check(database: Database) -> None:
    """Raise BadConfiguration unless the database has this program's version and this key ring's data."""
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        wanted = ScriptDirectory.from_config(_config(connection)).get_current_head()
    if found != wanted:
        raise BadConfiguration(
            f"the database is at version {found}, this program needs {wanted}: run `python -m hotline migrate`"
        )
    with database.reading() as session:
        fingerprint = session.scalar(select(Installation.keyring_fingerprint))
    if fingerprint != database.vault.fingerprint:
        raise BadConfiguration(
            "this database was written with another key ring: put its own keyring.json into DATA_DIR "
            "(or HOTLINE_KEYRING). Nothing was changed"
        )


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
