"""All secrets at rest under the first key: counting what is under which key, and sealing anew."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from orcid_plugin.errors import UnusableKey
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, SiteRow, StoredCredentials, Task

BATCH = 500
"""Rows that one transaction seals anew: short enough to keep nobody waiting."""

LOST = "lost"
"""Stands for the key of a secret that none of the keys can decrypt."""


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A column with ciphertexts; `key` numbers or names its rows, `after` does what follows from a new ciphertext."""

    table: Any
    key: InstrumentedAttribute[Any]
    column: str
    after: Callable[[Keyring, Any], None] = lambda keyring, row: None

    @property
    def filled(self) -> ColumnElement[bool]:
        column = getattr(self.table, self.column)
        return column.is_not(None) & (column != "")  # type: ignore[no-any-return]


# One that was moved here from another row is of no use before and after.
_USELESS = contextlib.suppress(UnusableKey)


def _look_up_anew(keyring: Keyring, connection: Connection) -> None:
    with _USELESS:
        connection.token_hash = _lookup(keyring, connection, connection.sealed_token_answer)


def _look_up_sign_in_anew(keyring: Keyring, connection: Connection) -> None:
    with _USELESS:
        connection.sign_in_token_hash = _lookup(keyring, connection, connection.sealed_sign_in_answer or "")


def _lookup(keyring: Keyring, connection: Connection, sealed: str) -> str:
    answer = keyring.open(sealed, connection.seal_owner)
    return keyring.lookup(str(json.loads(answer)["access_token"]))


_COLUMNS = (
    _Sealed(Connection, Connection.id, "sealed_token_answer", _look_up_anew),
    _Sealed(Connection, Connection.id, "sealed_sign_in_answer", _look_up_sign_in_anew),
    _Sealed(StoredCredentials, StoredCredentials.id, "sealed_client_secret"),
    _Sealed(SiteRow, SiteRow.key, "sealed_client_secret"),
    _Sealed(Task, Task.id, "sealed_payload"),
)
"""Every column that holds ciphertext; a test holds the list against the tables."""


def usage(store: Store, keyring: Keyring) -> Counter[str]:
    """Fingerprint of a key -> number of secrets under it; `LOST` -> those that no key opens."""
    found: Counter[str] = Counter()
    for sealed in _COLUMNS:
        for batch in _batches(store, sealed):
            for ciphertext in batch.values():
                try:
                    found[keyring.key_of(ciphertext)] += 1
                except UnusableKey:
                    found[LOST] += 1
    return found


def rotate(store: Store, keyring: Keyring) -> Counter[str]:
    """Seal every secret under the first key; returns the number sealed anew by table, and of those that are `LOST`.

    It may run beside the host and its workers: each row is locked, read and written in one transaction.
    """
    done: Counter[str] = Counter()
    for sealed in _COLUMNS:
        for batch in _batches(store, sealed):
            with store.begin() as session:
                for row in _locked(session, sealed, list(batch)):
                    done.update(_sealed_anew(keyring, sealed, row))
    return done


def _sealed_anew(keyring: Keyring, sealed: _Sealed, row: Any) -> list[str]:
    try:
        ciphertext = keyring.reseal(getattr(row, sealed.column))
    except UnusableKey:
        return [LOST]
    if ciphertext is None:
        return []
    setattr(row, sealed.column, ciphertext)
    sealed.after(keyring, row)
    return [sealed.table.__tablename__]


def _batches(store: Store, sealed: _Sealed) -> Iterator[dict[Any, str]]:
    last = None
    while True:
        query = select(sealed.key, getattr(sealed.table, sealed.column)).where(sealed.filled)
        if last is not None:
            query = query.where(sealed.key > last)
        with store.begin() as session:
            batch: dict[Any, str] = {row[0]: row[1] for row in session.execute(query.order_by(sealed.key).limit(BATCH))}
        if not batch:
            return
        yield batch
        last = max(batch)


def _locked(session: Session, sealed: _Sealed, keys: list[Any]) -> Iterator[Any]:
    return iter(
        session.scalars(
            select(sealed.table).where(sealed.key.in_(keys), sealed.filled).order_by(sealed.key).with_for_update()
        )
    )
