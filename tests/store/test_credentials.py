"""Credentials that tokens were given to: known as long as one of those may have to be given back, and no longer."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from orcid_plugin.errors import UnusableKey
from orcid_plugin.registry.environment import ENVIRONMENTS
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store import credentials, tasks
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, StoredCredentials, Task

KEYRING = Keyring([Fernet.generate_key().decode()])
HOST = Settings(client_id="APP-HOST", client_secret="of-host", site="first")
NOW = Settings(client_id="APP-NOW", client_secret="of-now", site="journal", site_name="Journal")
FORMER = replace(NOW, client_id="APP-FORMER", client_secret="of-former").the_site()


def remember(store: Store, *sites: Site) -> None:
    with store.begin() as session:
        for site in sites:
            credentials.remember(session, KEYRING, site)


def found(
    store: Store, client_id: str, environment: str = "sandbox", present: Settings = NOW, keyring: Keyring = KEYRING
) -> Site | None:
    with store.begin() as session:
        return credentials.of_client(session, keyring, present, HOST, environment=environment, client_id=client_id)


def kept(store: Store) -> list[tuple[str, str]]:
    with store.begin() as session:
        rows = session.scalars(select(StoredCredentials).order_by(StoredCredentials.id))
        return [(one.environment, one.client_id) for one in rows]


def test_former_ones_are_found_with_the_registry_that_they_are_of(store: Store) -> None:
    production = replace(FORMER, environment=ENVIRONMENTS["production"], client_secret="of-production")
    remember(store, FORMER, production)
    assert found(store, "APP-FORMER") == replace(FORMER, name="Journal")
    elsewhere = found(store, "APP-FORMER", "production")
    assert elsewhere is not None
    assert (elsewhere.environment, elsewhere.client_secret) == (ENVIRONMENTS["production"], "of-production")
    assert found(store, "APP-NEVER") is None
    assert found(store, "APP-FORMER", present=replace(NOW, site="another")) is None


def test_a_registry_that_moved_is_where_it_is_now(store: Store) -> None:
    remember(store, FORMER)
    site = found(store, "APP-FORMER", present=replace(NOW, web_url="https://moved.example"))
    assert site is not None
    assert site.environment.web == "https://moved.example"


def test_the_newest_secret_counts(store: Store) -> None:
    remember(store, replace(FORMER, client_id="APP-NOW", client_secret="old"))
    remember(store, replace(FORMER, client_id="APP-HOST", client_secret="old"))
    remember(store, replace(FORMER, client_secret="older"), FORMER)
    secrets = [found(store, client_id) for client_id in ("APP-NOW", "APP-HOST", "APP-FORMER")]
    assert [one.client_secret if one else None for one in secrets] == ["of-now", "of-host", "of-former"]
    assert len(kept(store)) == 3


def test_a_secret_is_sealed_for_its_row(store: Store) -> None:
    remember(store, FORMER, replace(FORMER, client_id="APP-OTHER", client_secret="of-other"))
    with store.begin() as session:
        first, second = session.scalars(select(StoredCredentials).order_by(StoredCredentials.id))
        assert "of-former" not in first.sealed_client_secret
        first.sealed_client_secret = second.sealed_client_secret
    with pytest.raises(UnusableKey):
        found(store, "APP-FORMER")
    remember(store, FORMER)  # as housekeeping does where they are in force
    assert found(store, "APP-FORMER") is not None
    with pytest.raises(UnusableKey):
        found(store, "APP-FORMER", keyring=Keyring([Fernet.generate_key().decode()]))


def test_several_at_once_keep_them_once(store: Store) -> None:
    threads = [threading.Thread(target=remember, args=(store, FORMER)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(store) == [("sandbox", "APP-FORMER")]


class TestForgetting:
    def forget(self, store: Store) -> list[tuple[str, str]]:
        with store.begin() as session:
            credentials.forget_unneeded(session, "journal", NOW.the_site())
        return kept(store)

    @pytest.fixture
    def full(self, store: Store) -> Store:
        """Former ones at two Registries, those in force, and another site's."""
        remember(store, FORMER, replace(FORMER, environment=ENVIRONMENTS["production"]), NOW.the_site())
        remember(store, replace(FORMER, key="another"))
        return store

    def test_none_is_needed(self, full: Store) -> None:
        assert self.forget(full) == [("sandbox", "APP-NOW"), ("sandbox", "APP-FORMER")]  # the last is another site's

    @pytest.mark.parametrize("column", ["sealed_token_answer", "sealed_sign_in_answer"])
    def test_a_token_needs_them_as_long_as_it_is_kept(self, full: Store, column: str) -> None:
        connection = Connection(
            site="journal", environment="production", client_id="APP-FORMER", orcid="0000-0002-1825-0097", scopes=""
        )
        connection.sealed_token_answer = ""
        setattr(connection, column, "sealed")
        with full.begin() as session:
            session.add(connection)
        assert ("production", "APP-FORMER") in self.forget(full)
        with full.begin() as session:
            session.execute(update(Connection).values(sealed_token_answer="", sealed_sign_in_answer=None))
        assert ("production", "APP-FORMER") not in self.forget(full)

    def test_a_revocation_needs_them_until_it_is_done(self, full: Store) -> None:
        with full.begin() as session:
            of_token = {"site": "journal", "environment": "production", "client_id": "APP-FORMER", "token": "t"}
            tasks.owe_revocation(session, KEYRING, **of_token)
            session.execute(update(Task).values(state="failed"))  # somebody may still have it tried again
        assert ("production", "APP-FORMER") in self.forget(full)
        with full.begin() as session:
            session.execute(update(Task).values(state="done", sealed_payload=None))
        assert ("production", "APP-FORMER") not in self.forget(full)
