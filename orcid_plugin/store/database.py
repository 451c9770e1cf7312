"""The engine and its sessions: SQLite with a write-ahead log on one machine, PostgreSQL for a service."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session, sessionmaker

from orcid_plugin.errors import NotMigrated, SettingsError, StoreError
from orcid_plugin.store.migrations import schema

URL_SETTING = "ORCID_PLUGIN_DATABASE_URL"


class Store:
    """The plugin's database, on an engine of its own or the host's."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._process = os.getpid()
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    @classmethod
    def open(cls, url: str) -> Store:
        """An engine for a SQLAlchemy URL, which connects when it is used first.

        Raises `SettingsError` where the URL is none, names another database than SQLite or PostgreSQL, or its driver
        is missing; the URL is never repeated, since it may hold a password.
        """
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise SettingsError(f"{URL_SETTING} is not a SQLAlchemy URL (postgresql://user@host/name)") from None
        if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
            raise SettingsError(f"{URL_SETTING} names neither SQLite nor PostgreSQL: {parsed.drivername}")
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        try:
            # A connection that the server closed meanwhile is replaced, instead of failing the next transaction.
            engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() == "postgresql")
        except (NoSuchModuleError, ImportError) as error:
            raise SettingsError(
                f'{URL_SETTING} needs a driver that is not installed (pip install "orcid_plugin[postgres]"): {error}'
            ) from None
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        return cls(engine)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back by an exception.

        Raises `NotMigrated` where tables are missing, `StoreError` where the database does not answer.
        """
        if self._process != os.getpid():  # a fork has the sockets of its parent, on which their answers would mix
            self._process = os.getpid()
            self.engine.dispose(close=False)
        with self._plain_errors(), self._sessions.begin() as session:
            yield session

    def upgrade(self) -> None:
        """Bring the schema to the newest revision; harmless when it is there. Makes the folder of a SQLite file.

        Raises `StoreError` where the database does not answer.
        """
        if self._folder is not None:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"the folder of the database cannot be made: {error}") from error
        with self._plain_errors():
            schema.upgrade(self.engine)

    def revision(self) -> str | None:
        """The revision of the schema, None where it has none. Raises `StoreError`."""
        with self._plain_errors():
            return schema.current(self.engine)

    def require_migrated(self) -> None:
        """Raise `NotMigrated` unless the schema is at the newest revision."""
        found, wanted = self.revision(), schema.head()
        if found != wanted:
            raise NotMigrated(
                f"the database is at revision {found or 'none'}, this version needs {wanted}: "
                "run `orcid-plugin db upgrade`"
            )

    @property
    def _folder(self) -> Path | None:
        """Where the file of a SQLite database is."""
        file = self.engine.url.database if self.engine.dialect.name == "sqlite" else None
        return Path(file).parent if file else None

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if schema.is_missing(error) or (self._folder is not None and not self._folder.is_dir()):
                raise NotMigrated(
                    "the database has not the plugin's tables yet: run `orcid-plugin db upgrade`"
                ) from error
            if schema.is_unreachable(error):
                reason = str(error.orig).partition("\n")[0]
                raise StoreError(f"the database of {URL_SETTING} cannot be used: {reason}") from error
            raise

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
