"""Signing in through the pages of the emulated Registry, by iD and by the addresses of a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask import Flask, session, url_for

from orcid_plugin.emulator import Researcher, Server
from orcid_plugin.emulator.values import Email
from orcid_plugin.hooks import registration
from orcid_plugin.host import Account, Purpose
from orcid_plugin.testing.hosts import Connect, SimpleHost, grant, register_redirect_uri

SignIn = Callable[[Researcher], str | None]


@dataclass(slots=True)
class Journal(SimpleHost):
    """A host whose session says who is signed in; `proved` are addresses with their accounts."""

    proved: dict[str, str] = field(default_factory=dict)

    def current_account(self) -> Account | None:
        return Account(session["account"], "Somebody") if "account" in session else None

    def sign_in(self, account_id: str) -> None:
        session.clear()
        session["account"] = account_id

    def account_of_email(self, email: str) -> str | None:
        return self.proved.get(email)

    def has_other_sign_in(self, account_id: str) -> bool:
        return True


@pytest.fixture
def orcid_host() -> Journal:
    return Journal(proved={"limited@mail.example": "of-limited", "public@mail.example": "of-public"})


@pytest.fixture
def sign_in(request: pytest.FixtureRequest, orcid_registry: Server) -> SignIn:
    """Sign a person in with a browser of their own; the account that is signed in then."""

    def go(researcher: Researcher) -> str | None:
        app: Flask = request.getfixturevalue("orcid_app")
        with app.test_request_context():
            begin = url_for("orcid_plugin.connect", purpose=Purpose.SIGN_IN)
        browser = app.test_client()
        location = browser.get(begin).location
        register_redirect_uri(orcid_registry.registry, location)
        assert browser.get(grant(orcid_registry, researcher, location)).status_code in {302, 403}
        with browser.session_transaction() as cookie:
            found: str | None = cookie.get("account")
        return found

    return go


def shows(server: Server, researcher: Researcher, **visibility: Any) -> None:
    """Give the record addresses."""
    emails = tuple(Email(f"{name}@mail.example", visibility=seen) for name, seen in visibility.items())
    server.registry.add_researcher(replace(researcher, emails=emails))


def test_by_the_id_again_and_again_and_not_after_disconnecting(
    sign_in: SignIn, orcid_app: Flask, orcid_connect: Connect, orcid_researcher: Researcher
) -> None:
    assert sign_in(orcid_researcher) is None
    orcid_connect(orcid_researcher, "account-1")
    assert [sign_in(orcid_researcher) for _ in range(2)] == ["account-1"] * 2
    with orcid_app.test_request_context():
        connected = registration.connection("account-1")
        assert connected is not None
        assert "/activities/update" in connected.scopes  # signing in took nothing away
        registration.disconnect("account-1")
    assert sign_in(orcid_researcher) is None
    with orcid_app.test_request_context():
        assert registration.connection("account-1") is None


def test_by_an_address_that_the_person_shows_to_trusted_parties(
    sign_in: SignIn, orcid_settings: dict[str, Any], orcid_registry: Server, orcid_researcher: Researcher
) -> None:
    orcid_settings["ORCID_PLUGIN_SIGN_IN_BY_EMAIL"] = "true"
    shows(orcid_registry, orcid_researcher, limited="limited", public="private")
    assert sign_in(orcid_researcher) == "of-limited"


def test_by_a_public_address_with_public_credentials(
    sign_in: SignIn, orcid_settings: dict[str, Any], orcid_registry: Server, orcid_researcher: Researcher
) -> None:
    orcid_settings |= {"ORCID_PLUGIN_SIGN_IN_BY_EMAIL": "true", "ORCID_PLUGIN_API": "public"}
    shows(orcid_registry, orcid_researcher, limited="limited", public="public")
    assert sign_in(orcid_researcher) == "of-public"


def test_not_by_an_address_that_the_person_keeps_private(
    sign_in: SignIn, orcid_settings: dict[str, Any], orcid_registry: Server, orcid_researcher: Researcher
) -> None:
    orcid_settings["ORCID_PLUGIN_SIGN_IN_BY_EMAIL"] = "true"
    shows(orcid_registry, orcid_researcher, limited="private", public="private")
    assert sign_in(orcid_researcher) is None
