"""What the tests of the emulator have in common: a work, its XML, and the API with a token."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import requests

from orcid_plugin.emulator import Server

CARBERRY = "0000-0002-1825-0097"
GARCIA = "0000-0001-2345-6789"
TANAKA = "0000-0000-1618-0334"
"""Whose new items only trusted organisations see."""
MEMBER = "APP-EMULATORMEMBER00"
PREMIUM = "APP-EMULATORPREMIUM0"
"""A member that may send notifications and ask for webhooks."""
PUBLIC = "APP-EMULATORPUBLIC00"
SECRETS = {MEMBER: "emulator-member-secret", PUBLIC: "emulator-public-secret"}

WORK: dict[str, Any] = {
    "title": {"title": {"value": "On cracked pots"}},
    "type": "journal-article",
    "external-ids": {
        "external-id": [
            {
                "external-id-type": "doi",
                "external-id-value": "10.5555/12345678",
                "external-id-url": {"value": "https://doi.org/10.5555/12345678"},
                "external-id-relationship": "self",
            }
        ]
    },
}
WORK_XML = """<work:work xmlns:work="http://www.orcid.org/ns/work" xmlns:common="http://www.orcid.org/ns/common">
  <work:title><common:title>On cracked pots</common:title></work:title>
  <work:type>journal-article</work:type>
  <common:external-ids><common:external-id>
    <common:external-id-type>doi</common:external-id-type>
    <common:external-id-value>10.5555/12345678</common:external-id-value>
    <common:external-id-url>https://doi.org/10.5555/12345678</common:external-id-url>
    <common:external-id-relationship>self</common:external-id-relationship>
  </common:external-id></common:external-ids>
</work:work>"""


def external_id(value: str, relationship: str | None = "self", type: str = "doi") -> dict[str, Any]:
    identifier = {"external-id-type": type, "external-id-value": value}
    return identifier | ({"external-id-relationship": relationship} if relationship else {})


def work(*ids: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The work with other identifiers and other keys (underscores stand for hyphens; None removes)."""
    message = copy.deepcopy(WORK)
    if ids:
        message["external-ids"] = {"external-id": list(ids)}
    for name, content in changes.items():
        message[name.replace("_", "-")] = content
    return {name: content for name, content in message.items() if content is not None}


def without_additions(message: dict[str, Any]) -> dict[str, Any]:
    """A work without what the Registry adds to it, and without nulls."""
    added = {"put-code", "created-date", "last-modified-date", "source", "visibility", "path", "display-index"}
    kept = {name: content for name, content in message.items() if name not in added}
    for identifier in kept["external-ids"]["external-id"]:
        identifier.pop("external-id-normalized", None)
        identifier.pop("external-id-normalized-error", None)
    return without_nulls(kept)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@dataclass
class Api:
    """Requests to the member API with one token, about one record."""

    server: Server
    token: str
    orcid: str = CARBERRY

    def __call__(
        self, method: str, path: str, body: Any = None, *, type: str = "application/json", accept: str | None = None
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": accept or type}
        data = body.encode() if isinstance(body, str) else body
        json = None
        if body is not None and not isinstance(body, (str, bytes)):
            data, json = None, body
        if body is not None:
            headers["Content-Type"] = type
        return requests.request(
            method,
            f"{self.server.api}/v3.0/{self.orcid}{path}",
            data=data,
            json=json,
            headers=headers,
            timeout=10,
            allow_redirects=False,
        )

    def post(self, body: Any, **options: Any) -> int:
        """Add a work; its put-code."""
        answer = self("POST", "/work", body, **options)
        assert answer.status_code == 201, answer.text
        return int(answer.headers["Location"].rpartition("/")[2])

    def get(self, put_code: int) -> dict[str, Any]:
        answer = self("GET", f"/work/{put_code}")
        assert answer.status_code == 200, answer.text
        message: dict[str, Any] = answer.json()
        return message

    def other_client(self, client: str = "APP-ANOTHERMEMBER000") -> Api:
        """The same record as another member sees it."""
        from orcid_plugin.emulator import Client

        registry = self.server.registry
        registry.add_client(Client(client, "secret", "Another member"))
        return Api(self.server, registry.issue_token(client, ["/activities/update"], self.orcid).access, self.orcid)
