"""Alembic without an ini file: upgrade, current and newest revision of the plugin's own schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

VERSION_TABLE = "orcid_plugin_alembic_version"


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
    words = str(error.orig)
    return isinstance(error, InterfaceError | OperationalError) and (
        "connection" in words or "unable to open" in words or "readonly" in words
    )
