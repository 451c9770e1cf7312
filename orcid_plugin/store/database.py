"""The engine and its sessions: SQLite with a write-ahead log on one machine, PostgreSQL for a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session, sessionmaker

from orcid_plugin.errors import NotMigrated, SettingsError, StoreError
from orcid_plugin.store.migrations import schema


class Store:
    """The plugin's database, on an engine of its own or the host's."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    @classmethod
    def open(cls, url: str) -> Store:
        """Connect lazily to a SQLAlchemy URL; raises `SettingsError` where it is none or its driver is missing."""
        try:
            parsed = make_url(url)
            if parsed.get_backend_name() == "postgresql" and parsed.drivername == "postgresql":
                parsed = parsed.set(drivername="postgresql+psycopg")
            engine = create_engine(parsed)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise SettingsError(f"ORCID_PLUGIN_DATABASE_URL cannot be used: {error}") from None
        if engine.dialect.name == "sqlite":
            if parsed.database and parsed.database != ":memory:":
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            _prepare_sqlite(engine)
        return cls(engine)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back by an exception.

        Raises `NotMigrated` where tables are missing, `StoreError` where the database does not answer.
        """
        try:
            with self._sessions.begin() as session:
                yield session
        except DBAPIError as error:
            if schema.is_missing(error):
                raise NotMigrated(
                    "the database has not the plugin's tables yet: run `orcid-plugin db upgrade`"
                ) from error
            if error.connection_invalidated or schema.is_unreachable(error):
                raise StoreError("the database of ORCID_PLUGIN_DATABASE_URL does not answer") from error
            raise

    def upgrade(self) -> None:
        """Bring the schema to the newest revision; harmless when it is there."""
        schema.upgrade(self.engine)

    def require_migrated(self) -> None:
        """Raise `NotMigrated` unless the schema is at the newest revision."""
        found, wanted = schema.current(self.engine), schema.head()
        if found != wanted:
            raise NotMigrated(
                f"the database is at revision {found or 'none'}, this version needs {wanted}: "
                "run `orcid-plugin db upgrade`"
            )

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        # The driver's own transactions start too late: BEGIN IMMEDIATE below takes the write lock at once, so that
        # two workers wait for each other instead of failing at commit.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=15000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
