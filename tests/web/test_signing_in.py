"""Signing in with ORCID: whose account it is, who has none, and what signing in must never do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from flask import Flask, session
from flask.testing import FlaskClient
from sqlalchemy import select

from orcid_plugin.hooks import registration
from orcid_plugin.store.tables import Attempt, AuditEvent, Connection, ConnectionState, Task
from tests.mounted import (
    ACCESS,
    JOSIAH,
    KEYS_URL,
    SOFIA,
    TOKEN_URL,
    FakeHost,
    SigningHost,
    come_back,
    deny,
    grants,
    make_app,
    query_of,
    runtime_of,
    sign_in,
    state_of,
)

SIGN_IN = "/orcid/connect/sign-in"
EMAILS = f"https://api.sandbox.orcid.org/v3.0/{JOSIAH}/email"


@pytest.fixture
def host() -> SigningHost:
    return SigningHost(
        passwords={"ada"},
        emails={"josiah@mail.example": "josiah", "jc@mail.example": "josiah", "ada@mail.example": "ada"},
    )


@pytest.fixture
def by_email(tmp_path: Path, host: SigningHost) -> Iterator[Flask]:
    """A site that lets verified addresses sign in."""
    app = make_app(f"sqlite:///{tmp_path / 'by_email.sqlite3'}", host, sign_in_by_email="true")
    runtime_of(app).store.upgrade()
    yield app
    runtime_of(app).close()


def connect(app: Flask, account: str = "ada") -> FlaskClient:
    """Connect Josiah's iD to an account; their browser."""
    client = app.test_client()
    sign_in(client, account)
    come_back(client, state_of(client, "/orcid/connect/profile"))
    return client


def browser_of(client: FlaskClient) -> dict[str, Any]:
    with client.session_transaction() as cookie:
        return dict(cookie)


def rows(app: Flask, table: type) -> list[Any]:
    with runtime_of(app).store.begin() as database:
        return list(database.scalars(select(table).order_by(table.id)))


def verified(mock: responses.RequestsMock, **addresses: bool) -> None:
    """From now on these are the addresses of Josiah's record."""
    emails = [{"email": f"{name}@mail.example", "verified": proved} for name, proved in addresses.items()]
    mock.upsert(responses.GET, EMAILS, json={"email": emails})


def test_an_id_signs_its_account_in(app: Flask, orcid: responses.RequestsMock) -> None:
    grants(orcid)
    connect(app)
    client = app.test_client()
    there = client.get(f"{SIGN_IN}?next=/desk")
    assert query_of(there)["scope"] == "openid"
    before = browser_of(client)
    back = come_back(client, query_of(there)["state"])
    assert (back.status_code, back.location) == (302, "/desk")
    after = browser_of(client)
    assert after["account"] == "ada"
    assert after["orcid_plugin_browser"] != before["orcid_plugin_browser"]
    assert [event.action for event in rows(app, AuditEvent)] == ["connected", "signed_in"]
    assert rows(app, AuditEvent)[1].actor == "account:ada"


def test_without_next_the_host_says_where_to_go(lite_app: Flask, orcid: responses.RequestsMock) -> None:
    grants(orcid)
    connect(lite_app)
    client = lite_app.test_client()
    assert come_back(client, state_of(client, SIGN_IN)).location == "/after/sign-in"


def test_somebody_signed_in_changes_to_the_account_of_the_id(lite_app: Flask, orcid: responses.RequestsMock) -> None:
    grants(orcid)
    connect(lite_app)
    client = lite_app.test_client()
    sign_in(client, "bob")
    come_back(client, state_of(client, SIGN_IN))
    assert browser_of(client)["account"] == "ada"
    assert [(one.orcid, one.account) for one in rows(lite_app, Connection)] == [(JOSIAH, "ada")]


def test_an_id_that_no_account_has_leads_to_the_registration_form(app: Flask, orcid: responses.RequestsMock) -> None:
    grants(orcid)
    client = app.test_client()
    assert come_back(client, state_of(client, f"{SIGN_IN}?next=/desk")).location == "/after/register"
    values = browser_of(client)
    assert "account" not in values
    with app.test_request_context("/register"):
        session.update(values)
        person = registration.pending()
        assert person is not None
        assert (person.orcid.path, person.came_to_sign_in, person.next_url) == (JOSIAH, True, "/desk")
        assert registration.completed("josiah") is not None
        assert registration.pending() is None
    come_back(client, state_of(client, SIGN_IN))
    assert browser_of(client)["account"] == "josiah"
    assert [event.action for event in rows(app, AuditEvent)] == ["connected", "registered", "signed_in"]


def test_signing_in_does_not_undo_that_the_person_disconnected(app: Flask, orcid: responses.RequestsMock) -> None:
    grants(orcid)
    connect(app)
    with app.test_request_context():
        registration.disconnect("ada")
    grants(orcid, access_token="newer")
    client = app.test_client()
    page = come_back(client, state_of(client, SIGN_IN))
    assert page.status_code == 403
    assert "we do not connect it again unasked" in page.text
    assert "account" not in browser_of(client)
    (connection,) = rows(app, Connection)
    assert (connection.account, connection.state) == (None, ConnectionState.DISCONNECTED)
    assert connection.sealed_token_answer == ""
    orcid.add(responses.POST, "https://sandbox.orcid.org/oauth/revoke")
    runtime_of(app).worker(app).run_once()
    assert [task.state for task in rows(app, Task)] == ["done", "done"]
    revoked = [str(call.request.body) for call in orcid.calls[-2:]]
    assert [token for token in (ACCESS, "newer") if any(f"token={token}" in body for body in revoked)] == [
        ACCESS,
        "newer",
    ]
    assert rows(app, Attempt)[-1].outcome == "sign_in_refused"


def test_an_account_that_the_host_refuses(lite_app: Flask, host: SigningHost, orcid: responses.RequestsMock) -> None:
    grants(orcid)
    connect(lite_app)
    host.blocked.add("ada")
    client = lite_app.test_client()
    page = come_back(client, state_of(client, SIGN_IN))
    assert page.status_code == 403
    assert "this account is closed" in page.text
    assert [event.action for event in rows(lite_app, AuditEvent)] == ["connected"]


def test_saying_no_signs_nobody_in(lite_app: Flask, orcid: responses.RequestsMock) -> None:
    client = lite_app.test_client()
    page = deny(client, state_of(client, SIGN_IN))
    assert page.status_code == 200
    assert "You are not signed in" in page.text
    assert "account" not in browser_of(client)


def test_a_link_of_another_site_signs_nobody_in(lite_app: Flask) -> None:
    assert lite_app.test_client().get(SIGN_IN, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400


def test_a_host_that_does_not_sign_in_has_no_such_page(tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path / 'plain.sqlite3'}", FakeHost())
    runtime_of(app).store.upgrade()
    assert app.test_client().get(SIGN_IN).status_code == 404
    runtime_of(app).close()


def test_two_tabs_that_sign_in_at_once_leave_one_link(
    database_url: str, host: SigningHost, orcid: responses.RequestsMock
) -> None:
    app = make_app(database_url, host, sign_in_by_email="true")
    runtime_of(app).store.upgrade()
    grants(orcid)
    verified(orcid, josiah=True)
    client = app.test_client()
    states = [state_of(client, SIGN_IN) for _ in range(2)]
    values, barrier, led = browser_of(client), threading.Barrier(2), []

    def tab(state: str) -> None:
        own = app.test_client()
        with own.session_transaction() as cookie:
            cookie.update(values)
        barrier.wait()
        led.append(come_back(own, state).location)

    threads = [threading.Thread(target=tab, args=(state,)) for state in states]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert led == ["/after/sign-in", "/after/sign-in"]
    assert [(one.orcid, one.account) for one in rows(app, Connection)] == [(JOSIAH, "josiah")]
    runtime_of(app).close()


class TestByEmail:
    def come(self, app: Flask) -> tuple[str | None, str | None]:
        """Sign in; who is signed in then, and where they are led."""
        client = app.test_client()
        back = come_back(client, state_of(client, SIGN_IN))
        return browser_of(client).get("account"), back.location

    def test_a_verified_address_signs_its_account_in_and_gives_it_the_id(
        self, by_email: Flask, orcid: responses.RequestsMock
    ) -> None:
        grants(orcid)
        verified(orcid, josiah=True, ada=False)
        assert self.come(by_email) == ("josiah", "/after/sign-in")
        assert orcid.calls[-1].request.headers["Authorization"] == f"Bearer {ACCESS}"
        assert [(one.orcid, one.account) for one in rows(by_email, Connection)] == [(JOSIAH, "josiah")]
        assert [event.action for event in rows(by_email, AuditEvent)] == ["connected", "signed_in"]
        asked = len(orcid.calls)
        assert self.come(by_email) == ("josiah", "/after/sign-in")
        assert len(orcid.calls) == asked + 1  # the iD is known now

    def test_two_addresses_of_one_account(self, by_email: Flask, orcid: responses.RequestsMock) -> None:
        grants(orcid)
        verified(orcid, josiah=True, jc=True, nobody=True)
        assert self.come(by_email)[0] == "josiah"

    @pytest.mark.parametrize("addresses", [{}, {"josiah": False}, {"josiah": True, "ada": True}, {"nobody": True}])
    def test_not_without_proof_and_not_for_several_accounts(
        self, by_email: Flask, orcid: responses.RequestsMock, addresses: dict[str, bool]
    ) -> None:
        grants(orcid)
        verified(orcid, **addresses)
        assert self.come(by_email) == (None, "/after/register")

    @pytest.mark.parametrize("answer", [{"status": 503}, {"body": requests.ReadTimeout()}, {"body": "<html>"}])
    def test_addresses_that_orcid_does_not_tell(
        self, by_email: Flask, orcid: responses.RequestsMock, answer: dict[str, Any]
    ) -> None:
        grants(orcid)
        orcid.add(responses.GET, EMAILS, **answer)
        assert self.come(by_email) == (None, "/after/register")

    def test_not_for_an_id_that_the_person_disconnected(self, by_email: Flask, orcid: responses.RequestsMock) -> None:
        grants(orcid)
        verified(orcid, josiah=True)
        connect(by_email)
        with by_email.test_request_context():
            registration.disconnect("ada")
        assert self.come(by_email) == (None, None)

    def test_another_id_of_the_account_stays(self, by_email: Flask, orcid: responses.RequestsMock) -> None:
        grants(orcid, SOFIA)
        connect(by_email, "josiah")
        grants(orcid)
        verified(orcid, josiah=True)
        assert self.come(by_email) == (None, None)
        assert [(one.orcid, one.account) for one in rows(by_email, Connection)] == [(SOFIA, "josiah")]

    def test_only_where_the_site_allows_it(self, lite_app: Flask, orcid: responses.RequestsMock) -> None:
        grants(orcid)
        verified(orcid, josiah=True)
        assert self.come(lite_app) == (None, "/after/register")
        assert [call.request.url for call in orcid.calls] == [TOKEN_URL, KEYS_URL]
