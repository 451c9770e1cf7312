"""Client and emulator, written apart, agree on whole records and on many works with one request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from orcid_plugin.emulator import Server
from orcid_plugin.emulator.values import Client as EmulatedClient
from orcid_plugin.errors import (
    AlreadyThere,
    CallRefused,
    InvalidMessage,
    NotFound,
    NotTheSource,
    RecordClosed,
    ScopeMissing,
    TokenRefused,
)
from orcid_plugin.registry.client import Client, PublicClient
from orcid_plugin.registry.messages.item import ExternalId
from orcid_plugin.registry.messages.person import Keyword
from orcid_plugin.registry.messages.work import Work
from orcid_plugin.registry.query import all_of, field, starting
from orcid_plugin.registry.transport import Transport
from orcid_plugin.testing.hosts import Credentials
from tests.conformance.test_record_samples import unknown
from tests.emulator.helpers import CARBERRY, MEMBER

SCOPES = ["/read-limited", "/activities/update", "/person/update"]


def work(number: int) -> Work:
    return Work(type="book", title=f"Book {number}", external_ids=(ExternalId("doi", f"10.5555/{number}", "self"),))


@pytest.fixture
def public(orcid_client: Credentials) -> Iterator[PublicClient]:
    transport = Transport()
    yield PublicClient(orcid_client.environment, transport)
    transport.close()


@pytest.fixture
def token(orcid_registry: Server) -> str:
    return orcid_registry.registry.issue_token(MEMBER, SCOPES, CARBERRY).access


def test_a_whole_record_is_what_its_parts_are(client: Client, token: str) -> None:
    client.create(CARBERRY, token, work(1))
    client.create(CARBERRY, token, Keyword(content="pots"))
    record = client.record(CARBERRY, token)
    assert list(unknown(record)) == []
    assert record.orcid.path == CARBERRY
    assert record.activities == client.activities(CARBERRY, token)
    assert record.person == client.person(CARBERRY, token)
    assert list(record.activities.works) == client.groups(CARBERRY, token, Work)
    assert list(record.person.keywords) == client.items(CARBERRY, token, Keyword)
    assert record.person.name == client.personal_details(CARBERRY, token).name
    assert "Book 1" in [one.title for one in client.items(CARBERRY, token, Work)]


def test_the_public_sees_what_is_public(public: PublicClient) -> None:
    record = public.record(CARBERRY, None)
    assert record.orcid.path == CARBERRY
    assert list(unknown(record)) == []
    assert {one.visibility for group in record.activities.works for one in group.items} <= {"public"}


def test_many_works_are_added_and_read_in_order(client: Client, token: str) -> None:
    put_codes = list(client.create_works(CARBERRY, token, [work(number) for number in range(105)]))
    assert len({one for one in put_codes if isinstance(one, int)}) == 105
    asked = [*put_codes[::-1], 99999999]
    *found, missing = client.read_works(CARBERRY, token, [one for one in asked if isinstance(one, int)])
    titles = [one.title for one in found if isinstance(one, Work)]
    assert titles == [f"Book {number}" for number in reversed(range(105))]
    assert isinstance(missing, CallRefused)
    assert missing.error_code == 9034


def test_works_sent_again_name_those_that_are_there(client: Client, token: str) -> None:
    works = [work(1), work(2), replace(work(3), title=" "), work(1)]
    first, second, illegal, twice = client.create_works(CARBERRY, token, works)
    assert isinstance(illegal, InvalidMessage)
    assert isinstance(twice, AlreadyThere)
    assert twice.put_code == first
    again = client.create_works(CARBERRY, token, works[:2])
    assert [one.put_code for one in again if isinstance(one, AlreadyThere)] == [first, second]


def test_a_work_with_more_than_the_message_knows_comes_through(client: Client, token: str) -> None:
    put_code = client.create(CARBERRY, token, work(1))
    assert put_code
    stored = client.item(CARBERRY, token, Work, put_code)
    assert (stored.unknown, stored.path) == ((), f"/{CARBERRY}/work/{put_code}")
    assert client.update(CARBERRY, token, replace(stored, title="Renamed")).title == "Renamed"
    client.delete(CARBERRY, token, Work, put_code)
    with pytest.raises(NotFound):
        client.delete(CARBERRY, token, Work, put_code)


def test_refusals_are_errors_of_their_kinds(client: Client, orcid_registry: Server, token: str) -> None:
    registry = orcid_registry.registry
    reading = registry.issue_token(MEMBER, ["/read-limited"], CARBERRY).access
    with pytest.raises(ScopeMissing):
        client.create(CARBERRY, reading, work(1))
    with pytest.raises(TokenRefused):
        client.create(CARBERRY, "no-token", work(1))
    registry.add_client(EmulatedClient("APP-ANOTHERMEMBER000", "secret", "Another member"))
    other = registry.issue_token("APP-ANOTHERMEMBER000", SCOPES, CARBERRY).access
    put_code = client.create(CARBERRY, other, work(1))
    assert put_code
    with pytest.raises(NotTheSource):
        client.delete(CARBERRY, token, Work, put_code)
    registry.researchers[CARBERRY] = replace(registry.researchers[CARBERRY], state="locked")
    with pytest.raises(RecordClosed):
        client.record(CARBERRY, token)


def test_searches_find_people_by_what_is_public(public: PublicClient) -> None:
    query = all_of(field("orcid", CARBERRY), starting("family-name", "Car"))
    assert [one.path for one in public.search.orcids(query, None)] == [CARBERRY]
    [person] = public.search.people(query, None)
    assert (person.orcid, person.family_names) == (CARBERRY, "Carberry")
    [row] = public.search.table(query, None, fields=("orcid", "family-name"))
    assert (row["orcid"], row["family-name"]) == (CARBERRY, "Carberry")
    assert public.search.page(query, None, rows=0).found == 1
    assert list(public.search.people(field("orcid", "0000-0000-0000-0000"), None)) == []


def test_pages_of_a_search_hold_everybody_once(public: PublicClient) -> None:
    everybody = [one.path for one in public.search.orcids("*:*", None)]
    assert len(everybody) == len(set(everybody)) > 2
    for rows in (1, 2, len(everybody)):
        assert [one.path for one in public.search.orcids("*:*", None, rows=rows)] == everybody
        assert [row["orcid"] for row in public.search.table("*:*", None, fields=("orcid",), rows=rows)] == everybody


def test_a_value_of_any_characters_is_searched_for(client: Client, public: PublicClient, token: str) -> None:
    odd = 'a+b(c):"d\\e"/f~'
    client.create(CARBERRY, token, Work(type="book", title="Odd", external_ids=(ExternalId("other-id", odd, "self"),)))
    query = all_of(field("other-id-self", odd), field("orcid", CARBERRY))
    assert [one.path for one in public.search.orcids(query, None)] == [CARBERRY]


def test_the_summary_of_a_record_counts_what_is_there(client: Client, orcid_registry: Server, token: str) -> None:
    client.create(CARBERRY, token, work(1))
    public = orcid_registry.registry.issue_token(MEMBER, ["/read-public"]).access
    summary = client.record_summary(CARBERRY, public)
    assert list(unknown(summary)) == []
    assert summary.orcid.path == CARBERRY
    assert summary.works.self_asserted + summary.works.validated >= 1


def test_clients_and_identifier_types_are_read(client: Client, public: PublicClient, orcid_registry: Server) -> None:
    token = orcid_registry.registry.issue_token(MEMBER, ["/read-public"]).access
    assert client.client_info(MEMBER, token).name == orcid_registry.registry.clients[MEMBER].name
    with pytest.raises(NotFound):
        client.client_info("APP-NOBODY0000000000", token)
    types = {one.name: one for one in public.identifier_types()}
    assert types["doi"].resolution_prefix == "https://doi.org/"
    assert "grant_number" in types


def test_the_state_of_the_service_is_read(client: Client, public: PublicClient) -> None:
    assert set(client.status().values()) == {True}
    assert set(public.status().values()) == {True}


def test_a_public_work_is_cited(client: Client, public: PublicClient, token: str) -> None:
    put_code = client.create(CARBERRY, token, work(1))
    assert put_code
    assert public.citation(CARBERRY, None, put_code)["title"] == "Book 1"
