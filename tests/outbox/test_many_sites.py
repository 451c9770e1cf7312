"""A thousand sites: what the worker asks the database does not grow with their number."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, insert

from orcid_plugin.outbox.duties import Duties
from orcid_plugin.outbox.engines.embedded import Worker
from orcid_plugin.store import sites
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, SiteRow
from tests.outbox.conftest import CLIENT, SOFIA, Journal, article, settings_for

SITES = 1000


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements that go to the database."""
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    yield statements
    event.remove(store.engine, "before_cursor_execute", note)


@pytest.fixture
def journal(postgres_url: str, keyring: Keyring) -> Iterator[Journal]:
    store = Store.open(postgres_url)
    store.upgrade()
    journal = Journal(store, settings_for(), keyring)
    yield journal
    journal.transport.close()
    store.close()


def add_sites(journal: Journal, numbers: range) -> None:
    """Each has credentials of its own and a person who is connected."""
    of_one = {"client_id": CLIENT, "environment": "emulator", "web_url": "http://127.0.0.1:1"}
    urls = {"api_url": "http://127.0.0.1:1", "public_api_url": "http://127.0.0.1:1", "id_host": "orcid.org"}
    rows = [
        {
            "key": f"site-{number}",
            "settings": {**of_one, **urls},
            "sealed_client_secret": journal.keyring.seal("secret", f"site/site-{number}"),
        }
        for number in numbers
    ]
    people = [
        {
            "site": row["key"],
            "environment": "emulator",
            "client_id": CLIENT,
            "orcid": SOFIA,
            "scopes": "/activities/update",
            "sealed_token_answer": journal.keyring.seal(json.dumps({"access_token": "x"}), "x"),
            "state": "active",
        }
        for row in rows
    ]
    with journal.store.begin() as session:
        session.execute(insert(SiteRow), rows)
        session.execute(insert(Connection), people)


@pytest.fixture
def worker(journal: Journal) -> Worker:
    """One that has cleared away old rows, which it does at each site once an hour."""
    duties = Duties(journal.store, journal.keyring, journal.transport, journal.settings)
    worker = Worker(duties, threading.Event())
    worker.run_once()
    return worker


def test_with_nothing_due_a_look_takes_as_many_statements_for_a_thousand_sites_as_for_one(
    journal: Journal, worker: Worker
) -> None:
    add_sites(journal, range(1))
    with counted(journal.store) as of_one:
        worker.run_once()
    add_sites(journal, range(1, SITES))
    with journal.store.begin() as session:
        assert len(sites.keys(session)) == SITES
    with counted(journal.store) as of_all:
        worker.run_once()
    assert len(of_all) == len(of_one)
    assert len(of_all) < 12


def test_only_the_sites_that_owe_something_are_read(journal: Journal, worker: Worker) -> None:
    add_sites(journal, range(SITES))
    journal.connect()
    journal.publish(article())
    with counted(journal.store) as statements:
        worker.run_once(stop=_AtOnce())
    assert statements
    assert not [one for one in statements if "FROM orcid_plugin_site" in one]  # it is the host's own that owes


class _AtOnce(threading.Event):
    """Lets the worker look for work, and then stops it before any call."""

    def is_set(self) -> bool:
        """Always."""
        return True
