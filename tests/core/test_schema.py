from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, delete, inspect, select
from sqlalchemy.exc import IntegrityError

from hotline import schema
from hotline.db import Base, Database
from hotline.errors import BadConfiguration
from hotline.models import Call, Recording, Tip
from hotline.vault import KeyRing, Vault
from tests.builders import create_tip, create_world

pytestmark = pytest.mark.both_databases


@pytest.fixture
def empty(database_kind, tmp_path, request, new_folder):
    """An empty database, as on the first start."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    if database_kind == "postgresql":
        url = request.getfixturevalue("new_postgres_database")()
    database = Database(url, Vault(KeyRing.load_or_create(new_folder, {})))
    yield database
    database.engine.dispose()


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, Base.metadata)


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_an_upgrade_from_nothing_gives_the_models(empty):
    with pytest.raises(BadConfiguration, match="python -m hotline migrate"):
        schema.check(empty)
    schema.migrate(empty)
    schema.migrate(empty)
    assert differences(empty) == []
    assert tables(empty) == set(Base.metadata.tables) | {"alembic_version"}


def test_down_and_up_again(empty):
    schema.migrate(empty)
    with empty.engine.begin() as connection:
        command.downgrade(schema._config(connection), "base")
    assert tables(empty) == {"alembic_version"}
    with pytest.raises(BadConfiguration, match="version None"):
        schema.check(empty)
    schema.migrate(empty)
    assert differences(empty) == []


def test_processes_that_start_together_migrate_once(empty):
    problems = []

    def migrate() -> None:
        own = Database(empty.engine.url.render_as_string(hide_password=False), empty.vault)
        try:
            schema.migrate(own)
        except Exception as error:
            problems.append(error)
        finally:
            own.engine.dispose()

    threads = [threading.Thread(target=migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert differences(empty) == []


def test_a_database_of_another_key_ring_is_refused_and_unchanged(database, tmp_path):
    with database.begin() as session:
        create_world(session)
        tip_id = create_tip(session).id
    other = Database(
        database.engine.url.render_as_string(hide_password=False),
        Vault(KeyRing.load_or_create(tmp_path / "elsewhere", {})),
    )
    for use in (schema.check, schema.migrate):
        with pytest.raises(BadConfiguration, match=r"another key ring.*keyring\.json"):
            use(other)
    other.engine.dispose()
    schema.check(database)
    with database.reading() as session:
        assert session.get_one(Tip, tip_id).code


def test_an_upgrade_keeps_calls_and_their_recordings(empty):
    """Version 3 rebuilds `call` and `recording` on SQLite, which other rows refer to."""
    with empty.engine.begin() as connection:
        command.upgrade(schema._config(connection), "0002")
        old = MetaData()
        old.reflect(connection)
        now = datetime(2026, 11, 22, tzinfo=UTC)
        ids = {name: uuid.uuid4() for name in ("unit", "tip", "call", "call_event", "recording")}
        own = {
            "unit": {"code": "X", "path": "/X/"},
            "tip": {"channel": "voice", "unit_id": ids["unit"]},
            "call": {"tip_id": ids["tip"], "provider_sid": "CA1"},
            "call_event": {"call_id": ids["call"]},
            "recording": {"tip_id": ids["tip"], "call_id": ids["call"], "provider_sid": "RE1"},
        }
        if connection.dialect.name == "sqlite":
            ids = {name: value.hex for name, value in ids.items()}
            own = {
                t: {c: ids.get(c.removesuffix("_id"), v) for c, v in row.items()} for t, row in own.items()
            }
        for name, row in own.items():
            table = old.tables[name]
            needed = {c.name: filler(c, now) for c in table.c if not c.nullable}
            connection.execute(table.insert().values(needed | row | {"id": ids[name]}))
    schema.migrate(empty)
    assert differences(empty) == []
    with empty.reading() as session:
        recording = session.scalars(select(Recording)).one()
        call = session.scalars(select(Call)).one()
        assert (recording.provider_sid, recording.source, recording.call_id) == ("RE1", "call", call.id)
        assert call.language == "vi" and len(call.events) == 1
        assert not session.get_one(Tip, call.tip_id).texts_agreed
    with pytest.raises(IntegrityError), empty.begin() as session:
        session.execute(delete(Call))  # references are minded again after the migration


def filler(column, now: datetime) -> object:
    """Any value of a column's type."""
    kind = column.type.python_type
    return {datetime: now, bool: False, int: 0, float: 0.0, bytes: b"x"}.get(kind, "x")
