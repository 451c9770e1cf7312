"""OAuth as ORCID answers it, in every form that reference and experience know; and nothing secret in any message."""

from __future__ import annotations

import logging
import pickle
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orcid_plugin.errors import OAuthError, Unreachable
from orcid_plugin.registry.environment import ENVIRONMENTS
from orcid_plugin.registry.oauth import MAX_LIFE, OAuthClient, TokenAnswer

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
client = OAuthClient(environment=ENVIRONMENTS["production"], client_id="APP-1", client_secret=SECRET)


def exchange(**answer: object) -> TokenAnswer:
    with responses.RequestsMock() as mock:
        mock.add(responses.POST, TOKEN_URL, **answer)  # type: ignore[arg-type]
        return client.exchange(CODE, "https://journal.example/orcid/callback")


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
        import json

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
        with pytest.raises(OAuthError) as caught:
            exchange(json={**ANSWER, **change})
        assert caught.value.error == "unusable_answer"

    @pytest.mark.parametrize(
        ("status", "error", "description"),
        [
            (400, "invalid_grant", f"Reused authorization code: {CODE}"),
            (400, "invalid_grant", f"Invalid authorization code: {CODE}"),
            (400, "invalid_request", "Authorization code has expired"),
            (400, "invalid_grant", "Redirect URI mismatch."),
            (401, "invalid_client", "Client ID mismatch"),
            (401, "invalid_client", f"Bad client credentials {SECRET}"),
            (401, "invalid_request", "client_id is required"),
            (400, "unsupported_grant_type", "grant_type is missing"),
            (400, "invalid_scope", "Invalid scope: /x"),
            (401, "invalid_scope", "One of the provided scopes is not allowed."),
            (400, "unauthorized_client", "The client is locked"),
            (200, "invalid_grant", "with the wrong status"),
            (500, "server_error", "in OAuth's form all the same"),
        ],
    )
    def test_refusals_in_oauths_form(self, status: int, error: str, description: str) -> None:
        with pytest.raises(OAuthError) as caught:
            exchange(json={"error": error, "error_description": description}, status=status)
        assert (caught.value.error, caught.value.http_status) == (error, status)
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
        ],
    )
    def test_answers_that_are_not_oauths_form(self, answer: dict[str, object]) -> None:
        with pytest.raises(OAuthError) as caught:
            exchange(**answer)
        assert caught.value.error == "unreadable_answer"
        assert caught.value.http_status == answer["status"]

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

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
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
            said += [repr(caught.value), str(caught.value), str(caught.value.__cause__)]
            assert caught.value.__suppress_context__ or caught.value.__context__ is None
        text = caplog.text + "".join(said)
        for secret in (CODE, SECRET, ANSWER["access_token"], ANSWER["refresh_token"]):
            assert str(secret) not in text

    def test_an_answer_is_a_value(self) -> None:
        answer = exchange(json=ANSWER)
        assert pickle.loads(pickle.dumps(answer)) == answer


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
