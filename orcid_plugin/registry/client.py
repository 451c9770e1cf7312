"""ORCID's member API 3.0 as typed calls: the works of a record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import requests

from orcid_plugin.errors import AnswerError, OAuthError, UnreadableInput
from orcid_plugin.registry.answers import error_of
from orcid_plugin.registry.encoding import json as encoding
from orcid_plugin.registry.environment import Environment
from orcid_plugin.registry.messages.work import Work
from orcid_plugin.registry.transport import Answer, Transport

VERSION = "v3.0"
ORCID_JSON = "application/vnd.orcid+json"


class Bearer(requests.auth.AuthBase):
    """A token as requests wants it: `repr` hides it, and no .netrc replaces it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Client:
    """Calls to one Registry.

    Each raises `Unreachable` without an answer, `AnswerError` for one other than success; neither holds the token.
    """

    def __init__(self, environment: Environment, transport: Transport) -> None:
        self._environment = environment
        self._transport = transport

    def works(self, orcid: str, token: str) -> list[Work]:
        """Summaries of all works on a record, each with put-code, source and external identifiers."""
        answer = self._call("GET", f"{orcid}/works", token, expected=200)
        groups = _items(_object(answer), "group")
        return [work for group in groups for work in _summaries(group)]

    def work(self, orcid: str, token: str, put_code: int) -> Work:
        """One work as the record has it."""
        return _work(self._call("GET", f"{orcid}/work/{put_code}", token, expected=200))

    def create_work(self, orcid: str, token: str, work: Work) -> int | None:
        """Add a work; returns its put-code, or None where the answer does not tell it although the work is stored."""
        answer = self._call("POST", f"{orcid}/work", token, expected=201, work=work)
        segment = answer.headers.get("Location", "").partition("?")[0].rstrip("/").rpartition("/")[2]
        return int(segment) if re.fullmatch(r"[1-9][0-9]{0,17}", segment, re.ASCII) else None

    def update_work(self, orcid: str, token: str, work: Work) -> Work:
        """Replace the work with the put-code in `work`; returns what the Registry says it stores now."""
        return _work(self._call("PUT", f"{orcid}/work/{work.put_code}", token, expected=200, work=work))

    def delete_work(self, orcid: str, token: str, put_code: int) -> None:
        """Delete a work of our own."""
        self._call("DELETE", f"{orcid}/work/{put_code}", token, expected=204)

    def check_credentials(self, client_id: str, client_secret: str) -> None:
        """Ask for a token of the client's own (`/read-public`), to learn whether ORCID knows the credentials.

        Raises `OAuthError` where it does not, `AnswerError` for an answer that says neither yes nor no, `Unreachable`
        without one.
        """
        answer = self._transport.send(
            "POST",
            self._environment.token_url,
            data={
                "grant_type": "client_credentials",
                "scope": "/read-public",
                "client_id": client_id,
                "client_secret": client_secret,
            },
            headers={"Accept": "application/json"},
            auth=_no_auth,
        )
        if answer.status in {400, 401, 403}:
            error = error_of(answer, client_secret)
            raise OAuthError("credentials_refused", error.developer_message, answer.status)
        if answer.status != 200:
            raise error_of(answer, client_secret)
        body = _object(answer)
        if not isinstance(body, dict) or "access_token" not in body:
            raise AnswerError(answer.status, None, "the answer is no token")

    def _call(self, method: str, path: str, token: str, *, expected: int, work: Work | None = None) -> Answer:
        headers = {"Accept": ORCID_JSON}
        if work is not None:
            headers["Content-Type"] = ORCID_JSON
        answer = self._transport.send(
            method,
            f"{self._environment.api}/{VERSION}/{path}",
            headers=headers,
            data=encoding.dumps(work) if work else None,
            auth=Bearer(token),
        )
        if answer.status != expected:
            raise error_of(answer, token)
        return answer


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _work(answer: Answer) -> Work:
    try:
        return encoding.loads(answer.body)
    except UnreadableInput as error:
        raise AnswerError(answer.status, None, str(error)) from None


def _object(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise AnswerError(answer.status, None, "the answer is not JSON") from None


def _items(node: Any, key: str) -> list[Any]:
    items = node.get(key) if isinstance(node, dict) else None
    return items if isinstance(items, list) else []


def _summaries(group: Any) -> Iterator[Work]:
    for summary in _items(group, "work-summary"):
        try:
            yield encoding.decode(summary)
        except UnreadableInput:  # what has no title or type is none of ours
            continue
