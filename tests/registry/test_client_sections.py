"""Calls to the API for all sections, and for group-id records."""

from __future__ import annotations

import json as plain_json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import responses
from responses import matchers

from orcid_plugin.errors import AnswerError, InvalidMessage
from orcid_plugin.registry.client import Client
from orcid_plugin.registry.encoding import json
from orcid_plugin.registry.environment import ENVIRONMENTS
from orcid_plugin.registry.messages.affiliation import AFFILIATIONS, Employment, InvitedPosition
from orcid_plugin.registry.messages.funding import Funding
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.item import Organization, Stored
from orcid_plugin.registry.messages.notification import AuthorizationUrl, NotificationItem, PermissionNotification
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.person import Address, Email, Keyword, OtherName, PersonExternalId, ResearcherUrl
from orcid_plugin.registry.messages.research_resource import ResearchResource
from orcid_plugin.registry.paths import PATHS
from orcid_plugin.registry.transport import Transport

ORCID = "0000-0002-1825-0097"
TOKEN = "b4c9-token-of-josiah"
HOST = "https://api.sandbox.orcid.org/v3.0"
API = f"{HOST}/{ORCID}"
GROUPS = f"{HOST}/group-id-record"

JOB = Employment(
    role_title="Professor",
    organization=Organization(
        name="Brown University",
        city="Providence",
        country="US",
        disambiguated_id="https://ror.org/05gq02987",
        disambiguation_source="ROR",
    ),
)
GROUP = GroupIdRecord(name="Pots Weekly", group_id="issn:1741-4857", description="A journal", type="journal")
NOTIFICATION = PermissionNotification(
    authorization_url=AuthorizationUrl(uri="https://orcid.org/oauth/authorize?client_id=APP-1"),
    subject="S",
    intro="I",
    items=(NotificationItem(type="work", name="Pots"),),
)
GRANT = {"external-id-type": "grant_number", "external-id-value": "G-1", "external-id-relationship": "self"}


@pytest.fixture
def client() -> Iterator[Client]:
    transport = Transport()
    yield Client(ENVIRONMENTS["sandbox"], transport)
    transport.close()


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as http:
        yield http


def test_paths_are_those_of_the_api() -> None:
    assert {paths.one: paths.all for paths in PATHS.values()} == {
        **{
            name: f"{name}s"
            for name in (
                "distinction education employment invited-position membership qualification service "
                "funding peer-review research-resource work"
            ).split()
        },
        **{
            name: name
            for name in (
                "address email keywords other-names external-identifiers researcher-urls notification-permission"
            ).split()
        },
    }
    assert {*AFFILIATIONS, Funding, PeerReview, ResearchResource, Address, OtherName, PersonExternalId} < set(PATHS)


def test_create_read_update_delete(client: Client, http: responses.RequestsMock) -> None:
    stored = replace(JOB, put_code=77)
    http.post(f"{API}/employment", status=201, headers={"Location": f"{API}/employment/77"})
    http.get(f"{API}/employment/77", json=json.encode(stored))
    http.put(f"{API}/employment/77", json=json.encode(stored))
    http.get(f"{API}/employment/summary/77", json=json.encode(stored))
    http.delete(f"{API}/employment/77", status=204)
    assert client.create(ORCID, TOKEN, JOB) == 77
    request = http.calls[0].request
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Content-Type"] == request.headers["Accept"] == "application/vnd.orcid+json"
    assert plain_json.loads(request.body) == json.encode(JOB)
    assert client.item(ORCID, TOKEN, Employment, 77) == stored
    assert client.summary(ORCID, TOKEN, Employment, 77) == stored
    assert client.update(ORCID, TOKEN, stored) == stored
    client.delete(ORCID, TOKEN, Employment, 77)


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (Address(country="US"), "address"),
        (Keyword(content="pots"), "keywords"),
        (OtherName(content="J. Carberry"), "other-names"),
        (ResearcherUrl(url="https://jc.example"), "researcher-urls"),
        (PersonExternalId(type="Scopus Author ID", value="1", url="https://scopus.example/1"), "external-identifiers"),
        (NOTIFICATION, "notification-permission"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_items_of_a_person_are_created_where_they_are_listed(
    client: Client, http: responses.RequestsMock, item: Stored, path: str
) -> None:
    http.post(f"{API}/{path}", status=201, headers={"Location": f"{API}/{path}/5"})
    assert client.create(ORCID, TOKEN, item) == 5


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.create(ORCID, TOKEN, Employment()),
        lambda client: client.create(ORCID, TOKEN, replace(JOB, put_code=7)),
        lambda client: client.create(ORCID, TOKEN, Email(email="jc@brown.example")),
        lambda client: client.update(ORCID, TOKEN, JOB),
        lambda client: client.group_ids.ensure(TOKEN, replace(GROUP, group_id="Pots")),
        lambda client: client.group_ids.update(TOKEN, GROUP),
    ],
)
def test_what_orcid_would_refuse_is_not_sent(client: Client, call: Callable[[Client], object]) -> None:
    with pytest.raises(InvalidMessage):
        call(client)


def test_groups_of_affiliations(client: Client, http: responses.RequestsMock) -> None:
    summaries = [
        {"invited-position-summary": {"put-code": 1, "role-title": "Guest", "display-index": "1"}},
        {"invited-position-summary": {"put-code": 2, "role-title": "guest"}},
    ]
    body = {
        "affiliation-group": [
            {"external-ids": {"external-id": [GRANT]}, "summaries": summaries},
            {"external-ids": None, "summaries": [{"invited-position-summary": {"put-code": 3}}]},
        ],
        "path": "x",
    }
    http.get(f"{API}/invited-positions", json=body)
    first, second = client.groups(ORCID, TOKEN, InvitedPosition)
    assert [one.value for one in first.external_ids] == ["G-1"]
    assert [item.role_title for item in first.items] == ["Guest", "guest"]
    assert (second.external_ids, [item.put_code for item in second.items]) == ((), [3])
    assert [item.put_code for item in client.items(ORCID, TOKEN, InvitedPosition)] == [1, 2, 3]


def test_groups_of_fundings_leave_out_what_is_none(client: Client, http: responses.RequestsMock) -> None:
    summary = {"put-code": 1, "type": "grant", "title": {"title": {"value": "Pots"}}}
    http.get(f"{API}/fundings", json={"group": [{"funding-summary": [summary, {"put-code": 2}, None]}, None, 3]})
    [group] = client.groups(ORCID, TOKEN, Funding)
    assert group.items == (Funding(put_code=1, type="grant", title="Pots"),)


def test_groups_of_reviews_are_those_of_one_review(client: Client, http: responses.RequestsMock) -> None:
    def review(put_code: int) -> dict[str, Any]:
        summary = {"put-code": put_code, "reviewer-role": "reviewer", "review-type": "review"}
        return summary | {"review-group-id": "issn:1741-4857", "completion-date": {"year": {"value": "2024"}}}

    group_id = {"external-id-type": "peer-review", "external-id-value": "issn:1741-4857"}
    inner = [
        {"external-ids": {"external-id": [GRANT]}, "peer-review-summary": [review(1), review(2)]},
        {"external-ids": {"external-id": []}, "peer-review-summary": [review(3)]},
    ]
    http.get(
        f"{API}/peer-reviews",
        json={"group": [{"external-ids": {"external-id": [group_id]}, "peer-review-group": inner}]},
    )
    groups = client.groups(ORCID, TOKEN, PeerReview)
    assert [[item.put_code for item in group.items] for group in groups] == [[1, 2], [3]]
    assert [len(group.external_ids) for group in groups] == [1, 0]


@pytest.mark.parametrize(
    ("kind", "path", "body"),
    [
        (Keyword, "keywords", {"keyword": [{"put-code": 1, "content": "pots", "display-index": 2}]}),
        (Email, "email", {"email": [{"email": "jc@brown.example", "verified": True, "put-code": 1}]}),
        (Address, "address", {"address": [{"country": {"value": "US"}, "put-code": 1}]}),
        (
            PermissionNotification,
            "notification-permission",
            {"notifications": [json.encode(replace(NOTIFICATION, put_code=1))]},
        ),
    ],
)
def test_items_of_the_person(
    client: Client, http: responses.RequestsMock, kind: type[Stored], path: str, body: Any
) -> None:
    http.get(f"{API}/{path}", json=body)
    [item] = client.items(ORCID, TOKEN, kind)
    assert (type(item), item.put_code) == (kind, 1)


def test_empty_lists(client: Client, http: responses.RequestsMock) -> None:
    http.get(f"{API}/fundings", json={"group": [], "last-modified-date": None})
    http.get(f"{API}/keywords", json={"keyword": None})
    assert client.groups(ORCID, TOKEN, Funding) == []
    assert client.items(ORCID, TOKEN, Keyword) == []


def test_biography(client: Client, http: responses.RequestsMock) -> None:
    http.get(f"{API}/biography", json={"content": "Psychoceramics.", "visibility": "public", "put-code": None})
    assert client.biography(ORCID, TOKEN).content == "Psychoceramics."


def test_archived_notification_comes_back(client: Client, http: responses.RequestsMock) -> None:
    archived = json.encode(replace(NOTIFICATION, put_code=9)) | {"archived-date": {"value": 1700000000000}}
    http.delete(f"{API}/notification-permission/9", json=archived)
    assert client.archive_notification(ORCID, TOKEN, 9).archived_date is not None


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", ""])
def test_a_success_that_is_not_orcids_form_is_an_error(client: Client, http: responses.RequestsMock, body: str) -> None:
    http.get(f"{API}/funding/7", body=body)
    with pytest.raises(AnswerError) as caught:
        client.item(ORCID, TOKEN, Funding, 7)
    assert caught.value.http_status == 200


class TestGroupIdRecords:
    STORED = replace(GROUP, put_code=12)
    EXISTS = plain_json.dumps({"response-code": 409, "error-code": 9025, "developer-message": "It exists."})

    @staticmethod
    def search(http: responses.RequestsMock, body: Any) -> None:
        match = [matchers.query_param_matcher({"group-id": "issn:1741-4857"})]
        http.get(GROUPS, json=body, match=match)

    def test_one_that_exists_is_found(self, client: Client, http: responses.RequestsMock) -> None:
        self.search(http, json.encode(self.STORED))
        assert client.group_ids.ensure(TOKEN, GROUP) == self.STORED
        assert [call.request.method for call in http.calls] == ["GET"]

    @pytest.mark.parametrize("nothing", [{}, {"name": None, "group-id": None, "put-code": None}])
    def test_a_new_one_is_created(self, client: Client, http: responses.RequestsMock, nothing: Any) -> None:
        self.search(http, nothing)
        http.post(GROUPS, status=201, headers={"Location": f"{GROUPS}/12"})
        assert client.group_ids.ensure(TOKEN, GROUP) == self.STORED
        assert plain_json.loads(http.calls[1].request.body) == json.encode(GROUP)

    def test_one_that_was_made_although_the_answer_is_409(self, client: Client, http: responses.RequestsMock) -> None:
        self.search(http, {})
        http.post(GROUPS, status=409, body=self.EXISTS)
        self.search(http, json.encode(self.STORED))
        assert client.group_ids.ensure(TOKEN, GROUP) == self.STORED

    def test_one_that_is_said_to_exist_and_is_not_found(self, client: Client, http: responses.RequestsMock) -> None:
        self.search(http, {})
        http.post(GROUPS, status=409, body=self.EXISTS)
        with pytest.raises(AnswerError) as caught:
            client.group_ids.ensure(TOKEN, GROUP)
        assert caught.value.error_code == 9025

    def test_other_errors_stay_what_they_are(self, client: Client, http: responses.RequestsMock) -> None:
        self.search(http, {})
        http.post(GROUPS, status=400, json={"response-code": 400, "error-code": 9020})
        with pytest.raises(AnswerError) as caught:
            client.group_ids.ensure(TOKEN, GROUP)
        assert caught.value.error_code == 9020
        assert len(http.calls) == 2

    def test_read_update_delete_and_pages(self, client: Client, http: responses.RequestsMock) -> None:
        stored = json.encode(self.STORED)
        http.get(f"{GROUPS}/12", json=stored)
        http.put(f"{GROUPS}/12", json=stored)
        http.delete(f"{GROUPS}/12", status=204)
        match = [matchers.query_param_matcher({"page-size": "1", "page": "3"})]
        http.get(GROUPS, json={"total": 1, "page": 3, "page-size": 1, "group-id-record": [stored]}, match=match)
        assert client.group_ids.get(TOKEN, 12) == self.STORED
        assert client.group_ids.update(TOKEN, self.STORED) == self.STORED
        client.group_ids.delete(TOKEN, 12)
        assert client.group_ids.page(TOKEN, page=3, page_size=1) == [self.STORED]
