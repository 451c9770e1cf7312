"""id_token, keys, discovery, userinfo and the implicit flow, seen by a client that knows only the standard."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import ECKey, KeySet, RSAKey

from orcid_plugin.emulator import Client, Registry, Researcher, Server, serve
from orcid_plugin.emulator.app import create_app
from orcid_plugin.emulator.hosts import HostNames
from orcid_plugin.errors import UnreadableInput
from tests.emulator.browser import REDIRECT, Browser, came_back, exchange, fault, in_fragment, post
from tests.emulator.helpers import CARBERRY, GARCIA, MEMBER, PUBLIC, SECRETS, Api, work

NOON = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[Server]:
    with serve(Registry.seeded(clock=clock)) as running:
        yield running


def get(server: Server, path: str) -> requests.Response:
    return requests.get(server.web + path, timeout=10)


def verified(server: Server, id_token: str) -> dict[str, Any]:
    """The claims, once the signature is that of a key in the JWKS."""
    keys = KeySet.import_key_set(get(server, "/oauth/jwks").json())
    token = jwt.decode(id_token, keys, algorithms=["RS256"])
    assert token.header == {"kid": keys.keys[-1].kid, "alg": "RS256"}
    return token.claims


def half_hash(access_token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).decode().rstrip("=")


def test_id_token_says_who_signed_in_when_and_for_whom(server: Server, clock: Clock) -> None:
    with Browser(server) as browser:
        browser.sign_in(browser.authorize(scope="openid /read-limited", nonce="n/1"))
        clock.now += 300
        code = came_back(browser.decide("grant", scope="openid /read-limited", nonce="n/1"))["code"][0]
    clock.now += 5
    answer = exchange(server, code).json()
    assert list(answer)[-1] == "id_token"
    claims = verified(server, answer["id_token"])
    assert claims.pop("jti")
    assert claims == {
        "iss": server.web,
        "sub": CARBERRY,
        "aud": MEMBER,
        "iat": NOON + 305,
        "exp": NOON + 305 + 24 * 3600,
        "auth_time": NOON,
        "nonce": "n/1",
        "amr": "pwd",
        "at_hash": half_hash(answer["access_token"]),
        "name": "Josiah S. Carberry",
        "given_name": "Josiah",
        "family_name": "Carberry",
    }
    assert get(server, "/.well-known/openid-configuration").json()["issuer"] == claims["iss"]


def test_the_issuer_is_the_web_whichever_host_gives_the_token(clock: Clock) -> None:
    registry = Registry.seeded(clock=clock)
    app = create_app(registry, names=HostNames.parse("orcid.test,api.orcid.test,pub.orcid.test"))
    client = app.test_client()
    keys = KeySet.import_key_set(client.get("/oauth/jwks").json)
    for host in ("orcid.test", "api.orcid.test", "pub.orcid.test"):
        code = registry.issue_code(MEMBER, CARBERRY, ["openid"], REDIRECT).value
        form = {"client_id": MEMBER, "client_secret": SECRETS[MEMBER], "code": code, "redirect_uri": REDIRECT}
        form["grant_type"] = "authorization_code"
        answer = client.post("/oauth/token", base_url=f"https://{host}:8443", data=form)
        assert (
            jwt.decode(answer.json["id_token"], keys, algorithms=["RS256"]).claims["iss"] == "https://orcid.test:8443"
        )


@pytest.mark.parametrize(
    ("person", "client", "expected"),
    [
        (Researcher(GARCIA, "Sofia", two_factor=True), MEMBER, {"amr": "mfa", "given_name": "Sofia"}),
        (Researcher(GARCIA, "Sofia", two_factor=True), PUBLIC, {"given_name": "Sofia"}),
        (Researcher(GARCIA, "Sofia", "Garcia", "S. G.", name_visibility="limited"), MEMBER, {"amr": "pwd"}),
    ],
)
def test_claims_that_depend_on_the_person_and_the_client(
    server: Server, person: Researcher, client: str, expected: dict[str, str]
) -> None:
    server.registry.add_researcher(person)
    code = server.registry.issue_code(client, GARCIA, ["openid"], "http://127.0.0.1/cb").value
    form = {"client_id": client, "client_secret": SECRETS[client], "redirect_uri": "http://127.0.0.1/cb"}
    claims = verified(server, exchange(server, code, **form).json()["id_token"])
    always = {"at_hash", "aud", "sub", "auth_time", "iss", "exp", "iat", "jti"}
    assert {name: claim for name, claim in claims.items() if name not in always} == expected
    assert claims["auth_time"] == NOON


def test_id_token_comes_only_with_a_code_for_openid(server: Server) -> None:
    issue = server.registry.issue_code
    without = exchange(
        server,
        issue(MEMBER, CARBERRY, ["/authenticate"], "http://127.0.0.1/cb").value,
        redirect_uri="http://127.0.0.1/cb",
    ).json()
    assert "id_token" not in without
    token = server.registry.issue_token(MEMBER, ["openid"], CARBERRY)
    refreshed = post(server, "/oauth/token", grant_type="refresh_token", refresh_token=token.refresh)
    assert "id_token" not in refreshed.json()


def test_discovery(server: Server) -> None:
    answer = get(server, "/.well-known/openid-configuration")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.json() == {
        "issuer": server.web,
        "authorization_endpoint": f"{server.web}/oauth/authorize",
        "token_endpoint": f"{server.web}/oauth/token",
        "userinfo_endpoint": f"{server.web}/oauth/userinfo",
        "jwks_uri": f"{server.web}/oauth/jwks",
        "scopes_supported": ["openid"],
        "response_types_supported": ["code", "id_token", "id_token token"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "grant_types_supported": ["authorization_code", "implicit", "refresh_token"],
        "claims_supported": ["family_name", "given_name", "name", "auth_time", "iss", "sub"],
        "claims_parameter_supported": False,
    }


def kids(server: Server) -> list[str]:
    return [key["kid"] for key in get(server, "/oauth/jwks").json()["keys"]]


def test_keys_are_public_alone_and_can_be_rotated(server: Server) -> None:
    [first] = get(server, "/oauth/jwks").json()["keys"]
    assert list(first) == ["kty", "e", "use", "kid", "n"]
    second = server.registry.rotate_signing_key().kid
    assert kids(server) == [first["kid"], second]
    code = server.registry.issue_code(MEMBER, CARBERRY, ["openid"], "http://127.0.0.1/cb").value
    id_token = exchange(server, code, redirect_uri="http://127.0.0.1/cb").json()["id_token"]
    assert verified(server, id_token)["sub"] == CARBERRY
    third = server.registry.rotate_signing_key(keep_old=False).kid
    assert kids(server) == [third]
    with pytest.raises(InvalidKeyIdError, match="kid"):
        verified(server, id_token)


def test_a_restart_keeps_the_keys(tmp_path: Path) -> None:
    store = tmp_path / "store.json"
    with serve(Registry.seeded(store=store)) as server:
        before = kids(server)
    with serve(Registry.seeded(store=store)) as server:
        assert kids(server) == before


def test_a_seed_can_bring_keys_and_the_last_one_signs() -> None:
    pems = [RSAKey.generate_key(2048).as_pem(private=True).decode() for _ in range(2)]
    keys = [{"kid": kid, "pem": pem} for kid, pem in zip(("first", "second"), pems, strict=True)]
    with serve(Registry({"signing_keys": keys})) as server:
        assert kids(server) == ["first", "second"]
        assert server.registry.signing_key().kid == "second"
        assert "PRIVATE" not in repr(server.registry.signing_keys)


@pytest.mark.parametrize(
    ("pem", "told"),
    [
        ("no key", "has no private RSA key in PEM form"),
        (ECKey.generate_key("P-256").as_pem(private=True).decode(), "has no private RSA key in PEM form"),
        (RSAKey.generate_key(2048).as_pem(private=True, password="x").decode(), "without a password"),
        (RSAKey.generate_key(2048).as_pem(private=False).decode(), "has a public key where a private one is needed"),
    ],
    ids=["text", "elliptic", "encrypted", "public"],
)
def test_a_key_that_cannot_sign_is_told_in_one_sentence(pem: str, told: str) -> None:
    with pytest.raises(UnreadableInput, match=r"signing_keys\[0\] .*" + told):
        Registry({"signing_keys": [{"kid": "x", "pem": pem}]})


def test_userinfo_byte_by_byte(server: Server) -> None:
    server.registry.add_researcher(Researcher(GARCIA, "Jürgen", "Record"))
    token = server.registry.issue_token(PUBLIC, ["openid"], GARCIA).access
    url = f"{server.web}/oauth/userinfo"
    expected = (
        f'{{"id":"https://orcid.org/{GARCIA}","sub":"{GARCIA}","name":null,'
        '"family_name":"Record","given_name":"Jürgen"}'
    )
    bearer = {"Authorization": f"Bearer {token}"}
    answers = [
        requests.get(url, headers=bearer, timeout=10),
        requests.post(url, data={"access_token": token}, timeout=10),
        requests.post(url, data={"access_token": "no"}, headers=bearer, timeout=10),
    ]
    for answer in answers:
        assert (answer.status_code, answer.text) == (200, expected)
        assert answer.headers["Content-Type"].startswith("application/json")


def test_userinfo_refuses_in_a_form_of_its_own(server: Server, clock: Clock) -> None:
    registry = server.registry
    tokens = {
        "other scope": registry.issue_token(MEMBER, ["/read-limited"], CARBERRY),
        "nobody's": registry.issue_token(MEMBER, ["/read-public"]),
        "expired": registry.issue_token(MEMBER, ["openid"], CARBERRY, expires=clock.now),
        "withdrawn": registry.issue_token(MEMBER, ["/authenticate"], CARBERRY),
    }
    accepted = registry.issue_token(PUBLIC, ["/authenticate"], CARBERRY).access
    registry.withdraw(CARBERRY, MEMBER)
    url = f"{server.web}/oauth/userinfo"
    for access in [*(token.access for token in tokens.values()), "unknown", ""]:
        answer = requests.post(url, data={"access_token": access}, timeout=10)
        assert answer.status_code == 403
        assert answer.text == '{"error":"access_denied","error-description":"access_token is invalid"}'
    assert requests.get(url, params={"access_token": accepted}, timeout=10).status_code == 403
    assert requests.post(url, data={"access_token": accepted}, timeout=10).status_code == 200


@pytest.mark.parametrize("response_type", ["token", "id_token token", "token id_token"])
def test_implicit_flow(server: Server, clock: Clock, response_type: str) -> None:
    asked = {"response_type": response_type, "scope": "openid /authenticate /activities/update", "nonce": "n1"}
    with Browser(server) as browser:
        answer = in_fragment(browser.granted(**asked))
    access, id_token = answer.pop("access_token"), answer.pop("id_token")
    assert answer == {
        "token_type": "bearer",
        "expires_in": "600",
        "tokenVersion": "1",
        "persistent": "false",
        "state": "s t",
    }
    claims = verified(server, id_token)
    assert (claims["nonce"], claims["at_hash"]) == ("n1", half_hash(access))
    token = server.registry.tokens[access]
    assert (token.scopes, token.refresh) == (("openid", "/authenticate"), "")
    api = Api(server, access)
    assert api("GET", "/record").status_code == 200
    assert api("POST", "/work", work()).status_code == 403
    clock.now += 601
    assert api("GET", "/record").status_code == 401


def test_implicit_flow_with_an_id_token_alone(server: Server) -> None:
    with Browser(server) as browser:
        answer = in_fragment(browser.granted(response_type="id_token", scope="openid", nonce="n1", client_id=PUBLIC))
    assert set(answer) == {"id_token", "state"}
    assert "at_hash" not in verified(server, answer["id_token"])
    assert not server.registry.tokens


def test_implicit_flow_without_openid_has_no_id_token(server: Server) -> None:
    with Browser(server) as browser:
        answer = in_fragment(browser.granted(response_type="token", scope="/authenticate", state=None))
    assert list(answer) == ["access_token", "token_type", "expires_in", "tokenVersion", "persistent"]


def test_implicit_flow_tells_faults_in_the_fragment(server: Server) -> None:
    asked = {"response_type": "token", "scope": "/authenticate"}
    none = {"response_type": "token", "scope": "openid", "prompt": "none"}
    with Browser(server) as browser:
        refused = in_fragment(browser.authorize(response_type="token", scope="/activities/update"))
        assert refused == {
            "error": "invalid_scope",
            "error_description": "Invalid scope: /activities/update",
            "state": "s t",
        }
        assert in_fragment(browser.authorize(**none))["error"] == "login_required"
        browser.sign_in(browser.authorize(**asked))
        denied = {"error": "access_denied", "error_description": "User denied access", "state": "s t"}
        assert in_fragment(browser.decide("deny", **asked)) == denied
        assert in_fragment(browser.authorize(**none))["error"] == "interaction_required"


def test_what_the_implicit_flow_gives_is_asked_for_each_time(server: Server) -> None:
    asked = {"response_type": "token", "scope": "openid"}
    with Browser(server) as browser:
        browser.granted(**asked)
        assert browser.authorize(**asked).status_code == 200
        server.registry.issue_token(MEMBER, ["openid"], CARBERRY)
        assert "access_token" in in_fragment(browser.authorize(**asked))


@pytest.mark.parametrize(
    ("asked", "error", "text"),
    [
        ({"response_type": "id_token token", "scope": "openid"}, "invalid_request", "must have nonce"),
        ({"response_type": "id_token", "scope": "openid", "nonce": ""}, "invalid_request", "must have nonce"),
        ({"response_type": "id_token", "scope": "/authenticate"}, "unsupported_response_type", "response type."),
        ({"response_type": "code id_token", "scope": "openid"}, "unsupported_response_type", "response type."),
        ({"scope": "profile email"}, "oauth_error", "Please specify the desired scopes"),
        ({"scope": "openid", "max_age": "٣"}, "oauth_error", "Invalid max_age param"),
        ({"client_id": "APP-OFF"}, "client_deactivated", "The client is deactivated"),
    ],
)
def test_faults_that_the_authorization_page_shows(server: Server, asked: dict[str, str], error: str, text: str) -> None:
    server.registry.add_client(Client("APP-OFF", "x", "Off", state="deactivated"))
    with Browser(server) as browser:
        answer = browser.authorize(**asked)
    assert answer.status_code == 400
    assert error in answer.text
    assert text in answer.text


def test_max_age_and_a_record_that_was_locked_ask_for_a_new_sign_in(server: Server, clock: Clock) -> None:
    with Browser(server) as browser:
        browser.sign_in(browser.authorize())
        clock.now += 61
        assert browser.authorize(max_age="61").status_code == 200
        assert browser.authorize(max_age="60").headers["Location"].startswith("/signin?oauth&")
        server.registry.add_researcher(Researcher(CARBERRY, "Josiah", state="locked"))
        assert browser.authorize().headers["Location"].startswith("/signin?oauth&")


def test_proof_keys_are_ignored(server: Server) -> None:
    with Browser(server) as browser:
        code = browser.code(code_challenge="x", code_challenge_method="S256")
    assert exchange(server, code, code_verifier="not that").status_code == 200


def test_token_exchange_is_enabled_for_nobody(server: Server) -> None:
    grant = "urn:ietf:params:oauth:grant-type:token-exchange"
    kind = "urn:ietf:params:oauth:token-type"
    form = {"subject_token": "x", "subject_token_type": f"{kind}:id_token"}
    missing = post(server, "/oauth/token", grant_type=grant, **form)
    assert fault(missing) == (401, "invalid_request", "requested_token_type is required")
    refused = post(server, "/oauth/token", grant_type=grant, **form, requested_token_type=f"{kind}:access_token")
    assert fault(refused) == (401, "invalid_token", f"Client does not have {grant} enabled")
