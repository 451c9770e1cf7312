"""A site's credentials: whether the Registry knows them, of which kind they are, and whose permissions they end.

A person permits one client of one Registry. Where a site gets other ones, former permissions are stale: they are kept,
hold again when the site changes back, and are replaced when the person connects again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, not_, select, update
from sqlalchemy.orm import Session

from orcid_plugin.errors import (
    ClientLocked,
    NotMigrated,
    OAuthError,
    OAuthUnavailable,
    OrcidPluginError,
    RegistryError,
    ScopeRefused,
    StoreError,
    UnusableAnswer,
    UnusableKey,
)
from orcid_plugin.registry.oauth import OAuthClient
from orcid_plugin.registry.transport import Transport
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store.tables import Connection, ConnectionState, now

MEMBERS_ONLY = "/group-id-record/read"
"""A scope that members' credentials get for themselves, and public ones do not (ORCID: scopes, two-legged)."""

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
    (OAuthError, "compare client_id, client_secret and environment with the credentials that ORCID gave you"),
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


def look(subject: str, find: Callable[[], str]) -> Line:
    """What `find` returns, or what it raised with the remedy."""
    try:
        return Line(subject, find())
    except OrcidPluginError as error:
        return Line(subject, str(error), next(remedy for kind, remedy in REMEDIES if isinstance(error, kind)))


def of_registry(settings: Settings, transport: Transport) -> Iterator[Line]:
    """Ask the Registry about a site's credentials: whether it knows them, their kind, and whether it is the right one.

    Tokens of the client's own are asked for, never kept ones used. Nothing is changed.
    """
    site = settings.the_site()
    oauth = site.oauth(transport)

    def known() -> str:
        oauth.client_token("/read-public")
        return f"{site.environment.token_url} knows the credentials"

    line = look("Registry", known)
    yield line
    if line.remedy:
        return
    try:
        yield _kind(site, is_member(oauth))
    except OrcidPluginError as error:
        yield Line("API", str(error), _AWAY)
    yield look("issuer", lambda: f"{oauth.discovery().issuer}, as the environment says")


def is_member(oauth: OAuthClient) -> bool:
    """Whether the credentials are a member's, told by what only members get. Raises what `client_token` raises."""
    try:
        oauth.client_token(MEMBERS_ONLY)
    except ScopeRefused:
        return False
    return True


def _kind(site: Site, member: bool) -> Line:
    if member and site.api == "member":
        return Line("API", "member credentials: works can be written to records")
    if not member and site.api == "public":
        return Line("API", "public credentials: iDs are authenticated, nothing is written")
    if member:
        return Line("API", "member credentials used as public ones: nothing is written (api=member would)")
    remedy = "set api=public, or use the credentials of a member: only those may write"
    return Line("API", "public credentials, while the site's api says member", remedy)


def people_concerned(session: Session, site: Site) -> tuple[int, int]:
    """How many people's permissions were given to other credentials than these; how many of them have an account."""
    found = session.execute(
        select(func.count(), func.count(Connection.account)).where(
            Connection.site == site.key, Connection.state == ConnectionState.ACTIVE, not_(_given_to(site))
        )
    ).one()
    return found[0], found[1]


def take_effect(session: Session, site: Site) -> int:
    """Mark permissions as stale that were given to other credentials; those given to these hold again.

    The number of the former is returned. The same Registry at another address is still the same one: one that is not
    needs a name of its own (ORCID_PLUGIN_ENVIRONMENT).
    """

    def become(state: ConnectionState, of: ColumnElement[bool]) -> int:
        changed = session.execute(
            update(Connection)
            .where(Connection.site == site.key, of)
            .values(state=state, updated_at=now())
            .execution_options(synchronize_session=False)
        )
        return int(changed.rowcount)  # type: ignore[attr-defined]

    become(ConnectionState.ACTIVE, and_(Connection.state == ConnectionState.STALE, _given_to(site)))
    return become(ConnectionState.STALE, and_(Connection.state == ConnectionState.ACTIVE, not_(_given_to(site))))


def _given_to(site: Site) -> ColumnElement[bool]:
    return and_(Connection.client_id == site.client_id, Connection.environment == site.environment.name)
