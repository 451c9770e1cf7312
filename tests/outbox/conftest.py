"""A journal, its store and the emulator, without Flask."""

from __future__ import annotations

import dataclasses
import datetime
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from orcid_plugin.emulator import Registry, serve
from orcid_plugin.emulator.values import StoredItem, Token
from orcid_plugin.identity import authorship
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import Publication, Title
from orcid_plugin.metadata.vocabulary import WorkType
from orcid_plugin.outbox import plan
from orcid_plugin.outbox.duties import Duties
from orcid_plugin.outbox.engines.embedded import Worker
from orcid_plugin.registry.transport import Transport
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store import publications
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, Delivery, Item, PublicationState, StoredPublication

CLIENT = "APP-EMULATORMEMBER00"
JOSIAH = "0000-0002-1825-0097"
SOFIA = "0000-0001-2345-6789"
YUKI = "0000-0000-1618-0334"
SCOPES = ("/activities/update", "/read-limited")
KEY = "doi:10.5555/one"


def article(**changes: Any) -> Publication:
    """An article of Josiah (`a1`) and Sofia (`a2`)."""
    publication = Publication(
        type=WorkType.JOURNAL_ARTICLE,
        title=Title("On cracked pots"),
        identifiers=(Identifier.of("doi", "10.5555/one"),),
        contributors=(
            Contributor(given_names="Josiah", family_name="Carberry", key="a1"),
            Contributor(given_names="Sofia", family_name="Garcia", key="a2"),
        ),
    )
    return dataclasses.replace(publication, **changes)


def settings_for(url: str = "http://127.0.0.1:1", **changes: Any) -> Settings:
    """Settings of a journal whose Registry is at `url`."""
    return Settings(
        environment="emulator",
        web_url=url,
        api_url=url,
        public_api_url=f"{url}/pub",
        client_id=CLIENT,
        client_secret="emulator-member-secret",
        site="journal",
        pace=1000,
        poll_seconds=0.05,
        **changes,
    )


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self._ahead = datetime.timedelta()

    def __call__(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC) + self._ahead

    def turn(self, seconds: float) -> None:
        self._ahead += datetime.timedelta(seconds=seconds)


@dataclass
class StillPace:
    """A pace that never waits, and is paused until the test ends it."""

    pauses: list[float] = field(default_factory=list)
    ended: bool = True

    def wait(self) -> None: ...

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.ended = False

    def paused(self) -> bool:
        return not self.ended


@dataclass
class Journal:
    """One site with its store; what hosts and pages do, in a word each."""

    store: Store
    settings: Settings
    keyring: Keyring
    registry: Registry | None = None
    clock: Clock = field(default_factory=Clock)
    pace: StillPace = field(default_factory=StillPace)
    transport: Transport = field(default_factory=lambda: Transport(connect_timeout=2, read_timeout=5))
    due: threading.Event = field(default_factory=threading.Event)
    tokens: dict[str, Token] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        return self.settings.the_site()

    def connect(self, orcid: str = JOSIAH, contributor: str | None = "a1", *, key: str = KEY, **changes: Any) -> int:
        """The person gives permission (again), and is linked to the contributor; what that makes due is planned."""
        scopes = changes.pop("scopes", SCOPES)
        token = "token-of-nobody"
        if self.registry is not None:
            self.tokens[orcid] = self.registry.issue_token(CLIENT, scopes, orcid)
            token = self.tokens[orcid].access
        with self.store.begin() as session:
            connection = session.scalar(select(Connection).where(Connection.orcid == orcid)) or Connection(
                site="journal", environment="emulator", client_id=CLIENT, orcid=orcid
            )
            connection.scopes, connection.state = " ".join(scopes), changes.get("state", "active")
            owner = f"connection/journal/emulator/{orcid}"
            connection.sealed_token_answer = self.keyring.seal(json.dumps({"access_token": token}), owner)
            session.add(connection)
            session.flush()
            if contributor:
                authorship.link(session, self.site, key, contributor, connection)
            plan.plan_connection(session, self.site, self.settings, connection)
            return connection.id

    def publish(
        self,
        publication: Publication | None = None,
        *,
        key: str = KEY,
        state: PublicationState = PublicationState.PUBLISHED,
    ) -> int:
        with self.store.begin() as session:
            stored = publications.save(session, "journal", key, publication or article(), state)
            return plan.plan_publication(session, self.site, self.settings, stored)

    def become(self, state: PublicationState, key: str = KEY) -> int:
        with self.store.begin() as session:
            stored = publications.find(session, "journal", key)
            assert stored is not None
            stored.state = state
            return plan.plan_publication(session, self.site, self.settings, stored)

    def send_again(self, orcid: str = JOSIAH, key: str = KEY) -> int:
        with self.store.begin() as session:
            stored = publications.find(session, "journal", key)
            assert stored is not None
            return plan.plan_again(session, self.site, self.settings, stored, orcid)

    def duties(self, **changes: Any) -> Duties:
        options = {"pace": self.pace, "clock": self.clock, **changes}
        return Duties(self.store, self.keyring, self.transport, self.settings, **options)

    def worker(self) -> Worker:
        return Worker(self.duties(), self.due)

    def work(self, seconds: float = 0) -> int:
        """Turn the clock and send what is due then."""
        self.clock.turn(seconds)
        self.pace.ended = True
        return self.worker().run_once()

    def deliveries(self) -> list[Delivery]:
        with self.store.begin() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def delivery(self) -> Delivery:
        """The last one."""
        return self.deliveries()[-1]

    def items(self) -> list[Item]:
        with self.store.begin() as session:
            return list(session.scalars(select(Item).order_by(Item.id)))

    def stored(self, key: str = KEY) -> StoredPublication | None:
        with self.store.begin() as session:
            return publications.find(session, "journal", key)

    def works(self, orcid: str = JOSIAH) -> list[StoredItem]:
        assert self.registry is not None
        return self.registry.works_of(orcid)

    def calls(self, methods: str = "", path: str = "/v3.0/") -> list[str]:
        """What the Registry was asked since the last `forget`: "POST work 201"."""
        assert self.registry is not None
        entries = self.registry.journal.entries(methods=methods, path=path)
        return [f"{entry.method} {entry.path.split('/')[3]} {entry.status}" for entry in entries]

    def forget(self) -> None:
        assert self.registry is not None
        self.registry.journal.clear()


@pytest.fixture
def keyring() -> Keyring:
    return Keyring([Fernet.generate_key().decode()])


@pytest.fixture
def journal(store: Store, keyring: Keyring) -> Iterator[Journal]:
    """A journal whose Registry does not answer, on both databases."""
    journal = Journal(store, settings_for(), keyring)
    yield journal
    journal.transport.close()


@pytest.fixture
def live(tmp_path: Any, keyring: Keyring) -> Iterator[Journal]:
    """A journal beside a running emulator, on SQLite."""
    store = Store.open(f"sqlite:///{tmp_path / 'journal.sqlite3'}")
    store.upgrade()
    with serve(Registry.seeded()) as server:
        journal = Journal(store, settings_for(server.url), keyring, server.registry)
        yield journal
        journal.transport.close()
    store.close()
