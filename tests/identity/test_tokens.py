"""The two tokens of a connection, and that each is owed back when it is kept no longer."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from orcid_plugin.errors import UnusableKey
from orcid_plugin.identity import connections, merged, tokens
from orcid_plugin.registry.environment import ENVIRONMENTS
from orcid_plugin.settings import Site
from orcid_plugin.store import tasks
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, ConnectionState, Task, now
from tests.identity.test_connections import JOSIAH, KEYRING, SITE, SOFIA, answer, connect, rows

WRITE = ("openid", "/activities/update", "/read-limited")
OTHER = replace(SITE, client_id="APP-OTHER")


def come(store: Store, token: str, *scopes: str, site: Site = SITE, orcid: str = JOSIAH) -> None:
    """The person comes back from ORCID with this token."""
    granted = replace(answer(orcid, token), scopes=frozenset(scopes))
    with store.begin() as session:
        connections.store_answer(session, site, KEYRING, granted, None)


def held(store: Store, orcid: str = JOSIAH) -> tuple[str | None, str | None]:
    """The token in use, and the one beside it."""
    with store.begin() as session:
        connection = session.scalars(select(Connection).where(Connection.orcid == orcid)).one()
    sealed = (connection.sealed_token_answer, connection.sealed_sign_in_answer)
    use, beside = (tokens.opened(KEYRING, connection, one)["access_token"] if one else None for one in sealed)
    return use, beside


def owed(store: Store) -> dict[str, tuple[str, str | None]]:
    """Token -> Registry and client that it goes back to; each is owed once."""
    with store.begin() as session:
        found = [
            (tasks.payload_of(KEYRING, one)["token"], (one.environment, one.client_id))
            for one in session.scalars(select(Task).where(Task.kind == tasks.REVOKE))
        ]
    assert set(Counter(token for token, _ in found).values()) <= {1}
    return dict(found)


MINE = ("sandbox", "APP-1")


class TestSigningIn:
    def test_is_kept_beside_the_permission_and_only_the_newest(self, store: Store) -> None:
        come(store, "wide", *WRITE)
        come(store, "first", "openid")
        assert (held(store), owed(store)) == (("wide", "first"), {})
        come(store, "second", "openid")
        assert (held(store), owed(store)) == (("wide", "second"), {"first": MINE})

    def test_before_the_permission_is_kept_too(self, store: Store) -> None:
        come(store, "sign-in", "openid")
        come(store, "wide", *WRITE)
        assert (held(store), owed(store)) == (("wide", "sign-in"), {})
        assert rows(store)[0].scope_set == set(WRITE)

    def test_permitting_the_same_again_leaves_it(self, store: Store) -> None:
        for token, scopes in (("wide", WRITE), ("sign-in", ["openid"]), ("wider", WRITE)):
            come(store, token, *scopes)
        assert (held(store), owed(store)) == (("wider", "sign-in"), {"wide": MINE})

    def test_is_all_where_no_more_was_asked(self, store: Store) -> None:
        come(store, "first", "openid")
        come(store, "second", "openid")
        assert (held(store), owed(store)) == (("second", None), {"first": MINE})

    def test_with_the_same_token_again_owes_nothing(self, store: Store) -> None:
        for _ in range(2):
            come(store, "wide", *WRITE)
            come(store, "sign-in", "openid")
        assert (held(store), owed(store)) == (("wide", "sign-in"), {})


@pytest.mark.parametrize("scopes", [WRITE, ("openid",)], ids=["wide", "narrow"])
@pytest.mark.parametrize(
    "over",
    [
        {"state": ConnectionState.REVOKED},
        {"state": ConnectionState.STALE},
        {"expires_at": now() - timedelta(seconds=1)},
    ],
    ids=["revoked", "stale", "expired"],
)
def test_a_permission_that_is_over_goes_with_all_its_tokens(
    store: Store, over: dict[str, Any], scopes: tuple[str, ...]
) -> None:
    come(store, "wide", *WRITE)
    come(store, "sign-in", "openid")
    with store.begin() as session:
        for name, value in over.items():
            setattr(session.get_one(Connection, rows(store)[0].id), name, value)
    come(store, "newest", *scopes)
    assert (held(store), owed(store)) == (("newest", None), {"wide": MINE, "sign-in": MINE})
    assert rows(store)[0].state == ConnectionState.ACTIVE


def test_tokens_of_another_client_go_back_to_it(store: Store) -> None:
    come(store, "wide", *WRITE)
    come(store, "sign-in", "openid")
    come(store, "newest", "openid", site=OTHER)
    assert (held(store), owed(store)) == (("newest", None), {"wide": MINE, "sign-in": MINE})
    come(store, "newer", "openid", site=OTHER)
    assert owed(store)["newest"] == ("sandbox", "APP-OTHER")


class TestDisconnecting:
    def leave(self, store: Store, site: Site = SITE, *, removing: bool = False) -> Connection:
        with store.begin() as session:
            (ended,) = connections.disconnect(session, KEYRING, site, "ada", removing=removing)
        return ended

    @pytest.fixture
    def both(self, store: Store) -> Store:
        connect(store)
        come(store, "sign-in", "openid")
        return store

    def test_gives_both_back(self, both: Store) -> None:
        self.leave(both)
        assert (held(both), owed(both)) == ((None, None), {"token-1": MINE, "sign-in": MINE})
        (connection,) = rows(both)
        assert (connection.token_hash, connection.sign_in_token_hash) == (None, None)

    def test_keeps_one_for_what_is_removed_first(self, both: Store) -> None:
        assert self.leave(both, removing=True).state == ConnectionState.LEAVING
        assert (held(both), owed(both)) == (("token-1", None), {"token-1": MINE, "sign-in": MINE})
        come(both, "newest", *WRITE)  # and is owed once, whatever the person does then
        assert (held(both), set(owed(both))) == (("newest", None), {"token-1", "sign-in"})

    def test_gives_a_token_back_to_the_former_client(self, both: Store) -> None:
        self.leave(both, OTHER)
        assert owed(both) == {"token-1": MINE, "sign-in": MINE}

    def test_ends_what_was_permitted_at_a_former_registry_too(self, both: Store) -> None:
        production = replace(SITE, environment=ENVIRONMENTS["production"])
        with both.begin() as session:
            connections.store_answer(session, production, KEYRING, answer(token="of-production"), "ada")
            ended = connections.disconnect(session, KEYRING, production, "ada", removing=True)
        assert [(one.environment, one.state) for one in ended] == [
            ("sandbox", ConnectionState.DISCONNECTED),
            ("production", ConnectionState.LEAVING),
        ]
        assert owed(both) == {"token-1": MINE, "sign-in": MINE, "of-production": ("production", "APP-1")}

    def test_without_the_key_of_one_gives_the_other_back(self, both: Store, caplog: pytest.LogCaptureFixture) -> None:
        with both.begin() as session:
            connection = session.get_one(Connection, rows(both)[0].id)
            lost = Keyring([Fernet.generate_key().decode()])
            connection.sealed_token_answer = lost.seal("{}", connection.seal_owner)
        assert self.leave(both, removing=True).state == ConnectionState.DISCONNECTED
        assert owed(both) == {"sign-in": MINE}
        assert "ends here, but not at ORCID" in caplog.text


class TestMergedRecords:
    def follow(self, store: Store) -> None:
        with store.begin() as session:
            old = session.scalars(select(Connection).where(Connection.orcid == JOSIAH)).one()
            merged.follow(session, KEYRING, old, SOFIA)

    def test_both_tokens_move_with_the_connection(self, store: Store) -> None:
        come(store, "wide", *WRITE)
        come(store, "sign-in", "openid")
        self.follow(store)
        assert (held(store, SOFIA), owed(store)) == (("wide", "sign-in"), {})

    def test_those_of_a_connection_that_ends_go_back(self, store: Store) -> None:
        come(store, "wide", *WRITE)
        come(store, "sign-in", "openid")
        come(store, "of-the-primary", *WRITE, orcid=SOFIA)
        self.follow(store)
        assert held(store) == (None, None)
        assert (held(store, SOFIA), owed(store)) == (("of-the-primary", None), {"wide": MINE, "sign-in": MINE})

    def test_one_without_token_moves_too(self, store: Store) -> None:
        connect(store)
        with store.begin() as session:
            connections.disconnect(session, KEYRING, SITE, "ada")
        self.follow(store)
        assert held(store, SOFIA) == (None, None)


class TestRefusedTokens:
    def give_back(self, store: Store, token: str, orcid: str | None) -> None:
        with store.begin() as session:
            connections.give_back(session, KEYRING, SITE, token, orcid)

    def test_go_back_where_no_connection_holds_them(self, store: Store) -> None:
        connect(store)
        come(store, "sign-in", "openid")
        for token in ("token-1", "sign-in", "refused"):
            self.give_back(store, token, JOSIAH)
        self.give_back(store, "of-nobody-here", None)
        assert owed(store) == {"refused": MINE, "of-nobody-here": MINE}
        (connection,) = rows(store)
        with store.begin() as session:
            subjects = session.scalars(select(Task.subject_id).order_by(Task.id)).all()
        assert subjects == [connection.id, None]


@pytest.mark.parametrize("comes_back", [True, False], ids=["connects", "disconnects"])
def test_one_that_is_renewed_at_the_same_moment_is_not_overlooked(store: Store, comes_back: bool) -> None:
    connect(store)
    begun = threading.Event()

    def act() -> None:
        begun.wait()
        if comes_back:
            come(store, "newest", *WRITE)
        else:
            with store.begin() as session:
                connections.disconnect(session, KEYRING, SITE, "ada")

    person = threading.Thread(target=act)
    person.start()
    with store.begin() as session:
        connection = session.scalars(select(Connection)).one()
        with tokens.owing_back(session, KEYRING, connection):
            tokens.keep(KEYRING, connection, answer(token="renewed"))
        session.flush()
        begun.set()
        time.sleep(0.3)  # long enough for the other to come to where it must wait
    person.join()
    assert held(store) == (("newest" if comes_back else None), None)
    assert owed(store) == {"token-1": MINE, "renewed": MINE}


def test_the_token_of_a_sign_in_is_sealed_for_its_row(store: Store) -> None:
    for orcid in (JOSIAH, SOFIA):
        come(store, f"wide-{orcid}", *WRITE, orcid=orcid)
        come(store, f"sign-in-{orcid}", "openid", orcid=orcid)
    josiah, sofia = rows(store)
    assert josiah.sealed_sign_in_answer is not None
    assert "sign-in" not in josiah.sealed_sign_in_answer
    with pytest.raises(UnusableKey):
        tokens.opened(KEYRING, sofia, josiah.sealed_sign_in_answer)
