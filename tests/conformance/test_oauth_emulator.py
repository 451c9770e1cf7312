"""The OAuth client against the emulator: permissions, their end, tokens of the client's own, and who signed in."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from orcid_plugin.emulator import Researcher, Server
from orcid_plugin.errors import (
    AnswerError,
    ClientLocked,
    CodeReused,
    CredentialsRefused,
    GrantRefused,
    IdTokenRefused,
    OAuthError,
    RecordUnusable,
    RedirectRefused,
    ScopeRefused,
    TokenRefused,
)
from orcid_plugin.registry.cache import Cache
from orcid_plugin.registry.client import Client
from orcid_plugin.registry.oauth import OAuthClient
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.registry.transport import Transport
from orcid_plugin.testing.hosts import Credentials, MakeResearcher, grant
from tests.test_docs import code

BACK = "http://127.0.0.1:5000/orcid/callback"
WRITE = ("/activities/update", "/read-limited")


@dataclass
class Clock:
    """Of the cache."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Trip:
    """A person's trips to the emulator, and what the client makes of them."""

    server: Server
    oauth: OAuthClient
    nonce: str = field(default_factory=secrets.token_urlsafe)

    def code(self, person: Researcher, *scopes: str, **asked: Any) -> str:
        """What the person brings back after signing in and granting."""
        url = self.oauth.authorize_url(redirect_uri=BACK, scopes=scopes or WRITE, state="s", **asked)
        return parse_qs(urlsplit(grant(self.server, person, url)).query)["code"][0]

    def permission(self, person: Researcher, *scopes: str) -> TokenAnswer:
        return self.oauth.exchange(self.code(person, *scopes), BACK)

    def signed_in(self, person: Researcher, *, nonce: str | None = None, **asked: Any) -> TokenAnswer:
        brought = self.code(person, "openid", nonce=self.nonce, **asked)
        return self.oauth.exchange(brought, BACK, nonce=nonce or self.nonce)


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport(connect_timeout=5, read_timeout=10)
    yield transport
    transport.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def trip(orcid_registry: Server, orcid_client: Credentials, transport: Transport, clock: Clock) -> Trip:
    oauth = OAuthClient(
        environment=orcid_client.environment,
        client_id=orcid_client.client_id,
        client_secret=orcid_client.client_secret,
        transport=transport,
        cache=Cache(clock=clock),
    )
    return Trip(orcid_registry, oauth)


@pytest.fixture
def api(orcid_client: Credentials, transport: Transport) -> Client:
    return Client(orcid_client.environment, transport)


class TestPermission:
    def test_from_the_page_to_its_end(self, trip: Trip, api: Client, orcid_researcher: Researcher) -> None:
        first = trip.permission(orcid_researcher)
        assert (first.orcid, first.scopes) == (orcid_researcher.orcid, set(WRITE))
        assert first.refresh_token is not None
        api.activities(first.orcid, first.access_token)

        second = trip.oauth.refresh(first.refresh_token, ["/read-limited"])
        assert (second.orcid, second.scopes) == (first.orcid, {"/read-limited"})
        api.activities(second.orcid, second.access_token)
        with pytest.raises(GrantRefused, match="Parent token is disabled"):
            trip.oauth.refresh(first.refresh_token)

        assert second.refresh_token is not None
        with pytest.raises(ScopeRefused):
            trip.oauth.refresh(second.refresh_token, ["/person/update"])
        trip.oauth.revoke(second.access_token)
        with pytest.raises(TokenRefused):
            api.activities(second.orcid, second.access_token)
        trip.oauth.revoke("a token that nobody knows")

    def test_a_code_used_twice_ends_what_came_from_it(
        self, trip: Trip, api: Client, orcid_researcher: Researcher
    ) -> None:
        brought = trip.code(orcid_researcher)
        answer = trip.oauth.exchange(brought, BACK)
        with pytest.raises(CodeReused) as caught:
            trip.oauth.exchange(brought, BACK)
        assert brought not in str(caught.value)
        with pytest.raises(TokenRefused):
            api.activities(answer.orcid, answer.access_token)

    def test_what_is_wrong_with_a_code(self, trip: Trip, orcid_researcher: Researcher) -> None:
        with pytest.raises(GrantRefused):
            trip.oauth.exchange("AAAAAA", BACK)
        brought = trip.code(orcid_researcher)
        with pytest.raises(RedirectRefused):
            trip.oauth.exchange(brought, f"{BACK}/elsewhere")
        with pytest.raises(CredentialsRefused):
            replace(trip.oauth, client_secret="wrong").exchange(brought, BACK)
        [other] = [one for one in trip.server.registry.clients.values() if one.kind == "public"]
        with pytest.raises(GrantRefused, match="Client ID mismatch"):
            replace(trip.oauth, client_id=other.id, client_secret=other.secret).exchange(brought, BACK)

    @pytest.mark.parametrize(
        ("of_client", "state", "kind"),
        [
            (True, "locked", ClientLocked),
            (True, "deactivated", ClientLocked),
            (False, "locked", RecordUnusable),
            (False, "deactivated", RecordUnusable),
        ],
    )
    def test_what_came_over_client_or_record_meanwhile(
        self, of_client: bool, state: str, kind: type[OAuthError], trip: Trip, orcid_researcher: Researcher
    ) -> None:
        brought, registry = trip.code(orcid_researcher), trip.server.registry
        if of_client:
            registry.add_client(replace(registry.clients[trip.oauth.client_id], state=state))
        else:
            registry.add_researcher(replace(orcid_researcher, state=state))
        with pytest.raises(kind):
            trip.oauth.exchange(brought, BACK)


class TestClientToken:
    def test_it_serves_until_it_is_refused(self, trip: Trip, api: Client) -> None:
        def find(token: str) -> object:
            used.append(token)
            return api.group_ids.find(token, "issn:0953-1513")

        used: list[str] = []
        for _ in range(2):
            trip.oauth.as_client("/group-id-record/read", find)
        trip.oauth.revoke(used[0])
        trip.oauth.as_client("/group-id-record/read", find)
        assert len(used) == 4
        assert used[0] == used[1] == used[2] != used[3]

    def test_what_it_is_not_for(self, trip: Trip) -> None:
        for scope in ("/activities/update", "/web-hook"):
            with pytest.raises(ScopeRefused):
                trip.oauth.client_token(scope)

    def test_another_scope_is_another_matter(self, trip: Trip, api: Client, orcid_researcher: Researcher) -> None:
        with pytest.raises(AnswerError) as caught:
            trip.oauth.as_client(
                "/read-public", lambda token: api.webhooks.register(orcid_researcher.orcid, token, "https://j.example/")
            )
        assert caught.value.http_status != 401
        assert len(trip.server.registry.journal.entries(methods="POST", path="/oauth/token$")) == 1


class TestSignIn:
    def test_who_signed_in_and_how(
        self, trip: Trip, orcid_researcher: Researcher, orcid_researcher_factory: MakeResearcher
    ) -> None:
        careful = orcid_researcher_factory("Ada", "Lovelace", two_factor=True)
        for person, two_factor in ((orcid_researcher, False), (careful, True)):
            who = trip.signed_in(person, prompt="login", max_age=600).id_token
            assert who is not None
            assert (who.orcid, who.two_factor) == (person.orcid, two_factor)
            assert (who.given_name, who.family_name) == (person.given_names, person.family_name)
            assert who.nonce == trip.nonce
            assert who.auth_time is not None
            assert abs(trip.server.registry.clock() - who.auth_time.timestamp()) < 60

    def test_a_trip_of_somebody_else(self, trip: Trip, orcid_researcher: Researcher) -> None:
        with pytest.raises(IdTokenRefused) as caught:
            trip.signed_in(orcid_researcher, nonce="of another trip")
        assert caught.value.code == "id_token_nonce"

    def test_a_permission_is_no_sign_in(self, trip: Trip, orcid_researcher: Researcher) -> None:
        assert trip.permission(orcid_researcher).id_token is None
        with pytest.raises(IdTokenRefused) as caught:
            trip.oauth.exchange(trip.code(orcid_researcher), BACK, nonce=trip.nonce)
        assert caught.value.code == "id_token_missing"

    def test_new_keys_are_found(self, trip: Trip, clock: Clock, orcid_researcher: Researcher) -> None:
        trip.signed_in(orcid_researcher)
        for keep_old in (True, False):
            trip.server.registry.rotate_signing_key(keep_old=keep_old)
            with pytest.raises(IdTokenRefused) as caught:
                trip.signed_in(orcid_researcher)
            assert caught.value.code == "id_token_key"
            clock.now += 60
            trip.signed_in(orcid_researcher)
        assert len(trip.server.registry.journal.entries(path="/oauth/jwks$")) == 3

    def test_names_as_they_are_now(self, trip: Trip, orcid_researcher: Researcher) -> None:
        answer = trip.signed_in(orcid_researcher)
        found = trip.oauth.userinfo(answer.access_token, answer.orcid)
        assert (found.orcid, found.given_name, found.family_name) == (
            orcid_researcher.orcid,
            orcid_researcher.given_names,
            orcid_researcher.family_name,
        )
        trip.oauth.revoke(answer.access_token)
        with pytest.raises(GrantRefused, match="access_token is invalid"):
            trip.oauth.userinfo(answer.access_token, answer.orcid)

    def test_what_the_registry_says_of_itself(self, trip: Trip) -> None:
        found, environment = trip.oauth.discovery(), trip.oauth.environment
        assert (found.issuer, found.jwks_uri, found.userinfo_endpoint) == (
            environment.issuer,
            environment.keys_url,
            environment.userinfo_url,
        )

    def test_the_example_of_the_documentation(
        self,
        orcid_app: Flask,
        orcid_registry: Server,
        orcid_client: Credentials,
        orcid_researcher: Researcher,
        orcid_researcher_factory: MakeResearcher,
    ) -> None:
        known = orcid_registry.registry.clients[orcid_client.client_id]
        orcid_registry.registry.add_client(replace(known, redirect_uris=(*known.redirect_uris, "http://localhost/")))
        example = next(block for block in code("docs/oauth.md", "python") if "Blueprint(" in block)
        names: dict[str, Any] = {"__name__": "journal"}
        exec(example, names)
        orcid_app.register_blueprint(names["sign_in"])
        for person, status in ((orcid_researcher_factory(two_factor=True), 302), (orcid_researcher, 403)):
            with orcid_app.test_client() as browser:
                begun = browser.get("/sign-in")
                back = browser.get(grant(orcid_registry, person, begun.location))
            assert back.status_code == status
        assert browser.get("/sign-in/back?code=x&state=forged").status_code == 400
