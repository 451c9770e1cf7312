"""`orcid-plugin check`: whether settings, keys, database, the Registry's answer and Celery's workers are in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager

import click
from sqlalchemy import select

from orcid_plugin import icons
from orcid_plugin.cli.context import mounted, open_store, read_settings
from orcid_plugin.icons import IconFile
from orcid_plugin.identity.connections import access_token
from orcid_plugin.identity.credentials import Line, look, of_registry
from orcid_plugin.outbox.engines.celery import Bell, Engine
from orcid_plugin.registry.transport import Transport
from orcid_plugin.runtime import of_host
from orcid_plugin.settings import PREFIX, Settings
from orcid_plugin.store.calls import CallLog
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, ConnectionState

PATIENCE = 2.0
"""Seconds in which Celery's workers have to answer."""


@click.command()
def check() -> None:
    """Tell whether settings, keys, database and the Registry's answer are in order.

    Asks the Registry for tokens of the client's own, which the log of calls keeps, and changes nothing. Exit status 1
    when something is wrong. As `flask orcid check` in an app that uses Celery, asks its workers for an answer too.
    """
    show(_lines())


def show(lines: Iterable[Line]) -> None:
    """Print what was looked at, one line after the other. Ends with status 1 when something is wrong."""
    wrong = False
    for line in lines:
        click.echo(f"{'fault' if line.remedy else 'ok':5}  {line.subject}: {line.found}")
        if line.remedy:
            wrong = True
            click.echo(f"       remedy: {line.remedy}")
    if wrong:
        raise click.exceptions.Exit(1)


def _lines() -> Iterator[Line]:
    line = look("settings", lambda: _described(read_settings()))
    yield line
    if line.remedy:
        return
    settings = read_settings()
    if settings.environment == "production":
        yield _icon("iD icon", settings.icon, "ICON")
        yield _icon("icon of iDs that are not authenticated", settings.unauthenticated_icon, "UNAUTHENTICATED_ICON")
    credentials = look("credentials", lambda: f"client {settings.the_site().client_id}")
    yield credentials
    keys = look("token keys", lambda: _keys(settings))
    yield keys
    looks = [("database", _reached), ("migrations", _migrated)]
    if not keys.remedy:
        looks.append(("stored tokens", lambda: _decrypted(settings)))
    migrated = False
    for subject, find in looks:
        line = look(subject, find)
        yield line
        if line.remedy:
            break  # each of these rests on the one before
        migrated = migrated or find is _migrated
    if not credentials.remedy:
        limits = {"connect_timeout": settings.connect_timeout, "read_timeout": settings.read_timeout}
        with closing(Transport(**limits)) as transport, _kept(settings, transport, migrated) as observed:
            yield from of_registry(settings, observed)
    if mounted() and isinstance(bell := of_host().due, Bell):
        yield from _of_celery(bell.engine, settings)


@contextmanager
def _kept(settings: Settings, transport: Transport, migrated: bool) -> Iterator[Transport]:
    """The transport, whose calls are in the log at the end where there is a database to keep it."""
    if not migrated:
        yield transport
        return
    with open_store() as store:
        calls = CallLog(store)
        yield transport.observed(calls.observer(settings))
        calls.flush()


def _of_celery(engine: Engine, settings: Settings) -> Iterator[Line]:
    try:
        workers = engine.workers(PATIENCE)
    except Exception as error:  # of whichever broker; its text may hold a password
        remedy = "start Celery's broker, or correct its broker_url"
        yield Line("broker", f"it does not answer ({type(error).__name__})", remedy)
        return
    if workers:
        yield Line("workers", ", ".join(workers))
    else:
        remedy = "start `celery … worker` with the app that was given to use_celery (docs/workers.md)"
        yield Line("workers", "none that has the plugin's tasks answers", remedy)
    if settings.pace_storage.startswith("memory"):
        remedy = "set ORCID_PLUGIN_PACE_STORAGE=redis://…"
        yield Line("pace", "each worker process keeps one of its own, so that together they are too fast", remedy)


def _described(settings: Settings) -> str:
    return f"Registry {settings.registry.name} ({settings.registry.web}), {settings.api} API, site {settings.site!r}"


def _icon(subject: str, file: IconFile | None, setting: str) -> Line:
    """Which icon people see. A drawn one is no fault: the file is the host's to fetch."""
    if file is not None:
        return Line(subject, f"ORCID's own, {file} ({file.media_type})")
    drawn = "drawn after ORCID's own, which ORCID asks to show unaltered"
    return Line(subject, f"{drawn}: download it from {icons.SOURCE} and name it in {PREFIX}{setting}")


def _keys(settings: Settings) -> str:
    Keyring(settings.token_keys)
    return f"{len(settings.token_keys)} set"


def _reached() -> str:
    with open_store() as store:
        store.revision()
        return f"{store.engine.url.render_as_string()} answers"


def _migrated() -> str:
    with open_store() as store:
        store.require_migrated()
        return f"at revision {store.revision()}"


def _decrypted(settings: Settings) -> str:
    keyring, number = Keyring(settings.token_keys), 0
    with open_store() as store, store.begin() as session:
        for connection in session.scalars(select(Connection).where(Connection.state == ConnectionState.ACTIVE)):
            access_token(keyring, connection)
            number += 1
    return f"{number} can be decrypted"
