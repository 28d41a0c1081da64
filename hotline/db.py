"""Engine, sessions and the declarative base."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.types import TypeDecorator

from hotline.vault import Vault

# A writer holds SQLite's lock for milliseconds; a webhook may wait 15 s in all (Twilio), so give up before.
SQLITE_BUSY_MS = 8_000


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware going in, aware UTC coming out, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone must not reach the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every table; names constraints so that migrations can find them on any database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime()}  # noqa: RUF012 - SQLAlchemy reads it from the class


class Identified:
    """A row with a random id, made by the program so that it can be sealed and queued before it is stored."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)


class Database:
    """Opens sessions; every session carries the vault that seals and opens its rows."""

    def __init__(self, url: str, vault: Vault) -> None:
        self.vault = vault
        self.engine = _engine(url)
        info = {"vault": vault}
        self._writing = sessionmaker(self.engine, info=info, expire_on_commit=False)
        self._reading = sessionmaker(
            self.engine.execution_options(read_only=True), info=info, expire_on_commit=False
        )

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A session whose changes are committed at the end, or rolled back on an exception."""
        with self._writing.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads, and so never waits for a writer."""
        with self._reading() as session:
            yield session


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": SQLITE_BUSY_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not open transactions on its own
    _write_ahead(connection)
    for pragma in (
        "synchronous=FULL",  # NORMAL may lose the last commits on a power cut, after we acknowledged them
        "foreign_keys=ON",
        "secure_delete=ON",  # a deleted key must not stay readable in a free page
    ):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch a new file to WAL; the file remembers it, so later connections only ask.

    The switch wants the file alone and does not wait as statements do (sqlite.org/wal.html, section 8), so of
    processes that open a new file together all but one must try again.
    """
    deadline = time.monotonic() + SQLITE_BUSY_MS / 1000
    while connection.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another wrote in between
    # (SQLITE_BUSY_SNAPSHOT, not covered by the busy timeout), so writers take their turn from the start.
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
