"""What is compiled once a test run and not once a test: every test has an engine and an application of its own."""

from __future__ import annotations

from typing import Any, ClassVar

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Dialect, Engine, event

# Engines of one kind differ in where they connect to, and compile a statement to the same SQL.
_kinds: dict[type[Dialect], tuple[Dialect, dict[Any, Any]]] = {}


@event.listens_for(Engine, "engine_connect")
def share_statements(connection: Connection) -> None:
    """Let all engines of a kind use the statements that any of them compiled; half of a test's time goes there."""
    dialect, statements = _kinds.setdefault(type(connection.dialect), (connection.dialect, {}))
    connection.engine.dialect = connection.dialect = dialect
    connection.execution_options(compiled_cache=statements)


class TemplateCache(BytecodeCache):
    """Templates compiled by any application of this process; Jinja tells a changed one by its checksum."""

    _compiled: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()
