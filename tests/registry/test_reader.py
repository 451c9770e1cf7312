"""Calls that read a record as a whole, and those that belong to no item."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
import responses

from orcid_plugin.errors import NotFound, NotTheSource, RegistryFault, TokenRefused, Unreachable
from orcid_plugin.registry.client import Client, PublicClient
from orcid_plugin.registry.encoding import json
from orcid_plugin.registry.environment import ENVIRONMENTS
from orcid_plugin.registry.messages import item_rules
from orcid_plugin.registry.messages.affiliation import Employment
from orcid_plugin.registry.messages.found import ClientInfo, IdentifierType
from orcid_plugin.registry.messages.item import ExternalId, Unknown
from orcid_plugin.registry.messages.person import Keyword
from orcid_plugin.registry.messages.work import Work
from orcid_plugin.registry.transport import Transport

ORCID = "0000-0002-1825-0097"
TOKEN = "b4c9-token-of-josiah"
HOST = "https://api.sandbox.orcid.org"
PUBLIC = "https://pub.sandbox.orcid.org/v3.0"
API = f"{HOST}/v3.0/{ORCID}"
IDENTIFIER = {"uri": f"https://sandbox.orcid.org/{ORCID}", "path": ORCID, "host": "sandbox.orcid.org"}
NAME = {"given-names": {"value": "Josiah"}, "visibility": "public"}
CALLBACK = "https://host.example/changed?record=0000-0002-1825-0097&secret=h%2Fx"
HOOK = f"{HOST}/{ORCID}/webhook/https%3A%2F%2Fhost.example%2Fchanged%3Frecord%3D0000-0002-1825-0097%26secret%3Dh%252Fx"
WORK = Work(type="book", title="Pots", external_ids=(ExternalId("doi", "10.5555/one", "self"),), put_code=7)


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport()
    yield transport
    transport.close()


@pytest.fixture
def client(transport: Transport) -> Client:
    return Client(ENVIRONMENTS["sandbox"], transport)


@pytest.fixture
def public(transport: Transport) -> PublicClient:
    return PublicClient(ENVIRONMENTS["sandbox"], transport)


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as http:
        yield http


def test_a_record_and_its_parts(client: Client, http: responses.RequestsMock) -> None:
    job = {"employment-summary": {"put-code": 5, "role-title": "Professor"}}
    activities = {"employments": {"affiliation-group": [{"summaries": [job]}]}, "works": None}
    person = {"name": NAME, "biography": {"content": "Psychoceramics."}, "keywords": {"keyword": [{"content": "pots"}]}}
    http.get(
        f"{API}/record",
        json={"orcid-identifier": IDENTIFIER, "person": person, "activities-summary": activities, "history": None},
    )
    http.get(f"{API}/person", json=person)
    http.get(f"{API}/personal-details", json={"name": NAME, "other-names": {"other-name": [{"content": "J. C."}]}})
    http.get(f"{API}/activities", json=activities)
    http.get(f"{API}/keywords", json={"keyword": [{"content": "pots"}], "last-modified-date": {"value": 1700000000000}})
    record = client.record(ORCID, TOKEN)
    assert record.orcid.uri == f"https://sandbox.orcid.org/{ORCID}"
    assert [item.role_title for group in record.activities.employments for item in group.items] == ["Professor"]
    assert len(record.activities.works) == 0
    assert client.person(ORCID, TOKEN) == record.person
    assert client.activities(ORCID, TOKEN) == record.activities
    assert client.personal_details(ORCID, TOKEN).other_names.items[0].content == "J. C."
    section = client.section(ORCID, TOKEN, Keyword)
    assert (section.items, section.last_modified_date is None) == (record.person.keywords.items, False)
    assert http.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


def test_the_summary_of_a_record(client: Client, http: responses.RequestsMock) -> None:
    job = {"put-code": 1, "type": "employment", "organization-name": "Brown", "role": "Professor", "validated": True}
    body = {
        "orcid-identifier": IDENTIFIER,
        "credit-name": {"value": "J. Carberry"},
        "employments": {"count": 4, "employment": [job]},
        "works": {"self-asserted-count": 2, "validated-count": 3},
        "email-domains": {"count": 1, "email-domain": [{"value": "brown.example"}]},
    }
    http.get(f"{API}/summary", json=body)
    summary = client.record_summary(ORCID, TOKEN)
    assert (summary.credit_name, summary.employments.count, summary.works.validated) == ("J. Carberry", 4, 3)
    assert summary.employments.items[0].organization_name == "Brown"
    assert summary.fundings.validated == 0


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", ""])
def test_what_is_no_record_is_an_error(client: Client, http: responses.RequestsMock, body: str) -> None:
    http.get(f"{API}/record", body=body)
    with pytest.raises(RegistryFault):
        client.record(ORCID, TOKEN)


@pytest.mark.parametrize("body", ["[]", "3", "null"])
def test_what_is_no_list_is_an_error(client: Client, http: responses.RequestsMock, body: str) -> None:
    http.get(f"{API}/employments", body=body)
    with pytest.raises(RegistryFault):
        client.items(ORCID, TOKEN, Employment)


def test_an_update_sends_back_what_an_answer_told_beyond_a_work(client: Client, http: responses.RequestsMock) -> None:
    answer = json.encode(WORK) | {"newer": {"value": 1}}
    http.get(f"{API}/work/7", json=answer)
    http.put(f"{API}/work/7", json=answer)
    work = client.item(ORCID, TOKEN, Work, 7)
    assert work.unknown == (Unknown("/newer", '{"value": 1}'),)
    assert client.update(ORCID, TOKEN, work) == work
    assert b'"newer": {"value": 1}' in http.calls[1].request.body
    [finding] = item_rules.check(replace(work, put_code=None), create=True)
    assert (finding.code, finding.where) == ("work_property_unknown", "/newer")


def test_a_webhook_is_registered_and_removed(client: Client, http: responses.RequestsMock) -> None:
    http.put(HOOK, status=201)
    http.put(HOOK, status=204)
    http.delete(HOOK, status=204)
    http.delete(HOOK, status=404, json={"response-code": 404, "error-code": 9028, "developer-message": "No webhook"})
    http.put(HOOK, status=403, json={"response-code": 403, "error-code": 9014, "developer-message": "x"})
    assert client.webhooks.register(ORCID, TOKEN, CALLBACK) is True
    assert client.webhooks.register(ORCID, TOKEN, CALLBACK) is False
    client.webhooks.remove(ORCID, TOKEN, CALLBACK)
    with pytest.raises(NotFound):
        client.webhooks.remove(ORCID, TOKEN, CALLBACK)
    with pytest.raises(NotTheSource):
        client.webhooks.register(ORCID, TOKEN, CALLBACK)
    assert not http.calls[0].request.body


def test_the_address_of_a_webhook_is_in_no_log_and_no_error(
    client: Client, http: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    http.put(HOOK, status=201)
    http.delete(HOOK, body=ConnectionError("gone"))
    client.webhooks.register(ORCID, TOKEN, CALLBACK)
    with pytest.raises(Unreachable) as caught:
        client.webhooks.remove(ORCID, TOKEN, CALLBACK)
    assert "secret" not in caplog.text + str(caught.value)


def test_the_error_code_is_logged_with_the_call(
    client: Client, http: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    http.get(f"{API}/record", status=409, json={"response-code": 409, "error-code": 9044, "developer-message": TOKEN})
    with pytest.raises(Exception, match="9044"):
        client.record(ORCID, TOKEN)
    [record] = [one for one in caplog.records if one.name == "orcid_plugin.registry"]
    assert (vars(record)["error_code"], vars(record)["status"], len(vars(record)["call"])) == (9044, 409, 12)
    assert "409 (error 9044)" in record.getMessage()
    assert TOKEN not in caplog.text


def test_a_client_and_the_state_of_the_service(
    client: Client, public: PublicClient, http: responses.RequestsMock
) -> None:
    http.get(f"{HOST}/v3.0/client/APP-1", json={"name": "A journal", "description": "Publishes."})
    http.get(f"{HOST}/v3.0/apiStatus", json={"tomcatUp": True, "dbConnectionOk": False, "note": "x"})
    http.get(f"{PUBLIC}/pubStatus", json={"overallOk": True})
    assert client.client_info("APP-1", TOKEN) == ClientInfo(name="A journal", description="Publishes.")
    assert client.status() == {"tomcatUp": True, "dbConnectionOk": False}
    assert public.status() == {"overallOk": True}


@pytest.mark.parametrize(
    ("prefix", "folds"), [("resolution-prefix", "case-sensitive"), ("resolutionPrefix", "caseSensitive")]
)
def test_identifier_types(public: PublicClient, http: responses.RequestsMock, prefix: str, folds: str) -> None:
    doi = {"name": "doi", "description": "DOI", prefix: "https://doi.org/", folds: False, "deprecated": False}
    http.get(f"{PUBLIC}/identifiers", json=[doi, {"name": "agr"}])
    assert public.identifier_types() == [
        IdentifierType(
            name="doi",
            description="DOI",
            resolution_prefix="https://doi.org/",
            case_sensitive=False,
            deprecated=False,
        ),
        IdentifierType(name="agr"),
    ]
    assert http.calls[0].request.headers["Accept"] == "application/json"
    assert "locale=en" in (http.calls[0].request.url or "")


def test_the_public_api_reads_without_a_token(public: PublicClient, http: responses.RequestsMock) -> None:
    http.get(f"{PUBLIC}/{ORCID}/record", json={"orcid-identifier": IDENTIFIER})
    http.get(f"{PUBLIC}/{ORCID}/work/7", json={"type": "book", "DOI": "10.5555/one"})
    http.get(f"{PUBLIC}/{ORCID}/person", status=401, json={"error": "invalid_token", "error_description": TOKEN})
    assert public.record(ORCID, None).orcid.path == ORCID
    assert public.citation(ORCID, None, 7)["DOI"] == "10.5555/one"
    assert "Authorization" not in http.calls[0].request.headers
    assert http.calls[1].request.headers["Accept"] == "application/vnd.citationstyles.csl+json"
    with pytest.raises(TokenRefused) as caught:
        public.person(ORCID, TOKEN)
    assert http.calls[2].request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in str(caught.value)
