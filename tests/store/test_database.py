"""Tests of the engine and its sessions."""

from __future__ import annotations

from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import StoredPublication


def test_what_a_transaction_stores_the_next_one_finds(store: Store) -> None:
    with store.begin() as session:
        session.add(StoredPublication(site="journal", key="1", document={"title": "A"}))
    with store.begin() as session:
        assert session.query(StoredPublication).one().document == {"title": "A"}
