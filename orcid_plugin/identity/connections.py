"""Who has given this site permission: storing ORCID's token answer, reading the token, ending the permission."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Sequence
from typing import Any

from blinker import NamedSignal
from sqlalchemy import event, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from orcid_plugin import signals
from orcid_plugin.errors import AccountExists, IdentityConflict, NotConnected, UnusableKey
from orcid_plugin.identity import permissions, tokens, trail
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.settings import Site
from orcid_plugin.store import credentials, tasks
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, ConnectionState, now

EARLY = datetime.timedelta(minutes=1)
"""Before its end at which a token is no longer used."""

log = logging.getLogger("orcid_plugin.identity")


def of_account(session: Session, site: Site, account: str) -> Connection | None:
    """The connection of somebody with an account, in whatever state it is."""
    return session.scalar(
        select(Connection).where(
            Connection.site == site.key,
            Connection.environment == site.environment.name,
            Connection.account == account,
        )
    )


def of_orcid(session: Session, site: Site, orcid: str) -> Connection | None:
    """The connection of an iD, in whatever state it is."""
    return session.scalar(
        select(Connection).where(
            Connection.site == site.key, Connection.environment == site.environment.name, Connection.orcid == orcid
        )
    )


def of_token(session: Session, site: Site, keyring: Keyring, access_token: str) -> Connection | None:
    """The connection that holds an access token, or None; no other token is decrypted for it."""
    lookups = keyring.lookups(access_token)
    held = or_(Connection.token_hash.in_(lookups), Connection.sign_in_token_hash.in_(lookups))
    return session.scalar(select(Connection).where(Connection.site == site.key, held))


def store_answer(
    session: Session, site: Site, keyring: Keyring, answer: TokenAnswer, account: str | None
) -> Connection:
    """Keep what ORCID answered: one connection for each iD of a site, with the newest permission.

    A permission that holds and allows more stays in use: who wrote with it goes on after a person only signed in. What
    allows less is kept beside it. A token that is replaced is owed back to ORCID, so that disconnecting leaves none
    behind, and the credentials that it was given to are kept for that.

    `account` becomes the owner of the connection; None leaves the owner that it has, if any.
    Raises `IdentityConflict`, with nothing changed, where the iD belongs to another account or the account has another
    iD.
    """
    connection = of_orcid(session, site, answer.orcid)
    if connection is None:
        connection = _insert(session, site, answer)
    connection.name = answer.name
    if answer.id_token is not None:
        connection.amr = " ".join(sorted(answer.id_token.amr)) or None
    _take(session, keyring, site, connection, answer)
    credentials.remember(session, keyring, site)
    if account is not None:
        give_to(session, connection, account)
    session.flush()
    _after_commit(session, signals.connected, connection)
    return connection


def _take(session: Session, keyring: Keyring, site: Site, connection: Connection, answer: TokenAnswer) -> None:
    """Keep the widest permission, and beside it the newest that allows less; what both replace is owed back."""
    with tokens.owing_back(session, keyring, connection):
        if not _holds(connection, site):
            tokens.forget(connection)
        elif permissions.allows_more(connection.scope_set, answer.scopes):
            tokens.keep_beside(keyring, connection, answer.raw)
            return
        elif permissions.allows_more(answer.scopes, connection.scope_set):
            tokens.set_aside(connection)
        tokens.keep(keyring, connection, answer)
        connection.client_id, connection.state = site.client_id, ConnectionState.ACTIVE


def _holds(connection: Connection, site: Site) -> bool:
    """Whether the permission of a connection can be used, as far as is known here."""
    return (
        bool(connection.sealed_token_answer)
        and connection.state == ConnectionState.ACTIVE
        and connection.client_id == site.client_id
        and not is_over(connection, now())
    )


def is_over(connection: Connection, at: datetime.datetime) -> bool:
    """Whether an active permission was given for a time that ends before anything could be written with it."""
    return (
        connection.state == ConnectionState.ACTIVE
        and connection.expires_at is not None
        and connection.expires_at <= at + EARLY
    )


def _insert(session: Session, site: Site, answer: TokenAnswer) -> Connection:
    """A new row, or the one that another callback made at the same moment."""
    connection = Connection(
        site=site.key,
        environment=site.environment.name,
        client_id=site.client_id,
        orcid=answer.orcid,
        scopes="",
        sealed_token_answer="",
    )
    try:
        with session.begin_nested():
            session.add(connection)
    except IntegrityError:
        other = of_orcid(session, site, answer.orcid)
        if other is None:
            raise
        return other
    return connection


def give_to(session: Session, connection: Connection, account: str) -> None:
    """Make an account the owner of a connection. Raises `IdentityConflict` as `store_answer` does."""
    if connection.account == account:
        return
    if connection.account is not None:
        raise IdentityConflict("this ORCID iD is already connected to another account")
    try:
        with session.begin_nested():
            given = session.execute(
                update(Connection)
                .where(Connection.id == connection.id, Connection.account.is_(None))
                .values(account=account)
            )
    except IntegrityError:
        raise IdentityConflict("this account is already connected to another ORCID iD") from None
    if given.rowcount != 1:  # type: ignore[attr-defined]
        raise IdentityConflict("this ORCID iD is already connected to another account")
    session.refresh(connection, ["account"])


def hand_over(session: Session, connection: Connection, account: str | None, *, of: str) -> None:
    """Give the connection of the account `of` to another one, or to nobody.

    Raises `IdentityConflict` where it is no longer that account's, or the other one has another iD.
    """
    try:
        with session.begin_nested():
            given = session.execute(
                update(Connection)
                .where(Connection.id == connection.id, Connection.account == of)
                .values(account=account)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:
        raise IdentityConflict("the other account is connected to another ORCID iD") from None
    if given.rowcount != 1:  # type: ignore[attr-defined]
        raise IdentityConflict("this ORCID iD does not belong to that account")
    session.refresh(connection, ["account"])
    _after_commit(session, signals.disconnected, connection, of)
    if account is not None:
        _after_commit(session, signals.connected, connection)


def require_unowned(connection: Connection) -> None:
    """Raise `AccountExists` where somebody who registers has an account already."""
    if connection.account is not None:
        raise AccountExists("this ORCID iD is already connected to an account: sign in to that one")


def access_token(keyring: Keyring, connection: Connection) -> str:
    """The person's access token. Raises `NotConnected` after they disconnected, `UnusableKey` where no key fits."""
    return str(_token_answer(keyring, connection)["access_token"])


def refresh_token(keyring: Keyring, connection: Connection) -> str | None:
    """What a new access token can be asked for with, if ORCID gave it. Raises as `access_token` does."""
    found = _token_answer(keyring, connection).get("refresh_token")
    return found if isinstance(found, str) and found else None


def _token_answer(keyring: Keyring, connection: Connection) -> dict[str, Any]:
    if not connection.sealed_token_answer:
        raise NotConnected(f"the person of {connection.orcid} disconnected, so that no token is kept")
    return tokens.opened(keyring, connection, connection.sealed_token_answer)


def permission_ended(session: Session, connection: Connection) -> bool:
    """Remember that ORCID refuses the token that `connection` holds; True only for the first who finds out.

    Nothing happens when the person connected again meanwhile. Receivers of `signals.permission_ended` hear of it after
    the commit.
    """
    ended = session.execute(
        update(Connection)
        .where(
            Connection.id == connection.id,
            Connection.state == ConnectionState.ACTIVE,
            Connection.sealed_token_answer == connection.sealed_token_answer,
        )
        .values(state=ConnectionState.REVOKED, updated_at=now())
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        return False
    _after_commit(session, signals.permission_ended, connection)
    return True


def disconnect(
    session: Session, keyring: Keyring, site: Site, account: str, *, removing: bool = False
) -> Sequence[Connection]:
    """End the connection of an account, at once here, and owe ORCID the revocation of its tokens.

    The iD is free for another account afterwards. With `removing` the token is kept until what was written is deleted,
    which the caller plans. Returns what was ended: none, one, or those at a Registry that the site had before as well.
    """
    ended = session.scalars(select(Connection).where(Connection.site == site.key, Connection.account == account)).all()
    for connection in ended:
        leave(session, keyring, site, connection, actor=trail.account(account), removing=removing)
    return ended


def leave(
    session: Session, keyring: Keyring, site: Site, connection: Connection, *, actor: str, removing: bool
) -> None:
    """End a connection as `disconnect` does, also one that no account has.

    Nothing is removed at a Registry that the site had before: nothing is sent there but revocations.
    """
    account, connection.account = connection.account, None
    removing = removing and connection.environment == site.environment.name
    with tokens.owing_back(session, keyring, connection):
        if removing and _is_usable(keyring, connection):
            connection.state = ConnectionState.LEAVING
            tokens.forget_beside(connection)
        else:
            tokens.forget(connection)
    session.flush()
    trail.note(session, site, actor, "disconnected", connection=connection, removing=removing)
    _after_commit(session, signals.disconnected, connection, account)


def give_back(session: Session, keyring: Keyring, site: Site, token: str, orcid: str | None = None) -> None:
    """Owe ORCID a token that it has just given and that was refused here, unless a connection holds it.

    `orcid` is the bare iD that came with it, where one did. A connection of that iD stays as it is.
    """
    if of_token(session, site, keyring, token) is not None:
        return
    credentials.remember(session, keyring, site)
    connection = of_orcid(session, site, orcid) if orcid is not None else None
    tasks.owe_revocation(
        session,
        keyring,
        site=site.key,
        environment=site.environment.name,
        client_id=site.client_id,
        token=token,
        subject_id=connection.id if connection is not None else None,
    )


def _is_usable(keyring: Keyring, connection: Connection) -> bool:
    try:
        access_token(keyring, connection)
    except (NotConnected, UnusableKey):
        return False
    return True


def _after_commit(session: Session, signal: NamedSignal, connection: Connection, account: str | None = None) -> None:
    site, orcid, account = connection.site, connection.orcid, account or connection.account

    @event.listens_for(session, "after_commit")
    def send(session: Session) -> None:
        if session.in_nested_transaction():
            return
        try:
            signal.send(site, orcid=orcid, account=account)
        except Exception:  # a host's receiver
            log.exception("a receiver of %s failed", signal.name)
