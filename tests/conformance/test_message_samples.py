"""ORCID's own samples of every section are read, and written again as documents that say the same."""

from __future__ import annotations

import json as plain_json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from orcid_plugin.registry.encoding import json, xml
from orcid_plugin.registry.messages.affiliation import (
    Distinction,
    Education,
    Employment,
    InvitedPosition,
    Membership,
    Qualification,
    Service,
)
from orcid_plugin.registry.messages.funding import Funding
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.item import Stored
from orcid_plugin.registry.messages.notification import PermissionNotification
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.person import (
    Address,
    Biography,
    Email,
    Keyword,
    Name,
    OtherName,
    PersonExternalId,
    ResearcherUrl,
)
from orcid_plugin.registry.messages.research_resource import ResearchResource
from orcid_plugin.registry.messages.work import Work
from tests.conftest import SHARED

SCHEMAS = SHARED / "schemas/orcid"

# Start of a sample's name, what it holds, and the schema of that; the longest start counts.
KINDS: dict[str, tuple[type[Stored], str]] = {
    "address": (Address, "record_3.0/address"),
    "biography": (Biography, "record_3.0/personal-details"),
    "distinction": (Distinction, "record_3.0/distinction"),
    "education": (Education, "record_3.0/education"),
    "email": (Email, "record_3.0/email"),
    "employment": (Employment, "record_3.0/employment"),
    "external-identifier": (PersonExternalId, "record_3.0/person-external-identifier"),
    "funding": (Funding, "record_3.0/funding"),
    "group-id": (GroupIdRecord, "group-id-3.0/group-id"),
    "invited-position": (InvitedPosition, "record_3.0/invited-position"),
    "keyword": (Keyword, "record_3.0/keyword"),
    "membership": (Membership, "record_3.0/membership"),
    "name": (Name, "record_3.0/personal-details"),
    "notification-permission": (PermissionNotification, "notification_3.0/notification-permission"),
    "other-name": (OtherName, "record_3.0/other-name"),
    "peer-review": (PeerReview, "record_3.0/peer-review"),
    "peer-review-group-id": (GroupIdRecord, "group-id-3.0/group-id"),
    "qualification": (Qualification, "record_3.0/qualification"),
    "research-resource": (ResearchResource, "record_3.0/research-resource"),
    "researcher-url": (ResearcherUrl, "record_3.0/researcher-url"),
    "service": (Service, "record_3.0/service"),
    "work": (Work, "record_3.0/work"),
}
LISTS = ("addresses", "keywords-3.0.xml", "other-names-3.0.xml", "researcher-urls", "external-identifiers", "emails")
SUMMARIES = "distinctions educations employments fundings invited-positions memberships peer-reviews qualifications "
SUMMARIES += "research-resources services works"


def _kind(sample: Path) -> tuple[type[Stored], str]:
    return KINDS[max((start for start in KINDS if sample.name.startswith(start)), key=len)]


def _samples(*patterns: str) -> list[Path]:
    found = [path for pattern in patterns for path in sorted((SCHEMAS / "samples").glob(pattern))]
    lists = (*LISTS, *SUMMARIES.split(), "bulk")
    return [path for path in found if not path.name.startswith(lists)]


XML = _samples("write_samples/*.xml", "group-id-3.0/*.xml", "notification_3.0/notification-permission*.xml")
JSON = _samples("write_samples/*.json")
READ = [
    path
    for path in _samples("read_samples/*.xml")
    if path.name.startswith(tuple(KINDS)) and path.name != "work-3.0.xml"  # has an empty journal title
]
ONLY_ANSWERED = {"created-date", "last-modified-date", "sent-date", "source"}


def _of_json(node: Any) -> Any:
    """What a document says, however single texts are wrapped; nothing is there for null and for empty lists."""
    if isinstance(node, dict):
        said = {key: _of_json(item) for key, item in node.items()}
        said = {key: item for key, item in said.items() if item not in (None, {}, [])}
        return said["value"] if said.keys() == {"value"} else said
    return [_of_json(item) for item in node] if isinstance(node, list) else node


def _of_xml(node: etree._Element) -> Any:
    attributes = {str(name): value for name, value in node.attrib.items() if "{" not in str(name)}
    children = [_of_xml(child) for child in node.iterchildren(etree.Element)]
    text = "" if children else (node.text or "").strip()
    return node.tag, attributes, text, [one for one in children if etree.QName(one[0]).localname not in ONLY_ANSWERED]


def _assert_valid(document: bytes, schema: str) -> None:
    etree.XMLSchema(etree.parse(SCHEMAS / f"{schema}-3.0.xsd")).assertValid(etree.fromstring(document))


def test_there_are_samples_of_everything(shared: Path) -> None:
    assert {_kind(path)[0] for path in XML} | {Biography, Email, Name} == {kind for kind, _ in KINDS.values()}
    assert len(JSON) > 20
    assert len(READ) > 20


@pytest.mark.parametrize("sample", XML, ids=lambda path: path.name)
def test_xml_to_be_sent_comes_through(sample: Path) -> None:
    kind, schema = _kind(sample)
    message = xml.loads(sample.read_bytes(), kind)
    document = xml.dumps(message)
    assert message.unknown == ()
    assert _said(document, message) == _said(sample.read_bytes(), message)
    _assert_valid(document, schema)
    assert xml.dumps(json.loads(json.dumps(message), kind)) == document


def _said(document: bytes, message: Stored) -> Any:
    tag, attributes, text, children = _of_xml(etree.fromstring(document))
    if isinstance(message, Work):  # e-mail addresses of contributors have no place in a work message, on purpose
        children = plain_json.loads(plain_json.dumps(children))
        children = _without(children, "{http://www.orcid.org/ns/work}contributor-email")
    return plain_json.loads(plain_json.dumps([tag, attributes, text, children]))


def _without(node: Any, tag: str) -> Any:
    if isinstance(node, list):
        return [_without(item, tag) for item in node if not (isinstance(item, list) and item[:1] == [tag])]
    return node


@pytest.mark.parametrize("sample", JSON, ids=lambda path: path.name)
def test_json_to_be_sent_comes_through(sample: Path) -> None:
    kind, schema = _kind(sample)
    message = json.loads(sample.read_bytes(), kind)
    assert message.unknown == ()
    said = _of_json(plain_json.loads(sample.read_bytes()))
    if kind is Work:
        for contributor in said.get("contributors", {}).get("contributor", []):
            contributor.pop("contributor-email", None)
    assert _of_json(json.encode(message)) == said
    document = xml.dumps(message)
    _assert_valid(document, schema)
    assert xml.dumps(xml.loads(document, kind)) == document


@pytest.mark.parametrize("sample", READ, ids=lambda path: path.name)
def test_answers_are_read_whole(sample: Path) -> None:
    kind, schema = _kind(sample)
    message = xml.loads(sample.read_bytes(), kind)
    assert message.unknown == ()
    if kind not in {Name, Biography, Email}:
        _assert_valid(xml.dumps(message), schema)
        assert message.put_code is not None


def test_items_of_a_whole_record_are_read_whole(shared: Path) -> None:
    record = plain_json.loads((SCHEMAS / "samples/read_samples/record-full-3.0.json").read_bytes())
    read: set[type] = set()
    for name, (kind, _) in KINDS.items():
        for node in [*_below(record, f"{name}-summary"), *_below(record, name)]:
            if "put-code" in node or kind is Name:
                message = json.decode(node, kind)
                assert message.unknown == ()
                read.add(kind)
    assert len(read) > 14


def _below(node: Any, key: str) -> list[Any]:
    if isinstance(node, list):
        return [found for item in node for found in _below(item, key)]
    if not isinstance(node, dict):
        return []
    here = node.get(key)
    found = here if isinstance(here, list) else [here] if isinstance(here, dict) else []
    return found + [one for item in node.values() for one in _below(item, key)]
