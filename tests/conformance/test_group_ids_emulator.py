"""Client and emulator, written apart, agree on group-id records."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orcid_plugin.emulator import Server
from orcid_plugin.errors import AnswerError
from orcid_plugin.registry.client import Client
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from tests.emulator.helpers import MEMBER


def test_life_of_a_group_id_record(client: Client, orcid_registry: Server) -> None:
    token = orcid_registry.registry.issue_token(MEMBER, ["/group-id-record/update"]).access
    record = GroupIdRecord(name="Pots", group_id="publons:pots", description="D", type="peer-review service")
    assert client.group_ids.find(token, record.group_id) is None
    made = client.group_ids.ensure(token, record)
    assert made.put_code
    assert client.group_ids.ensure(token, record).put_code == made.put_code
    renamed = client.group_ids.update(token, replace(made, name="Pans"))
    assert client.group_ids.get(token, made.put_code).name == renamed.name == "Pans"
    assert made.put_code in {one.put_code for one in client.group_ids.all(token, page_size=1)}
    client.group_ids.delete(token, made.put_code)
    with pytest.raises(AnswerError) as caught:
        client.group_ids.get(token, made.put_code)
    assert caught.value.error_code == 9026


def test_the_registry_makes_the_record_of_an_issn(client: Client, orcid_registry: Server) -> None:
    token = orcid_registry.registry.issue_token(MEMBER, ["/group-id-record/update"]).access
    record = GroupIdRecord(name="Pots", group_id="issn:0028-0836", description="D", type="journal")
    made = client.group_ids.ensure(token, record)
    assert (made.group_id, bool(made.put_code)) == ("issn:0028-0836", True)
