"""What a command works with: the settings and the store of the host's app, else those of the process environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app, has_app_context

from orcid_plugin.runtime import EXTENSION, Runtime, current
from orcid_plugin.settings import Settings
from orcid_plugin.store.database import Store


def default_database_url() -> str:
    """SQLite in the folder `instance` below the current one, where Flask would put it too."""
    return f"sqlite:///{Path.cwd() / 'instance' / 'orcid_plugin.sqlite3'}"


def read_settings() -> Settings:
    """The settings in force. Raises `SettingsError`."""
    return current().settings if mounted() else Settings.from_mapping(os.environ)


@contextmanager
def open_store() -> Iterator[Store]:
    """The store alone, for commands that need neither keys nor credentials. Raises `SettingsError`."""
    if mounted():
        yield current().store
        return
    store = Store.open(read_settings().database_url or default_database_url())
    try:
        yield store
    finally:
        store.close()


@contextmanager
def open_runtime(site: str | None = None) -> Iterator[Runtime]:
    """All that hooks and engines need, at a site of the database or the host's own.

    Raises `SettingsError`, also where there are no token keys, and what `Runtime.at` raises.
    """
    runtime = current() if mounted() else Runtime.open(read_settings(), default_database_url=default_database_url())
    try:
        yield runtime.at(site) if site else runtime
    finally:
        if not mounted():
            runtime.close()


def mounted() -> bool:
    """Whether the command runs as `flask orcid …` on an app with the plugin."""
    return has_app_context() and EXTENSION in current_app.extensions
