"""Alembic's environment: run from hotline.schema, never from an ini file."""

from alembic import context

import hotline.models  # noqa: F401 - makes every table known
from hotline.db import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter a table in place
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
