"""What Alembic runs for each command; the engine comes with the configuration (`schema.config`)."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Engine, text
from sqlalchemy.schema import SchemaItem

from orcid_plugin.store.migrations.schema import VERSION_TABLE
from orcid_plugin.store.tables import Base, UtcDateTime


def _ours(item: SchemaItem, name: str | None, kind: str, _reflected: bool, _other: SchemaItem | None) -> bool:
    # The host's tables may live in the same database.
    return kind != "table" or (name or "").startswith("orcid_plugin_")


def _render(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    # A revision must not change when the code changes: it names the plain type.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


engine: Engine = context.config.attributes["engine"]
with engine.connect() as connection:
    if connection.dialect.name == "sqlite":
        # A table that SQLite cannot alter is made anew, and its rows must not pull others down with them; the setting
        # counts only outside of a transaction, hence past SQLAlchemy.
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys=OFF")
    # One transaction around all revisions, or Alembic would commit each by itself on SQLite, and another process that
    # waits could take its turn between two of them.
    connection.begin()
    if connection.dialect.name == "postgresql":
        # Several processes of a service may upgrade at its start: one does, the others wait until it has committed.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('orcid_plugin'))"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table=VERSION_TABLE,
        include_object=_ours,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
    if connection.dialect.name == "sqlite":
        raw.execute("PRAGMA foreign_keys=ON")
