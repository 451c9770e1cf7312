from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from orcid_plugin.emulator import Client, Registry, Researcher, Server, serve
from orcid_plugin.emulator.authorization import matches
from tests.emulator.helpers import CARBERRY, GARCIA, MEMBER, PUBLIC, SECRETS, Api, work

REDIRECT = "http://127.0.0.1:5000/orcid/callback"
SCOPES = "/read-limited /activities/update"
HELD_BACK: dict[str, Any] = {"timeout": 10, "allow_redirects": False}


class Browser:
    """A person with a browser at the emulator."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.session = requests.Session()

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def authorize(self, **query: str | None) -> requests.Response:
        return self.session.get(f"{self.server.web}/oauth/authorize", params=asking(**query), **HELD_BACK)

    def sign_in(self, page: requests.Response, orcid: str = CARBERRY, password: str = "") -> requests.Response:
        """From the answer that sends to the sign-in page, back to the authorization page."""
        url = self.server.web + page.headers["Location"]
        assert self.session.get(url, **HELD_BACK).status_code == 200
        return self.session.post(url, data={"orcid": orcid, "password": password}, **HELD_BACK)

    def decide(self, decision: str, **query: str | None) -> dict[str, list[str]]:
        url = f"{self.server.web}/oauth/authorize"
        answer = self.session.post(url, params=asking(**query), data={"decision": decision}, **HELD_BACK)
        return came_back(answer)

    def code(self, **query: str | None) -> str:
        """A code, after signing in and granting."""
        self.sign_in(self.authorize(**query))
        return self.decide("grant", **query)["code"][0]


def asking(**changes: str | None) -> dict[str, str]:
    query = {"client_id": MEMBER, "response_type": "code", "scope": SCOPES, "redirect_uri": REDIRECT, "state": "s t"}
    return {name: text for name, text in {**query, **changes}.items() if text is not None}


def came_back(answer: requests.Response) -> dict[str, list[str]]:
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(REDIRECT)
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def exchange(server: Server, code: str, /, **changes: str | None) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": MEMBER,
        "client_secret": SECRETS[MEMBER],
        "code": code,
        "redirect_uri": REDIRECT,
    }
    data = {name: text for name, text in {**form, **changes}.items() if text is not None}
    return requests.post(f"{server.web}/oauth/token", data=data, timeout=10)


def fault(answer: requests.Response) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["error"], answer.json()["error_description"]


def test_sign_in_grant_exchange(orcid_registry: Server) -> None:
    with Browser(orcid_registry) as browser:
        sent = browser.authorize()
        assert sent.headers["Location"].startswith("/signin?oauth&client_id=")
        back = browser.sign_in(sent)
        page = browser.session.get(orcid_registry.web + back.headers["Location"], timeout=10)
        assert "Journal under test" in page.text
        assert "Add your works" in page.text
        query = browser.decide("grant")
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
        answer = browser.session.post(
            f"{orcid_registry.web}/oauth/authorize", params=asking(), data={"decision": "deny"}, **HELD_BACK
        )
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
        exchange(orcid_registry, browser.decide("grant", scope="openid")["code"][0])
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
    ({"response_type": "token"}, "unsupported_response_type", "Unsupported response type."),
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
        (MEMBER, "/read-limited /nonsense", "/nonsense"),
    ],
)
def test_scopes_that_a_client_may_not_ask_for(orcid_registry: Server, client: str, scope: str, named: str) -> None:
    with Browser(orcid_registry) as browser:
        query = came_back(browser.authorize(client_id=client, scope=scope))
    assert query == {"error": ["invalid_scope"], "error_description": [f"Invalid scope: {named}"], "state": ["s t"]}


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


def test_code_expires_after_a_day() -> None:
    now = [1_800_000_000.0]
    with serve(Registry.seeded(clock=lambda: now[0])) as server:
        codes = [server.registry.issue_code(MEMBER, CARBERRY, SCOPES.split(), REDIRECT).value for _ in range(2)]
        now[0] += 24 * 3600 - 1
        assert exchange(server, codes[0]).status_code == 200
        now[0] += 2
        assert fault(exchange(server, codes[1])) == (400, "invalid_request", "Authorization code has expired")


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
    assert requests.get(f"{orcid_registry.web}/oauth/token", timeout=10).status_code == 405


def post(server: Server, path: str, **form: str) -> requests.Response:
    data = {"client_id": MEMBER, "client_secret": SECRETS[MEMBER], **form}
    return requests.post(server.web + path, data=data, timeout=10)


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
