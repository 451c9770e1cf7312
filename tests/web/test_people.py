"""Connecting at the registration form, the profile and the submission form, through the pages."""

from __future__ import annotations

import html
import json
import logging
import re
import threading
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
import responses
from flask import Flask
from sqlalchemy import select, update

from orcid_plugin.hooks import registration
from orcid_plugin.store.tables import Attempt, Authorship, Connection, now
from tests.mounted import (
    ACCESS,
    JOSIAH,
    REFRESH,
    SECRET,
    SOFIA,
    TOKEN_URL,
    FakeHost,
    come_back,
    deny,
    dump,
    exchanges,
    grants,
    query_of,
    runtime_of,
    sign_in,
    state_of,
    submit,
)

CONNECT = "/orcid/connect/profile"
ON_FORM = "/orcid/connect/submission?publication=ms-1&contributor=2"


def connections(app: Flask) -> list[Connection]:
    with runtime_of(app).store.begin() as session:
        return list(session.scalars(select(Connection)))


def test_the_way_to_orcid_and_back(app: Flask, orcid: responses.RequestsMock) -> None:
    grants(orcid)
    client = app.test_client()
    sign_in(client, "ada")
    there = client.get(f"{CONNECT}?next=/profile?tab=2")
    assert there.location.startswith("https://sandbox.orcid.org/oauth/authorize?")
    query = query_of(there)
    assert query["client_id"] == "APP-1234567890ABCDEF"
    assert query["response_type"] == "code"
    assert query["scope"] == "/activities/update /read-limited openid"
    assert "prompt" not in query
    assert query["redirect_uri"] == "http://localhost/orcid/callback"
    assert query["email"] == "ada@example.org"
    assert len(query["state"]) >= 22  # 128 bits in base64

    back = come_back(client, query["state"])
    assert (back.status_code, back.location) == (302, "/profile?tab=2")
    assert exchanges(orcid) == [
        {
            "grant_type": "authorization_code",
            "code": f"Cd3Xyz.{query['state']}",
            "redirect_uri": "http://localhost/orcid/callback",
            "client_id": "APP-1234567890ABCDEF",
            "client_secret": SECRET,
        }
    ]
    (connection,) = connections(app)
    assert (connection.orcid, connection.account, connection.name) == (JOSIAH, "ada", "Josiah Carberry")
    assert connection.scope_set == {"/activities/update", "/read-limited", "openid"}
    assert connection.amr == "pwd"
    runtime = runtime_of(app)
    owner = f"connection/default/sandbox/{JOSIAH}"
    stored = json.loads(runtime.keyring.open(connection.sealed_token_answer, owner))
    assert stored["refresh_token"] == REFRESH
    assert runtime.due.is_set()


def test_several_tabs(app: Flask, orcid: responses.RequestsMock) -> None:
    grants(orcid)
    client = app.test_client()
    sign_in(client, "ada")
    first, second = state_of(client, f"{CONNECT}?next=/one"), state_of(client, f"{CONNECT}?next=/two")
    assert come_back(client, second).location == "/two"
    assert come_back(client, first).location == "/one"
    assert len(connections(app)) == 1


class TestRefusedStates:
    """Each threat ends on a page with status 400, without a token exchange and without a change."""

    def refused(self, app: Flask, orcid: responses.RequestsMock, response: object) -> None:
        assert response.status_code == 400  # type: ignore[attr-defined]
        assert "Please start again" in response.text  # type: ignore[attr-defined]
        assert len(orcid.calls) == 0
        assert connections(app) == []

    @pytest.fixture(autouse=True)
    def _granting(self, orcid: responses.RequestsMock) -> None:
        grants(orcid)

    def test_forged(self, app: Flask, orcid: responses.RequestsMock) -> None:
        client = app.test_client()
        sign_in(client, "ada")
        state_of(client, CONNECT)
        self.refused(app, orcid, come_back(client, "forged"))

    @pytest.mark.parametrize(
        "query", ["", "?code=abc", "?state=&code=abc", "?state=%00&code=x", "?error=access_denied"]
    )
    def test_missing(self, lite_app: Flask, orcid: responses.RequestsMock, query: str) -> None:
        client = lite_app.test_client()
        sign_in(client, "ada")
        state_of(client, CONNECT)
        self.refused(lite_app, orcid, client.get(f"/orcid/callback{query}"))

    def test_in_a_browser_that_was_never_here(self, app: Flask, orcid: responses.RequestsMock) -> None:
        self.refused(app, orcid, come_back(app.test_client(), "x" * 43))

    def test_of_another_browser(self, app: Flask, orcid: responses.RequestsMock) -> None:
        # Login CSRF: the attacker's own state and code, opened in the victim's browser.
        attacker, victim = app.test_client(), app.test_client()
        sign_in(attacker, "ada")
        sign_in(victim, "ada")
        state_of(victim, CONNECT)
        self.refused(app, orcid, come_back(victim, state_of(attacker, CONNECT)))

    def test_of_another_account(self, app: Flask, orcid: responses.RequestsMock) -> None:
        client = app.test_client()
        sign_in(client, "ada")
        state = state_of(client, CONNECT)
        for account in ("bob", None):
            sign_in(client, account)
            self.refused(app, orcid, come_back(client, state))

    def test_begun_before_signing_in(self, lite_app: Flask, orcid: responses.RequestsMock) -> None:
        client = lite_app.test_client()
        state = state_of(client, "/orcid/connect/register")
        sign_in(client, "ada")
        self.refused(lite_app, orcid, come_back(client, state))

    @pytest.mark.parametrize("column", ["site", "environment"])
    def test_of_another_site(self, lite_app: Flask, orcid: responses.RequestsMock, column: str) -> None:
        client = lite_app.test_client()
        sign_in(client, "ada")
        state = state_of(client, CONNECT)
        with runtime_of(lite_app).store.begin() as session:
            session.execute(update(Attempt).values({column: "other"}))
        self.refused(lite_app, orcid, come_back(client, state))

    def test_expired(self, app: Flask, orcid: responses.RequestsMock) -> None:
        client = app.test_client()
        sign_in(client, "ada")
        state = state_of(client, CONNECT)
        with runtime_of(app).store.begin() as session:
            attempt = session.scalars(select(Attempt)).one()
            assert timedelta(minutes=19) < attempt.expires_at - now() <= timedelta(minutes=20)
            attempt.expires_at = now() - timedelta(seconds=1)
        self.refused(app, orcid, come_back(client, state))


def test_a_replayed_state_is_refused(app: Flask, orcid: responses.RequestsMock) -> None:
    grants(orcid)
    client = app.test_client()
    sign_in(client, "ada")
    state = state_of(client, CONNECT)
    come_back(client, state)
    again = come_back(client, state)
    assert again.status_code == 400
    assert "what you did before still holds" in again.text
    assert deny(client, state).status_code == 400
    assert len(exchanges(orcid)) == 1


def test_a_state_is_used_up_even_if_the_exchange_fails(lite_app: Flask, orcid: responses.RequestsMock) -> None:
    orcid.add(responses.POST, TOKEN_URL, body=requests.ReadTimeout())
    client = lite_app.test_client()
    sign_in(client, "ada")
    state = state_of(client, CONNECT)
    page = come_back(client, state)
    assert page.status_code == 504
    assert "help@example.org" in page.text
    assert come_back(client, state).status_code == 400
    assert len(orcid.calls) == 1
    with runtime_of(lite_app).store.begin() as session:
        assert session.scalars(select(Attempt.outcome)).one() == "registry_unreachable"


@pytest.mark.parametrize("answer", [{"status": 503, "body": "<html>"}, {"status": 429, "json": {"error": "slow down"}}])
def test_while_orcid_is_out_of_order_the_page_says_to_come_back(
    lite_app: Flask, orcid: responses.RequestsMock, answer: dict[str, object]
) -> None:
    orcid.add(responses.POST, TOKEN_URL, **answer)  # type: ignore[arg-type]
    client = lite_app.test_client()
    sign_in(client, "ada")
    page = come_back(client, state_of(client, CONNECT))
    assert page.status_code == 502
    assert "Please try again in a few minutes" in page.text
    assert "tell us what stands below" not in page.text


class TestNext:
    @pytest.mark.parametrize(
        "evil",
        [
            "//evil.example",
            "///evil.example",
            "\\\\evil.example",
            "/\\evil.example",
            "/a\\..\\evil",
            "https://evil.example/",
            "https:evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n//evil.example",
            " /profile",
            "/\x00",
            "profile",
            "",
            "/" + "a" * 3000,
        ],
    )
    def test_that_leaves_the_host_is_dropped(self, lite_app: Flask, orcid: responses.RequestsMock, evil: str) -> None:
        grants(orcid)
        client = lite_app.test_client()
        sign_in(client, "ada")
        state = query_of(client.get(CONNECT, query_string={"next": evil}))["state"]
        assert come_back(client, state).location == "/after/profile"

    @pytest.mark.parametrize("path", ["/", "/profile?tab=2&x=//y", "/a/b#c", "/ä?q=%2F%2Fevil"])
    def test_on_the_host_is_kept(self, lite_app: Flask, orcid: responses.RequestsMock, path: str) -> None:
        grants(orcid)
        client = lite_app.test_client()
        sign_in(client, "ada")
        state = query_of(client.get(CONNECT, query_string={"next": path}))["state"]
        location = come_back(client, state).location
        assert location == path.replace("ä", "%C3%A4")
        assert not urlsplit(location).netloc


def test_denial_is_remembered_and_the_person_goes_on(app: Flask, orcid: responses.RequestsMock) -> None:
    submit(app)
    client = app.test_client()
    sign_in(client, "ada")
    page = deny(client, state_of(client, f"{ON_FORM}&next=/form"))
    assert page.status_code == 200
    assert "Go on without an iD" in page.text
    assert 'href="/form"' in page.text
    assert len(orcid.calls) == 0
    with runtime_of(app).store.begin() as session:
        assert session.scalars(select(Attempt.outcome)).one() == "denied"
        assert session.scalars(select(Authorship)).one().denied_at is not None


def test_other_errors_of_orcid(lite_app: Flask, orcid: responses.RequestsMock) -> None:
    client = lite_app.test_client()
    sign_in(client, "ada")
    page = client.get(
        "/orcid/callback",
        query_string={
            "state": state_of(client, CONNECT),
            "error": "invalid_scope",
            "error_description": "<script>alert(1)</script>",
        },
    )
    assert page.status_code == 502
    assert "invalid_scope" in page.text
    assert "<script" not in page.text
    assert "help@example.org" in page.text
    assert len(orcid.calls) == 0


def test_neither_code_nor_error(lite_app: Flask, orcid: responses.RequestsMock) -> None:
    client = lite_app.test_client()
    sign_in(client, "ada")
    assert come_back(client, state_of(client, CONNECT), code="").status_code == 400
    assert len(orcid.calls) == 0


class TestConflicts:
    def test_an_id_of_another_account(self, app: Flask, orcid: responses.RequestsMock) -> None:
        grants(orcid)
        ada, bob = app.test_client(), app.test_client()
        sign_in(ada, "ada")
        sign_in(bob, "bob")
        come_back(ada, state_of(ada, CONNECT))
        (before,) = connections(app)
        grants(orcid, access_token="newer")
        page = come_back(bob, state_of(bob, CONNECT))
        assert page.status_code == 409
        assert "Nothing was connected or changed" in page.text
        (after,) = connections(app)
        assert (after.account, after.sealed_token_answer) == ("ada", before.sealed_token_answer)

    def test_another_id_of_the_account(self, app: Flask, orcid: responses.RequestsMock) -> None:
        client = app.test_client()
        sign_in(client, "ada")
        grants(orcid)
        come_back(client, state_of(client, CONNECT))
        grants(orcid, SOFIA)
        assert come_back(client, state_of(client, CONNECT)).status_code == 409
        assert [(one.orcid, one.account) for one in connections(app)] == [(JOSIAH, "ada")]

    def test_registering_with_an_id_that_has_an_account(self, app: Flask, orcid: responses.RequestsMock) -> None:
        grants(orcid)
        ada, new = app.test_client(), app.test_client()
        sign_in(ada, "ada")
        come_back(ada, state_of(ada, CONNECT))
        assert come_back(new, state_of(new, "/orcid/connect/register")).status_code == 409

    def test_one_id_on_two_contributors(self, app: Flask, orcid: responses.RequestsMock) -> None:
        submit(app)
        grants(orcid)
        client = app.test_client()
        sign_in(client, "ada")
        come_back(client, state_of(client, ON_FORM))
        page = come_back(client, state_of(client, ON_FORM.replace("contributor=2", "contributor=1")))
        assert page.status_code == 409
        assert "Sofia Example" in page.text
        with runtime_of(app).store.begin() as session:
            assert session.scalars(select(Authorship.contributor_key)).all() == ["2"]


class TestSubmission:
    def test_whoever_signs_in_becomes_the_contributor(self, app: Flask, orcid: responses.RequestsMock) -> None:
        submit(app)
        grants(orcid, SOFIA, name="Sofia Garcia")
        client = app.test_client()
        sign_in(client, "ada")
        assert come_back(client, state_of(client, ON_FORM)).location == "/after/submission"
        (connection,) = connections(app)
        assert (connection.orcid, connection.account) == (SOFIA, None)  # Ada's account is not Sofia
        with runtime_of(app).store.begin() as session:
            assert session.scalars(select(Authorship)).one().connection_id == connection.id

    def test_only_who_may_edit(self, lite_app: Flask, host: FakeHost) -> None:
        submit(lite_app)
        client = lite_app.test_client()
        assert client.get(ON_FORM).status_code == 403
        sign_in(client, "eve")
        assert client.get(ON_FORM).status_code == 403
        sign_in(client, "ada")
        assert client.get(ON_FORM).status_code == 302

    def test_a_link_of_another_site_connects_nobody(self, lite_app: Flask) -> None:
        submit(lite_app)
        client = lite_app.test_client()
        sign_in(client, "ada")
        for url in (ON_FORM, CONNECT):
            page = client.get(
                f"{url}{'&' if '?' in url else '?'}next=/desk?tab=2", headers={"Sec-Fetch-Site": "cross-site"}
            )
            assert page.status_code == 400
            (onwards,) = re.findall(r'class="orcid-connect" href="([^"]+)"', page.text)
            assert client.get(html.unescape(onwards), headers={"Sec-Fetch-Site": "same-origin"}).status_code == 302
            for fetched in ("none", "same-site", "same-origin"):
                assert client.get(url, headers={"Sec-Fetch-Site": fetched}).status_code == 302

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "publication=ms-1",
            "publication=ms-9&contributor=1",
            "publication=ms-1&contributor=9",
            "publication=%00&contributor=%00",
        ],
    )
    def test_a_contributor_that_is_not_there(self, app: Flask, query: str) -> None:
        submit(app)
        client = app.test_client()
        sign_in(client, "ada")
        assert client.get(f"/orcid/connect/submission?{query}").status_code == 404


def test_profile_needs_an_account(lite_app: Flask) -> None:
    page = lite_app.test_client().get(CONNECT)
    assert page.status_code == 403
    assert "You cannot do this here" in page.text


class TestNobodyTypesAnId:
    """An iD that a browser sends in any form has no effect; only ORCID's answer counts."""

    @pytest.mark.parametrize("key", ["orcid", "orcidId", "orcid_id", "iD", "account", "authenticated"])
    def test_sent_by_the_browser(self, lite_app: Flask, orcid: responses.RequestsMock, key: str) -> None:
        grants(orcid)
        client = lite_app.test_client()
        start = client.get("/orcid/connect/register", query_string={key: SOFIA}, headers={key: SOFIA})
        assert SOFIA not in start.location
        state = query_of(start)["state"]
        back = {"state": state, "code": f"Cd3Xyz.{state}", key: SOFIA}
        client.get("/orcid/callback", query_string=back, headers={key: SOFIA}, data={key: SOFIA})
        assert [(one.orcid, one.account) for one in connections(lite_app)] == [(JOSIAH, None)]
        client.post("/orcid/callback", data={key: SOFIA})
        client.post("/orcid/callback", json={key: SOFIA})
        with lite_app.test_request_context(
            "/register", method="POST", data={key: SOFIA}, headers={key: SOFIA}, query_string={key: SOFIA}
        ):
            assert registration.pending() is None
            assert registration.completed("eve") is None
        assert {one.orcid for one in connections(lite_app)} == {JOSIAH}


def test_no_secret_leaves(app: Flask, orcid: responses.RequestsMock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    grants(orcid)
    client = app.test_client()
    sign_in(client, "ada")
    state = state_of(client, CONNECT)
    pages = [come_back(client, state, code="C0deSecret"), come_back(client, state, code="C0deSecret")]
    second = state_of(client, CONNECT)
    orcid.upsert(
        responses.POST,
        TOKEN_URL,
        json={
            "error": "invalid_grant",
            "error_description": f"Reused authorization code: C0deSecret.{second} {SECRET}",
        },
        status=400,
    )
    pages.append(come_back(client, second, code="C0deSecret"))
    seen = "".join([page.text + str(page.headers) for page in pages]) + caplog.text + repr(connections(app)) + dump(app)
    for secret in (ACCESS, REFRESH, SECRET, state, second, "C0deSecret"):
        assert secret not in seen, secret
    assert "invalid_grant" in pages[2].text


def test_a_name_from_orcid_is_only_text(lite_app: Flask, orcid: responses.RequestsMock) -> None:
    grants(orcid, name="<script>alert(1)</script>\x00\n\u202e")
    client = lite_app.test_client()
    come_back(client, state_of(client, "/orcid/connect/register"))
    (connection,) = connections(lite_app)
    assert connection.name is not None
    assert connection.name.startswith("<script>")  # kept as it is, escaped where it is shown
    assert "\x00" not in connection.name
    assert "\u202e" not in connection.name  # which would turn around what stands beside it


def test_headers(lite_app: Flask) -> None:
    for path in ("/orcid/callback", CONNECT, "/orcid/connect/register", "/orcid/invitation/x", "/orcid/thanks"):
        headers = lite_app.test_client().get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self' https://sandbox.orcid.org" in policy
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_fault_of_ours_is_a_page(lite_app: Flask, host: FakeHost, caplog: pytest.LogCaptureFixture) -> None:
    host.current_account = lambda: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    page = lite_app.test_client().get(CONNECT)
    assert page.status_code == 500
    assert "Something went wrong on our side" in page.text
    assert "ZeroDivisionError" not in page.text
    assert "ZeroDivisionError" in caplog.text


def test_an_unmigrated_database_is_a_page(lite_app: Flask) -> None:
    from orcid_plugin.store.tables import Base

    Base.metadata.drop_all(runtime_of(lite_app).store.engine)
    page = lite_app.test_client().get("/orcid/connect/register")
    assert page.status_code == 503


class TestDisconnect:
    def form(self, app: Flask, client: object) -> str:
        @app.get("/token")
        def token() -> str:
            from flask_wtf.csrf import generate_csrf

            return str(generate_csrf())

        return client.get("/token").text  # type: ignore[attr-defined,no-any-return]

    def test_needs_the_csrf_token_and_an_account(self, lite_app: Flask, orcid: responses.RequestsMock) -> None:
        grants(orcid)
        client = lite_app.test_client()
        token = self.form(lite_app, client)
        assert client.post("/orcid/disconnect", data={"csrf_token": token}).status_code == 403
        sign_in(client, "ada")
        come_back(client, state_of(client, CONNECT))
        assert client.post("/orcid/disconnect").status_code == 400
        assert client.post("/orcid/disconnect", data={"csrf_token": "forged"}).status_code == 400
        assert connections(lite_app)[0].account == "ada"
        orcid.add(responses.POST, "https://sandbox.orcid.org/oauth/revoke")
        done = client.post("/orcid/disconnect", data={"csrf_token": token, "next": "/profile"})
        assert done.location == "/profile"
        again = client.post("/orcid/disconnect", data={"csrf_token": token, "next": "//evil.example"})
        assert again.location == "/after/profile"
        (connection,) = connections(lite_app)
        assert (connection.account, connection.state, connection.sealed_token_answer) == (None, "disconnected", "")
        runtime_of(lite_app).worker(lite_app).run_once()
        assert f"token={ACCESS}" in str(orcid.calls[-1].request.body)


class TestTwoCallbacksAtOnce:
    def both(self, app: Flask, urls: list[str]) -> list[int]:
        """Come back in two tabs of one browser at the same moment; the statuses."""
        client = app.test_client()
        sign_in(client, "ada")
        states = [state_of(client, url) for url in urls]
        with client.session_transaction() as cookie:
            values = dict(cookie)
        statuses: list[int] = []
        barrier = threading.Barrier(2)

        def tab(state: str) -> None:
            own = app.test_client()
            with own.session_transaction() as cookie:
                cookie.update(values)
            barrier.wait()
            statuses.append(come_back(own, state).status_code)

        threads = [threading.Thread(target=tab, args=(state,)) for state in states]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(statuses)

    def test_of_one_account(self, app: Flask, orcid: responses.RequestsMock) -> None:
        grants(orcid)
        assert self.both(app, [CONNECT, CONNECT]) == [302, 302]
        assert [(one.orcid, one.account) for one in connections(app)] == [(JOSIAH, "ada")]

    def test_of_two_contributors(self, app: Flask, orcid: responses.RequestsMock) -> None:
        submit(app)
        grants(orcid)
        first = ON_FORM.replace("contributor=2", "contributor=1")
        assert self.both(app, [first, ON_FORM]) == [302, 409]
        with runtime_of(app).store.begin() as session:
            assert len(session.scalars(select(Authorship)).all()) == 1
