"""The invitation from the mail to the thanks, its threats, and the way with a real Registry beside."""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
import responses
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from orcid_plugin.emulator import Registry, Server, serve
from orcid_plugin.hooks import publication, submission
from orcid_plugin.metadata.contributor import ContributorRole
from orcid_plugin.store.tables import Attempt, Authorship, Connection, Invitation, now
from tests.mounted import (
    JOSIAH,
    SOFIA,
    FakeHost,
    article,
    come_back,
    deliver,
    deny,
    dump,
    grants,
    make_app,
    query_of,
    runtime_of,
    sign_in,
    state_of,
    submit,
)


def invite(app: Flask, contributor: str = "2", email: str = "sofia@example.org") -> str:
    """The path of the link in the mail."""
    with app.test_request_context():
        submission.invite("ms-1", contributor, email=email, invited_by="Ada Editor")
    deliver(app)
    host = runtime_of(app).host
    assert isinstance(host, FakeHost)
    (link,) = re.findall(r"^http://localhost(/orcid/invitation/\S+)$", host.mails[-1].text, re.MULTILINE)
    assert html.escape(f"http://localhost{link}") in host.mails[-1].html
    return str(link)


def answer(client: FlaskClient, link: str, choice: str, **options: object) -> TestResponse:
    page = client.get(link, **options)  # type: ignore[arg-type]
    (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)
    return client.post(link, data={"csrf_token": token, "answer": choice}, **options)  # type: ignore[arg-type]


def invitation_of(app: Flask) -> Invitation:
    with runtime_of(app).store.begin() as session:
        return session.scalars(select(Invitation).order_by(Invitation.id.desc())).first()  # type: ignore[return-value]


def test_from_the_mail_to_the_thanks(app: Flask, host: FakeHost, orcid: responses.RequestsMock) -> None:
    submit(app)
    link = invite(app)
    assert invitation_of(app).state == "sent"
    client = app.test_client()  # a browser that has no account here

    page = client.get(link)
    assert page.status_code == 200
    for text in ("Sofia Example", "Ada Editor", "Journal of Tests", "On &lt;i&gt;tests&lt;/i&gt; &amp; trees"):
        assert text in page.text
    assert "Create or connect your ORCID iD" in page.text
    assert "https://orcid.org" in page.text
    assert "it tells you apart from everybody of the same name" in page.text
    assert "It cannot change what you or others added" in page.text
    assert invitation_of(app).state == "opened"

    there = query_of(answer(client, link, "connect"))
    assert there["email"] == "sofia@example.org"
    assert (there["given_names"], there["family_names"]) == ("Sofia", "Example")

    grants(orcid, SOFIA, name="<b>Sofia</b> Garcia")
    back = come_back(client, there["state"])
    assert back.location == "/orcid/thanks"
    thanks = client.get(back.location)
    assert thanks.status_code == 200
    assert "&lt;b&gt;Sofia&lt;/b&gt; Garcia" in thanks.text
    assert invitation_of(app).state == "connected"
    with runtime_of(app).store.begin() as session:
        connection = session.scalars(select(Connection)).one()
        assert (connection.orcid, connection.account) == (SOFIA, None)
        authorship = session.scalars(select(Authorship)).one()
        assert (authorship.contributor_key, authorship.connection_id) == ("2", connection.id)

    assert client.get(link).status_code == 400  # single use
    assert app.test_client().get("/orcid/thanks").status_code == 404


@pytest.mark.parametrize(
    ("role", "state", "mailed", "asked", "thanked"),
    [
        (
            "author",
            "draft",
            "When the publication is out, we add it",
            "once it is published",
            "As soon as the publication",
        ),
        (
            "author",
            "published",
            "We then add the publication",
            "and show it there.",
            "adds the publication to your ORCID",
        ),
        ("reviewer", "draft", "nobody of the same name is taken for you", "We keep your iD with your name.", None),
        ("editor", "published", "nobody of the same name is taken for you", "We keep your iD with your name.", None),
    ],
)
def test_nobody_is_promised_what_does_not_come(
    lite_app: Flask,
    host: FakeHost,
    orcid: responses.RequestsMock,
    *,
    role: str,
    state: str,
    mailed: str,
    asked: str,
    thanked: str | None,
) -> None:
    josiah, sofia, _ = article().contributors
    paper = dataclasses.replace(
        article(), contributors=(josiah, dataclasses.replace(sofia, role=ContributorRole(role)))
    )
    with lite_app.app_context():
        submission.submitted(paper, key="ms-1")
        if state == "published":
            publication.published(paper, key="ms-1")
    client = lite_app.test_client()
    link = invite(lite_app)
    page = client.get(link).text
    grants(orcid, SOFIA)
    thanks = client.get(come_back(client, query_of(answer(client, link, "connect"))["state"]).location).text
    assert mailed in host.mails[0].text
    assert mailed in host.mails[0].html
    assert asked in page
    assert thanked is None or thanked in thanks
    for text in (host.mails[0].text, host.mails[0].html, page, thanks) if thanked is None else ():
        assert not re.search("we (then )?add|adds (it|the)|on this publication|on the publication", text, re.IGNORECASE)


def test_who_connects_on_the_form_meanwhile_stays_the_contributor(app: Flask, orcid: responses.RequestsMock) -> None:
    submit(app)
    link = invite(app)
    invited, editor = app.test_client(), app.test_client()
    state = query_of(answer(invited, link, "connect"))["state"]
    sign_in(editor, "ada")
    grants(orcid, SOFIA)
    come_back(editor, state_of(editor, "/orcid/connect/submission?publication=ms-1&contributor=2"))
    grants(orcid, JOSIAH)
    assert come_back(invited, state).status_code == 400
    assert invited.get(link).status_code == 400
    with runtime_of(app).store.begin() as session:
        assert [one.connection.orcid for one in session.scalars(select(Authorship))] == [SOFIA]


def test_the_link_is_only_hashed_at_rest(app: Flask) -> None:
    submit(app)
    link = invite(app)
    token = link.rpartition("/")[2]
    assert len(token) >= 22
    assert token not in dump(app)


class TestDeclining:
    def test_on_the_page(self, app: Flask, orcid: responses.RequestsMock) -> None:
        submit(app)
        link = invite(app)
        client = app.test_client()
        page = answer(client, link, "decline")
        assert page.status_code == 200
        assert "you decide" in page.text
        assert invitation_of(app).state == "denied"
        with runtime_of(app).store.begin() as session:
            assert session.scalars(select(Authorship)).one().denied_at is not None
        assert client.get(link).status_code == 400
        assert len(orcid.calls) == 0

    def test_at_orcid(self, app: Flask) -> None:
        submit(app)
        client = app.test_client()
        page = deny(client, query_of(answer(client, invite(app), "connect"))["state"])
        assert page.status_code == 200
        assert invitation_of(app).state == "denied"
        with runtime_of(app).store.begin() as session:
            assert session.scalars(select(Authorship)).one().denied_at is not None
            assert session.scalars(select(Attempt.outcome)).one() == "denied"


class TestRefusedLinks:
    @pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "..%2F..", "a" * 5000])
    def test_guessed(self, lite_app: Flask, token: str) -> None:
        submit(lite_app)
        invite(lite_app)
        client = lite_app.test_client()
        assert client.get(f"/orcid/invitation/{token}").status_code in {400, 404}
        assert client.post(f"/orcid/invitation/{token}", data={"answer": "connect"}).status_code in {400, 404}
        assert invitation_of(lite_app).state == "sent"

    def test_expired(self, app: Flask) -> None:
        submit(app)
        link = invite(app)
        found = invitation_of(app)
        assert timedelta(days=59) < found.expires_at - now() <= timedelta(days=60)
        with runtime_of(app).store.begin() as session:
            session.execute(update(Invitation).values(expires_at=now() - timedelta(seconds=1)))
        assert app.test_client().get(link).status_code == 400

    def test_superseded(self, app: Flask) -> None:
        submit(app)
        first, other, second = invite(app), invite(app, "1"), invite(app)
        client = app.test_client()
        assert client.get(first).status_code == 400
        assert client.get(other).status_code == 200
        assert client.get(second).status_code == 200

    def test_of_another_site(self, lite_app: Flask) -> None:
        submit(lite_app)
        link = invite(lite_app)
        with runtime_of(lite_app).store.begin() as session:
            session.execute(update(Invitation).values(site="other"))
        assert lite_app.test_client().get(link).status_code == 400

    def test_a_look_at_the_head_opens_nothing(self, lite_app: Flask) -> None:
        submit(lite_app)
        link = invite(lite_app)
        client = lite_app.test_client()
        assert client.head(link).status_code == 200
        assert invitation_of(lite_app).state == "sent"
        client.get(link)
        assert invitation_of(lite_app).state == "opened"

    def test_superseded_while_the_person_is_at_orcid(self, app: Flask, orcid: responses.RequestsMock) -> None:
        submit(app)
        client = app.test_client()
        state = query_of(answer(client, invite(app), "connect"))["state"]
        invite(app)
        grants(orcid)
        assert come_back(client, state).status_code == 400
        with runtime_of(app).store.begin() as session:
            assert session.scalars(select(Connection)).all() == []

    def test_used_in_two_tabs(self, app: Flask, orcid: responses.RequestsMock) -> None:
        submit(app)
        link = invite(app)
        client = app.test_client()
        states = [query_of(answer(client, link, "connect"))["state"] for _ in range(2)]
        grants(orcid, SOFIA)
        assert come_back(client, states[0]).status_code == 302
        grants(orcid, JOSIAH)
        assert come_back(client, states[1]).status_code == 400
        with runtime_of(app).store.begin() as session:
            assert session.scalars(select(Connection.orcid)).all() == [SOFIA]

    def test_the_contributor_is_no_longer_on_the_publication(self, lite_app: Flask) -> None:
        submit(lite_app)
        link = invite(lite_app)
        submit(lite_app, "ms-1", "Josiah")
        page = lite_app.test_client().get(link)
        assert page.status_code == 400
        assert "holds no longer" in page.text
        assert "no longer names you" in page.text

    def test_the_publication_is_withdrawn(self, lite_app: Flask) -> None:
        submit(lite_app)
        link = invite(lite_app)
        with lite_app.app_context():
            publication.withdrawn("ms-1")
        page = lite_app.test_client().get(link)
        assert page.status_code == 400
        assert "the publication was withdrawn" in page.text


class TestCsrf:
    @pytest.mark.parametrize("data", [{}, {"csrf_token": ""}, {"csrf_token": "forged"}])
    @pytest.mark.parametrize("choice", ["connect", "decline"])
    def test_an_answer_from_elsewhere(self, lite_app: Flask, data: dict[str, str], choice: str) -> None:
        submit(lite_app)
        link = invite(lite_app)
        page = lite_app.test_client().post(link, data={**data, "answer": choice})
        assert page.status_code == 400
        assert invitation_of(lite_app).state == "sent"

    @pytest.mark.parametrize("choice", [None, "", "both"])
    def test_an_answer_that_is_none(self, lite_app: Flask, choice: str | None) -> None:
        submit(lite_app)
        assert answer(lite_app.test_client(), invite(lite_app), choice).status_code == 400  # type: ignore[arg-type]

    @pytest.mark.parametrize("moment", ["before", "after"])
    def test_with_the_hosts_own_protection(
        self, tmp_path: object, moment: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # CSRFProtect demands a Referer on https, which our pages withhold.
        if moment == "before":
            original = Flask.__init__

            def protected(self: Flask, *args: object, **options: object) -> None:
                original(self, *args, **options)  # type: ignore[arg-type]
                CSRFProtect(self)

            monkeypatch.setattr(Flask, "__init__", protected)
        app = make_app(f"sqlite:///{tmp_path}/store.sqlite3")
        if moment == "after":
            CSRFProtect(app)
        runtime_of(app).store.upgrade()
        submit(app)
        link = invite(app)
        client = app.test_client()
        https = {"base_url": "https://localhost"}
        assert client.post(link, data={"answer": "connect"}, **https).status_code == 400
        assert answer(client, link, "connect", **https).status_code == 302
        runtime_of(app).close()


@pytest.fixture
def registry() -> Iterator[Server]:
    with serve(Registry.seeded()) as server:
        yield server


@pytest.fixture
def journal(tmp_path: object, registry: Server) -> Iterator[Flask]:
    app = make_app(
        f"sqlite:///{tmp_path}/store.sqlite3",
        environment="emulator",
        client_id="APP-EMULATORMEMBER00",
        client_secret="emulator-member-secret",
        web_url=registry.web,
        api_url=registry.api,
        public_api_url=registry.public_api,
    )
    runtime_of(app).store.upgrade()
    yield app
    runtime_of(app).close()


def at_orcid(url: str, person: str, decision: str) -> str:
    """What somebody does at ORCID; returns the path that their browser is sent back to."""
    with requests.Session() as browser:
        page = browser.get(url, timeout=5)
        page = browser.post(page.url, data={"orcid": person}, timeout=5)
        done = browser.post(page.url, data={"decision": decision}, allow_redirects=False, timeout=5)
        assert done.status_code == 302, done.text
        parts = urlsplit(done.headers["Location"])
        return f"{parts.path}?{parts.query}"


class TestWithTheEmulator:
    """The same over real HTTP."""

    def test_invitation(self, journal: Flask) -> None:
        submit(journal)
        client = journal.test_client()
        there = answer(client, invite(journal), "connect").location
        back = client.get(at_orcid(there, JOSIAH, "grant"), follow_redirects=True)
        assert back.status_code == 200
        assert "Josiah S. Carberry" in back.text
        # The text is ORCID's URI, the link leads to where the record is.
        assert f"<span>https://orcid.org/{JOSIAH}</span></a>" in back.text
        assert f'href="{journal.config["ORCID_PLUGIN_WEB_URL"]}/{JOSIAH}"' in back.text

    def test_denial(self, journal: Flask) -> None:
        client = journal.test_client()
        back = client.get(at_orcid(client.get("/orcid/connect/register").location, JOSIAH, "deny"))
        assert "Go on without an iD" in back.text

    def test_a_scope_that_the_credentials_do_not_have(self, journal: Flask, registry: Server) -> None:
        app = make_app(
            journal.config["ORCID_PLUGIN_DATABASE_URL"],
            environment="emulator",
            client_id="APP-EMULATORPUBLIC00",
            client_secret="emulator-public-secret",
            web_url=registry.web,
        )
        client = app.test_client()
        there = client.get("/orcid/connect/register").location
        with requests.Session() as browser:
            refused = browser.get(there, allow_redirects=False, timeout=5)
        parts = urlsplit(refused.headers["Location"])
        page = client.get(f"{parts.path}?{parts.query}")
        assert page.status_code == 502
        assert "invalid_scope" in page.text
        runtime_of(app).close()

    def test_wrong_secret(self, tmp_path: object, registry: Server) -> None:
        app = make_app(
            f"sqlite:///{tmp_path}/store.sqlite3",
            environment="emulator",
            client_id="APP-EMULATORMEMBER00",
            client_secret="wrong",
            web_url=registry.web,
        )
        runtime_of(app).store.upgrade()
        client = app.test_client()
        page = client.get(at_orcid(client.get("/orcid/connect/register").location, JOSIAH, "grant"))
        assert page.status_code == 502
        assert "invalid_client" in page.text
        runtime_of(app).close()
