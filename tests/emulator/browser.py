"""A person with a browser, and a client at the token endpoint."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import requests

from orcid_plugin.emulator import Server
from tests.emulator.helpers import CARBERRY, MEMBER, SECRETS

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

    def decide(self, decision: str, **query: str | None) -> requests.Response:
        url = f"{self.server.web}/oauth/authorize"
        return self.session.post(url, params=asking(**query), data={"decision": decision}, **HELD_BACK)

    def granted(self, orcid: str = CARBERRY, **query: str | None) -> requests.Response:
        """The redirect to the client, after signing in and granting."""
        self.sign_in(self.authorize(**query), orcid)
        return self.decide("grant", **query)

    def code(self, **query: str | None) -> str:
        return came_back(self.granted(**query))["code"][0]


def asking(**changes: str | None) -> dict[str, str]:
    query = {"client_id": MEMBER, "response_type": "code", "scope": SCOPES, "redirect_uri": REDIRECT, "state": "s t"}
    return {name: text for name, text in {**query, **changes}.items() if text is not None}


def came_back(answer: requests.Response) -> dict[str, list[str]]:
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(REDIRECT)
    return parse_qs(urlsplit(answer.headers["Location"]).query, strict_parsing=True)


def in_fragment(answer: requests.Response) -> dict[str, str]:
    """What came back behind the `#`, and nothing before it."""
    assert answer.status_code == 302, answer.text
    target, _, fragment = answer.headers["Location"].partition("#")
    assert target == REDIRECT
    return dict(parse_qsl(fragment, strict_parsing=True))


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


def post(server: Server, path: str, **form: str) -> requests.Response:
    data = {"client_id": MEMBER, "client_secret": SECRETS[MEMBER], **form}
    return requests.post(server.web + path, data=data, timeout=10)


def fault(answer: requests.Response) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["error"], answer.json()["error_description"]
