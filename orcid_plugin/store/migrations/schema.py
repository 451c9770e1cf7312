"""Alembic without an ini file: upgrade, current and newest revision of the plugin's own schema."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

VERSION_TABLE = "orcid_plugin_alembic_version"

_SQLITE_TROUBLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
}
"""Primary result codes (SQLite: Result Codes)."""

_TROUBLE = {"08", "28", "3D", "53", "57", "58"}
"""Classes of SQLSTATE: connection, authorization, catalog, resources, operator, system (PostgreSQL: Appendix A)."""


def config(engine: Engine) -> Config:
    """Alembic's configuration for one engine; usable with every function of `alembic.command`."""
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent))
    configuration.attributes["engine"] = engine
    return configuration


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Apply all revisions up to one."""
    command.upgrade(config(engine), revision)


def head() -> str | None:
    """The newest revision of this version of the package."""
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent))
    return ScriptDirectory.from_config(configuration).get_current_head()


def current(engine: Engine) -> str | None:
    """The revision of a database, None where it has none."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def is_missing(error: DBAPIError) -> bool:
    """Whether a statement failed for want of one of the plugin's tables."""
    words = str(error.orig)
    return "orcid_plugin_" in words and ("no such table" in words or "does not exist" in words)


def is_unreachable(error: DBAPIError) -> bool:
    """Whether the database itself is the trouble, not the statement."""
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode & 0xFF in _SQLITE_TROUBLE
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or (isinstance(error, OperationalError) and (state or "08")[:2] in _TROUBLE)
