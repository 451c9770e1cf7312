from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import requests

from orcid_plugin.emulator import Client, Registry, Researcher, Server, serve
from orcid_plugin.emulator.authorization import matches
from tests.emulator.browser import HELD_BACK, REDIRECT, SCOPES, Browser, asking, came_back, exchange, fault, post
from tests.emulator.helpers import CARBERRY, GARCIA, MEMBER, PUBLIC, SECRETS, TANAKA, Api, work


def test_sign_in_grant_exchange(orcid_registry: Server) -> None:
    with Browser(orcid_registry) as browser:
        sent = browser.authorize()
        assert sent.headers["Location"].startswith("/signin?oauth&client_id=")
        back = browser.sign_in(sent)
        page = browser.session.get(orcid_registry.web + back.headers["Location"], timeout=10)
        assert "Journal under test" in page.text
        assert "Add your works" in page.text
        query = came_back(browser.decide("grant"))
    assert query["state"] == ["s t"]
    code = query["code"][0]
    assert len(code) == 6
    assert code.isalnum()
    answer = exchange(orcid_registry, code)
    token = answer.json()
    assert list(token) == ["access_token", "token_type", "refresh_token", "expires_in", "scope", "name", "orcid"]
    assert {**token, "access_token": "", "refresh_token": ""} == {
        "access_token": "",
        "refresh_token": "",
        "token_type": "bearer",
        "expires_in": 631138518,
        "scope": SCOPES,
        "name": "Josiah S. Carberry",
        "orcid": CARBERRY,
    }
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    assert Api(orcid_registry, token["access_token"])("POST", "/work", work()).status_code == 201


def test_denial(orcid_registry: Server) -> None:
    with Browser(orcid_registry) as browser:
        browser.sign_in(browser.authorize())
        answer = browser.decide("deny")
    assert (
        answer.headers["Location"]
        == f"{REDIRECT}?error=access_denied&error_description=User%20denied%20access&state=s%20t"
    )


def test_the_same_scopes_are_granted_silently(orcid_registry: Server) -> None:
    with Browser(orcid_registry) as browser:
        exchange(orcid_registry, browser.code())
        assert "code" in came_back(browser.authorize(scope="/activities/update /read-limited"))
        assert browser.authorize(scope="/read-limited").status_code == 200
        orcid_registry.registry.withdraw(CARBERRY, MEMBER)
        assert browser.authorize().status_code == 200


def test_prompt_counts_only_with_openid(orcid_registry: Server) -> None:
    with Browser(orcid_registry) as browser:
        assert came_back(browser.authorize(scope="openid", prompt="none"))["error"] == ["login_required"]
        assert browser.authorize(prompt="none").headers["Location"].startswith("/signin")
        browser.sign_in(browser.authorize(scope="openid"))
        assert came_back(browser.authorize(scope="openid", prompt="none"))["error"] == ["interaction_required"]
        exchange(orcid_registry, came_back(browser.decide("grant", scope="openid"))["code"][0])
        assert "code" in came_back(browser.authorize(scope="openid email", prompt="none"))
        assert browser.authorize(scope="openid", prompt="confirm").status_code == 200
        sent = browser.authorize(scope="openid", prompt="login")
        assert "code" in came_back(
            browser.session.get(orcid_registry.web + browser.sign_in(sent).headers["Location"], **HELD_BACK)
        )


PAGE_FAULTS = [
    ({"client_id": None}, "oauth_error", "Please specify a client id"),
    ({"response_type": None}, "oauth_error", "Please specify a response type"),
    ({"scope": None}, "oauth_error", "Please specify the desired scopes"),
    ({"redirect_uri": None}, "oauth_error", "Please specify a redirect URL"),
    ({"client_id": "APP-UNKNOWN"}, "invalid_client", "invalid client_id"),
    ({"client_id": "APP-LOCKED"}, "client_locked", "The client is locked"),
    ({"redirect_uri": "https://evil.example/"}, "invalid_grant", "Redirect URI doesn&#39;t match"),
    ({"response_type": "code token"}, "unsupported_response_type", "Unsupported response type."),
    ({"max_age": "soon"}, "oauth_error", "Invalid max_age param"),
]


@pytest.mark.parametrize(("change", "error", "text"), PAGE_FAULTS)
def test_faults_that_are_shown_and_never_redirected(
    orcid_registry: Server, change: dict[str, Any], error: str, text: str
) -> None:
    orcid_registry.registry.add_client(Client("APP-LOCKED", "x", "Locked", state="locked"))
    with Browser(orcid_registry) as browser:
        answer = browser.authorize(**change)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)
    assert error in answer.text
    assert text in answer.text


@pytest.mark.parametrize(
    ("client", "scope", "named"),
    [
        (PUBLIC, "/activities/update", "/activities/update"),
        (MEMBER, "/webhook", "/webhook"),
        (MEMBER, "/orcid-profile/create", "/orcid-profile/create"),
        (PUBLIC, "/orcid-works/create", "/orcid-works/create"),
        (MEMBER, "/read-limited /nonsense", "/nonsense"),
    ],
)
def test_scopes_that_a_client_may_not_ask_for(orcid_registry: Server, client: str, scope: str, named: str) -> None:
    with Browser(orcid_registry) as browser:
        query = came_back(browser.authorize(client_id=client, scope=scope))
    assert query == {"error": ["invalid_scope"], "error_description": [f"Invalid scope: {named}"], "state": ["s t"]}


@pytest.mark.parametrize(
    ("scope", "reads_limited", "adds_works", "adds_keywords"),
    [
        ("/orcid-profile/read-limited", True, False, False),
        ("/orcid-works/read-limited", True, False, False),
        ("/activities/read-limited", True, False, False),
        ("/orcid-works/create", False, True, False),
        ("/affiliations/update", False, True, False),
        ("/peer-review/create", False, True, False),
        ("/orcid-bio/update", False, False, True),
        ("/orcid-bio/external-identifiers/create", False, False, True),
    ],
)
def test_scopes_of_earlier_versions_count_as_those_of_today(
    orcid_registry: Server, scope: str, reads_limited: bool, adds_works: bool, adds_keywords: bool
) -> None:
    registry = orcid_registry.registry
    member = Api(orcid_registry, registry.issue_token(MEMBER, ["/activities/update"], TANAKA).access, TANAKA)
    hidden = member.post(work())
    registry.add_client(Client("APP-OTHER", "x", "Other", redirect_uris=("http://127.0.0.1",)))
    with Browser(orcid_registry) as browser:
        code = came_back(browser.granted(TANAKA, scope=scope, client_id="APP-OTHER"))["code"][0]
    token = exchange(orcid_registry, code, client_id="APP-OTHER", client_secret="x").json()
    assert token["scope"] == scope
    api = Api(orcid_registry, token["access_token"], TANAKA)
    assert (api("GET", f"/work/{hidden}").status_code == 200) is reads_limited
    assert (api("POST", "/work", work()).status_code == 201) is adds_works
    assert (api("POST", "/keywords", {"content": "pots"}).status_code == 201) is adds_keywords


@pytest.mark.parametrize(
    ("asked", "registered", "same"),
    [
        ("https://journal.example/cb/x?y=1", "https://journal.example/cb", True),
        ("https://journal.example/other", "https://journal.example/cb", False),
        ("http://journal.example/cb", "https://journal.example/cb", False),
        ("https://sub.journal.example/cb", "https://journal.example/cb", False),
        ("https://journal.example:8443/cb", "https://journal.example/cb", False),
        ("https://someone@journal.example/cb", "https://journal.example/cb", False),
        ("https://journal.example.evil.example/", "https://journal.example", False),
        ("https://journal.example/cb/../evil", "https://journal.example/cb", False),
        ("https://journal.example\\@evil.example/", "https://journal.example", False),
        ("http://127.0.0.1:41234/cb", "http://127.0.0.1", True),
        ("http://localhost:1/", "http://127.0.0.1", False),
        ("http://[broken", "http://127.0.0.1", False),
    ],
)
def test_redirect_uris(asked: str, registered: str, same: bool) -> None:
    assert matches(asked, registered) is same


def test_a_code_used_twice_disables_its_tokens(orcid_registry: Server) -> None:
    with Browser(orcid_registry) as browser:
        code = browser.code()
    access = exchange(orcid_registry, code).json()["access_token"]
    api = Api(orcid_registry, access)
    assert api("GET", "/record").status_code == 200
    assert fault(exchange(orcid_registry, code)) == (400, "invalid_grant", f"Reused authorization code: {code}")
    assert api("GET", "/record").status_code == 401


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"grant_type": None}, (400, "unsupported_grant_type", "grant_type is missing")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", "Unsupported grant type: password")),
        ({"client_id": None}, (401, "invalid_request", "client_id is required")),
        ({"client_secret": None}, (401, "invalid_request", "client_secret is required")),
        ({"client_secret": "wrong"}, (401, "invalid_client", "Bad client credentials")),
        ({"client_id": "APP-UNKNOWN"}, (401, "invalid_client", "Bad client credentials")),
        ({"code": None}, (401, "invalid_request", "code is required")),
        ({"code": "zzzzzz"}, (400, "invalid_grant", "Invalid authorization code: zzzzzz")),
        ({"redirect_uri": REDIRECT + "/"}, (400, "invalid_grant", "Redirect URI mismatch.")),
        ({"redirect_uri": None}, (400, "invalid_grant", "Redirect URI mismatch.")),
        (
            {"client_id": PUBLIC, "client_secret": SECRETS[PUBLIC]},
            (401, "invalid_client", "Client ID mismatch"),
        ),
    ],
)
def test_faults_of_the_exchange_leave_the_code_usable(
    orcid_registry: Server, change: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    code = orcid_registry.registry.issue_code(MEMBER, CARBERRY, SCOPES.split(), REDIRECT).value
    assert fault(exchange(orcid_registry, code, **change)) == expected
    assert exchange(orcid_registry, code).status_code == 200


def test_a_code_used_twice_disables_what_was_refreshed_and_taken_back_too(orcid_registry: Server) -> None:
    registry = orcid_registry.registry
    code = registry.issue_code(MEMBER, CARBERRY, SCOPES.split(), REDIRECT).value
    token = exchange(orcid_registry, code).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    api = Api(orcid_registry, post(orcid_registry, "/oauth/token", **refresh).json()["access_token"])
    put_code = api.post(work())
    registry.withdraw(CARBERRY, MEMBER)
    exchange(orcid_registry, code)
    assert api("DELETE", f"/work/{put_code}").status_code == 401


def test_code_expires_after_a_day() -> None:
    now = [1_800_000_000.0]
    with serve(Registry.seeded(clock=lambda: now[0])) as server:
        codes = [server.registry.issue_code(MEMBER, CARBERRY, SCOPES.split(), REDIRECT).value for _ in range(2)]
        now[0] += 24 * 3600 - 1
        assert exchange(server, codes[0]).status_code == 200
        now[0] += 2
        assert fault(exchange(server, codes[1])) == (400, "invalid_request", "Authorization code has expired")


def test_client_without_persistent_tokens_keeps_them_for_an_hour_and_is_asked_for_again() -> None:
    now = [1_800_000_000.0]
    with serve(Registry.seeded(clock=lambda: now[0])) as server:
        client = server.registry.clients[MEMBER]
        server.registry.add_client(replace(client, persistent_tokens=False))
        with Browser(server) as browser:
            page = browser.sign_in(browser.authorize())
            assert "lasts for an hour" in browser.session.get(server.web + page.headers["Location"], timeout=10).text
            token = exchange(server, came_back(browser.decide("grant"))["code"][0]).json()
            assert token["expires_in"] == 3600
            assert browser.authorize().status_code == 200
        now[0] += 600
        refresh = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
        child = post(server, "/oauth/token", **refresh).json()
        assert child["expires_in"] == 3000
        now[0] += 3000
        assert Api(server, child["access_token"])("GET", "/record").status_code == 401
        late = post(server, "/oauth/token", grant_type="refresh_token", refresh_token=child["refresh_token"])
        assert fault(late) == (400, "invalid_grant", "Access token expired")


@pytest.mark.parametrize("state", ["locked", "deactivated", "deprecated"])
def test_no_token_for_a_record_that_cannot_be_used(orcid_registry: Server, state: str) -> None:
    registry = orcid_registry.registry
    code = registry.issue_code(MEMBER, CARBERRY, SCOPES.split(), REDIRECT).value
    token = registry.issue_token(MEMBER, SCOPES.split(), CARBERRY)
    registry.add_researcher(Researcher(CARBERRY, "Josiah", state=state, primary=GARCIA))
    refused = (400, "unauthorized_client", f"The record is {state}")
    assert fault(exchange(orcid_registry, code)) == refused
    refresh = {"grant_type": "refresh_token", "refresh_token": token.refresh}
    assert fault(post(orcid_registry, "/oauth/token", **refresh)) == refused


def test_token_endpoint_reads_forms_alone(orcid_registry: Server) -> None:
    form = {"client_id": MEMBER, "client_secret": SECRETS[MEMBER], "grant_type": "client_credentials"}
    answer = requests.post(f"{orcid_registry.web}/oauth/token", json={**form, "scope": "/read-public"}, timeout=10)
    assert fault(answer)[:2] == (415, "invalid_request")


def test_basic_authentication_and_name_that_is_not_public(orcid_registry: Server) -> None:
    registry = orcid_registry.registry
    registry.add_researcher(Researcher(GARCIA, "Sofia", "Garcia", name_visibility="limited"))
    code = registry.issue_code(MEMBER, GARCIA, ["/authenticate"], REDIRECT).value
    answer = requests.post(
        f"{orcid_registry.public_api}/oauth/token",
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT},
        auth=(MEMBER, SECRETS[MEMBER]),
        timeout=10,
    )
    assert (answer.status_code, answer.json()["name"], answer.json()["orcid"]) == (200, None, GARCIA)


def test_get_is_no_way_to_a_token(orcid_registry: Server) -> None:
    for base in (orcid_registry.web, orcid_registry.public_api):
        assert requests.get(f"{base}/oauth/token", timeout=10).status_code == 405


def test_refresh(orcid_registry: Server) -> None:
    parent = orcid_registry.registry.issue_token(MEMBER, SCOPES.split(), CARBERRY)
    refresh = {"grant_type": "refresh_token", "refresh_token": parent.refresh}
    wider = post(orcid_registry, "/oauth/token", **refresh, scope="/person/update")
    assert fault(wider) == (
        400,
        "invalid_scope",
        "The given scope '/person/update' is not allowed for the parent token",
    )
    child = post(orcid_registry, "/oauth/token", **refresh, scope="/read-limited").json()
    assert (child["scope"], child["orcid"]) == ("/read-limited", CARBERRY)
    assert Api(orcid_registry, child["access_token"])("GET", "/record").status_code == 200
    assert Api(orcid_registry, parent.access)("GET", "/record").status_code == 401
    assert fault(post(orcid_registry, "/oauth/token", **refresh)) == (400, "invalid_grant", "Parent token is disabled")
    unknown = post(orcid_registry, "/oauth/token", grant_type="refresh_token", refresh_token="?")
    assert fault(unknown) == (400, "invalid_grant", "Unable to find refresh token")


@pytest.mark.parametrize(
    ("scope", "status", "text"),
    [
        ("/read-limited", 400, "Invalid scope: /read-limited"),
        ("/activities/update", 400, "Invalid scope: /activities/update"),
        ("/orcid-profile/create", 400, "Invalid scope: /orcid-profile/create"),
        ("/orcid-works/create", 400, "Invalid scope: /orcid-works/create"),
        ("profile", 401, "One of the provided scopes is not allowed"),
        ("/web-hook", 401, "One of the provided scopes is not allowed"),
        ("/webhook", 401, "One of the provided scopes is not allowed"),
    ],
)
def test_client_credentials_refused(orcid_registry: Server, scope: str, status: int, text: str) -> None:
    answer = post(orcid_registry, "/oauth/token", grant_type="client_credentials", scope=scope)
    assert (answer.status_code, answer.json()["error"]) == (status, "invalid_scope")
    assert answer.json()["error_description"].startswith(text)


def test_client_credentials(orcid_registry: Server) -> None:
    answer = post(orcid_registry, "/oauth/token", grant_type="client_credentials", scope="/read-public").json()
    assert (answer["scope"], answer["orcid"], "name" in answer) == ("/read-public", None, False)
    assert Api(orcid_registry, answer["access_token"])("GET", "/record").status_code == 200


def test_revoke(orcid_registry: Server) -> None:
    registry = orcid_registry.registry
    first, second = (registry.issue_token(MEMBER, SCOPES.split(), CARBERRY) for _ in range(2))
    foreign = registry.issue_token(PUBLIC, ["/authenticate"], CARBERRY)
    for token in (first.access, second.refresh, foreign.access, "unknown"):
        answer = post(orcid_registry, "/oauth/revoke", token=token)
        assert (answer.status_code, answer.content) == (200, b"")
    assert [registry.is_active(registry.tokens[t.access]) for t in (first, second, foreign)] == [False, False, True]
    assert post(orcid_registry, "/oauth/revoke").status_code == 400
    assert fault(post(orcid_registry, "/oauth/revoke", client_secret="x", token="x"))[0] == 401


def test_sign_in_asks_for_a_password_where_one_is_set(orcid_registry: Server) -> None:
    orcid_registry.registry.add_researcher(Researcher(GARCIA, "Sofia", "Garcia", password="correct horse"))
    orcid_registry.registry.add_researcher(Researcher(CARBERRY, "Josiah", state="locked"))
    with Browser(orcid_registry) as browser:
        sent = browser.authorize()
        assert browser.sign_in(sent, GARCIA, "battery").status_code == 401
        assert browser.sign_in(sent, CARBERRY).status_code == 403
        assert browser.sign_in(sent, "0000").status_code == 401
        assert browser.authorize().headers["Location"].startswith("/signin")
        assert browser.sign_in(sent, GARCIA, "correct horse").status_code == 302
        assert browser.authorize().status_code == 200


def test_nobody_decides_without_being_signed_in(orcid_registry: Server) -> None:
    answer = requests.post(
        f"{orcid_registry.web}/oauth/authorize", params=asking(), data={"decision": "grant"}, **HELD_BACK
    )
    assert answer.headers["Location"].startswith("/signin")


def test_the_journal_holds_no_secret(orcid_registry: Server) -> None:
    with Browser(orcid_registry) as browser:
        code = browser.code()
    token = exchange(orcid_registry, code).json()
    Api(orcid_registry, token["access_token"])("POST", "/work", work())
    entries = orcid_registry.registry.journal.entries()
    assert [(e.method, e.status, e.client) for e in entries[-2:]] == [("POST", 200, MEMBER), ("POST", 201, MEMBER)]
    for secret in (code, token["access_token"], token["refresh_token"], SECRETS[MEMBER]):
        assert secret not in repr(entries)
    assert token["access_token"] not in repr(list(orcid_registry.registry.tokens.values()))
