"""One call to the API: address, media types, token; what is not success becomes an exception."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from orcid_plugin.errors import RegistryFault, UnreadableInput
from orcid_plugin.registry.answers import Answer, error_of
from orcid_plugin.registry.encoding import json
from orcid_plugin.registry.exchanges import private
from orcid_plugin.registry.transport import Bearer, Transport, no_auth

T = TypeVar("T")
VERSION = "v3.0"
ORCID_JSON = "application/vnd.orcid+json"


class Caller:
    """Calls to one API at `base`, an address without a trailing slash.

    Each raises `Unreachable` without an answer, `AnswerError` for one other than success; neither holds the token, nor
    what else of the request is `private`.
    """

    def __init__(self, base: str, transport: Transport) -> None:
        self._base = base
        self._transport = transport

    def call(
        self,
        method: str,
        path: str,
        token: str | None,
        *expected: int,
        body: bytes | None = None,
        params: dict[str, str] | None = None,
        accept: str = ORCID_JSON,
    ) -> Answer:
        """The answer, whose status is one of `expected`."""
        headers = {"Accept": accept} | ({"Content-Type": ORCID_JSON} if body is not None else {})
        url = f"{self._base}/{path}"
        auth = Bearer(token) if token else no_auth
        answer = self._transport.send(method, url, headers=headers, params=params, data=body, auth=auth)
        if answer.status not in expected:
            raise error_of(answer, token or "", *private(url, (body or b"").decode()))
        return answer

    def get(
        self, path: str, token: str | None, *, params: dict[str, str] | None = None, accept: str = ORCID_JSON
    ) -> Any:
        """The JSON that a GET is answered with."""
        return parsed(self.call("GET", path, token, 200, params=params, accept=accept))

    def read(self, path: str, token: str | None, kind: type[T], *, params: dict[str, str] | None = None) -> T:
        """The value that a GET is answered with."""
        return read(self.call("GET", path, token, 200, params=params), kind)


def parsed(answer: Answer) -> Any:
    """The body of an answer as JSON."""
    try:
        return json.parse(answer.body)
    except UnreadableInput as error:
        raise RegistryFault(answer.status, None, str(error)) from None


def read(answer: Answer, kind: type[T]) -> T:
    """The body of an answer as a value."""
    return decoded(parsed(answer), kind, answer.status)


def decoded(message: Any, kind: type[T], status: int = 200) -> T:
    """A part of an answer as a value."""
    try:
        return json.decode(message, kind)
    except UnreadableInput as error:
        raise RegistryFault(status, None, str(error)) from None


def put_code(answer: Answer) -> int | None:
    """The put-code at the end of `Location`; None where there is none."""
    segment = answer.headers.get("Location", "").partition("?")[0].rstrip("/").rpartition("/")[2]
    return int(segment) if re.fullmatch(r"[1-9][0-9]{0,17}", segment, re.ASCII) else None
