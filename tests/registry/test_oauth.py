"""OAuth as ORCID answers it, in every form that reference and experience know; and nothing secret in any message."""

from __future__ import annotations

import json
import logging
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orcid_plugin.errors import (
    AnswerError,
    ClientLocked,
    CodeReused,
    CredentialsRefused,
    GrantRefused,
    OAuthError,
    OAuthUnavailable,
    RecordUnusable,
    RedirectRefused,
    ScopeRefused,
    TokenRefused,
    Unreachable,
    UnusableAnswer,
)
from orcid_plugin.registry.cache import Cache
from orcid_plugin.registry.environment import ENVIRONMENTS
from orcid_plugin.registry.oauth import OAuthClient
from orcid_plugin.registry.oauth_answers import MAX_LIFE, TokenAnswer
from orcid_plugin.registry.transport import Transport

TOKEN_URL = "https://orcid.org/oauth/token"
REVOKE_URL = "https://orcid.org/oauth/revoke"
SECRET, CODE = "s3cret-of-client", "Q7x2Zk"
ANSWER = {
    "access_token": "f5af9f51-07e6-4332-8f1a-c0c11c1e3728",
    "token_type": "bearer",
    "refresh_token": "f725f747-3a65-49f6-a231-3e8944ce464d",
    "expires_in": 631138518,
    "scope": "/read-limited /activities/update",
    "name": "Sofia Garcia",
    "orcid": "0000-0001-2345-6789",
}
client = OAuthClient(
    environment=ENVIRONMENTS["production"], client_id="APP-1", client_secret=SECRET, transport=Transport()
)


def exchange(refused: Callable[[str], object] = str, **answer: object) -> TokenAnswer:
    with responses.RequestsMock() as mock:
        mock.add(responses.POST, TOKEN_URL, **answer)  # type: ignore[arg-type]
        return client.exchange(CODE, "https://journal.example/orcid/callback", refused=refused)


class TestAuthorizeUrl:
    def test_what_is_asked(self) -> None:
        url = client.authorize_url(
            redirect_uri="https://journal.example/orcid/callback",
            scopes=("/read-limited", "/activities/update"),
            state="abc",
            lang="de",
            email="sofia+x@example.org",
            given_names="Sofia",
            family_names="García & Co",
            orcid="0000-0001-2345-6789",
            nonce="n" * 300,
            prompt="login",
            max_age=0,
            show_login=False,
        )
        assert url.startswith("https://orcid.org/oauth/authorize?")
        assert parse_qs(urlsplit(url).query) == {
            "client_id": ["APP-1"],
            "response_type": ["code"],
            "scope": ["/activities/update /read-limited"],
            "redirect_uri": ["https://journal.example/orcid/callback"],
            "state": ["abc"],
            "lang": ["de"],
            "email": ["sofia+x@example.org"],
            "given_names": ["Sofia"],
            "family_names": ["García & Co"],
            "orcid": ["0000-0001-2345-6789"],
            "nonce": ["n" * 300],
            "prompt": ["login"],
            "max_age": ["0"],
            "show_login": ["false"],
        }
        assert SECRET not in url

    def test_nothing_more(self) -> None:
        url = client.authorize_url(
            redirect_uri="https://j.example/", scopes=["/authenticate"], state="s", email="", given_names="n" * 255
        )
        assert set(parse_qs(urlsplit(url).query)) == {"client_id", "response_type", "scope", "redirect_uri", "state"}


class TestExchange:
    def test_the_whole_answer(self) -> None:
        answer = exchange(json={**ANSWER, "id_token": "x.y.z"})
        assert answer.orcid == "0000-0001-2345-6789"
        assert answer.name == "Sofia Garcia"
        assert answer.access_token == ANSWER["access_token"]
        assert answer.refresh_token == ANSWER["refresh_token"]
        assert answer.scopes == {"/read-limited", "/activities/update"}
        assert answer.expires_in == 631138518
        assert answer.raw == {**ANSWER, "id_token": "x.y.z"}

    def test_what_is_sent(self) -> None:
        with responses.RequestsMock() as mock:
            mock.add(responses.POST, TOKEN_URL, json=ANSWER)
            client.exchange(CODE, "https://journal.example/orcid/callback")
            request = mock.calls[0].request
        assert request.headers["Accept"] == "application/json"
        assert request.headers["User-Agent"].startswith("orcid_plugin/")
        assert "Authorization" not in request.headers
        assert request.req_kwargs["timeout"] == (5.0, 30.0)  # type: ignore[attr-defined]
        assert parse_qs(str(request.body)) == {
            "grant_type": ["authorization_code"],
            "code": [CODE],
            "redirect_uri": ["https://journal.example/orcid/callback"],
            "client_id": ["APP-1"],
            "client_secret": [SECRET],
        }

    @pytest.mark.parametrize("content_type", ["application/json", "text/plain", "text/html", ""])
    def test_whatever_type_the_answer_claims(self, content_type: str) -> None:
        assert exchange(body=json.dumps(ANSWER), content_type=content_type).orcid == ANSWER["orcid"]

    @pytest.mark.parametrize(
        ("change", "attribute", "value"),
        [
            ({"name": None}, "name", None),
            ({"name": " a\r\nb\x00 "}, "name", "a b"),
            ({"name": ["x"]}, "name", None),
            ({"name": "a\ud800"}, "name", "a"),
            ({"scope": "/a\x00 /b"}, "scopes", frozenset({"/a", "/b"})),
            ({"refresh_token": None}, "refresh_token", None),
            ({"token_type": "Bearer"}, "orcid", "0000-0001-2345-6789"),
            ({"scope": ""}, "scopes", frozenset()),
            ({"scope": None}, "scopes", frozenset()),
            ({"expires_in": None}, "expires_in", None),
            ({"expires_in": "soon"}, "expires_in", None),
            ({"expires_in": True}, "expires_in", None),
            ({"expires_in": -1}, "expires_in", None),
            ({"expires_in": 10**30}, "expires_in", MAX_LIFE),
        ],
    )
    def test_odd_values(self, change: dict[str, object], attribute: str, value: object) -> None:
        assert getattr(exchange(json={**ANSWER, **change}), attribute) == value

    @pytest.mark.parametrize(
        "change",
        [
            {"orcid": None},
            {"orcid": ""},
            {"orcid": "0000-0001-2345-6780"},  # wrong check digit
            {"orcid": "https://orcid.org/0000-0001-2345-6789"},
            {"orcid": 1},
            {"orcid": "0000-0001-2345-6789\n"},
            {"access_token": None},
            {"access_token": ""},
            {"access_token": "a b"},
            {"access_token": "a\r\nX-Evil: 1"},
            {"access_token": 5},
            {"token_type": "mac"},
            {"token_type": None},
        ],
    )
    def test_an_answer_that_cannot_be_used(self, change: dict[str, object]) -> None:
        told: list[str] = []
        with pytest.raises(OAuthError) as caught:
            exchange(told.append, json={**ANSWER, **change})
        assert caught.value.error == "unusable_answer"
        # What ORCID gave all the same can be given back.
        assert told == ([] if "access_token" in change else [ANSWER["access_token"]])

    @pytest.mark.parametrize(
        ("status", "error", "description", "kind"),
        [
            (400, "invalid_grant", f"Reused authorization code: {CODE}", CodeReused),
            (400, "invalid_grant", f"Invalid authorization code: {CODE}", GrantRefused),
            (400, "invalid_request", "Authorization code has expired", GrantRefused),
            (400, "invalid_grant", "Redirect URI mismatch.", RedirectRefused),
            (401, "invalid_client", "Client ID mismatch", GrantRefused),
            (401, "invalid_client", f"Bad client credentials {SECRET}", CredentialsRefused),
            (401, "invalid_request", "client_id is required", OAuthError),
            (400, "unsupported_grant_type", "grant_type is missing", OAuthError),
            (400, "invalid_scope", "Invalid scope: /x", ScopeRefused),
            (401, "invalid_scope", "One of the provided scopes is not allowed.", ScopeRefused),
            (400, "unauthorized_client", "The client is locked", ClientLocked),
            (400, "unauthorized_client", "The record is deactivated", RecordUnusable),
            (400, "unauthorized_client", "Parent token is disabled", GrantRefused),
            (200, "invalid_grant", "with the wrong status", GrantRefused),
            (500, "server_error", "in OAuth's form all the same", OAuthUnavailable),
            (400, "temporarily_unavailable", "busy", OAuthUnavailable),
        ],
    )
    def test_refusals_in_oauths_form(
        self, status: int, error: str, description: str, kind: type[OAuthError], caplog: pytest.LogCaptureFixture
    ) -> None:
        with pytest.raises(OAuthError) as caught:
            exchange(json={"error": error, "error_description": description}, status=status)
        assert type(caught.value) is kind
        assert (caught.value.error, caught.value.http_status) == (error, status)
        [logged] = [record for record in caplog.records if record.levelname == "WARNING"]
        assert (logged.error_code, logged.status, len(logged.call)) == (error, status, 12)  # type: ignore[attr-defined]
        assert caught.value.description == description.replace(CODE, "…").replace(SECRET, "…")

    @pytest.mark.parametrize(
        "answer",
        [
            {"body": "<html><h1>502 Bad Gateway</h1></html>", "status": 502, "content_type": "text/html"},
            {"body": "Too Many Requests", "status": 429, "content_type": "text/plain"},
            {"body": "", "status": 400},
            {"body": "", "status": 200},
            {"body": "<html>maintenance</html>", "status": 200, "content_type": "text/html"},
            {"body": "[1]", "status": 200},
            {"body": "null", "status": 401},
            {"body": b"\xff\xfe\x00", "status": 503},
            {"body": "[" * 100_000, "status": 200},
            {"body": '{"error": 5}', "status": 400},
            {"body": '{"error": ""}', "status": 400},
            {"body": "no type at all", "status": 400, "content_type": None},
        ],
    )
    def test_answers_that_are_not_oauths_form(self, answer: dict[str, object]) -> None:
        with pytest.raises(OAuthError) as caught:
            exchange(**answer)
        assert caught.value.error == "unreadable_answer"
        assert caught.value.http_status == answer["status"]
        assert type(caught.value) is (OAuthUnavailable if answer["status"] in {429, 502, 503} else UnusableAnswer)

    def test_an_answer_that_says_when_to_come_again(self) -> None:
        with pytest.raises(OAuthUnavailable) as caught:
            exchange(body="Busy", status=503, headers={"Retry-After": "7"})
        assert caught.value.retry_after == 7

    def test_the_apis_own_form(self) -> None:
        body = {"response-code": 400, "developer-message": "Something\nis wrong", "error-code": 9015}
        with pytest.raises(OAuthError) as caught:
            exchange(json=body, status=400)
        assert caught.value.description == "Something is wrong"

    @pytest.mark.parametrize("status", [301, 302, 307])
    def test_a_redirect_is_not_followed(self, status: int) -> None:
        with pytest.raises(OAuthError) as caught:
            exchange(status=status, headers={"Location": "https://evil.example/"})
        assert caught.value.error == "redirected"

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (requests.ReadTimeout(), "in time"),
            (requests.ConnectTimeout(), "in time"),
            (requests.ConnectionError(), "at all"),
            (requests.exceptions.SSLError(), "at all"),
            (requests.exceptions.ChunkedEncodingError(), "at all"),
        ],
    )
    def test_no_answer(self, error: Exception, words: str) -> None:
        with pytest.raises(Unreachable, match=words):
            exchange(body=error)

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=200), st.sampled_from([200, 201, 204, 400, 401, 500]))
    def test_any_bytes_are_one_error(self, body: bytes, status: int) -> None:
        with pytest.raises((OAuthError, Unreachable)):
            exchange(body=body, status=status)

    def test_nothing_secret_is_said(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        answer = exchange(json=ANSWER)
        said = [repr(answer), str(answer), repr(client)]
        for answered in (
            {"json": {"error": "invalid_grant", "error_description": f"{CODE} {SECRET}"}, "status": 400},
            {"json": {"error": CODE}, "status": 400},
            {"json": {**ANSWER, "orcid": "wrong"}},
            {"body": requests.ReadTimeout(f"{CODE} {SECRET}")},
        ):
            with pytest.raises((OAuthError, Unreachable)) as caught:
                exchange(**answered)
            said += [repr(caught.value), str(caught.value)]
            assert caught.value.__cause__ is None
            assert caught.value.__suppress_context__ or caught.value.__context__ is None
        text = caplog.text + "".join(said)
        for secret in (CODE, SECRET, ANSWER["access_token"], ANSWER["refresh_token"]):
            assert str(secret) not in text

    def test_an_answer_is_a_value(self) -> None:
        answer = exchange(json=ANSWER)
        assert pickle.loads(pickle.dumps(answer)) == answer


OLD = "f725f747-3a65-49f6-a231-3e8944ce464d"
FRESH_ANSWER = {**ANSWER, "access_token": "fresh-access", "refresh_token": "fresh-refresh"}


class TestRefresh:
    def refresh(self, *scopes: str, **answer: object) -> tuple[TokenAnswer, dict[str, list[str]]]:
        with responses.RequestsMock() as mock:
            mock.add(responses.POST, TOKEN_URL, **answer)  # type: ignore[arg-type]
            found = client.refresh(OLD, scopes)
            return found, parse_qs(str(mock.calls[0].request.body))

    def test_a_new_pair(self) -> None:
        answer, sent = self.refresh(json={**FRESH_ANSWER, "id_token": "x.y.z", "scope": "openid"})
        assert (answer.access_token, answer.refresh_token) == ("fresh-access", "fresh-refresh")
        assert answer.id_token is None
        assert sent == {
            "grant_type": ["refresh_token"],
            "refresh_token": [OLD],
            "client_id": ["APP-1"],
            "client_secret": [SECRET],
        }

    def test_fewer_scopes(self) -> None:
        answer, sent = self.refresh("/read-limited", json={**FRESH_ANSWER, "scope": "/read-limited"})
        assert sent["scope"] == ["/read-limited"]
        assert answer.scopes == {"/read-limited"}

    def test_what_the_answer_leaves_out_stays_as_it_was(self) -> None:
        answer, _ = self.refresh("/read-limited", json={**FRESH_ANSWER, "scope": None, "refresh_token": None})
        assert answer.refresh_token == answer.raw["refresh_token"] == OLD
        assert answer.scopes == {"/read-limited"}

    @pytest.mark.parametrize(
        ("error", "description", "kind"),
        [
            ("invalid_grant", f"Unable to find refresh token {OLD}", GrantRefused),
            ("invalid_grant", "Parent token is disabled", GrantRefused),
            ("invalid_token", "Access token expired", GrantRefused),
            ("invalid_scope", "The given scope 'x' is not allowed for the parent token", ScopeRefused),
        ],
    )
    def test_refused(self, error: str, description: str, kind: type[OAuthError]) -> None:
        with pytest.raises(kind) as caught:
            self.refresh(json={"error": error, "error_description": description}, status=400)
        assert OLD not in f"{caught.value} {vars(caught.value)}"


class TestRevoke:
    def test_what_is_sent(self) -> None:
        with responses.RequestsMock() as mock:
            mock.add(responses.POST, REVOKE_URL)
            client.revoke("a-token")
            request = mock.calls[0].request
        assert request.req_kwargs["timeout"] == (5.0, 30.0)  # type: ignore[attr-defined]
        body = parse_qs(str(request.body))
        assert (body["token"], body["client_id"], body["client_secret"]) == (["a-token"], ["APP-1"], [SECRET])

    @pytest.mark.parametrize("status", [301, 400, 401, 500])
    def test_refused(self, status: int) -> None:
        with responses.RequestsMock() as mock:
            mock.add(responses.POST, REVOKE_URL, json={"error": "x", "error_description": "a-token"}, status=status)
            with pytest.raises(OAuthError) as caught:
                client.revoke("a-token")
        assert "a-token" not in str(caught.value)

    def test_no_answer(self) -> None:
        with responses.RequestsMock() as mock:
            mock.add(responses.POST, REVOKE_URL, body=requests.ConnectTimeout())
            with pytest.raises(Unreachable):
                client.revoke("a-token")


CLIENT_ANSWER = {
    "access_token": "client-token-1",
    "token_type": "bearer",
    "refresh_token": "never-used",
    "expires_in": 631138518,
    "scope": "/read-public",
    "orcid": None,
}


class TestClientToken:
    """Tokens of the client's own, for what needs no person."""

    @pytest.fixture
    def http(self) -> Iterator[responses.RequestsMock]:
        with responses.RequestsMock() as mock:
            yield mock

    @pytest.fixture
    def clock(self) -> list[float]:
        return [1000.0]

    @pytest.fixture
    def fresh(self, clock: list[float]) -> OAuthClient:
        return replace(client, cache=Cache(clock=lambda: clock[0]))

    def test_what_is_sent(self, http: responses.RequestsMock, fresh: OAuthClient) -> None:
        http.post(TOKEN_URL, json=CLIENT_ANSWER)
        assert fresh.client_token("/read-public") == "client-token-1"
        assert parse_qs(str(http.calls[0].request.body)) == {
            "grant_type": ["client_credentials"],
            "scope": ["/read-public"],
            "client_id": ["APP-1"],
            "client_secret": [SECRET],
        }

    def test_it_is_asked_for_again_a_minute_before_its_end(
        self, http: responses.RequestsMock, fresh: OAuthClient, clock: list[float]
    ) -> None:
        asked = http.post(TOKEN_URL, json={**CLIENT_ANSWER, "expires_in": 600})
        for at, calls in ((0, 1), (1, 1), (539, 1), (540, 2), (1079, 2), (1080, 3)):
            clock[0] = 1000 + at
            fresh.client_token("/read-public")
            assert asked.call_count == calls

    @pytest.mark.parametrize(("life", "kept"), [(None, 3540), (60, 0), (1, 0)])
    def test_odd_lives(
        self, life: int | None, kept: int, http: responses.RequestsMock, fresh: OAuthClient, clock: list[float]
    ) -> None:
        asked = http.post(TOKEN_URL, json={**CLIENT_ANSWER, "expires_in": life})
        fresh.client_token("/read-public")
        clock[0] += kept
        fresh.client_token("/read-public")
        assert asked.call_count == 2

    def test_each_scope_and_each_client_has_its_own(self, http: responses.RequestsMock, fresh: OAuthClient) -> None:
        asked = http.post(TOKEN_URL, json={**CLIENT_ANSWER, "scope": "/read-public /webhook"})
        for one in (fresh, replace(fresh, client_id="APP-2"), replace(fresh, client_secret="new")):
            for scope in ("/read-public", "/webhook", "/read-public"):
                one.client_token(scope)
        assert asked.call_count == 6

    def test_many_threads_ask_once(self, http: responses.RequestsMock, fresh: OAuthClient) -> None:
        asking = threading.Event()

        def answer(request: object) -> tuple[int, dict[str, str], str]:
            asking.wait(5)
            return 200, {}, json.dumps(CLIENT_ANSWER)

        http.add_callback(responses.POST, TOKEN_URL, answer)
        with ThreadPoolExecutor(8) as pool:
            tokens = [pool.submit(fresh.client_token, "/read-public") for _ in range(8)]
            asking.set()
            assert {token.result() for token in tokens} == {"client-token-1"}
        assert len(http.calls) == 1

    def test_those_who_wait_share_the_failure_and_the_next_asks_again(self) -> None:
        cache, asked, answer = Cache(), threading.Event(), threading.Event()

        def fail() -> tuple[str, float]:
            asked.set()
            answer.wait(5)
            raise Unreachable("no answer")

        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(cache.get, "key", fail)
            asked.wait(5)
            second = pool.submit(cache.get, "key", lambda: pytest.fail("asked twice at once"))
            while not cache._asking["key"]._condition._waiters:  # type: ignore[attr-defined]
                time.sleep(0.001)
            answer.set()
            for waiting in (first, second):
                with pytest.raises(Unreachable):
                    waiting.result()
        assert cache.get("key", lambda: ("value", 1.0)) == "value"

    def test_a_failure_is_not_kept(self, http: responses.RequestsMock, fresh: OAuthClient) -> None:
        http.post(TOKEN_URL, status=503)
        http.post(TOKEN_URL, json=CLIENT_ANSWER)
        with pytest.raises(OAuthUnavailable):
            fresh.client_token("/read-public")
        assert fresh.client_token("/read-public") == "client-token-1"

    def test_a_refused_token_is_replaced_once(self, http: responses.RequestsMock, fresh: OAuthClient) -> None:
        for number in (1, 2, 3):
            http.post(TOKEN_URL, json={**CLIENT_ANSWER, "access_token": f"client-token-{number}"})
        used: list[str] = []

        def call(token: str) -> str:
            used.append(token)
            if token == "client-token-1":
                raise TokenRefused(401, None, "invalid_token: Invalid access token: …")
            return "done"

        assert fresh.as_client("/read-public", call) == "done"
        assert fresh.as_client("/read-public", call) == "done"
        assert used == ["client-token-1", "client-token-2", "client-token-2"]

        with pytest.raises(AnswerError):
            fresh.as_client("/read-public", lambda token: self.refuse(TokenRefused(401)))
        http.assert_call_count(TOKEN_URL, 3)

    @pytest.mark.parametrize("error", [TokenRefused(401, 9017), AnswerError(403, 9038), AnswerError(503)])
    def test_other_errors_say_nothing_of_the_token(
        self, error: AnswerError, http: responses.RequestsMock, fresh: OAuthClient
    ) -> None:
        asked = http.post(TOKEN_URL, json=CLIENT_ANSWER)
        for _ in range(2):
            with pytest.raises(AnswerError):
                fresh.as_client("/read-public", lambda token: self.refuse(error))
        assert asked.call_count == 1

    @staticmethod
    def refuse(error: AnswerError) -> None:
        raise error

    def test_only_the_refused_token_is_forgotten(self) -> None:
        cache = Cache()
        cache.get("key", lambda: ("new", 1000.0))
        cache.forget("key", "old")
        assert cache.get("key", lambda: ("newer", 1000.0)) == "new"

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            (
                {"json": {"error": "invalid_client", "error_description": f"Bad {SECRET}"}, "status": 401},
                CredentialsRefused,
            ),
            (
                {"json": {"error": "invalid_scope", "error_description": "Invalid scope: x"}, "status": 400},
                ScopeRefused,
            ),
            ({"json": {**CLIENT_ANSWER, "scope": "/webhook"}}, ScopeRefused),
            ({"json": {**CLIENT_ANSWER, "access_token": None}}, UnusableAnswer),
            ({"body": "<html>Sign in to this network</html>"}, UnusableAnswer),
        ],
    )
    def test_refusals(
        self, answer: dict[str, Any], kind: type[OAuthError], http: responses.RequestsMock, fresh: OAuthClient
    ) -> None:
        http.post(TOKEN_URL, **answer)
        with pytest.raises(kind) as caught:
            fresh.client_token("/read-public")
        assert SECRET not in f"{caught.value} {caught.value!r} {vars(caught.value)}"

    def test_nothing_secret_is_shown(self, http: responses.RequestsMock, fresh: OAuthClient) -> None:
        http.post(TOKEN_URL, json=CLIENT_ANSWER)
        fresh.client_token("/read-public")
        for shown in (repr(fresh), repr(fresh.cache)):
            assert SECRET not in shown
            assert "client-token-1" not in shown
