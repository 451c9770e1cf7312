"""The id_token and what belongs to it: each way to forge one is refused by name, and ORCID is not asked without end."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import RSAKey

from orcid_plugin.errors import GrantRefused, IdTokenRefused, OAuthUnavailable, Unreachable, UnusableAnswer
from orcid_plugin.registry import openid
from orcid_plugin.registry.cache import Cache
from orcid_plugin.registry.environment import ENVIRONMENTS
from orcid_plugin.registry.oauth import OAuthClient
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.registry.openid import IdToken
from orcid_plugin.registry.transport import Transport

ORCID, OTHER = "0000-0001-2345-6789", "0000-0002-1825-0097"
ACCESS, NONCE, CODE = "f5af9f51-07e6-4332-8f1a-c0c11c1e3728", "n0nce-of-this-trip", "Q7x2Zk"
SITE = ENVIRONMENTS["production"]
KEY, OTHER_KEY = (RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}) for kid in ("first", "second"))


def published(*keys: RSAKey) -> dict[str, Any]:
    """As ORCID publishes its keys: without `alg`."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


def half_hash(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()


class In(float):
    """So many seconds from the moment when the claims are made; a test may wait long for its turn."""


def claims(**changes: Any) -> dict[str, Any]:
    """ORCID's, with changes; `...` takes a claim out."""
    now = int(time.time())
    changes = {name: now + (int(x) if x == int(x) else x) if isinstance(x, In) else x for name, x in changes.items()}
    usual = {
        "at_hash": half_hash(ACCESS),
        "aud": "APP-1",
        "sub": ORCID,
        "auth_time": now - 30,
        "amr": "mfa",
        "iss": "https://orcid.org",
        "exp": now + 86400,
        "iat": now,
        "nonce": NONCE,
        "jti": "b4b3d5a9",
        "given_name": "Sofia",
        "family_name": "Garcia",
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not ...}


def signed(key: RSAKey = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    header = header or {"alg": "RS256", "kid": key.kid}
    return jws.serialize_compact(header, json.dumps(claims(**changes)), key, algorithms=["RS256", "RS512"])


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.fixture
def clock() -> list[float]:
    return [1000.0]


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def oauth(clock: list[float]) -> OAuthClient:
    cache = Cache(clock=lambda: clock[0])
    return OAuthClient(environment=SITE, client_id="APP-1", client_secret="s3cret", transport=Transport(), cache=cache)


@pytest.fixture
def keys(http: responses.RequestsMock) -> responses.BaseResponse:
    return http.get(SITE.keys_url, json=published(KEY))


class SignIn:
    """Exchanges a code for an answer with this id_token."""

    def __init__(self, http: responses.RequestsMock, oauth: OAuthClient) -> None:
        self.http, self.oauth = http, oauth

    def __call__(self, id_token: object, *, nonce: str | None = NONCE, scope: str = "openid") -> TokenAnswer:
        body = {"access_token": ACCESS, "token_type": "bearer", "scope": scope, "orcid": ORCID, "id_token": id_token}
        self.http.upsert(responses.POST, SITE.token_url, json=body)
        self.told: list[str] = []
        back = "https://journal.example/orcid/callback"
        return self.oauth.exchange(CODE, back, nonce=nonce, refused=self.told.append)

    def refused(self, id_token: object, **options: Any) -> str:
        with pytest.raises(IdTokenRefused) as caught:
            self(id_token, **options)
        error = caught.value
        for secret in (id_token, ACCESS, NONCE, CODE, "s3cret"):
            assert not secret or str(secret) not in f"{error} {error!r}"
        assert error.__cause__ is None
        assert self.told == [ACCESS]
        return error.code.removeprefix("id_token_")


@pytest.fixture
def sign_in(http: responses.RequestsMock, oauth: OAuthClient, keys: responses.BaseResponse) -> SignIn:
    return SignIn(http, oauth)


class TestWhatIsSaid:
    def test_who_signed_in_when_and_how(self, sign_in: SignIn) -> None:
        now = int(time.time())
        assert sign_in(signed(auth_time=now)).id_token == IdToken(
            orcid=ORCID,
            auth_time=datetime.datetime.fromtimestamp(now, datetime.UTC),
            amr=frozenset({"mfa"}),
            name=None,
            given_name="Sofia",
            family_name="Garcia",
            nonce=NONCE,
        )

    @pytest.mark.parametrize(
        ("amr", "words", "two_factor"),
        [
            ("mfa", {"mfa"}, True),
            ("pwd", {"pwd"}, False),
            (["pwd", "mfa"], {"pwd", "mfa"}, True),
            (..., set(), False),
            (None, set(), False),
            (["mfa", 5], {"mfa"}, True),
            ({"mfa": True}, set(), False),
            ("not-mfa", {"not-mfa"}, False),
        ],
    )
    def test_the_second_factor(self, amr: object, words: set[str], two_factor: bool, sign_in: SignIn) -> None:
        found = sign_in(signed(amr=amr)).id_token
        assert found is not None
        assert (found.amr, found.two_factor) == (words, two_factor)

    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": ["APP-1"]},
            {"aud": ["APP-1"], "azp": "APP-1"},
            {"aud": ["APP-2", "APP-1"], "azp": "APP-1"},
            {"azp": "APP-1"},
            {"exp": In(-30)},  # our clocks may differ by a minute
            {"iat": In(30)},
            {"iat": In(-0.5)},
            {"exp": 10**400},
            {"auth_time": ...},
            {"name": "a\x00b\r\nc", "given_name": 5},
        ],
    )
    def test_what_holds_all_the_same(self, changes: dict[str, Any], sign_in: SignIn) -> None:
        found = sign_in(signed(**changes)).id_token
        assert found is not None
        assert found.orcid == ORCID

    def test_without_a_nonce_none_is_looked_for(self, sign_in: SignIn) -> None:
        for changes in ({}, {"nonce": ...}):
            assert sign_in(signed(**changes), nonce=None).id_token is not None

    def test_without_openid_there_is_none(self, sign_in: SignIn, keys: responses.BaseResponse) -> None:
        assert sign_in(signed(), nonce=None, scope="/authenticate").id_token is None
        assert keys.call_count == 0


class TestForgeries:
    @pytest.mark.parametrize(
        ("part", "changes"),
        [
            ("iss", {"iss": "https://sandbox.orcid.org"}),
            ("iss", {"iss": "https://orcid.org/"}),
            ("iss", {"iss": ["https://orcid.org"]}),
            ("iss", {"iss": ...}),
            ("aud", {"aud": "APP-2"}),
            ("aud", {"aud": "APP-1 APP-2"}),
            ("aud", {"aud": []}),
            ("aud", {"aud": {"APP-1": 1}}),
            ("aud", {"aud": ...}),
            ("azp", {"aud": ["APP-1", "APP-2"]}),
            ("azp", {"aud": ["APP-1", "APP-2"], "azp": "APP-2"}),
            ("azp", {"azp": "APP-2"}),
            ("exp", {"exp": 1}),
            ("exp", {"exp": In(-61)}),
            ("exp", {"exp": float("nan")}),
            ("exp", {"exp": "9999999999"}),
            ("exp", {"exp": True}),
            ("exp", {"exp": ...}),
            ("iat", {"iat": 10**11}),
            ("iat", {"iat": ...}),
            ("nonce", {"nonce": "another"}),
            ("nonce", {"nonce": ...}),
            ("nonce", {"nonce": [NONCE]}),
            ("nonce", {"nonce": "\ud800"}),
            ("at_hash", {"at_hash": ...}),
            ("at_hash", {"at_hash": ""}),
            ("at_hash", {"at_hash": half_hash("another token")}),
            ("sub", {"sub": OTHER}),
            ("sub", {"sub": f"https://orcid.org/{ORCID}"}),
            ("sub", {"sub": ...}),
            ("auth_time", {"auth_time": "yesterday"}),
            ("auth_time", {"auth_time": 1e300}),
            ("auth_time", {"auth_time": float("nan")}),
        ],
    )
    def test_each_claim_is_looked_at(self, part: str, changes: dict[str, Any], sign_in: SignIn) -> None:
        assert sign_in.refused(signed(**changes)) == part

    def test_another_algorithm(self, sign_in: SignIn) -> None:
        body = part(claims())
        nothing = part({"alg": "none", "kid": KEY.kid})
        assert sign_in.refused(f"{nothing}.{body}.") == "algorithm"
        assert sign_in.refused(signed(header={"alg": "RS512", "kid": KEY.kid})) == "algorithm"

        symmetric = f"{part({'alg': 'HS256', 'kid': KEY.kid})}.{body}"  # with the public key, which everybody knows
        mac = hmac.digest(KEY.as_pem(private=False), symmetric.encode(), "sha256")
        assert sign_in.refused(f"{symmetric}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}") == "algorithm"

    def test_a_signature_of_somebody_else(self, sign_in: SignIn) -> None:
        assert sign_in.refused(signed(OTHER_KEY, header={"alg": "RS256", "kid": KEY.kid})) == "signature"
        header, _, signature = signed().split(".")
        assert sign_in.refused(f"{header}.{part(claims(sub=OTHER))}.{signature}") == "signature"
        assert sign_in.refused(f"{header}.{part(claims())}.") == "signature"

    def test_a_key_that_the_token_brings_along(self, sign_in: SignIn) -> None:
        address = {"alg": "RS256", "kid": "mine", "jku": "https://evil.example/jwks"}
        assert sign_in.refused(signed(OTHER_KEY, header=address)) == "key"
        whole = {"alg": "RS256", "kid": KEY.kid, "jwk": {"kty": "RSA", "n": "A" * 40, "e": "AQAB"}}
        assert sign_in.refused(signed(OTHER_KEY, header=whole)) == "signature"

    def test_no_key_named(self, sign_in: SignIn, keys: responses.BaseResponse) -> None:
        assert sign_in.refused(signed(header={"alg": "RS256"})) == "key"
        assert keys.call_count == 0

    @pytest.mark.parametrize("id_token", [None, 5, {"a": 1}])
    def test_none_although_openid_was_granted(self, id_token: object, sign_in: SignIn) -> None:
        assert sign_in.refused(id_token) == "missing"

    def test_none_although_a_nonce_was_sent(self, sign_in: SignIn) -> None:
        assert sign_in.refused(None, scope="/authenticate") == "missing"

    @pytest.mark.parametrize(
        "id_token",
        [
            "",
            "...",
            "a.b",
            "é.b.c",
            f"{part([])}.{part({})}.x",
            f"{part('x')}.{part({})}.x",
            f"{part(None)}.{part({})}.x",
            "x" * 1_000_000,
            f"{base64.urlsafe_b64encode(b'[' * 9_000).decode()}.e30.x",
        ],
    )
    def test_what_is_no_token(self, id_token: str, sign_in: SignIn) -> None:
        assert sign_in.refused(id_token) in {"form", "algorithm", "missing"}

    @pytest.mark.parametrize("payload", ["[]", "5", "", "{", "null", "[" * 9_000, '"x"'])
    def test_what_is_signed_but_no_claims(self, payload: str, sign_in: SignIn) -> None:
        token = jws.serialize_compact({"alg": "RS256", "kid": KEY.kid}, payload, KEY)
        assert sign_in.refused(token) == "form"

    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(
        header=st.dictionaries(
            st.sampled_from("alg kid typ crit b64 jwk jku x5c zip enc".split()),
            st.sampled_from(["RS256", "none", "first"]) | st.none() | st.integers() | st.lists(st.text(max_size=3)),
        )
        | st.none()
        | st.integers(),
        payload=st.text(max_size=20),
        signature=st.text("abc-_=.", max_size=12),
    )
    def test_no_header_breaks_the_reading(self, header: object, payload: str, signature: str) -> None:
        body = base64.urlsafe_b64encode(payload.encode()).decode()
        with pytest.raises(IdTokenRefused):
            openid.verified(
                f"{part(header)}.{body}.{signature}",
                key=lambda kid: KEY,
                issuer=SITE.issuer,
                client_id="APP-1",
                orcid=ORCID,
                access_token=ACCESS,
                nonce=None,
            )


class TestKeys:
    def test_they_are_kept_for_an_hour(self, sign_in: SignIn, keys: responses.BaseResponse, clock: list[float]) -> None:
        for at, calls in ((0, 1), (3599, 1), (3600, 2)):
            clock[0] = 1000 + at
            sign_in(signed())
            assert keys.call_count == calls

    def test_a_new_key_is_found_at_once(
        self, sign_in: SignIn, http: responses.RequestsMock, clock: list[float]
    ) -> None:
        sign_in(signed())
        http.replace(responses.GET, SITE.keys_url, json=published(KEY, OTHER_KEY))
        clock[0] += openid.ASK_AGAIN
        assert sign_in(signed(OTHER_KEY)).id_token is not None
        assert sign_in(signed()).id_token is not None

    def test_a_key_that_was_withdrawn_is_trusted_for_an_hour_at_most(
        self, sign_in: SignIn, http: responses.RequestsMock, clock: list[float]
    ) -> None:
        sign_in(signed())
        http.replace(responses.GET, SITE.keys_url, json=published(OTHER_KEY))
        clock[0] += openid.KEYS_LIFE
        assert sign_in.refused(signed()) == "key"

    def test_forged_names_of_keys_cause_no_storm(
        self, sign_in: SignIn, keys: responses.BaseResponse, clock: list[float]
    ) -> None:
        for minute in range(3):
            for number in range(20):
                assert sign_in.refused(signed(header={"alg": "RS256", "kid": f"{minute}-{number}"})) == "key"
                clock[0] += 1
            clock[0] += openid.ASK_AGAIN - 20
        assert keys.call_count == 3
        assert sign_in(signed()).id_token is not None

    def test_nor_while_the_keys_cannot_be_had(
        self, sign_in: SignIn, http: responses.RequestsMock, clock: list[float]
    ) -> None:
        sign_in(signed())
        gone = http.replace(responses.GET, SITE.keys_url, status=503)
        clock[0] += openid.ASK_AGAIN
        unknown = signed(header={"alg": "RS256", "kid": "forged"})
        with pytest.raises(OAuthUnavailable):
            sign_in(unknown)
        for _ in range(5):
            assert sign_in.refused(unknown) == "key"
        assert gone.call_count == 1
        assert sign_in(signed()).id_token is not None

    def test_many_threads_ask_once(self, oauth: OAuthClient, http: responses.RequestsMock) -> None:
        asking = threading.Event()

        def answer(request: object) -> tuple[int, dict[str, str], str]:
            asking.wait(5)
            return 200, {}, json.dumps(published(KEY))

        http.add_callback(responses.GET, SITE.keys_url, answer)
        with ThreadPoolExecutor(8) as pool:
            found = [
                pool.submit(openid.signing_key, SITE, oauth.transport, oauth.cache, str(KEY.kid)) for _ in range(8)
            ]
            asking.set()
            assert len({id(key.result()) for key in found}) == 1
        assert len(http.calls) == 1

    def test_each_registry_has_its_own(self, sign_in: SignIn, http: responses.RequestsMock) -> None:
        sign_in(signed())
        sandbox = replace(sign_in.oauth, environment=ENVIRONMENTS["sandbox"])
        http.get(ENVIRONMENTS["sandbox"].keys_url, json=published(OTHER_KEY))
        with pytest.raises(IdTokenRefused):
            openid.signing_key(sandbox.environment, sandbox.transport, sandbox.cache, str(KEY.kid))

    @pytest.mark.parametrize(
        "odd",
        [
            5,
            {"kty": "oct", "kid": "first", "k": "c2VjcmV0"},
            {"kty": "EC", "kid": "first"},
            {"kty": "RSA", "kid": "first", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "kid": "first", "n": "A" * 500_0, "e": "AQAB"},
            {"kty": "RSA", "kid": "first", "n": "?" * 342, "e": "AQAB"},
            {"kty": "RSA", "kid": "first", "n": "A" * 342, "e": "AQAB"},
            {"kty": "RSA", "kid": "first", "n": 5, "e": "AQAB"},
            {"kty": "RSA", "kid": "first"},
            {**KEY.as_dict(private=False), "use": "enc"},
            {**KEY.as_dict(private=False), "alg": "RS512"},
            {**KEY.as_dict(private=False), "kid": 5},
        ],
    )
    def test_what_is_no_key_for_signatures_is_left_out(
        self, odd: object, sign_in: SignIn, http: responses.RequestsMock
    ) -> None:
        body = {"keys": [odd, OTHER_KEY.as_dict(private=False)]}
        http.replace(responses.GET, SITE.keys_url, json=body)
        assert sign_in(signed(OTHER_KEY)).id_token is not None
        assert sign_in.refused(signed()) == "key"

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            ({"body": "<html>Sign in to this network</html>"}, UnusableAnswer),
            ({"json": {}}, UnusableAnswer),
            ({"json": {"keys": []}}, UnusableAnswer),
            ({"json": {"keys": {"a": 1}}}, UnusableAnswer),
            ({"json": {"keys": [{**KEY.as_dict(private=False), "kid": "x" * openid.MOST_KEYS}]}}, UnusableAnswer),
            ({"status": 302, "headers": {"Location": "https://evil.example/jwks"}}, UnusableAnswer),
            ({"status": 502, "body": "Bad Gateway"}, OAuthUnavailable),
            ({"body": TimeoutError()}, Unreachable),
        ],
    )
    def test_what_is_no_key_set_is_not_kept(
        self, answer: dict[str, Any], kind: type[Exception], sign_in: SignIn, http: responses.RequestsMock
    ) -> None:
        http.replace(responses.GET, SITE.keys_url, **answer)
        with pytest.raises(kind):
            sign_in(signed())
        http.replace(responses.GET, SITE.keys_url, json=published(KEY))
        assert sign_in(signed()).id_token is not None


USERINFO = {
    "id": f"https://orcid.org/{ORCID}",
    "sub": ORCID,
    "name": None,
    "family_name": "Garcia",
    "given_name": "S.",
}


class TestUserinfo:
    def test_names(self, oauth: OAuthClient, http: responses.RequestsMock) -> None:
        http.get(SITE.userinfo_url, json=USERINFO)
        found = oauth.userinfo(ACCESS, ORCID)
        assert (found.orcid, found.name, found.family_name, found.given_name) == (ORCID, None, "Garcia", "S.")
        assert http.calls[0].request.headers["Authorization"] == f"Bearer {ACCESS}"

    def test_somebody_else(self, oauth: OAuthClient, http: responses.RequestsMock) -> None:
        http.get(SITE.userinfo_url, json={**USERINFO, "sub": OTHER})
        with pytest.raises(UnusableAnswer, match="another iD"):
            oauth.userinfo(ACCESS, ORCID)

    def test_a_token_that_holds_no_longer(
        self, oauth: OAuthClient, http: responses.RequestsMock, caplog: pytest.LogCaptureFixture
    ) -> None:
        body = {"error": "access_denied", "error-description": f"access_token is invalid {ACCESS}"}
        http.get(SITE.userinfo_url, json=body, status=403)
        with pytest.raises(GrantRefused, match="access_token is invalid") as caught:
            oauth.userinfo(ACCESS, ORCID)
        assert ACCESS not in f"{caught.value} {caplog.text}"


DOCUMENT = {
    "issuer": "https://orcid.org",
    "authorization_endpoint": "https://orcid.org/oauth/authorize",
    "token_endpoint": "https://orcid.org/oauth/token",
    "userinfo_endpoint": "https://orcid.org/oauth/userinfo",
    "jwks_uri": "https://orcid.org/oauth/jwks",
    "scopes_supported": ["openid"],
    "response_types_supported": ["code", "id_token", "id_token token"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "grant_types_supported": ["authorization_code", "implicit", "refresh_token"],
    "claims_supported": ["family_name", "given_name", "name", "auth_time", "iss", "sub"],
    "claims_parameter_supported": False,
}


class TestDiscovery:
    def test_the_document_agrees_with_the_environment(self, oauth: OAuthClient, http: responses.RequestsMock) -> None:
        http.get("https://orcid.org/.well-known/openid-configuration", json=DOCUMENT)
        found = oauth.discovery()
        assert found.jwks_uri == SITE.keys_url
        assert found.userinfo_endpoint == SITE.userinfo_url
        assert found.authorization_endpoint == SITE.authorize_url
        assert found.token_endpoint == SITE.token_url
        assert found.response_types_supported == {"code", "id_token", "id_token token"}
        assert found.id_token_signing_alg_values_supported == {openid.ALGORITHM}

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"issuer": "https://evil.example"}, "the issuer is not https://orcid.org"),
            ({"issuer": "https://orcid.org/"}, "the issuer is not"),
            ({"jwks_uri": None}, "no jwks_uri"),
            ({"token_endpoint": ["x"]}, "no token_endpoint"),
        ],
    )
    def test_another_one(
        self, changes: dict[str, Any], words: str, oauth: OAuthClient, http: responses.RequestsMock
    ) -> None:
        http.get(SITE.discovery_url, json={**DOCUMENT, **changes})
        with pytest.raises(UnusableAnswer, match=words):
            oauth.discovery()


def test_nothing_secret_is_said(sign_in: SignIn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    id_token = signed()
    answer = sign_in(id_token)
    said = f"{answer} {answer.id_token!r} {sign_in.oauth!r} {sign_in.oauth.cache!r} {caplog.text}"
    for secret in (id_token, ACCESS, NONCE, CODE, "s3cret"):
        assert secret not in said
