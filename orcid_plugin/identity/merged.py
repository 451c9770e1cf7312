"""A record that its owner merged into another one: the connection follows to the primary iD."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from orcid_plugin.errors import RecordMoved, RegistryError
from orcid_plugin.identity import tokens
from orcid_plugin.registry.client import PublicClient
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Authorship, Connection


def primary_of(public: PublicClient, orcid: str) -> str | None:
    """The bare iD that ORCID says a record was merged into; None where it was not, and where ORCID does not tell."""
    try:
        public.personal_details(orcid, None)
    except RecordMoved as error:
        return error.primary
    except RegistryError:
        return None
    return None


def follow(session: Session, keyring: Keyring, connection: Connection, primary: str) -> Connection:
    """Move a connection to the primary iD that ORCID names; returns the connection of that iD.

    Where the site holds a connection of the primary iD already, that one takes over the publications, and the old one
    ends, its tokens owed back. Raises `UnusableKey` where a token cannot be read.
    """
    other = session.scalar(
        select(Connection).where(
            Connection.site == connection.site,
            Connection.environment == connection.environment,
            Connection.orcid == primary,
        )
    )
    if other is None:
        _rename(session, keyring, connection, primary)
        return connection
    _hand_over(session, keyring, connection, other)
    return other


def _rename(session: Session, keyring: Keyring, connection: Connection, primary: str) -> None:
    """What is sealed is bound to the row that it stands in, and thereby to the iD."""
    tokens.lock(session, connection)
    names = [name for name in ("sealed_token_answer", "sealed_sign_in_answer") if getattr(connection, name)]
    answers = {name: keyring.open(getattr(connection, name), connection.seal_owner) for name in names}
    connection.orcid = primary
    for name, answer in answers.items():
        setattr(connection, name, keyring.seal(answer, connection.seal_owner))
    session.flush()


def _hand_over(session: Session, keyring: Keyring, old: Connection, new: Connection) -> None:
    has = set(
        session.scalars(
            select(Authorship.publication_key).where(Authorship.site == new.site, Authorship.connection_id == new.id)
        )
    )
    rows = session.scalars(select(Authorship).where(Authorship.site == old.site, Authorship.connection_id == old.id))
    for authorship in rows.all():
        # One iD is at one contributor only; the contributor who has it keeps it.
        authorship.connection_id = None if authorship.publication_key in has else new.id
    account, old.account = old.account, None
    with tokens.owing_back(session, keyring, old):
        tokens.forget(old)
    session.flush()
    new.account = new.account or account
    session.flush()
