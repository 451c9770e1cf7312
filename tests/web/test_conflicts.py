"""An iD that comes back for one account while another has it: nothing moves without a proof of both."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
import responses
from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from orcid_plugin import signals
from orcid_plugin.errors import IdentityConflict, LastSignIn
from orcid_plugin.hooks import registration
from orcid_plugin.identity import connections
from orcid_plugin.store import tasks
from orcid_plugin.store.tables import Attempt, AuditEvent, Conflict, Connection, Task, now
from tests.mounted import (
    ACCESS,
    JOSIAH,
    SOFIA,
    FakeHost,
    SigningHost,
    come_back,
    grants,
    make_app,
    query_of,
    runtime_of,
    sign_in,
    state_of,
)

PROFILE = "/orcid/connect/profile"
PAGE = "/orcid/conflict"


@pytest.fixture
def host() -> SigningHost:
    return SigningHost(passwords={"ada", "bob"})


@pytest.fixture
def browser(app: Flask, orcid: responses.RequestsMock) -> FlaskClient:
    """Bob's, whose account came back with the iD that Ada's account has."""
    return conflict_in(app, orcid)


def conflict_in(app: Flask, orcid: responses.RequestsMock) -> FlaskClient:
    grants(orcid)
    ada, bob = app.test_client(), app.test_client()
    sign_in(ada, "ada")
    come_back(ada, state_of(ada, PROFILE))
    sign_in(bob, "bob")
    grants(orcid, access_token="of-the-conflict")
    page = come_back(bob, state_of(bob, PROFILE))
    assert page.status_code == 409
    assert "Another account has this ORCID iD" in page.text
    assert f"https://sandbox.orcid.org/{JOSIAH}" in page.text
    return bob


def change_account(client: FlaskClient, account: str) -> None:
    """Sign in as the host does: in a new session."""
    with client.session_transaction() as cookie:
        cookie.clear()
        cookie["account"] = account


def answer(client: FlaskClient, word: str) -> TestResponse:
    """Press a button of the page."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(PAGE).text)
    return client.post(PAGE, data={"csrf_token": token[1] if token else "", "answer": word})


def owners(app: Flask) -> list[tuple[str, str | None]]:
    return [(one.orcid, one.account) for one in rows(app, Connection)]


def rows(app: Flask, table: type) -> list[Any]:
    with runtime_of(app).store.begin() as database:
        return list(database.scalars(select(table).order_by(table.id)))


def test_who_signs_in_to_the_other_account_moves_the_id(app: Flask, browser: FlaskClient) -> None:
    heard: list[tuple[str, object]] = []
    assert "Move it to the other account" not in browser.get(PAGE).text
    assert answer(browser, "move").status_code == 400  # no form, no token
    change_account(browser, "ada")
    assert "Move it to the other account" in browser.get(PAGE).text
    assert owners(app) == [(JOSIAH, "ada")]

    def connected(_site: object, **details: object) -> None:
        heard.append(("connected", details["account"]))

    def disconnected(_site: object, **details: object) -> None:
        heard.append(("disconnected", details["account"]))

    with signals.connected.connected_to(connected), signals.disconnected.connected_to(disconnected):
        page = answer(browser, "move")
    assert page.status_code == 200
    assert "Your ORCID iD has moved" in page.text
    assert owners(app) == [(JOSIAH, "bob")]
    assert heard == [("disconnected", "ada"), ("connected", "bob")]
    assert [(one.action, one.actor) for one in rows(app, AuditEvent)] == [
        ("connected", "account:ada"),
        ("conflict", "account:bob"),
        ("conflict_moved", "account:ada"),
    ]
    assert rows(app, AuditEvent)[1].details == {"for_account": "bob"}
    assert rows(app, Conflict)[0].resolution == "moved"
    assert rows(app, Attempt)[-1].outcome == "identity_conflict"
    assert browser.get(PAGE).status_code == 404


def test_the_cookie_is_out_of_reach_of_scripts_of_other_sites_and_of_plain_http(
    lite_app: Flask, orcid: responses.RequestsMock
) -> None:
    grants(orcid)
    client, here = lite_app.test_client(), "https://localhost"
    for account in ("ada", "bob"):
        with client.session_transaction(base_url=here) as cookie:
            cookie["account"] = account
        state = query_of(client.get(PROFILE, base_url=here))["state"]
        back = {"state": state, "code": f"Cd3Xyz.{state}"}
        page = client.get("/orcid/callback", base_url=here, query_string=back)
    (found,) = [one for one in page.headers.getlist("Set-Cookie") if one.startswith("orcid_plugin_conflict=")]
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Max-Age=3600"} <= set(found.split("; "))


@pytest.mark.usefixtures("browser")
def test_the_permission_that_came_with_the_conflict_is_given_back(app: Flask) -> None:
    runtime = runtime_of(app)
    (task,), (connection,) = rows(app, Task), rows(app, Connection)
    assert (task.kind, task.subject_id) == (tasks.REVOKE, connection.id)
    assert tasks.payload_of(runtime.keyring, task)["token"] == "of-the-conflict"
    assert connections.access_token(runtime.keyring, connection) == ACCESS


def test_the_other_account_may_be_proved_by_signing_in_with_orcid(app: Flask, browser: FlaskClient) -> None:
    assert come_back(browser, state_of(browser, f"/orcid/connect/sign-in?next={PAGE}")).location == PAGE
    assert answer(browser, "move").status_code == 200
    assert owners(app) == [(JOSIAH, "bob")]


def test_it_may_stay_where_it_is(app: Flask, browser: FlaskClient) -> None:
    change_account(browser, "ada")
    assert answer(browser, "keep").location == "/after/profile"
    assert owners(app) == [(JOSIAH, "ada")]
    assert rows(app, Conflict)[0].resolution == "kept"
    assert browser.get(PAGE).status_code == 404


class TestNothingMoves:
    """Without the proof of both, whatever is sent."""

    @pytest.fixture
    def browser(self, lite_app: Flask, orcid: responses.RequestsMock) -> FlaskClient:
        return conflict_in(lite_app, orcid)

    @pytest.fixture(autouse=True)
    def _nothing_moves(self, lite_app: Flask, browser: FlaskClient) -> Any:
        yield
        assert owners(lite_app) == [(JOSIAH, "ada")]

    def token_of(self, app: Flask, client: FlaskClient) -> str:
        """The token of a form that this browser could have been shown."""
        with client.session_transaction() as cookie, app.test_request_context():
            token = str(generate_csrf())
            cookie["csrf_token"] = session["csrf_token"]
        return token

    @pytest.mark.parametrize("account", ["bob", "eve", None])
    def test_for_an_account_that_has_not_the_id(
        self, lite_app: Flask, browser: FlaskClient, account: str | None
    ) -> None:
        sign_in(browser, account)
        token = self.token_of(lite_app, browser)
        page = browser.post(PAGE, data={"csrf_token": token, "answer": "move"})
        assert page.status_code == (403 if account is None else 409)
        assert browser.post(PAGE, data={"csrf_token": token, "answer": "keep"}).status_code == page.status_code

    def test_in_another_browser(self, lite_app: Flask) -> None:
        other = lite_app.test_client()
        sign_in(other, "ada")
        assert other.get(PAGE).status_code == 404
        token = self.token_of(lite_app, other)
        assert other.post(PAGE, data={"csrf_token": token, "answer": "move"}).status_code == 404
        other.set_cookie("orcid_plugin_conflict", "forged")
        assert other.get(PAGE).status_code == 404

    def test_without_the_token_of_the_form(self, browser: FlaskClient) -> None:
        change_account(browser, "ada")
        assert browser.post(PAGE, data={"answer": "move"}).status_code == 400

    def test_after_an_hour(self, lite_app: Flask, browser: FlaskClient) -> None:
        with runtime_of(lite_app).store.begin() as database:
            assert database.scalars(select(Conflict.expires_at)).one() <= now() + timedelta(hours=1)
            database.execute(update(Conflict).values(expires_at=now()))
        change_account(browser, "ada")
        assert browser.get(PAGE).status_code == 404

    def test_from_an_account_that_nobody_could_sign_in_to_then(
        self, lite_app: Flask, browser: FlaskClient, host: SigningHost
    ) -> None:
        host.passwords.clear()
        change_account(browser, "ada")
        page = answer(browser, "move")
        assert page.status_code == 409
        assert "This is your only way to sign in" in page.text

    def test_another_site(self, lite_app: Flask, browser: FlaskClient) -> None:
        with runtime_of(lite_app).store.begin() as database:
            database.execute(update(Conflict).values(site="other"))
        change_account(browser, "ada")
        assert browser.get(PAGE).status_code == 404


def test_an_account_that_has_another_id_meanwhile_gets_no_second_one(
    app: Flask, browser: FlaskClient, orcid: responses.RequestsMock
) -> None:
    grants(orcid, SOFIA)
    come_back(browser, state_of(browser, PROFILE))
    change_account(browser, "ada")
    assert answer(browser, "move").status_code == 409
    assert owners(app) == [(JOSIAH, "ada"), (SOFIA, "bob")]
    assert rows(app, Conflict)[0].resolution is None


def test_an_account_with_another_id_is_offered_nothing(lite_app: Flask, orcid: responses.RequestsMock) -> None:
    clients = {}
    for account, person in (("ada", JOSIAH), ("bob", SOFIA)):
        clients[account] = lite_app.test_client()
        sign_in(clients[account], account)
        grants(orcid, person)
        come_back(clients[account], state_of(clients[account], PROFILE))
    grants(orcid, JOSIAH)
    page = come_back(clients["bob"], state_of(clients["bob"], PROFILE))
    assert page.status_code == 409
    assert "This ORCID iD cannot be connected here" in page.text
    assert rows(lite_app, Conflict) == []
    assert owners(lite_app) == [(JOSIAH, "ada"), (SOFIA, "bob")]


def test_two_clicks_at_once_move_it_once(app: Flask, browser: FlaskClient) -> None:
    change_account(browser, "ada")
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(PAGE).text)
    assert token
    with browser.session_transaction() as cookie:
        values = dict(cookie)
    secret = browser.get_cookie("orcid_plugin_conflict")
    assert secret
    assert secret.http_only
    statuses: list[int] = []
    barrier = threading.Barrier(2)

    def click(word: str) -> None:
        tab = app.test_client()
        with tab.session_transaction() as cookie:
            cookie.update(values)
        tab.set_cookie("orcid_plugin_conflict", secret.value)
        barrier.wait()
        statuses.append(tab.post(PAGE, data={"csrf_token": token[1], "answer": word}).status_code)

    threads = [threading.Thread(target=click, args=("move",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses)[0] == 200
    assert sorted(statuses)[1] in {404, 409}
    assert owners(app) == [(JOSIAH, "bob")]
    assert [event.action for event in rows(app, AuditEvent)].count("conflict_moved") == 1


def test_an_administrator_releases_the_id(app: Flask, browser: FlaskClient) -> None:
    with app.test_request_context():
        (conflict,) = registration.conflicts()
        assert (conflict.orcid.path, conflict.held_by, conflict.wanted_by) == (JOSIAH, "ada", "bob")
        registration.release(conflict.id, "chief")
        assert registration.conflicts() == []
        with pytest.raises(IdentityConflict):
            registration.release(conflict.id, "chief")
    assert owners(app) == [(JOSIAH, None)]  # nobody gets it without proof
    assert rows(app, AuditEvent)[-1].actor == "account:chief"
    assert browser.get(PAGE).status_code == 404
    assert come_back(browser, state_of(browser, PROFILE)).status_code == 302
    assert owners(app) == [(JOSIAH, "bob")]


def test_coming_back_again_leaves_one_conflict(lite_app: Flask, orcid: responses.RequestsMock) -> None:
    bob = conflict_in(lite_app, orcid)
    come_back(bob, state_of(bob, PROFILE))
    assert len(rows(lite_app, Conflict)) == 1
    with lite_app.test_request_context(headers={"Cookie": "orcid_plugin_conflict=forged"}):
        assert registration.conflict_url() is None
    cookie = bob.get_cookie("orcid_plugin_conflict")
    assert cookie
    with lite_app.test_request_context(headers={"Cookie": f"orcid_plugin_conflict={cookie.value}"}):
        assert registration.conflict_url() == PAGE


class TestTheLastWayToSignIn:
    def test_cannot_be_disconnected(self, lite_app: Flask, host: SigningHost, orcid: responses.RequestsMock) -> None:
        grants(orcid)
        client = lite_app.test_client()
        sign_in(client, "ada")
        come_back(client, state_of(client, PROFILE))
        host.passwords.clear()
        with lite_app.test_request_context(), pytest.raises(LastSignIn):
            registration.disconnect("ada")
        assert owners(lite_app) == [(JOSIAH, "ada")]
        with lite_app.test_request_context():
            assert not registration.disconnect("nobody")
        host.passwords.add("ada")
        with lite_app.test_request_context():
            assert registration.disconnect("ada")

    def test_is_no_matter_where_nobody_signs_in_with_orcid(self, tmp_path: Any, orcid: responses.RequestsMock) -> None:
        app = make_app(f"sqlite:///{tmp_path / 'plain.sqlite3'}", FakeHost())
        runtime_of(app).store.upgrade()
        grants(orcid)
        client = app.test_client()
        sign_in(client, "ada")
        come_back(client, state_of(client, PROFILE))
        with app.test_request_context():
            assert registration.disconnect("ada")
        runtime_of(app).close()


def test_registering_with_an_id_that_has_an_account_offers_to_sign_in(
    lite_app: Flask, orcid: responses.RequestsMock
) -> None:
    grants(orcid)
    ada, new = lite_app.test_client(), lite_app.test_client()
    sign_in(ada, "ada")
    come_back(ada, state_of(ada, PROFILE))
    page = come_back(new, state_of(new, "/orcid/connect/register"))
    assert page.status_code == 409
    assert "You have an account here already" in page.text
    assert 'href="/orcid/connect/sign-in"' in page.text
