"""`orcid-plugin check`: whether settings, keys, database and the Registry's answer are in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click
from sqlalchemy import select

from orcid_plugin.cli.context import open_store, read_settings
from orcid_plugin.errors import (
    ClientLocked,
    NotMigrated,
    OAuthError,
    OAuthUnavailable,
    OrcidPluginError,
    RegistryError,
    StoreError,
    UnusableAnswer,
    UnusableKey,
)
from orcid_plugin.identity.connections import access_token
from orcid_plugin.registry.oauth import OAuthClient
from orcid_plugin.registry.transport import Transport
from orcid_plugin.settings import Settings
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, ConnectionState

_AWAY = "look at the network and its proxy, and at the addresses of ORCID_PLUGIN_ENVIRONMENT; or wait"

REMEDIES: tuple[tuple[type[OrcidPluginError], str], ...] = (
    (NotMigrated, "run `orcid-plugin db upgrade`"),
    (
        UnusableKey,
        "put the keys with which the tokens were stored back into ORCID_PLUGIN_TOKEN_KEYS, after the new one",
    ),
    (StoreError, "start the database, or correct ORCID_PLUGIN_DATABASE_URL"),
    (ClientLocked, "ask ORCID why it locked the client"),
    (OAuthUnavailable, _AWAY),
    (UnusableAnswer, _AWAY),
    (OAuthError, "compare ORCID_PLUGIN_CLIENT_ID, _CLIENT_SECRET and _ENVIRONMENT with the credentials ORCID gave you"),
    (RegistryError, _AWAY),
    (OrcidPluginError, "set what is missing, correct what is wrong; `orcid-plugin settings --markdown` explains each"),
)
"""What to do about each class of errors; the first that fits counts."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at and what was found; `remedy` is what to do about a fault, None where all is well."""

    subject: str
    found: str
    remedy: str | None = None


@click.command()
def check() -> None:
    """Tell whether settings, keys, database and the Registry's answer are in order.

    Asks the Registry for a token of the client's own, and changes nothing. Exit status 1 when something is wrong.
    """
    wrong = 0
    for line in _lines():
        click.echo(f"{'fault' if line.remedy else 'ok':5}  {line.subject}: {line.found}")
        if line.remedy:
            wrong += 1
            click.echo(f"       remedy: {line.remedy}")
    if wrong:
        raise click.exceptions.Exit(1)


def _look(subject: str, look: Callable[[], str]) -> Line:
    try:
        return Line(subject, look())
    except OrcidPluginError as error:
        return Line(subject, str(error), next(remedy for kind, remedy in REMEDIES if isinstance(error, kind)))


def _lines() -> Iterator[Line]:
    line = _look("settings", lambda: _described(read_settings()))
    yield line
    if line.remedy:
        return
    settings = read_settings()
    credentials = _look("credentials", lambda: f"client {settings.the_site().client_id}")
    yield credentials
    keys = _look("token keys", lambda: _keys(settings))
    yield keys
    looks = [("database", _reached), ("migrations", _migrated)]
    if not keys.remedy:
        looks.append(("stored tokens", lambda: _decrypted(settings)))
    for subject, look in looks:
        line = _look(subject, look)
        yield line
        if line.remedy:
            break  # each of these rests on the one before
    if not credentials.remedy:
        yield _look("Registry", lambda: _answer(settings))


def _described(settings: Settings) -> str:
    return f"Registry {settings.registry.name} ({settings.registry.web}), {settings.api} API, site {settings.site!r}"


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


def _answer(settings: Settings) -> str:
    site = settings.the_site()
    transport = Transport(connect_timeout=settings.connect_timeout, read_timeout=settings.read_timeout)
    try:
        oauth = OAuthClient(
            environment=site.environment,
            client_id=site.client_id,
            client_secret=site.client_secret,
            transport=transport,
        )
        oauth.client_token("/read-public")
    finally:
        transport.close()
    return f"{site.environment.token_url} knows the credentials"
