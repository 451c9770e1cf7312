"""Who signs in at ORCID, seen from the pages: the proof belongs to the trip, and counts as the site demands."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
import responses
from flask import Flask
from sqlalchemy import select

from orcid_plugin.identity import connections
from orcid_plugin.store.tables import Attempt, Connection
from tests.mounted import (
    ACCESS,
    SigningHost,
    come_back,
    grants,
    make_app,
    query_of,
    runtime_of,
    sign_in,
    state_of,
    submit,
)
from tests.web.test_authors import invite

CONNECT = "/orcid/connect/profile"


def connected(app: Flask) -> list[tuple[str | None, str | None]]:
    """Account and way to sign in of each connection."""
    with runtime_of(app).store.begin() as session:
        return [(one.account, one.amr) for one in session.scalars(select(Connection))]


class TestTheProof:
    def test_of_another_trip_connects_nobody(self, app: Flask, orcid: responses.RequestsMock) -> None:
        # A code that was stolen on somebody's trip, brought back in the thief's own.
        grants(orcid)
        client = app.test_client()
        sign_in(client, "ada")
        stolen, own = state_of(client, CONNECT), state_of(client, CONNECT)
        page = client.get("/orcid/callback", query_string={"state": own, "code": f"Cd3Xyz.{stolen}"})
        assert page.status_code == 502
        assert "We could not make sure that it was you" in page.text
        assert connected(app) == []
        with runtime_of(app).store.begin() as session:
            assert "id_token_nonce" in session.scalars(select(Attempt.outcome)).all()

    def test_must_be_there(self, lite_app: Flask, orcid: responses.RequestsMock) -> None:
        client = lite_app.test_client()
        sign_in(client, "ada")
        for body in ({"id_token": None}, {"id_token": None, "scope": "/activities/update"}):
            grants(orcid, **body)
            assert come_back(client, state_of(client, CONNECT)).status_code == 502
        assert connected(lite_app) == []

    def test_each_trip_has_a_nonce_of_its_own(self, lite_app: Flask) -> None:
        client = lite_app.test_client()
        sign_in(client, "ada")
        queries = [query_of(client.get(CONNECT)) for _ in range(2)]
        assert len({query[name] for query in queries for name in ("nonce", "state")}) == 4


@dataclass
class HostWithRoles(SigningHost):
    def roles(self, account_id: str) -> list[str]:
        return ["editor"] if account_id == "ada" else []


@pytest.fixture
def strict_app(tmp_path: object) -> Flask:
    app = make_app(f"sqlite:///{tmp_path}/strict.sqlite3", HostWithRoles(), two_factor_roles="manager, editor")
    runtime_of(app).store.upgrade()
    return app


class TestTwoFactor:
    def test_an_editor_switches_it_on_and_tries_again(self, strict_app: Flask, orcid: responses.RequestsMock) -> None:
        grants(orcid)
        client = strict_app.test_client()
        sign_in(client, "ada")
        page = come_back(client, state_of(client, f"{CONNECT}?next=/desk"))
        assert page.status_code == 403
        assert 'href="https://sandbox.orcid.org/account"' in page.text
        assert connected(strict_app) == []

        grants(orcid, amr="mfa")
        again = re.search(r'href="(/orcid/connect/profile[^"]*)"', page.text)
        assert again is not None
        query = query_of(client.get(again[1].replace("&amp;", "&")))
        assert query["prompt"] == "login"
        assert come_back(client, query["state"]).location == "/desk"
        assert connected(strict_app) == [("ada", "mfa")]

    def test_no_id_of_another_account_moves_to_an_editors_without_it(
        self, strict_app: Flask, orcid: responses.RequestsMock
    ) -> None:
        grants(orcid)
        bob, ada = strict_app.test_client(), strict_app.test_client()
        sign_in(bob, "bob")
        come_back(bob, state_of(bob, CONNECT))
        sign_in(ada, "ada")
        assert come_back(ada, state_of(ada, CONNECT)).status_code == 403
        assert ada.get("/orcid/conflict").status_code == 404
        grants(orcid, amr="mfa")
        assert come_back(ada, state_of(ada, CONNECT)).status_code == 409
        assert ada.get("/orcid/conflict").status_code == 200

    def test_nobody_else_is_asked_for_it(self, strict_app: Flask, orcid: responses.RequestsMock) -> None:
        grants(orcid)
        client = strict_app.test_client()
        sign_in(client, "bob")
        assert come_back(client, state_of(client, CONNECT)).status_code == 302
        assert connected(strict_app) == [("bob", "pwd")]

    def test_nobody_is_signed_in_without_it(self, strict_app: Flask, orcid: responses.RequestsMock) -> None:
        grants(orcid, amr="mfa")
        at_home = strict_app.test_client()
        sign_in(at_home, "ada")
        come_back(at_home, state_of(at_home, CONNECT))
        elsewhere = strict_app.test_client()
        for amr, status, account in (("pwd", 403, None), ("mfa", 302, "ada")):
            grants(orcid, amr=amr, scope="openid", access_token="of-sign-in")
            page = come_back(elsewhere, state_of(elsewhere, "/orcid/connect/sign-in"))
            assert page.status_code == status
            with elsewhere.session_transaction() as cookie:
                assert cookie.get("account") == account


class TestSigningIn:
    def test_asks_for_the_id_alone_and_leaves_the_permission_to_write(
        self, strict_app: Flask, orcid: responses.RequestsMock
    ) -> None:
        grants(orcid)
        client = strict_app.test_client()
        sign_in(client, "bob")
        come_back(client, state_of(client, CONNECT))
        grants(orcid, scope="openid", access_token="of-sign-in")
        elsewhere = strict_app.test_client()
        query = query_of(elsewhere.get("/orcid/connect/sign-in"))
        assert query["scope"] == "openid"
        assert come_back(elsewhere, query["state"]).status_code == 302
        runtime = runtime_of(strict_app)
        with runtime.store.begin() as session:
            connection = session.scalars(select(Connection)).one()
        assert "/activities/update" in connection.scope_set
        assert connections.access_token(runtime.keyring, connection) == ACCESS


def test_an_invited_author_says_that_others_use_the_computer(lite_app: Flask) -> None:
    submit(lite_app)
    link = invite(lite_app)
    client = lite_app.test_client()
    page = client.get(link).text
    assert "Sofia Example" in page
    [token] = re.findall(r'name="csrf_token" value="([^"]+)"', page)
    form = {"csrf_token": token, "answer": "connect"}
    assert query_of(client.post(link, data={**form, "shared": "on"}))["prompt"] == "login"
    assert "prompt" not in query_of(client.post(link, data=form))


def test_orcid_asks_for_the_password_where_a_computer_is_shared(lite_app: Flask) -> None:
    client = lite_app.test_client()
    sign_in(client, "ada")
    for value, expected in (("login", "login"), ("none", None), ("", None)):
        assert query_of(client.get(f"{CONNECT}?prompt={value}")).get("prompt") == expected
