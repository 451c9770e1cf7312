"""Trips to ORCID's authorization page and back: single use, bound to a browser, a site, a purpose and an account."""

from __future__ import annotations

import datetime
import re

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from orcid_plugin.errors import AttemptRefused
from orcid_plugin.host import Purpose
from orcid_plugin.identity import permissions
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store.encryption import hashed, random_secret
from orcid_plugin.store.tables import Attempt, Connection, ConnectionState, now

CONNECTED = "connected"
REGISTERED = "registered"
DENIED = "denied"

PENDING = datetime.timedelta(days=1)
"""How long an iD waits for its person to finish the registration form."""


def start(
    session: Session,
    site: Site,
    settings: Settings,
    *,
    purpose: Purpose,
    browser: str,
    account: str | None,
    publication_key: str | None = None,
    contributor_key: str | None = None,
    invitation_id: int | None = None,
    next_url: str | None = None,
) -> str:
    """Begin a trip; returns its `state`, a random secret of 256 bits of which only the hash is kept.

    `browser` is the value of `identity.browser`, `account` the host's id of who is signed in. A `next_url` that leaves
    the host is dropped.
    """
    session.execute(
        delete(Attempt).where(Attempt.used_at.is_(None), Attempt.expires_at < now() - datetime.timedelta(days=1))
    )
    state = random_secret()
    session.add(
        Attempt(
            site=site.key,
            environment=site.environment.name,
            state_hash=hashed(state),
            browser_hash=hashed(browser),
            purpose=purpose,
            account=account,
            publication_key=publication_key,
            contributor_key=contributor_key,
            invitation_id=invitation_id,
            next_url=local_path(next_url),
            scopes=" ".join(sorted(permissions.scopes(settings, purpose))),
            expires_at=now() + datetime.timedelta(minutes=settings.attempt_minutes),
        )
    )
    session.flush()
    return state


def nonce(state: str) -> str:
    """What the id_token of a trip must repeat. It needs no memory, and tells nothing of the state."""
    return hashed(f"nonce {state}")


def take(session: Session, site: Site, *, state: str | None, browser: str | None, account: str | None) -> Attempt:
    """Use up the attempt of a `state` that came back. Commit before the code is exchanged: only one taker wins.

    Raises `AttemptRefused`, for the same sentence, where the state is forged, was used before, has expired, or belongs
    to another browser, site or account.
    """
    refused = AttemptRefused(
        "this way back from ORCID does not hold: it was used before, took too long, or was begun in another browser "
        "or account"
    )
    if not state or not browser:
        raise refused
    taken = session.execute(
        update(Attempt)
        .where(
            Attempt.state_hash == hashed(state),
            Attempt.browser_hash == hashed(browser),
            Attempt.site == site.key,
            Attempt.environment == site.environment.name,
            Attempt.account == account if account is not None else Attempt.account.is_(None),
            Attempt.used_at.is_(None),
            Attempt.expires_at > now(),
        )
        .values(used_at=now())
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise refused
    return session.scalars(select(Attempt).where(Attempt.state_hash == hashed(state))).one()


def end(session: Session, attempt: Attempt, outcome: str, connection: Connection | None = None) -> None:
    """Remember how a trip ended: `connected`, `denied`, or the code of the error."""
    session.execute(
        update(Attempt)
        .where(Attempt.id == attempt.id)
        .values(outcome=outcome, connection_id=connection.id if connection else None)
    )


def last_connected(
    session: Session, site: Site, browser: str | None, *purposes: Purpose
) -> tuple[Attempt, Connection] | None:
    """The newest trip of this browser for one of the purposes, within a day, whose connection is still active."""
    if browser is None:
        return None
    found = session.execute(
        select(Attempt, Connection)
        .join(Connection, Attempt.connection_id == Connection.id)
        .where(
            Attempt.browser_hash == hashed(browser),
            Attempt.site == site.key,
            Attempt.environment == site.environment.name,
            Attempt.purpose.in_(purposes),
            Attempt.outcome == CONNECTED,
            Attempt.used_at > now() - PENDING,
            Connection.state == ConnectionState.ACTIVE,
        )
        .order_by(Attempt.used_at.desc(), Attempt.id.desc())
        .limit(1)
    ).first()
    return (found[0], found[1]) if found else None


def denied(session: Session, site: Site, account: str, purpose: Purpose) -> datetime.datetime | None:
    """When the account's person last said no, if they have not said yes to the same since."""
    last = session.scalar(
        select(Attempt)
        .where(
            Attempt.site == site.key,
            Attempt.environment == site.environment.name,
            Attempt.account == account,
            Attempt.purpose == purpose,
            Attempt.outcome.in_([DENIED, CONNECTED]),
        )
        .order_by(Attempt.used_at.desc(), Attempt.id.desc())
        .limit(1)
    )
    return last.used_at if last is not None and last.outcome == DENIED else None


def pending(session: Session, site: Site, browser: str | None) -> tuple[Attempt, Connection] | None:
    """The trip and connection that wait for this browser's person to finish the registration, or None.

    Also those of somebody who came to sign in with an iD that no account has.
    """
    found = last_connected(session, site, browser, Purpose.REGISTER, Purpose.SIGN_IN)
    return found if found and found[1].account is None else None


def local_path(url: str | None) -> str | None:
    """`url` if it is a path of this host, else None.

    Browsers read `//evil.example` and `/\\evil.example` as other hosts and drop tabs and newlines, so that `/\\t/evil`
    would be one too (WHATWG URL, "relative slash state").
    """
    if url is None or len(url) > 2000 or not re.fullmatch(r"/(?!/)[^\\\s\x00-\x1f\x7f]*", url):
        return None
    return url
