"""Credentials that permissions were given to, kept sealed while one of those may still have to be given back.

ORCID revokes a token only for the client that it was given to, and answers 200 to every other one (ORCID-Source:
`/oauth/revoke`). A site can have other credentials by then, and the host's own are in its configuration alone.
"""

from __future__ import annotations

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from orcid_plugin.errors import UnusableKey
from orcid_plugin.registry.environment import Environment
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, StoredCredentials, Task
from orcid_plugin.store.tasks import REVOKE


def remember(session: Session, keyring: Keyring, site: Site) -> None:
    """Keep the credentials of a site as they are in force, for the time when others take their place."""
    row = _find(session, site.key, site.environment.name, site.client_id)
    if row is None:
        row = StoredCredentials(site=site.key, environment=site.environment.name, client_id=site.client_id)
        _fill(keyring, row, site)
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            pass  # another transaction has just kept the same
    elif not _says_the_same(keyring, row, site):
        _fill(keyring, row, site)
        session.flush()


def of_client(
    session: Session, keyring: Keyring, present: Settings, host: Settings, *, environment: str, client_id: str
) -> Site | None:
    """The site of `present` with the credentials of a client at the Registry of this name; None where none are known.

    The newest that are known count: those in force at the site, else at the host, whose client it may have used, else
    those that were kept. A Registry that the site has now is where it is now. Raises `UnusableKey`.
    """
    for settings in (present, host):
        if (settings.registry.name, settings.client_id) == (environment, client_id) and settings.client_secret:
            return settings.the_site()
    row = _find(session, present.site, environment, client_id)
    if row is None:
        return None
    return Site(
        key=row.site,
        name=present.site_name,
        environment=present.registry if present.registry.name == environment else _environment(row),
        client_id=row.client_id,
        client_secret=keyring.open(row.sealed_client_secret, row.seal_owner),
    )


def forget_unneeded(session: Session, site_key: str, in_force: Site | None) -> None:
    """Delete those that are neither in force nor those of a token that is kept, or waits to be given back."""
    row = StoredCredentials
    held = exists().where(
        Connection.site == row.site,
        Connection.environment == row.environment,
        Connection.client_id == row.client_id,
        or_(Connection.sealed_token_answer != "", Connection.sealed_sign_in_answer.is_not(None)),
    )
    owed = exists().where(
        Task.kind == REVOKE,
        Task.site == row.site,
        Task.environment == row.environment,
        Task.client_id == row.client_id,
        Task.sealed_payload.is_not(None),
    )
    unneeded = delete(row).where(row.site == site_key, ~held, ~owed)
    if in_force is not None:
        unneeded = unneeded.where(
            or_(row.environment != in_force.environment.name, row.client_id != in_force.client_id)
        )
    session.execute(unneeded.execution_options(synchronize_session=False))


def _find(session: Session, site_key: str, environment: str, client_id: str) -> StoredCredentials | None:
    return session.scalar(
        select(StoredCredentials).where(
            StoredCredentials.site == site_key,
            StoredCredentials.environment == environment,
            StoredCredentials.client_id == client_id,
        )
    )


def _fill(keyring: Keyring, row: StoredCredentials, site: Site) -> None:
    row.web_url, row.api_url = site.environment.web, site.environment.api
    row.public_api_url, row.id_host = site.environment.public_api, site.environment.id_host
    row.sealed_client_secret = keyring.seal(site.client_secret, row.seal_owner)


def _says_the_same(keyring: Keyring, row: StoredCredentials, site: Site) -> bool:
    try:
        secret = keyring.open(row.sealed_client_secret, row.seal_owner)
    except UnusableKey:
        return False
    return secret == site.client_secret and _environment(row) == site.environment


def _environment(row: StoredCredentials) -> Environment:
    return Environment(
        name=row.environment, web=row.web_url, api=row.api_url, public_api=row.public_api_url, id_host=row.id_host
    )
