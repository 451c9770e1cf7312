"""An iD that came back from ORCID for one account while another has it: nothing moves without a proof of both."""

from __future__ import annotations

import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from orcid_plugin.errors import IdentityConflict
from orcid_plugin.identity import connections, trail
from orcid_plugin.settings import Site
from orcid_plugin.store.encryption import hashed, random_secret
from orcid_plugin.store.tables import Conflict, Connection, now

OPEN = datetime.timedelta(hours=1)
"""How long the person may prove the other account, in the browser in which the iD came back."""

LISTED = datetime.timedelta(days=30)
"""How long administrators see a conflict that nobody resolved."""

MOVED = "moved"
KEPT = "kept"
RELEASED = "released"


def begin(session: Session, site: Site, connection: Connection, account: str) -> str:
    """Remember that the iD of `connection` came back for `account`; returns the secret that the browser keeps."""
    secret = random_secret()
    session.execute(
        delete(Conflict).where(
            Conflict.connection_id == connection.id, Conflict.account == account, Conflict.resolved_at.is_(None)
        )
    )
    conflict = Conflict(
        site=site.key,
        environment=site.environment.name,
        connection_id=connection.id,
        account=account,
        browser_hash=hashed(secret),
        expires_at=now() + OPEN,
    )
    session.add(conflict)
    session.flush()
    _note(session, site, trail.account(account), "conflict", conflict=conflict, connection=connection)
    return secret


def of_browser(session: Session, site: Site, secret: str | None) -> tuple[Conflict, Connection] | None:
    """The conflict that the person of this browser can still resolve, and the connection it is about."""
    if not secret:
        return None
    found = session.execute(
        select(Conflict, Connection)
        .join(Connection, Conflict.connection_id == Connection.id)
        .where(
            Conflict.browser_hash == hashed(secret),
            Conflict.site == site.key,
            Conflict.environment == site.environment.name,
            Conflict.resolved_at.is_(None),
            Conflict.expires_at > now(),
            Connection.account.is_not(None),
            Connection.account != Conflict.account,
        )
    ).first()
    return (found[0], found[1]) if found else None


def unresolved(session: Session, site: str, environment: str) -> list[tuple[Conflict, Connection]]:
    """Conflicts of the last `LISTED` days that last, newest first, of a site that need not have credentials now."""
    found = session.execute(
        select(Conflict, Connection)
        .join(Connection, Conflict.connection_id == Connection.id)
        .where(
            Conflict.site == site,
            Conflict.environment == environment,
            Conflict.resolved_at.is_(None),
            Conflict.created_at > now() - LISTED,
            Connection.account.is_not(None),
            Connection.account != Conflict.account,
        )
        .order_by(Conflict.id.desc())
    )
    return [(conflict, connection) for conflict, connection in found]


def move(session: Session, site: Site, conflict: Conflict, connection: Connection, account: str) -> None:
    """Give the iD to the account for which it came back; `account`, who is signed in, must be the one that has it.

    Raises `IdentityConflict`, with nothing changed, where that is not so, or something else has changed meanwhile.
    """
    _end(session, conflict, MOVED)
    connections.hand_over(session, connection, conflict.account, of=account)
    _note(session, site, trail.account(account), "conflict_moved", conflict=conflict, connection=connection)


def keep(session: Session, site: Site, conflict: Conflict, connection: Connection, account: str) -> None:
    """Leave the iD with the account that has it. Raises `IdentityConflict` as `move` does."""
    if connection.account != account:
        raise IdentityConflict("this ORCID iD is not that of the account which is signed in")
    _end(session, conflict, KEPT)
    _note(session, site, trail.account(account), "conflict_kept", conflict=conflict, connection=connection)


def release(session: Session, site: str, environment: str, conflict_id: int, administrator: str) -> Connection:
    """Take the iD from the account that has it, so that whoever proves it at ORCID next can connect it.

    Raises `IdentityConflict` where there is no such conflict any more.
    """
    found = next((pair for pair in unresolved(session, site, environment) if pair[0].id == conflict_id), None)
    if found is None or found[1].account is None:
        raise IdentityConflict("this conflict is resolved already, or there never was one")
    conflict, connection = found
    _note(session, site, trail.account(administrator), "conflict_released", conflict=conflict, connection=connection)
    _end(session, conflict, RELEASED)
    connections.hand_over(session, connection, None, of=found[1].account)
    return connection


def _end(session: Session, conflict: Conflict, resolution: str) -> None:
    ended = session.execute(
        update(Conflict)
        .where(Conflict.id == conflict.id, Conflict.resolved_at.is_(None))
        .values(resolved_at=now(), resolution=resolution)
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise IdentityConflict("this conflict was resolved meanwhile")


def _note(
    session: Session, site: Site | str, actor: str, action: str, *, conflict: Conflict, connection: Connection
) -> None:
    """`account` of the event is who has the iD then, `for_account` the one for which it came back."""
    subject = f"conflict/{conflict.id}"
    trail.note(session, site, actor, action, connection=connection, subject=subject, for_account=conflict.account)
