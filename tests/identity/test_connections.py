"""One connection for each iD of a site; tokens sealed for their row; races leave one link."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from orcid_plugin import signals
from orcid_plugin.errors import IdentityConflict, NotConnected, UnusableKey
from orcid_plugin.identity import connections
from orcid_plugin.registry.environment import ENVIRONMENTS
from orcid_plugin.registry.oauth_answers import TokenAnswer, token_answer
from orcid_plugin.settings import Site
from orcid_plugin.store import tasks
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, ConnectionState, Task, now

JOSIAH, SOFIA = "0000-0002-1825-0097", "0000-0001-5109-3700"
SITE = Site(key="j", name="J", environment=ENVIRONMENTS["sandbox"], client_id="APP-1", client_secret="s")
KEYRING = Keyring([Fernet.generate_key().decode()])


def answer(orcid: str = JOSIAH, token: str = "token-1") -> TokenAnswer:
    return TokenAnswer(
        orcid=orcid,
        name="Somebody",
        access_token=token,
        refresh_token=None,
        scopes=frozenset({"/read-limited", "/activities/update"}),
        expires_in=3600,
        raw={"access_token": token, "orcid": orcid},
    )


def connect(store: Store, orcid: str = JOSIAH, account: str | None = "ada", token: str = "token-1") -> Connection:
    with store.begin() as session:
        return connections.store_answer(session, SITE, KEYRING, answer(orcid, token), account)


def rows(store: Store) -> list[Connection]:
    with store.begin() as session:
        return list(session.scalars(select(Connection).order_by(Connection.id)))


def test_the_whole_answer_is_kept(store: Store) -> None:
    """ORCID asks for that before an integration goes live, for what is not used today as well."""
    raw = {"access_token": "t", "token_type": "bearer", "refresh_token": "r", "orcid": JOSIAH, "tomorrow": ["new"]}
    with store.begin() as session:
        connection = connections.store_answer(session, SITE, KEYRING, token_answer(raw), "ada")
    assert json.loads(KEYRING.open(connection.sealed_token_answer, connection.seal_owner)) == raw


def test_a_token_is_sealed_for_its_row(store: Store) -> None:
    josiah, sofia = connect(store), connect(store, SOFIA, "sofia", "token-2")
    assert connections.access_token(KEYRING, josiah) == "token-1"
    assert connections.access_token(KEYRING, sofia) == "token-2"
    assert "token-1" not in josiah.sealed_token_answer
    with store.begin() as session:  # somebody who can write to the database swaps the two
        session.execute(
            update(Connection).where(Connection.orcid == JOSIAH).values(sealed_token_answer=sofia.sealed_token_answer)
        )
    with pytest.raises(UnusableKey):
        connections.access_token(KEYRING, rows(store)[0])
    with pytest.raises(UnusableKey):
        connections.access_token(Keyring([Fernet.generate_key().decode()]), sofia)


def test_connecting_again_replaces_the_permission(store: Store) -> None:
    first = connect(store)
    with store.begin() as session:
        assert connections.permission_ended(session, first)
    connect(store, token="token-2")
    (connection,) = rows(store)
    assert connection.state == ConnectionState.ACTIVE
    assert connections.access_token(KEYRING, connection) == "token-2"
    assert connection.expires_at is not None
    assert 3500 < (connection.expires_at - now()).total_seconds() <= 3600


def test_a_token_that_is_replaced_is_owed_back_to_orcid(store: Store) -> None:
    connect(store)
    connect(store)
    connect(store, token="token-2")
    with store.begin() as session:
        (task,) = session.scalars(select(Task))
        assert (task.kind, tasks.payload_of(KEYRING, task)) == (tasks.REVOKE, {"token": "token-1"})


def test_without_an_account_the_owner_stays(store: Store) -> None:
    connect(store)
    connect(store, account=None, token="token-2")
    assert [(one.account, connections.access_token(KEYRING, one)) for one in rows(store)] == [("ada", "token-2")]


def test_an_account_takes_over_a_connection_without_owner(store: Store) -> None:
    connect(store, account=None)
    connect(store, account="ada")
    assert [one.account for one in rows(store)] == ["ada"]


@pytest.mark.parametrize(("orcid", "account"), [(JOSIAH, "bob"), (SOFIA, "ada")])
def test_conflicts_change_nothing(store: Store, orcid: str, account: str) -> None:
    connect(store)
    before = [(one.orcid, one.account, one.sealed_token_answer) for one in rows(store)]
    with pytest.raises(IdentityConflict):
        connect(store, orcid, account, "token-2")
    assert [(one.orcid, one.account, one.sealed_token_answer) for one in rows(store)] == before


def test_sites_and_environments_are_apart(store: Store) -> None:
    connect(store)
    for site in (replace(SITE, key="other"), replace(SITE, environment=ENVIRONMENTS["production"])):
        with store.begin() as session:
            connections.store_answer(session, site, KEYRING, answer(), "bob")
    assert [one.account for one in rows(store)] == ["ada", "bob", "bob"]


def at_once(*actions: Callable[[], object]) -> list[BaseException]:
    """Run all at the same moment; returns what they raised."""
    barrier = threading.Barrier(len(actions))
    raised: list[BaseException] = []

    def run(action: Callable[[], object]) -> None:
        barrier.wait()
        try:
            action()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


class TestAtOnce:
    """Two callbacks at the same moment leave one link, and the loser gets a sentence."""

    def test_the_same_person_twice(self, store: Store) -> None:
        for account in ("a", None, "b"):
            orcid = JOSIAH if account != "b" else SOFIA
            assert at_once(*[lambda o=orcid, a=account: connect(store, o, a) for _ in range(4)]) == []  # type: ignore[misc]
        assert [(one.orcid, one.account) for one in rows(store)] == [(JOSIAH, "a"), (SOFIA, "b")]

    def test_two_accounts_and_one_id(self, store: Store) -> None:
        raised = at_once(*[lambda a=account: connect(store, JOSIAH, a) for account in "abcd"])  # type: ignore[misc]
        assert [type(error) for error in raised] == [IdentityConflict] * 3
        assert len(rows(store)) == 1

    def test_two_ids_and_one_account(self, store: Store) -> None:
        raised = at_once(*[lambda o=orcid: connect(store, o, "ada") for orcid in (JOSIAH, SOFIA)])  # type: ignore[misc]
        assert [type(error) for error in raised] == [IdentityConflict]
        assert [one.account for one in rows(store)] == ["ada"]


class TestPermissionEnded:
    def test_only_the_first_hears_of_it_after_the_commit(self, store: Store) -> None:
        heard: list[tuple[object, dict[str, object]]] = []

        def receiver(sender: object, **details: object) -> None:
            heard.append((sender, details))

        connection = connect(store)
        with signals.permission_ended.connected_to(receiver):
            with store.begin() as session:
                assert connections.permission_ended(session, connection)
                with session.begin_nested():
                    pass
                assert heard == []
            with store.begin() as session:
                assert not connections.permission_ended(session, connection)
        assert heard == [("j", {"orcid": JOSIAH, "account": "ada"})]
        assert rows(store)[0].state == ConnectionState.REVOKED

    def test_not_if_the_person_connected_again_meanwhile(self, store: Store) -> None:
        old = connect(store)
        connect(store, token="token-2")
        with store.begin() as session:
            assert not connections.permission_ended(session, old)
        assert rows(store)[0].state == ConnectionState.ACTIVE

    def test_a_rollback_and_a_failing_receiver(self, store: Store, caplog: pytest.LogCaptureFixture) -> None:
        calls = []

        def receiver(sender: object, **_details: object) -> None:
            calls.append(sender)
            raise RuntimeError("the host's own fault")

        connection = connect(store)
        with signals.permission_ended.connected_to(receiver):
            with suppress(ZeroDivisionError), store.begin() as session:
                assert connections.permission_ended(session, connection)
                raise ZeroDivisionError
            assert calls == []
            with store.begin() as session:
                assert connections.permission_ended(session, connection)
        assert calls == ["j"]
        assert "a receiver of permission-ended failed" in caplog.text


def test_a_disconnected_person_has_no_token(store: Store) -> None:
    with pytest.raises(NotConnected):
        connections.access_token(KEYRING, Connection(orcid=JOSIAH, sealed_token_answer=""))


def test_disconnecting_works_without_the_key(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    connect(store)
    lost = Keyring([Fernet.generate_key().decode()])
    with store.begin() as session:
        assert connections.disconnect(session, lost, SITE, "ada")
    assert [(one.account, one.sealed_token_answer) for one in rows(store)] == [(None, "")]
    assert "ends here, but not at ORCID" in caplog.text
