"""The connections of a site with their tokens, for a file: read from the store a batch at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from orcid_plugin.errors import UnusableKey
from orcid_plugin.identity import tokens
from orcid_plugin.identity.entries import Entry, Placed
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.settings import Site
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Authorship, Connection, ConnectionState, Item, StoredPublication

BATCH = 500
"""Connections that one transaction reads: short enough to keep nobody waiting."""


def entries(store: Store, site: Site, keyring: Keyring) -> Iterator[Entry]:
    """All connections of a site at its Registry, in whatever state, in the order in which people connected.

    Raises `UnusableKey`, which names the iD, where a token cannot be decrypted.
    """
    for batch in _batches(store, site):
        with store.begin() as session:
            publications = _publications(session, site, [connection.id for connection in batch])
        for connection in batch:
            yield _entry(keyring, connection, publications[connection.id])


def attributes(store: Store, site: Site) -> Iterator[tuple[str, OrcidId]]:
    """Account and iD of everybody whose permission holds."""
    for batch in _batches(store, site):
        for connection in batch:
            if connection.account is not None and connection.state == ConnectionState.ACTIVE:
                yield connection.account, OrcidId(connection.orcid, site.environment.id_host)


def _batches(store: Store, site: Site) -> Iterator[Sequence[Connection]]:
    last = 0
    while True:
        with store.begin() as session:
            batch = session.scalars(
                select(Connection)
                .where(
                    Connection.site == site.key,
                    Connection.environment == site.environment.name,
                    Connection.id > last,
                )
                .order_by(Connection.id)
                .limit(BATCH)
            ).all()
        if not batch:
            return
        yield batch
        last = batch[-1].id


def _publications(session: Session, site: Site, connections: Sequence[int]) -> defaultdict[int, list[Placed]]:
    """Id of a connection -> what its person is on, and what of it is on the record."""
    found: defaultdict[int, list[Placed]] = defaultdict(list)
    linked = {
        (row.connection_id, row.publication_key): (row.contributor_key, row.doi)
        for row in session.execute(
            select(
                Authorship.connection_id, Authorship.publication_key, Authorship.contributor_key, StoredPublication.doi
            )
            .outerjoin(
                StoredPublication,
                and_(StoredPublication.site == Authorship.site, StoredPublication.key == Authorship.publication_key),
            )
            .where(Authorship.site == site.key, Authorship.connection_id.in_(connections))
            .order_by(Authorship.id)
        )
    }
    placed = session.execute(
        select(Item, StoredPublication.key, StoredPublication.doi)
        .join(Connection, Item.connection_id == Connection.id)
        .join(StoredPublication, Item.publication_id == StoredPublication.id)
        .where(Item.connection_id.in_(connections), Item.client_id == Connection.client_id)
        .order_by(Item.id)
    )
    for item, key, doi in placed:
        contributor_key, _ = linked.pop((item.connection_id, key), (None, None))
        found[item.connection_id].append(
            Placed(
                publication_key=key,
                doi=doi,
                section=item.section,
                put_code=item.put_code,
                contributor_key=contributor_key,
                removed_at=item.removed_at,
            )
        )
    for (connection_id, key), (contributor_key, doi) in linked.items():
        found[connection_id].append(Placed(publication_key=key, doi=doi, contributor_key=contributor_key))
    return found


def _entry(keyring: Keyring, connection: Connection, publications: Sequence[Placed]) -> Entry:
    answer = _answer(keyring, connection, connection.sealed_token_answer)
    return Entry(
        orcid=connection.orcid,
        name=connection.name,
        account=connection.account,
        client_id=connection.client_id,
        environment=connection.environment,
        state=ConnectionState(connection.state),
        scope=connection.scope_set,
        access_token=answer.get("access_token"),
        refresh_token=answer.get("refresh_token"),
        sign_in_token=_answer(keyring, connection, connection.sealed_sign_in_answer).get("access_token"),
        expires_at=connection.expires_at,
        connected_at=connection.created_at,
        publications=tuple(publications),
    )


def _answer(keyring: Keyring, connection: Connection, sealed: str | None) -> dict[str, Any]:
    try:
        return tokens.opened(keyring, connection, sealed) if sealed else {}
    except UnusableKey as error:
        raise UnusableKey(f"the export would lack the token of {connection.orcid}: {error}") from None
