"""Many works with one request: results stand in the order of what was asked, errors among them."""

from __future__ import annotations

import json as plain_json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
import responses

from orcid_plugin.errors import (
    AlreadyThere,
    AnswerError,
    CallRefused,
    InvalidMessage,
    NotVisible,
    RegistryFault,
    TokenRefused,
    Unreachable,
)
from orcid_plugin.registry.client import Client
from orcid_plugin.registry.encoding import json
from orcid_plugin.registry.environment import ENVIRONMENTS
from orcid_plugin.registry.messages.item import ExternalId
from orcid_plugin.registry.messages.work import Work
from orcid_plugin.registry.transport import Transport

ORCID = "0000-0002-1825-0097"
TOKEN = "b4c9-token-of-josiah"
WORKS = f"https://api.sandbox.orcid.org/v3.0/{ORCID}/works"


def work(number: int) -> Work:
    return Work(type="book", title=f"Book {number}", external_ids=(ExternalId("doi", f"10.5555/{number}", "self"),))


def stored(number: int) -> dict[str, Any]:
    return {"work": json.encode(replace(work(number), put_code=number))}


def error(status: int, code: int, text: str = "") -> dict[str, Any]:
    return {"error": {"response-code": status, "error-code": code, "developer-message": text}}


def unknown(number: int) -> dict[str, Any]:
    return error(400, 9034, f"400 Bad Request … Full validation error: '{number}' is not a valid put code")


@pytest.fixture
def client() -> Iterator[Client]:
    transport = Transport()
    yield Client(ENVIRONMENTS["sandbox"], transport)
    transport.close()


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as http:
        yield http


def test_hidden_and_unknown_works_are_errors_in_their_place(client: Client, http: responses.RequestsMock) -> None:
    hidden = error(403, 9013, "403 Forbidden: The item is private and you are not the source.")
    http.get(f"{WORKS}/1,2,3,4", json={"bulk": [stored(1), hidden, stored(4), unknown(2)]})
    first, second, third, fourth = client.read_works(ORCID, TOKEN, [1, 2, 3, 4])
    assert isinstance(first, Work)
    assert isinstance(fourth, Work)
    assert (first.put_code, fourth.put_code) == (1, 4)
    assert isinstance(second, CallRefused)
    assert isinstance(third, NotVisible)
    assert (second.http_status, second.error_code, third.http_status) == (400, 9034, 403)


def test_what_the_answer_leaves_out_or_garbles_is_an_error(client: Client, http: responses.RequestsMock) -> None:
    http.get(f"{WORKS}/1,2,3", json={"bulk": [{"work": {"put-code": 1}}, "odd"]})
    assert [type(one) for one in client.read_works(ORCID, TOKEN, [1, 2, 3])] == [RegistryFault] * 3


def test_works_are_read_by_hundreds_as_they_are_asked_for(client: Client, http: responses.RequestsMock) -> None:
    first, second = list(range(1, 101)), list(range(101, 151))
    http.get(f"{WORKS}/{','.join(map(str, first))}", json={"bulk": [stored(number) for number in first]})
    http.get(f"{WORKS}/{','.join(map(str, second))}", json={"bulk": [stored(number) for number in second]})
    results = client.read_works(ORCID, TOKEN, first + second)
    next(results)
    assert len(http.calls) == 1
    assert [one.put_code for one in results if isinstance(one, Work)] == list(range(2, 151))


def test_each_work_sent_has_a_put_code_or_an_error(client: Client, http: responses.RequestsMock) -> None:
    text = "409 Conflict: You have already added this activity, please see element with put-code 77. If you are …"
    http.post(WORKS, json={"bulk": [stored(1), error(409, 9021, text), {"work": {"type": "book"}}, stored(4)]})
    first, second, third, fourth = client.create_works(ORCID, TOKEN, [work(number) for number in (1, 2, 3, 4)])
    assert (first, fourth) == (1, 4)
    assert isinstance(second, AlreadyThere)
    assert second.put_code == 77
    assert isinstance(third, AnswerError)
    assert plain_json.loads(http.calls[0].request.body)["bulk"][1] == {"work": json.encode(work(2))}


def test_illegal_works_stay_here_and_the_others_are_sent(client: Client, http: responses.RequestsMock) -> None:
    http.post(WORKS, json={"bulk": [stored(2)]})
    first, second = client.create_works(ORCID, TOKEN, [replace(work(1), title=" "), work(2)])
    assert isinstance(first, InvalidMessage)
    assert [finding.code for finding in first.findings] == ["work_title_missing"]
    assert second == 2
    assert len(plain_json.loads(http.calls[0].request.body)["bulk"]) == 1


def test_nothing_is_sent_where_nothing_is_legal(client: Client) -> None:
    [result] = client.create_works(ORCID, TOKEN, [replace(work(1), external_ids=())])
    assert isinstance(result, InvalidMessage)
    assert list(client.create_works(ORCID, TOKEN, [])) == []


def test_what_concerns_a_whole_request_is_raised(client: Client, http: responses.RequestsMock) -> None:
    http.post(WORKS, json={"bulk": [stored(number) for number in range(1, 101)]})
    http.post(WORKS, status=401, json={"error": "invalid_token", "error_description": f"Invalid access token: {TOKEN}"})
    results = client.create_works(ORCID, TOKEN, [work(number) for number in range(1, 103)])
    assert [next(results) for _ in range(100)] == list(range(1, 101))
    with pytest.raises(TokenRefused) as caught:
        next(results)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"bulk": []}', '{"bulk": [1, 2]}'])
def test_an_answer_that_tells_not_of_each_work_is_an_error(
    client: Client, http: responses.RequestsMock, body: str
) -> None:
    http.post(WORKS, body=body)
    with pytest.raises(RegistryFault):
        list(client.create_works(ORCID, TOKEN, [work(1)]))


def test_no_answer_is_raised(client: Client, http: responses.RequestsMock) -> None:
    http.post(WORKS, body=requests.ReadTimeout())
    with pytest.raises(Unreachable):
        list(client.create_works(ORCID, TOKEN, [work(1)]))
