"""Client and emulator, written apart, agree on everything: each of ORCID's samples is sent, and comes back the same."""

from __future__ import annotations

import json as plain_json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree

from orcid_plugin.emulator import Server
from orcid_plugin.emulator.values import Organization as KnownOrganization
from orcid_plugin.errors import InvalidMessage
from orcid_plugin.registry.client import Client
from orcid_plugin.registry.encoding import json, xml
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.notification import PermissionNotification
from orcid_plugin.registry.messages.work import Work
from orcid_plugin.registry.paths import PATHS
from tests.conformance.test_message_samples import JSON, SCHEMAS, XML, _kind
from tests.emulator.helpers import CARBERRY, GARCIA, MEMBER, PREMIUM

ORCID_XML = "application/vnd.orcid+xml"
PERSON = ("address", "keyword", "other-name", "researcher-url", "external-identifier")
WRITTEN = sorted((SCHEMAS / "samples").glob("write_samples/*")) + sorted((SCHEMAS / "samples").glob("group-id-3.0/*"))
BULK = [path for path in WRITTEN if path.name.startswith("bulk")]
NOTIFICATIONS = [path for path in XML if _kind(path)[0] is PermissionNotification]
GROUPS = [path for path in JSON if _kind(path)[0] is GroupIdRecord]
REFUSED = [path for path in WRITTEN if path.name == "group-id-3.0.xml"]
ITEMS = [path for path in (*JSON, *XML) if _kind(path)[0] not in {GroupIdRecord, PermissionNotification}]


def test_every_sample_is_sent(shared: Path) -> None:
    assert sorted([*ITEMS, *BULK, *GROUPS, *REFUSED]) == sorted(WRITTEN)
    assert len(ITEMS) > 40


def _read(sample: Path) -> Any:
    kind: Any = _kind(sample)[0]
    data = sample.read_bytes()
    return json.loads(data, kind) if sample.suffix == ".json" else xml.loads(data, kind)


def _organizations(message: Any) -> Iterator[tuple[str, str]]:
    """Source and identifier of each organization in a message in JSON."""
    if isinstance(message, dict):
        found = message.get("disambiguated-organization")
        if found:
            yield found["disambiguation-source"], found["disambiguated-organization-identifier"]
        message = list(message.values())
    if isinstance(message, list):
        for item in message:
            yield from _organizations(item)


class Record:
    """Calls of the client about one record, and the same answers in XML."""

    def __init__(self, client: Client, server: Server, orcid: str, assert_valid: Callable[[bytes], Any]) -> None:
        scopes = ["/read-limited", "/activities/update", "/person/update"]
        self._token = server.registry.issue_token(MEMBER, scopes, orcid).access
        self._client, self._url, self._assert_valid = client, f"{server.api}/v3.0/{orcid}", assert_valid
        self._about = orcid, self._token

    def create(self, message: Any) -> int:
        put_code = self._client.create(*self._about, message)
        assert put_code is not None
        return put_code

    def read(self, kind: type[Any], put_code: int) -> Any:
        stored = self._client.item(*self._about, kind, put_code)
        assert stored.unknown == ()
        return stored

    def update(self, message: Any) -> Any:
        return self._client.update(*self._about, message)

    def delete(self, kind: type[Any], put_code: int) -> None:
        self._client.delete(*self._about, kind, put_code)

    def listed(self, kind: type[Any]) -> list[Any]:
        return self._client.items(*self._about, kind)

    def summary(self, kind: type[Any], put_code: int) -> Any:
        return self._client.summary(*self._about, kind, put_code)

    def post(self, path: str, body: bytes, type: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": type, "Accept": ORCID_XML}
        answer = requests.post(self._url + path, body, headers=headers, timeout=10)
        assert answer.ok, answer.text
        return answer

    def in_xml(self, path: str) -> etree._Element:
        """An answer in XML, which is valid."""
        headers = {"Authorization": f"Bearer {self._token}", "Accept": ORCID_XML}
        answer = requests.get(self._url + path, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        root: etree._Element = self._assert_valid(answer.content)
        return root


@pytest.fixture
def record(client: Client, orcid_registry: Server, assert_valid: Callable[[bytes], Any]) -> Record:
    return Record(client, orcid_registry, CARBERRY, assert_valid)


@pytest.fixture
def another_record(client: Client, orcid_registry: Server, assert_valid: Callable[[bytes], Any]) -> Record:
    return Record(client, orcid_registry, GARCIA, assert_valid)


def _content(message: Any) -> Any:
    return json.encode(replace(message, put_code=None, visibility=None))


@pytest.mark.parametrize("sample", ITEMS, ids=lambda path: path.name)
def test_what_is_sent_is_what_comes_back(
    record: Record, another_record: Record, orcid_registry: Server, sample: Path
) -> None:
    message = _read(sample)
    kind = type(message)
    one, all = PATHS[kind].one, PATHS[kind].all
    for source, identifier in _organizations(json.encode(message)):
        orcid_registry.registry.organizations[source, identifier] = KnownOrganization(source, identifier, "Known")
    put_code = record.create(message)
    stored = record.read(kind, put_code)
    assert (stored.put_code, stored.source and stored.source.client_id) == (put_code, MEMBER)
    assert _content(stored) == _content(message)
    (listed,) = record.listed(kind)
    assert listed.put_code == put_code
    pages = [f"/{one}/{put_code}", f"/{all}", "/record", "/person" if one.startswith(PERSON) else "/activities"]
    if not one.startswith(PERSON):
        pages.append(f"/{one}/summary/{put_code}")
        assert record.summary(kind, put_code) == listed
    for page in pages:
        shown = record.in_xml(page)
        assert [node for node in shown.iter() if node.get("put-code") == str(put_code)], page
    assert _content(xml.loads(etree.tostring(record.in_xml(pages[0])), kind)) == _content(message)
    assert _content(record.update(stored)) == _content(message)
    in_xml = another_record.post(f"/{one}", xml.dumps(message), ORCID_XML)
    assert _content(another_record.read(kind, int(in_xml.headers["Location"].rpartition("/")[2]))) == _content(message)
    record.delete(kind, put_code)
    assert record.listed(kind) == []


def _works(sample: Path) -> list[Work]:
    if sample.suffix == ".json":
        return [json.decode(entry["work"]) for entry in plain_json.loads(sample.read_bytes())["bulk"]]
    return [xml.loads(etree.tostring(child)) for child in etree.fromstring(sample.read_bytes()).iterchildren("{*}work")]


@pytest.mark.parametrize("sample", BULK, ids=lambda path: path.name)
def test_works_in_bulk_come_back_one_by_one(
    record: Record, assert_valid: Callable[[bytes], etree._Element], sample: Path
) -> None:
    type = ORCID_XML if sample.suffix == ".xml" else "application/vnd.orcid+json"
    answers = list(assert_valid(record.post("/works", sample.read_bytes(), type).content))
    works = _works(sample)
    assert len(answers) == len(works) > 1
    for work, answer in zip(works, answers, strict=True):
        if any(identifier.relationship == "self" for identifier in work.external_ids):
            assert _content(record.read(Work, int(answer.get("put-code", "0")))) == _content(work)
        else:
            assert answer.findtext("{*}error-code") == "9023"
    assert len(record.listed(Work)) == len([one for one in answers if one.get("put-code")])
    record.in_xml("/works")


@pytest.mark.parametrize("sample", GROUPS, ids=lambda path: path.name)
def test_group_id_records_come_back(client: Client, orcid_registry: Server, sample: Path) -> None:
    token = orcid_registry.registry.issue_token(MEMBER, ["/group-id-record/update"]).access
    message = _read(sample)
    made = client.group_ids.ensure(token, message)
    assert made.put_code is not None
    stored = client.group_ids.get(token, made.put_code)
    assert json.encode(replace(stored, put_code=None, source=None)) == json.encode(message)


@pytest.mark.parametrize("sample", REFUSED, ids=lambda path: path.name)
def test_a_group_of_an_issn_that_is_none_is_refused(client: Client, orcid_registry: Server, sample: Path) -> None:
    """The sample is valid by the XSD; the Registry makes records of ISSNs itself, and `xxxxxxxx` is none."""
    token = orcid_registry.registry.issue_token(MEMBER, ["/group-id-record/update"]).access
    headers = {"Authorization": f"Bearer {token}", "Content-Type": ORCID_XML, "Accept": "application/json"}
    url = f"{orcid_registry.api}/v3.0/group-id-record"
    answer = requests.post(url, sample.read_bytes(), headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["error-code"]) == (400, 9053)
    with pytest.raises(InvalidMessage) as caught:
        client.group_ids.ensure(token, _read(sample))
    assert [finding.code for finding in caught.value.findings] == ["issn_malformed"]


@pytest.mark.parametrize("sample", NOTIFICATIONS, ids=lambda path: path.name)
def test_notifications_come_back(
    client: Client, orcid_registry: Server, assert_valid: Callable[[bytes], Any], sample: Path
) -> None:
    token = orcid_registry.registry.issue_token(PREMIUM, ["/premium-notification"]).access
    message = replace(_read(sample), put_code=None)  # the sample is one that was read
    put_code = client.create(CARBERRY, token, message)
    assert put_code is not None
    stored = client.item(CARBERRY, token, PermissionNotification, put_code)
    assert (stored.unknown, _said(stored)) == ((), _said(message))
    url = f"{orcid_registry.api}/v3.0/{CARBERRY}/notification-permission"
    headers = {"Authorization": f"Bearer {token}", "Accept": ORCID_XML}
    for path in ("", f"/{put_code}"):
        answer = requests.get(url + path, headers=headers, timeout=10)
        assert answer.status_code == 200
        assert_valid(answer.content)
    archived = client.archive_notification(CARBERRY, token, put_code)
    assert (archived.archived_date is not None, _said(archived)) == (True, _said(message))


def _said(message: PermissionNotification) -> Any:
    """What the sender wrote."""
    return message.authorization_url, message.subject, message.intro, message.items
