"""Tests of the fixtures that hosts use in their own tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from orcid_plugin.emulator import Researcher, Server
from orcid_plugin.errors import StepFailed
from orcid_plugin.extension import OrcidPlugin
from orcid_plugin.hooks import registration, submission
from orcid_plugin.host import Account
from orcid_plugin.registry.oauth import OAuthClient
from orcid_plugin.runtime import EXTENSION
from orcid_plugin.testing.hosts import Connect, Connected, Credentials, MakeResearcher, Send, SimpleHost
from tests.installation import ROOT
from tests.mounted import article


def test_a_connection_went_through_all_pages(orcid_connection: Connected, orcid_registry: Server) -> None:
    with orcid_connection.app.app_context():
        connected = registration.connection("account-1")
    assert connected is not None
    assert (connected.orcid.path, connected.name) == (orcid_connection.researcher.orcid, "Josiah S. Carberry")
    assert connected.scopes == set(orcid_connection.token.scopes) == {"/activities/update", "/read-limited", "openid"}
    asked = [(entry.method, entry.path) for entry in orcid_registry.registry.journal.entries()]
    assert asked == [
        ("GET", "/oauth/authorize"),
        ("GET", "/signin"),
        ("POST", "/signin"),
        ("GET", "/oauth/authorize"),
        ("POST", "/oauth/authorize"),
        ("POST", "/oauth/token"),
        ("GET", "/oauth/jwks"),
    ]


def test_no_secret_is_shown_when_a_test_fails(orcid_connection: Connected, orcid_client: Credentials) -> None:
    shown = repr(orcid_connection) + repr(orcid_client)
    assert orcid_connection.token.access not in shown
    assert orcid_client.client_secret not in shown


def test_more_people_connect(
    orcid_connection: Connected, orcid_connect: Connect, orcid_researcher_factory: MakeResearcher
) -> None:
    ada = orcid_researcher_factory(password="difference", visibility="limited")
    grace = orcid_researcher_factory("Grace", "Hopper")
    assert len({ada.orcid, grace.orcid, orcid_connection.researcher.orcid}) == 3
    assert orcid_connect(ada, "account-2").token != orcid_connect(grace, "account-3").token
    with orcid_connection.app.app_context():
        names = [registration.connection(f"account-{number}") for number in (1, 2, 3)]
    assert [one and one.name for one in names] == ["Josiah S. Carberry", "Ada Lovelace", "Grace Hopper"]


def test_who_permitted_the_same_before_is_not_asked(
    orcid_connect: Connect, orcid_client: Credentials, orcid_registry: Server, orcid_researcher: Researcher
) -> None:
    registry = orcid_registry.registry
    scopes = ("openid", "/activities/update", "/read-limited")
    registry.issue_token(orcid_client.client_id, scopes, orcid_researcher.orcid)
    orcid_connect(orcid_researcher, "account-1")
    assert registry.journal.entries(methods="POST", path="/oauth/authorize") == []


def test_an_account_takes_the_place_of_another_only_after_disconnecting(
    orcid_connection: Connected, orcid_connect: Connect
) -> None:
    with pytest.raises(StepFailed, match="the app answered 409"):
        orcid_connect(orcid_connection.researcher, "account-2")
    with orcid_connection.app.app_context():
        registration.disconnect("account-1")
    assert orcid_connect(orcid_connection.researcher, "account-2").token != orcid_connection.token


def test_who_cannot_sign_in_is_told(orcid_connect: Connect, orcid_researcher_factory: MakeResearcher) -> None:
    with pytest.raises(StepFailed, match="no permission was given"):
        orcid_connect(orcid_researcher_factory(state="locked"), "account-1")


def test_an_address_that_is_no_connect_button_is_told(
    orcid_app: Flask, orcid_connect: Connect, orcid_researcher: Researcher
) -> None:
    orcid_app.before_request(lambda: "closed")
    with pytest.raises(StepFailed, match="answered 200 and did not lead to"):
        orcid_connect(orcid_researcher, "account-1")


def test_credentials_are_those_of_the_registry(orcid_client: Credentials, orcid_app: Flask) -> None:
    runtime = orcid_app.extensions[EXTENSION]
    assert runtime.site.environment == orcid_client.environment
    oauth = OAuthClient(
        environment=orcid_client.environment,
        client_id=orcid_client.client_id,
        client_secret=orcid_client.client_secret,
        transport=runtime.transport,
    )
    assert oauth.client_token("/read-public")


def test_the_adapter_is_filled_by_the_test(orcid_app: Flask, orcid_host: SimpleHost, orcid_worker: Send) -> None:
    orcid_host.account = Account("1", "Edith Editor")
    with orcid_app.test_request_context():
        submission.submitted(article("Josiah"), key="ms")
        submission.invite("ms", "1", email="josiah@example.org", invited_by="Edith Editor")
    orcid_worker()
    (mail,) = orcid_host.mails
    assert mail.to == "josiah@example.org"
    link = re.search(r"http://\S+/invitation/\S+", mail.text)
    assert link
    assert orcid_app.test_client().get(link[0]).status_code == 200
    url = "/orcid/connect/submission?publication=ms&contributor=1"
    assert orcid_app.test_client().get(url).status_code == 302


class TestAnAppOfTheHostsOwn:
    @pytest.fixture
    def orcid_app(self, orcid_settings: dict[str, str], orcid_host: SimpleHost) -> Iterator[Flask]:
        app = Flask("press")
        app.config.update(orcid_settings, SECRET_KEY="x", SERVER_NAME="press.example", PREFERRED_URL_SCHEME="https")
        runtime = OrcidPlugin(host=orcid_host, url_prefix="/people/orcid").init_app(app)
        runtime.store.upgrade()
        yield app
        runtime.close()

    def test_takes_the_place_of_the_minimal_one(self, orcid_connection: Connected, orcid_registry: Server) -> None:
        assert orcid_connection.app.name == "press"
        (code,) = orcid_registry.registry.codes.values()
        assert re.fullmatch("https?://press.example/people/orcid/callback", code.redirect_uri)


def test_every_fixture_is_documented() -> None:
    import orcid_plugin.testing

    page = (ROOT / "docs/testing.md").read_text()
    for name in vars(orcid_plugin.testing):
        if name.startswith("orcid_"):
            assert f"\n| `{name}` | " in page, name
