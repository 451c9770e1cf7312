"""A permission that was given for a time: renewed before it is used, or ended with one notice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from orcid_plugin.emulator import Fault, tokens
from orcid_plugin.identity import connections
from orcid_plugin.identity import tokens as kept_tokens
from orcid_plugin.registry.oauth import OAuthClient
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.signals import permission_ended
from orcid_plugin.store.tables import Connection, ConnectionState, DeliveryState, now

from .conftest import CLIENT, JOSIAH, SCOPES, Journal


def connect(live: Journal, *, refresh: str | None = "its own", left: float = -1) -> None:
    """Josiah connects, with so many seconds left."""
    live.connect()
    with live.store.begin() as session:
        connection = session.query(Connection).one()
        answer = {"access_token": live.tokens[JOSIAH].access, "refresh_token": refresh}
        if refresh == "its own":
            answer["refresh_token"] = live.tokens[JOSIAH].refresh
        connection.sealed_token_answer = live.keyring.seal(json.dumps(answer), connection.seal_owner)
        connection.expires_at = now() + timedelta(seconds=left)


def connection(live: Journal) -> Connection:
    with live.store.begin() as session:
        return session.query(Connection).one()


@pytest.fixture
def notices() -> Any:
    heard: list[str] = []

    def hear(site: str, *, orcid: str, account: str | None) -> None:
        heard.append(orcid)

    with permission_ended.connected_to(hear):
        yield heard


def tokens_asked(live: Journal) -> int:
    assert live.registry
    return len(live.registry.journal.entries(path="/oauth/token"))


@pytest.mark.parametrize("left", [-1, 30], ids=["over", "nearly over"])
def test_a_token_that_is_over_is_renewed_and_the_work_arrives(live: Journal, notices: list[str], left: float) -> None:
    connect(live, left=left)
    live.publish()
    live.work()
    assert (live.delivery().state, len(live.works()), notices) == (DeliveryState.SENT, 1, [])
    assert tokens_asked(live) == 1
    renewed = connection(live)
    assert renewed.expires_at is not None
    assert renewed.expires_at > now() + timedelta(days=365)
    assert connections.refresh_token(live.keyring, renewed) != live.tokens[JOSIAH].refresh
    assert renewed.scope_set == set(SCOPES)


def test_one_that_holds_is_left_alone(live: Journal) -> None:
    connect(live, left=3600)
    live.publish()
    live.work()
    assert (live.delivery().state, tokens_asked(live)) == (DeliveryState.SENT, 0)


def sealed_anew(live: Journal, held: Connection) -> None:
    """As `rotation.rotate` does."""
    secret = live.keyring.open(held.sealed_token_answer, held.seal_owner)
    held.sealed_token_answer = live.keyring.seal(secret, held.seal_owner)


def connected_again(live: Journal, held: Connection) -> None:
    held.sealed_token_answer = live.keyring.seal('{"access_token": "newest"}', held.seal_owner)


def disconnected(live: Journal, held: Connection) -> None:
    kept_tokens.forget(held)


@pytest.mark.parametrize(("happen", "renewed"), [(sealed_anew, True), (connected_again, False), (disconnected, False)])
def test_what_happens_while_it_is_renewed(
    live: Journal, monkeypatch: pytest.MonkeyPatch, happen: Callable[[Journal, Connection], None], renewed: bool
) -> None:
    asked, answers = OAuthClient.refresh, []

    def refresh(self: OAuthClient, *arguments: Any, **options: Any) -> TokenAnswer:
        answers.append(asked(self, *arguments, **options))
        with live.store.begin() as session:
            happen(live, session.query(Connection).one())
        return answers[-1]

    monkeypatch.setattr(OAuthClient, "refresh", refresh)
    connect(live)
    live.publish()
    live.work()
    held = connection(live)
    kept = held.sealed_token_answer and connections.access_token(live.keyring, held)
    assert (kept == answers[0].access_token) is renewed
    assert kept in {answers[0].access_token, "newest", ""}


@pytest.mark.parametrize("refresh", [None, "unknown-to-orcid"])
def test_one_that_cannot_be_renewed_ends_with_one_notice(
    live: Journal, notices: list[str], refresh: str | None
) -> None:
    connect(live, refresh=refresh)
    live.publish()
    live.work()
    live.work(3600)
    assert connection(live).state == ConnectionState.REVOKED
    assert notices == [JOSIAH]
    assert (live.delivery().state, live.delivery().code) == (DeliveryState.NEEDS_PERMISSION, "permission_ended")
    assert live.calls() == []  # nothing was tried with the old one
    connect(live, left=3600)
    live.work()
    assert (live.delivery().state, notices) == (DeliveryState.SENT, [JOSIAH])


def test_while_orcid_cannot_tell_it_waits(live: Journal, notices: list[str]) -> None:
    assert live.registry
    connect(live)
    live.registry.faults.plan(Fault(status=503), path="/oauth/token")
    live.publish()
    live.work()
    assert (live.delivery().state, live.delivery().code) == (DeliveryState.PENDING, "oauth_unavailable")
    live.work(60)
    assert (live.delivery().state, notices) == (DeliveryState.SENT, [])


def test_a_token_for_somebody_else_is_not_kept(live: Journal) -> None:
    assert live.registry
    connect(live, refresh=live.registry.issue_token(CLIENT, SCOPES, "0000-0001-2345-6789").refresh)
    live.publish()
    live.work()
    assert (live.delivery().state, live.delivery().code) == (DeliveryState.PENDING, "oauth_answer")
    assert connections.access_token(live.keyring, connection(live)) == live.tokens[JOSIAH].access
    assert states(live, "0000-0001-2345-6789") == ["revoked", "revoked"]  # and given back


def states(live: Journal, orcid: str) -> list[str]:
    """Of all tokens that the Registry gave for a record."""
    assert live.registry
    return [token.state for token in live.registry.tokens.values() if token.orcid == orcid]


def test_the_one_that_is_renewed_is_given_back(live: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert live.registry
    connect(live)
    # As a Registry may do it that leaves the old one alive.
    monkeypatch.setattr(live.registry, "set_token_state", lambda token, state: None)
    live.publish()
    with monkeypatch.context() as before:
        before.setattr("orcid_plugin.outbox.tasks.Tasks.do_next", lambda _: False)
        live.work()
    assert states(live, JOSIAH) == ["active", "active"]
    monkeypatch.undo()
    live.work()
    assert states(live, JOSIAH) == ["revoked", "active"]


def test_it_is_left_alone_where_the_pair_goes_on(live: Journal) -> None:
    assert live.registry
    connect(live)
    old = live.tokens[JOSIAH]
    body = {"access_token": "renewed", "token_type": "bearer", "expires_in": 99999, "orcid": JOSIAH, "scope": "openid"}
    live.registry.faults.plan(Fault(status=200, body=json.dumps(body)), path="/oauth/token")
    live.publish()
    live.work()
    assert connections.access_token(live.keyring, connection(live)) == "renewed"
    assert connections.refresh_token(live.keyring, connection(live)) == old.refresh
    assert states(live, JOSIAH) == ["active"]  # for ORCID would revoke the refresh token with it


@pytest.mark.parametrize("usable", [True, False])
def test_a_new_one_that_comes_too_late_or_cannot_be_used_is_given_back(
    live: Journal, monkeypatch: pytest.MonkeyPatch, usable: bool
) -> None:
    assert live.registry
    connect(live)
    renew = tokens.grant

    def granted(*arguments: Any, **options: Any) -> dict[str, Any]:
        answer = renew(*arguments, **options)
        connect(live, left=3600)  # the person connects again meanwhile
        return answer if usable else answer | {"orcid": "nobody"}

    monkeypatch.setattr(tokens, "grant", granted)
    live.publish()
    live.work()
    live.work(60)
    assert connections.access_token(live.keyring, connection(live)) == live.tokens[JOSIAH].access
    assert states(live, JOSIAH) == ["revoked", "revoked", "active"]
