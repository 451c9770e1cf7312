"""Tests of a host with several journals: what a site sets itself, what it inherits, and which one is in question."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses
from cryptography.fernet import Fernet
from flask import Flask, g, request

from orcid_plugin.errors import SettingsError, UnknownSite, UnusableKey
from orcid_plugin.hooks import invitations, registration, submission
from orcid_plugin.hooks import sites as administration
from orcid_plugin.host import Mail
from orcid_plugin.runtime import at_site, current, current_key
from orcid_plugin.settings import Settings
from orcid_plugin.store import sites
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import SiteRow
from tests.mounted import (
    JOSIAH,
    SOFIA,
    FakeHost,
    article,
    come_back,
    deliver,
    dump,
    grants,
    make_app,
    query_of,
    runtime_of,
    sign_in,
    state_of,
)

HOST = Settings(client_id="APP-HOST", client_secret="host-secret", site="first", site_name="First", pace=7)
OWN = {"client_id": "APP-SECOND", "client_secret": "second-secret", "site_name": "Second"}
KEYRING = Keyring([Fernet.generate_key().decode()])


@dataclasses.dataclass
class TwoJournals(FakeHost):
    """The first part of the host's name says which journal is meant."""

    def current_site(self) -> str | None:
        name = request.host.partition(".")[0]
        return name if name in {"second", "third"} else None


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(f"sqlite:///{tmp_path / 'sites.sqlite3'}", TwoJournals(), site="first")
    runtime = runtime_of(app)
    runtime.store.upgrade()
    with runtime.store.begin() as session:
        sites.save(session, runtime.settings, runtime.keyring, "second", OWN)
    yield app
    runtime.close()


def test_a_site_has_what_it_sets_and_inherits_the_rest() -> None:
    found = HOST.of_site("second", OWN)
    assert (found.site, found.site_name, found.client_id, found.pace) == ("second", "Second", "APP-SECOND", 7)


def test_credentials_of_the_host_are_inherited_only_where_the_site_says_so() -> None:
    with pytest.raises(SettingsError, match="ORCID_PLUGIN_CLIENT_ID and ORCID_PLUGIN_CLIENT_SECRET"):
        HOST.of_site("second", {}).the_site()
    assert HOST.of_site("second", {"host_credentials": "yes"}).the_site().client_id == "APP-HOST"


@pytest.mark.parametrize(
    ("key", "own", "says"),
    [
        ("second", {"client_id": "APP-2"}, "client_id cannot be given without client_secret"),
        ("second", {"environment": "production"}, "without client_id and client_secret"),
        ("second", {"database_url": "sqlite://"}, "database_url is unknown"),
        ("second", {"site_nam": "x"}, "did you mean site_name?"),
        ("second", {"retracted": "burn"}, "is not one of keep, delete"),
        ("first", OWN, "taken by ORCID_PLUGIN_SITE"),
        ("a/b", OWN, "no plain word"),
    ],
)
def test_what_a_site_cannot_be_is_told_with_its_key(key: str, own: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=f"site '{key}'") as caught:
        HOST.of_site(key, own)
    assert says in str(caught.value)


def test_a_site_is_stored_with_its_secret_sealed(store: Store) -> None:
    with store.begin() as session:
        sites.save(session, HOST, KEYRING, "second", OWN)
    with store.begin() as session:
        row = session.get_one(SiteRow, "second")
        assert "second-secret" not in f"{row.settings} {row.sealed_client_secret}"
        assert sites.settings_of(session, HOST, KEYRING, "second") == HOST.of_site("second", OWN)
        assert sites.settings_of(session, HOST, KEYRING, "first") is HOST
        assert sites.keys(session) == ["second"]


def test_a_secret_is_of_no_use_in_another_sites_row(store: Store) -> None:
    with store.begin() as session:
        sites.save(session, HOST, KEYRING, "second", OWN)
        sites.save(session, HOST, KEYRING, "third", {**OWN, "client_secret": "third-secret"})
        second, third = session.get_one(SiteRow, "second"), session.get_one(SiteRow, "third")
        second.sealed_client_secret = third.sealed_client_secret
        session.flush()
        with pytest.raises(UnusableKey):
            sites.settings_of(session, HOST, KEYRING, "second")


def test_a_request_is_about_the_site_that_the_host_names(app: Flask) -> None:
    with app.test_request_context(base_url="http://second.example"):
        assert current().site.client_id == "APP-SECOND"
        assert current() is current()
    with app.test_request_context(base_url="http://first.example"):
        assert current().site.key == "first"


def test_a_background_job_names_the_site_itself(app: Flask) -> None:
    with app.app_context():
        with at_site("second"):
            submission.submitted(article(), key="ms-1")
            assert current().site.name == "Second"
        assert current().site.key == "first"
    assert '"second", "ms-1"' in dump(app)


def test_an_unknown_or_removed_site_is_told_on_a_page_and_to_hooks(app: Flask) -> None:
    response = app.test_client().get("/orcid/connect/register", base_url="http://third.example")
    assert response.status_code == 404
    assert "This is not possible" in response.text
    assert "there is no site" in response.text
    assert "help@example.org" in response.text  # the host, since there is no such site to ask
    with app.app_context(), at_site("third"), pytest.raises(UnknownSite, match="third"):
        registration.connection("ada")


def test_two_journals_hold_their_own_connections_of_one_account(app: Flask, orcid: responses.RequestsMock) -> None:
    for base_url, person, client_id in (
        ("http://first.example", JOSIAH, "APP-1234567890ABCDEF"),
        ("http://second.example", SOFIA, "APP-SECOND"),
    ):
        client = app.test_client()
        client.get("/", base_url=base_url)
        grants(orcid, person)
        with client.session_transaction(base_url=base_url) as cookie:
            cookie["account"] = "ada"
        there = client.get("/orcid/connect/profile", base_url=base_url)
        query = query_of(there)
        assert query["client_id"] == client_id
        back = f"/orcid/callback?code=Cd3Xyz.{query['state']}&state={query['state']}"
        assert client.get(back, base_url=base_url).status_code == 302
    with app.app_context():
        first = registration.connection("ada")
        with at_site("second"):
            second = registration.connection("ada")
    assert first is not None
    assert second is not None
    assert (first.orcid.path, second.orcid.path) == (JOSIAH, SOFIA)


def test_a_way_back_does_not_hold_at_another_site(app: Flask, orcid: responses.RequestsMock) -> None:
    grants(orcid)
    client = app.test_client()
    sign_in(client, "ada")
    state = state_of(client, "/orcid/connect/profile")
    with client.session_transaction() as cookie:
        kept = dict(cookie)
    with client.session_transaction(base_url="http://second.example") as cookie:
        cookie.update(kept)  # as if both journals shared a cookie
    refused = client.get(f"/orcid/callback?code=Cd3Xyz.{state}&state={state}", base_url="http://second.example")
    assert refused.status_code == 400
    assert come_back(client, state).status_code == 302


class TestLinksOfASite:
    """Mails and redirect URIs of a site lead to that site, wherever they are written."""

    def test_a_background_job_invites_to_the_address_of_its_site(self, app: Flask) -> None:
        with app.app_context():
            administration.change("second", {"public_url": "https://second.example"})
            with at_site("second"):
                submission.submitted(article(), key="ms-1")
                invitations.invite("ms-1", "1", email="josiah@example.org")
        deliver(app)
        assert "\nhttps://second.example/orcid/invitation/" in mails_of(app)[0].text

    def test_no_mail_leads_to_the_address_of_another_site(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'own.sqlite3'}"
        app = make_app(url, TwoJournals(), site="first", public_url="https://first.example")
        runtime_of(app).store.upgrade()
        with app.app_context():
            administration.add("second", OWN)
            with at_site("second"):
                submission.submitted(article(), key="ms-1")
                with pytest.raises(SettingsError, match="public_url of the site 'second'"):
                    invitations.invite("ms-1", "1", email="josiah@example.org")
                assert invitations.of_publication("ms-1") == []
        with app.test_request_context(base_url="https://second.example"):  # whose address the host's is, as it says
            invitations.invite("ms-1", "1", email="josiah@example.org")
        runtime_of(app).close()

    def test_where_sites_differ_by_path(self, by_path: Flask) -> None:
        with by_path.test_request_context("/first/orcid/admin/sites/second"):
            by_path.preprocess_request()
            (found,) = [line for line in administration.check("second") if line.subject == "redirect URI"]
            with at_site("second"):
                submission.submitted(article(), key="ms-1")
                invitations.invite("ms-1", "1", email="josiah@example.org")
        with by_path.app_context(), at_site("second"):
            invitations.invite("ms-1", "2", email="sofia@example.org")
        deliver(by_path)
        assert found.found == "https://journals.example/second/orcid/callback must be registered at ORCID"
        for mail in mails_of(by_path):
            assert "\nhttps://journals.example/second/orcid/invitation/" in mail.text


class JournalsByPath(FakeHost):
    """The first part of the path says which journal is meant."""

    def current_site(self) -> str | None:
        found: str | None = g.get("journal")
        return found


@pytest.fixture
def by_path(tmp_path: Path) -> Iterator[Flask]:
    url = f"sqlite:///{tmp_path / 'paths.sqlite3'}"
    app = make_app(url, JournalsByPath(), url_prefix="/<journal>/orcid", site="first")

    @app.url_value_preprocessor
    def take(endpoint: str | None, values: dict[str, str] | None) -> None:
        g.journal = values.pop("journal", None) if values else None

    @app.url_defaults
    def put_back(endpoint: str, values: dict[str, str]) -> None:
        if app.url_map.is_endpoint_expecting(endpoint, "journal"):
            values.setdefault("journal", current_key())

    runtime_of(app).store.upgrade()
    with app.app_context():
        administration.add("second", {**OWN, "public_url": "https://journals.example"})
    yield app
    runtime_of(app).close()


def mails_of(app: Flask) -> list[Mail]:
    host = runtime_of(app).host
    assert isinstance(host, FakeHost)
    return host.mails
