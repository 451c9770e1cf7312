"""Each token goes back to the Registry that gave it, as the client that it was given to, whatever the site has now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from orcid_plugin.emulator import Fault, Registry, Server, serve
from orcid_plugin.identity import authorship, connections, credentials, trail
from orcid_plugin.outbox import credentials as writes
from orcid_plugin.outbox import plan
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.store import tasks
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import (
    AuditEvent,
    Connection,
    ConnectionState,
    DeliveryState,
    PublicationState,
    StoredCredentials,
    Task,
)
from tests.outbox.conftest import CLIENT, JOSIAH, KEY, SCOPES, Journal, article, settings_for
from tests.web.live import PREMIUM, PUBLIC


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Registry.seeded()) as running:
        yield running


@pytest.fixture
def journal(store: Store, keyring: Keyring, server: Server) -> Iterator[Journal]:
    """A journal of the host's own at a running Registry, on each kind of database."""
    journal = Journal(store, settings_for(server.url), keyring, server.registry)
    yield journal
    journal.transport.close()


def permit(journal: Journal, *scopes: str, registry: Registry | None = None) -> str:
    """Josiah's account comes back from ORCID with a new token of these scopes."""
    registry, scopes = registry or journal.registry, scopes or SCOPES
    assert registry is not None
    token = registry.issue_token(journal.site.client_id, scopes, JOSIAH)
    answer = TokenAnswer(
        orcid=JOSIAH,
        name=None,
        access_token=token.access,
        refresh_token=token.refresh,
        scopes=frozenset(scopes),
        expires_in=None,
        raw={"access_token": token.access, "refresh_token": token.refresh},
    )
    with journal.store.begin() as session:
        plan.one_at_a_time(session, "journal")
        connection = connections.store_answer(session, journal.site, journal.keyring, answer, "josiah")
        plan.plan_connection(session, journal.site, journal.settings, connection)
    return token.access


def connect_author(journal: Journal) -> None:
    """Josiah is the article's first author."""
    with journal.store.begin() as session:
        connection = session.scalars(select(Connection).where(Connection.orcid == JOSIAH)).one()
        authorship.link(session, journal.site, KEY, "a1", connection)
        plan.plan_connection(session, journal.site, journal.settings, connection)


def change_client(journal: Journal, client_id: str = PREMIUM, **changes: Any) -> None:
    """Other credentials come into the host's configuration, and take effect."""
    assert journal.registry is not None
    secret = journal.registry.clients[client_id].secret
    journal.settings = replace(journal.settings, client_id=client_id, client_secret=secret, **changes)
    with journal.store.begin() as session:
        credentials.take_effect(session, journal.site)
        writes.take_effect(session, journal.site)


def disconnect(journal: Journal, *, removing: bool = False) -> None:
    with journal.store.begin() as session:
        plan.one_at_a_time(session, "journal")
        for one in connections.disconnect(session, journal.keyring, journal.site, "josiah", removing=removing):
            plan.plan_items(session, journal.site, journal.settings, one)


def state(journal: Journal, token: str) -> str:
    assert journal.registry is not None
    return journal.registry.tokens[token].state


def task(journal: Journal) -> Task:
    """The last one."""
    with journal.store.begin() as session:
        return session.scalars(select(Task).order_by(Task.id.desc()).limit(1)).one()


def events(journal: Journal) -> list[tuple[str, str | None, dict[str, Any] | None]]:
    with journal.store.begin() as session:
        found = session.scalars(select(AuditEvent).where(AuditEvent.actor == trail.WORKER).order_by(AuditEvent.id))
        return [(one.action, one.orcid, one.details) for one in found]


class TestAnotherClient:
    def test_a_person_who_disconnects_gives_back_what_the_former_was_given(self, journal: Journal) -> None:
        wide, sign_in = permit(journal), permit(journal, "openid")
        change_client(journal)
        disconnect(journal)
        journal.work()
        assert [state(journal, token) for token in (wide, sign_in)] == ["revoked", "revoked"]
        assert events(journal) == [("token_revoked", JOSIAH, {"client_id": CLIENT})] * 2

    def test_so_does_one_who_connects_again(self, journal: Journal) -> None:
        tokens = [permit(journal), permit(journal, "openid")]
        change_client(journal)
        tokens.append(permit(journal))
        journal.work()
        assert [state(journal, token) for token in tokens] == ["revoked", "revoked", "active"]

    def test_what_waits_for_orcid_when_the_client_changes(self, journal: Journal, server: Server) -> None:
        token = permit(journal)
        server.registry.faults.plan(Fault(503), path="/oauth/revoke")
        disconnect(journal)
        journal.work()
        change_client(journal)
        with journal.store.begin() as session:
            assert writes.revocations_waiting(session, journal.site) == 1
        journal.work(3600)
        assert state(journal, token) == "revoked"

    def test_nothing_has_to_be_applied_first(self, journal: Journal, server: Server) -> None:
        token = permit(journal)
        secret = server.registry.clients[PREMIUM].secret
        journal.settings = replace(journal.settings, client_id=PREMIUM, client_secret=secret)
        disconnect(journal)
        journal.work()
        assert state(journal, token) == "revoked"

    @pytest.mark.parametrize("change", [{"secret": "renewed"}, {"state": "deactivated"}])
    def test_a_former_client_that_orcid_refuses_is_told_to_administrators(
        self, journal: Journal, server: Server, change: dict[str, str]
    ) -> None:
        permit(journal)
        change_client(journal)
        client = server.registry.clients[CLIENT]
        server.registry.add_client(replace(client, **change))
        disconnect(journal)
        journal.work()
        failed = task(journal)
        assert (failed.state, failed.code) == ("failed", "credentials_refused")
        assert CLIENT in str(failed.message)
        assert "The person can remove the permission at ORCID" in str(failed.message)
        assert events(journal) == [
            ("revocation_failed", JOSIAH, {"client_id": CLIENT, "code": "credentials_refused"}),
        ]
        server.registry.add_client(client)
        with journal.store.begin() as session:
            assert tasks.retry(session, "journal", failed.id)
        journal.work()
        assert task(journal).state == "done"

    def test_one_that_is_not_known_is_told_too(self, journal: Journal) -> None:
        permit(journal)
        with journal.store.begin() as session:
            session.query(StoredCredentials).delete()
        change_client(journal)
        disconnect(journal)
        journal.work()
        assert (task(journal).state, task(journal).code) == ("failed", "credentials_unknown")

    def test_a_secret_that_was_renewed_while_it_was_in_force(self, journal: Journal, server: Server) -> None:
        token = permit(journal)
        journal.work()
        server.registry.add_client(replace(server.registry.clients[CLIENT], secret="renewed"))
        journal.settings = replace(journal.settings, client_secret="renewed")
        journal.work()  # housekeeping of a worker that was started with it
        change_client(journal)
        disconnect(journal)
        journal.work()
        assert state(journal, token) == "revoked"

    def test_a_task_of_an_earlier_version_is_done_with_what_is_in_force(self, journal: Journal) -> None:
        token = permit(journal)
        disconnect(journal)
        with journal.store.begin() as session:
            session.execute(update(Task).values(client_id=None))
        journal.work()
        assert state(journal, token) == "revoked"


def test_the_sites_own_credentials_are_tried_again_where_they_are_refused(journal: Journal, server: Server) -> None:
    journal.settings = replace(journal.settings, max_attempts=2)
    token = permit(journal)
    server.registry.add_client(replace(server.registry.clients[CLIENT], secret="renewed"))
    disconnect(journal)
    journal.work()
    assert (task(journal).state, task(journal).code) == ("pending", "oauth_credentials")
    journal.settings = replace(journal.settings, client_secret="renewed")
    journal.work(3600)
    assert state(journal, token) == "revoked"


def test_however_long_orcid_is_away_it_is_tried_again(journal: Journal, server: Server) -> None:
    journal.settings = replace(journal.settings, max_attempts=2)
    token = permit(journal)
    disconnect(journal)
    server.registry.faults.plan(Fault(503), path="/oauth/revoke", times=5)
    for _ in range(5):
        journal.work(3601)
        assert (task(journal).state, task(journal).code) == ("pending", "oauth_unavailable")
    assert task(journal).attempts == 1
    journal.work(3601)
    assert state(journal, token) == "revoked"


class TestAnotherRegistry:
    @pytest.fixture
    def elsewhere(self) -> Iterator[Server]:
        with serve(Registry.seeded()) as running:
            yield running

    def move(self, journal: Journal, there: Server) -> None:
        urls = {"web_url": there.web, "api_url": there.api, "public_api_url": there.public_api}
        change_client(journal, environment="elsewhere", id_host="orcid.org", **urls)

    def test_tokens_go_back_to_the_registry_that_gave_them(
        self, journal: Journal, elsewhere: Server, server: Server
    ) -> None:
        old = [permit(journal), permit(journal, "openid")]
        self.move(journal, elsewhere)
        new = permit(journal, registry=elsewhere.registry)
        disconnect(journal)
        journal.work()
        assert [server.registry.tokens[token].state for token in old] == ["revoked", "revoked"]
        assert elsewhere.registry.tokens[new].state == "revoked"

    def test_what_was_being_removed_there_is_said_and_the_token_given_back(
        self, journal: Journal, elsewhere: Server, server: Server
    ) -> None:
        token = permit(journal)
        journal.publish()
        connect_author(journal)
        journal.work()
        disconnect(journal, removing=True)
        self.move(journal, elsewhere)
        assert (journal.delivery().state, journal.delivery().code) == (DeliveryState.FAILED, "registry_changed")
        journal.work()
        assert server.registry.tokens[token].state == "revoked"
        assert len(journal.works()) == 1

    def test_nothing_is_removed_there_afterwards(self, journal: Journal, elsewhere: Server, server: Server) -> None:
        token = permit(journal)
        self.move(journal, elsewhere)
        disconnect(journal, removing=True)
        with journal.store.begin() as session:
            assert session.scalars(select(Connection.state)).one() == ConnectionState.DISCONNECTED
        journal.work()
        assert server.registry.tokens[token].state == "revoked"


class TestWorksOfAFormerClient:
    """Only their source can delete them, and the token that it was given still does."""

    @pytest.fixture(params=["member", "public"])
    def stale(self, request: pytest.FixtureRequest, journal: Journal) -> tuple[Journal, str]:
        """A work is on the record, and the site has another client since."""
        token = permit(journal)
        journal.publish(article())
        connect_author(journal)
        journal.work()
        assert len(journal.works()) == 1
        change_client(journal, {"member": PREMIUM, "public": PUBLIC}[request.param], api=request.param)
        return journal, token

    def test_are_deleted_when_the_publication_is_withdrawn(self, stale: tuple[Journal, str]) -> None:
        journal, token = stale
        journal.become(PublicationState.WITHDRAWN)
        journal.work()
        assert (journal.works(), state(journal, token)) == ([], "active")

    def test_and_when_the_person_wants_that_before_the_token_goes_back(self, stale: tuple[Journal, str]) -> None:
        journal, token = stale
        disconnect(journal, removing=True)
        journal.work()
        journal.work(6)
        assert (journal.works(), state(journal, token)) == ([], "revoked")

    def test_and_nothing_else_is_sent(self, stale: tuple[Journal, str]) -> None:
        journal, _ = stale
        journal.forget()
        journal.publish(article(url="https://example.org/new"))
        journal.work()
        assert journal.calls(methods="POST PUT DELETE") == []


def test_works_of_a_client_that_may_not_write_for_now_wait_for_it(journal: Journal) -> None:
    permit(journal)
    journal.publish()
    connect_author(journal)
    journal.work()
    change_client(journal, CLIENT, api="public")
    journal.become(PublicationState.WITHDRAWN)
    journal.work()
    assert len(journal.works()) == 1
    with journal.store.begin() as session:
        assert session.scalars(select(Connection.state)).one() == ConnectionState.ACTIVE
    change_client(journal, CLIENT, api="member")
    journal.work()
    assert journal.works() == []


class TestHousekeeping:
    def clients(self, journal: Journal) -> list[str]:
        with journal.store.begin() as session:
            return list(session.scalars(select(StoredCredentials.client_id).order_by(StoredCredentials.id)))

    def test_credentials_are_known_from_the_worker_s_first_look_until_nothing_needs_them(
        self, journal: Journal
    ) -> None:
        journal.work()
        assert self.clients(journal) == [CLIENT]
        permit(journal)
        change_client(journal)
        journal.work()
        assert self.clients(journal) == [CLIENT, PREMIUM]
        disconnect(journal)
        journal.work()  # the next worker's first look comes after its tasks
        assert self.clients(journal) == [PREMIUM]
