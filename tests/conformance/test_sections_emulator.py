"""Client and emulator, written apart, agree on the activities: ORCID's own samples are sent, and come back the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orcid_plugin.emulator import Server
from orcid_plugin.emulator.values import Organization as KnownOrganization
from orcid_plugin.errors import AnswerError
from orcid_plugin.registry.client import Client
from orcid_plugin.registry.encoding import json, xml
from orcid_plugin.registry.environment import Environment
from orcid_plugin.registry.messages.affiliation import AFFILIATIONS
from orcid_plugin.registry.messages.funding import Funding
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.item import Stored
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.research_resource import ResearchResource
from orcid_plugin.registry.transport import Transport
from tests.conformance.test_message_samples import JSON, XML, _kind
from tests.emulator.helpers import CARBERRY, MEMBER

ACTIVITIES = {*AFFILIATIONS, Funding, PeerReview, ResearchResource}
SAMPLES = [sample for sample in (*JSON, *XML) if _kind(sample)[0] in ACTIVITIES]


@pytest.fixture
def client(orcid_registry: Server) -> Iterator[Client]:
    url = orcid_registry.api
    transport = Transport()
    yield Client(Environment(name="x", web=url, api=url, public_api=url, id_host="orcid.org"), transport)
    transport.close()


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


def _content(message: Stored) -> Any:
    return json.encode(replace(message, put_code=None, visibility=None))  # type: ignore[call-arg]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_what_is_sent_is_what_comes_back(client: Client, orcid_registry: Server, sample: Path) -> None:
    registry = orcid_registry.registry
    token = registry.issue_token(MEMBER, ["/read-limited", "/activities/update"], CARBERRY).access
    message = _read(sample)
    for source, identifier in _organizations(json.encode(message)):
        registry.organizations[source, identifier] = KnownOrganization(source, identifier, "Known")
    put_code = client.create(CARBERRY, token, message)
    assert put_code is not None
    kind = type(message)
    stored = client.item(CARBERRY, token, kind, put_code)
    assert (stored.unknown, stored.put_code, stored.source and stored.source.client_id) == ((), put_code, MEMBER)
    assert _content(stored) == _content(message)
    groups = client.groups(CARBERRY, token, kind)
    assert [[item.put_code for item in group.items] for group in groups] == [[put_code]]
    assert groups[0].items[0].unknown == ()
    assert client.summary(CARBERRY, token, kind, put_code) == groups[0].items[0]
    assert _content(client.update(CARBERRY, token, stored)) == _content(message)
    client.delete(CARBERRY, token, kind, put_code)
    assert client.items(CARBERRY, token, kind) == []


def test_life_of_a_group_id_record(client: Client, orcid_registry: Server) -> None:
    token = orcid_registry.registry.issue_token(MEMBER, ["/group-id-record/update"]).access
    record = GroupIdRecord(name="Pots", group_id="publons:pots", description="D", type="peer-review service")
    assert client.find_group_id_record(token, record.group_id) is None
    made = client.ensure_group_id_record(token, record)
    assert made.put_code
    assert client.ensure_group_id_record(token, record).put_code == made.put_code
    renamed = client.update_group_id_record(token, replace(made, name="Pans"))
    assert client.group_id_record(token, made.put_code).name == renamed.name == "Pans"
    assert made.put_code in {one.put_code for one in client.group_id_records(token)}
    client.delete_group_id_record(token, made.put_code)
    with pytest.raises(AnswerError) as caught:
        client.group_id_record(token, made.put_code)
    assert caught.value.error_code == 9026


def test_the_registry_makes_the_record_of_an_issn(client: Client, orcid_registry: Server) -> None:
    token = orcid_registry.registry.issue_token(MEMBER, ["/group-id-record/update"]).access
    record = GroupIdRecord(name="Pots", group_id="issn:0028-0836", description="D", type="journal")
    made = client.ensure_group_id_record(token, record)
    assert (made.group_id, bool(made.put_code)) == ("issn:0028-0836", True)
