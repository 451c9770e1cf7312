from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree

from orcid_plugin.emulator import Client, Server
from tests.emulator.helpers import MEMBER, PUBLIC, Api
from tests.emulator.test_activities import add, body

GROUP = {"name": "Pots", "group-id": "publons:pots", "description": "About pots", "type": "peer-review service"}


class Groups:
    """Requests about group-id records with one token."""

    def __init__(self, server: Server, client: str = MEMBER, scope: str = "/group-id-record/update") -> None:
        self.url = f"{server.api}/v3.0/group-id-record"
        self.token = server.registry.issue_token(client, [scope]).access

    def __call__(self, method: str, path: str = "", message: Any = None, **options: Any) -> requests.Response:
        accept = options.pop("accept", "application/json")
        headers = {"Authorization": f"Bearer {self.token}", "Accept": accept, **options.pop("headers", {})}
        return requests.request(
            method, self.url + path, json=message, headers=headers, timeout=10, allow_redirects=False, **options
        )

    def add(self, message: Any) -> str:
        answer = self("POST", "", message)
        assert (answer.status_code, answer.content) == (201, b""), answer.text
        assert answer.headers["Location"].startswith(f"{self.url}/")
        return answer.headers["Location"].removeprefix(self.url)


@pytest.fixture
def groups(orcid_registry: Server) -> Groups:
    return Groups(orcid_registry)


def code(answer: requests.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error-code"]


def test_life_of_a_group(groups: Groups, assert_valid: Callable[[bytes], etree._Element]) -> None:
    path = groups.add(GROUP)
    stored = groups("GET", path).json()
    assert stored == {**GROUP, "source": stored["source"], "put-code": int(path[1:])}
    assert stored["source"]["source-client-id"]["path"] == MEMBER
    root = assert_valid(groups("GET", path, accept="application/xml").content)
    assert root.get("put-code") == path[1:]
    assert code(groups("POST", "", GROUP)) == (409, 9025)
    changed = groups("PUT", path, {**stored, "name": "Mended\u200b pots\t"})
    assert (changed.status_code, changed.json()["name"]) == (200, "Mended pots")
    assert groups("DELETE", path).status_code == 204
    assert code(groups("GET", path)) == (400, 9026)


def test_xml_goes_back_as_it_came(groups: Groups) -> None:
    path = groups.add(GROUP)
    document = groups("GET", path, accept="application/xml").content
    headers = {"Content-Type": "application/xml"}
    answer = groups("PUT", path, data=document.replace(b"About", b"On"), headers=headers)
    assert (answer.status_code, answer.json()["description"]) == (200, "On pots")


@pytest.mark.parametrize(
    ("changes", "expected", "says"),
    [
        ({"put-code": 1}, (400, 9024), ""),
        ({"group-id": "doi:pots"}, (400, 9020), "Invalid group-id: 'doi:pots'"),
        ({"group-id": "issn:12345"}, (400, 9053), ""),
        ({"type": "blog"}, (400, 9051), "blog"),
        ({"name": ""}, (400, 9047), "name"),
        ({"description": None}, (400, 9047), "description"),
    ],
)
def test_rules(groups: Groups, changes: dict[str, Any], expected: tuple[int, int], says: str) -> None:
    answer = groups("POST", "", {**GROUP, **changes})
    assert code(answer) == expected
    assert says in answer.json()["developer-message"]
    assert groups("GET").json()["total"] == 0


def test_a_new_issn_is_refused_although_its_record_is_made(groups: Groups) -> None:
    answer = groups("POST", "", {**GROUP, "group-id": "issn:12345679"})
    assert code(answer) == (409, 9025)
    made = groups("GET", params={"group-id": "issn:1234-5679"}).json()
    assert made["group-id"] == "issn:1234-5679"
    assert made["source"]["source-name"] == {"value": "ORCID"}
    assert made["source"]["source-client-id"] is None
    answer = groups("PUT", f"/{made['put-code']}", {**GROUP, "put-code": made["put-code"]})
    assert code(answer) == (403, 9010)


def test_finding(groups: Groups, assert_valid: Callable[[bytes], etree._Element]) -> None:
    path = groups.add(GROUP)
    groups.add({**GROUP, "group-id": "publons:Pots", "name": "Other"})
    assert groups("GET", params={"group-id": "publons:pots", "name": "Other"}).json()["name"] == "Pots"
    assert groups("GET", params={"name": "Other"}).json()["group-id"] == "publons:Pots"
    assert set(groups("GET", params={"name": "other"}).json().values()) == {None}
    assert groups("GET", params={"group-id": "issn:1234-567x"}).json()["type"] == "journal"
    assert code(groups("GET", params={"group-id": "issn:x"})) == (400, 9053)
    page = groups("GET", params={"page": "2", "page-size": "2"}).json()
    assert {name: page[name] for name in ("total", "page", "page-size")} == {"total": 1, "page": 2, "page-size": 2}
    assert groups("GET").json()["group-id-record"][0]["put-code"] == int(path[1:])
    assert_valid(groups("GET", accept="application/xml").content)
    assert code(groups("GET", params={"page": "0"})) == (400, 9006)


def test_only_the_source_writes_and_used_groups_stay(orcid_registry: Server, groups: Groups, api: Api) -> None:
    path = groups.add(GROUP)
    orcid_registry.registry.add_client(Client("APP-ANOTHERMEMBER000", "secret", "Another member"))
    other = Groups(orcid_registry, "APP-ANOTHERMEMBER000")
    assert code(other("PUT", path, {**GROUP, "put-code": int(path[1:])})) == (403, 9010)
    assert code(other("DELETE", path)) == (403, 9010)
    add(api, "peer-review", body("peer-review", review_group_id="publons:pots"))
    assert code(groups("DELETE", path)) == (409, 9040)


def test_scopes(orcid_registry: Server) -> None:
    reader = Groups(orcid_registry, scope="/group-id-record/read")
    assert reader("GET").status_code == 200
    assert code(reader("POST", "", GROUP)) == (403, 9038)
    assert code(Groups(orcid_registry, scope="/read-public")("GET")) == (403, 9038)
    assert code(Groups(orcid_registry, PUBLIC, "/group-id-record/read")("GET")) == (401, 9017)


def test_sample(groups: Groups, shared: Path) -> None:
    path = "schemas/orcid/samples/write_samples/peer-review-group-id.json"
    sample = json.loads((shared / path).read_text("utf-8"))
    stored = groups("GET", groups.add(sample)).json()
    assert {name: stored[name] for name in sample} == sample


def test_the_sample_in_xml_has_an_issn_that_is_none(groups: Groups, shared: Path) -> None:
    sample = (shared / "schemas/orcid/samples/group-id-3.0/group-id-3.0.xml").read_bytes()
    assert b"issn:xxxxxxxx" in sample
    headers = {"Content-Type": "application/xml"}
    assert code(groups("POST", "", data=sample, headers=headers)) == (400, 9053)
    other = sample.replace(b"issn:xxxxxxxx", b"publons:xxxxxxxx")
    assert groups("POST", "", data=other, headers=headers).status_code == 201
