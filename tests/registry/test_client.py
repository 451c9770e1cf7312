"""Calls to the API: what is asked, and how every form of answer is read."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from orcid_plugin.errors import AnswerError, Unreachable
from orcid_plugin.registry.answers import Answer, error_of, retry_after
from orcid_plugin.registry.client import Client
from orcid_plugin.registry.environment import ENVIRONMENTS
from orcid_plugin.registry.messages.item import ExternalId
from orcid_plugin.registry.messages.work import Work
from orcid_plugin.registry.refusals import WEB_PAGE
from orcid_plugin.registry.transport import Bearer, Transport

ORCID = "0000-0002-1825-0097"
TOKEN = "b4c9-token-of-josiah"
API = f"https://api.sandbox.orcid.org/v3.0/{ORCID}"
DOI = "10.5555/one"
WORK = Work(type="journal-article", title="On cracked pots", external_ids=(ExternalId("doi", DOI, "self"),))


@pytest.fixture
def client() -> Iterator[Client]:
    transport = Transport()
    yield Client(ENVIRONMENTS["sandbox"], transport)
    transport.close()


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as http:
        yield http


def test_a_call_carries_token_and_media_types(client: Client, http: responses.RequestsMock) -> None:
    http.post(f"{API}/work", status=201, headers={"Location": f"{API}/work/77"})
    assert client.create(ORCID, TOKEN, WORK) == 77
    request = http.calls[0].request
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Content-Type"] == request.headers["Accept"] == "application/vnd.orcid+json"
    assert json.loads(request.body)["title"]["title"]["value"] == "On cracked pots"


@pytest.mark.parametrize(
    ("header", "put_code"),
    [
        ({"location": f"{API}/work/77"}, 77),
        ({"LOCATION": f"{API}/work/77/?x=1"}, 77),
        ({"Location": "77"}, 77),
        ({"Location": f"{API}/work/"}, None),
        ({"Location": f"{API}/work/0"}, None),
        ({"Location": f"{API}/work/٧٧"}, None),
        ({"Location": f"{API}/work/{'9' * 40}"}, None),
        ({}, None),
    ],
    ids=str,
)
def test_the_put_code_stands_at_the_end_of_the_location(
    client: Client, http: responses.RequestsMock, header: dict[str, str], put_code: int | None
) -> None:
    http.post(f"{API}/work", status=201, headers=header)
    assert client.create(ORCID, TOKEN, WORK) == put_code


def test_works_come_with_put_code_source_and_identifiers(client: Client, http: responses.RequestsMock) -> None:
    summary = {
        "put-code": 77,
        "type": "journal-article",
        "title": {"title": {"value": "On cracked pots"}},
        "source": {"source-client-id": {"path": "APP-1"}},
        "external-ids": {
            "external-id": [
                {"external-id-type": "doi", "external-id-value": DOI, "external-id-relationship": "self"},
            ]
        },
    }
    http.get(f"{API}/works", json={"group": [{"work-summary": [summary, {"put-code": 78}]}, None, {"work-summary": 3}]})
    [work] = client.items(ORCID, TOKEN, Work)
    assert (work.put_code, work.source and work.source.client_id, work.self_ids[0].value) == (77, "APP-1", DOI)


def test_update_read_and_delete(client: Client, http: responses.RequestsMock) -> None:
    body = {"put-code": 77, "type": "book", "title": {"title": {"value": "As stored"}}}
    http.put(f"{API}/work/77", json=body)
    http.get(f"{API}/work/77", json=body)
    http.delete(f"{API}/work/77", status=204)
    updated = client.update(ORCID, TOKEN, replace(WORK, put_code=77))
    assert updated.title == "As stored"
    assert client.item(ORCID, TOKEN, Work, 77) == updated
    client.delete(ORCID, TOKEN, Work, 77)


@pytest.mark.parametrize("body", ["<html>sign in", "[]", "{}", "", '{"title": 3}'])
def test_a_success_that_is_not_orcids_form_is_an_error(client: Client, http: responses.RequestsMock, body: str) -> None:
    http.put(f"{API}/work/77", body=body)
    with pytest.raises(AnswerError) as caught:
        client.update(ORCID, TOKEN, replace(WORK, put_code=77))
    assert caught.value.http_status == 200


def test_works_that_are_not_json_are_an_error(client: Client, http: responses.RequestsMock) -> None:
    http.get(f"{API}/works", body="<html>")
    with pytest.raises(AnswerError):
        client.items(ORCID, TOKEN, Work)


def test_redirects_are_not_followed(client: Client, http: responses.RequestsMock) -> None:
    http.get(f"{API}/works", status=301, headers={"Location": "https://elsewhere.example/"})
    with pytest.raises(AnswerError) as caught:
        client.items(ORCID, TOKEN, Work)
    assert (caught.value.http_status, caught.value.location) == (301, "https://elsewhere.example/")


def test_no_answer_is_unreachable(client: Client, http: responses.RequestsMock) -> None:
    http.get(f"{API}/works", body=requests.ConnectTimeout(f"Bearer {TOKEN}"))
    with pytest.raises(Unreachable) as caught:
        client.items(ORCID, TOKEN, Work)
    assert TOKEN not in str(caught.value)


def test_the_token_is_in_no_error_and_no_repr(client: Client, http: responses.RequestsMock) -> None:
    http.get(
        f"{API}/works",
        status=401,
        json={"error": "invalid_token", "error_description": f"Invalid access token: {TOKEN}"},
    )
    with pytest.raises(AnswerError) as caught:
        client.items(ORCID, TOKEN, Work)
    assert TOKEN not in f"{caught.value} {caught.value!r} {vars(caught.value)}"
    assert "Invalid access token: …" in caught.value.developer_message
    assert TOKEN not in repr(Bearer(TOKEN))


ORCID_XML = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<error xmlns="http://www.orcid.org/ns/error"><response-code>409</response-code>
<developer-message>409 Conflict: locked</developer-message><error-code>9018</error-code></error>"""


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (
            b'{"response-code":409,"developer-message":"409 Conflict: locked","error-code":9018}',
            9018,
            "409 Conflict: locked",
        ),
        (b'\xef\xbb\xbf {"error-code":"9018","developer-message":"x"}', 9018, "x"),
        (ORCID_XML.encode(), 9018, "409 Conflict: locked"),
        (b'{"error":"forbidden","error_description":"No."}', None, "forbidden: No."),
        (b'{"error":["odd"],"error-code":{"a":1},"message":"odd"}', None, "odd"),
        (b"<!DOCTYPE html><html><body>Busy</body></html>", None, WEB_PAGE),
        (b"<html><br>Busy", None, WEB_PAGE),
        (b'<!DOCTYPE error [<!ENTITY a "b">]><error><developer-message>&a;</developer-message></error>', None, ""),
        (b"Too Many\n  Requests", None, "Too Many Requests"),
        (b'{"developer-message":"half\\ud800"}', None, "half"),
        (b"{broken", None, "{broken"),
        (b"", None, ""),
        (b"\xff\xfe\x00", None, None),
        (b"[" * 100_000, None, None),
        (b'{"a":' * 20_000, None, None),
    ],
)
def test_every_form_of_error_is_read(body: bytes, code: int | None, message: str | None) -> None:
    error = error_of(Answer(409, CaseInsensitiveDict(), body))
    assert (error.http_status, error.error_code) == (409, code)
    assert message is None or error.developer_message == message
    assert len(error.developer_message) <= 500


@given(body=st.binary(max_size=300) | st.text(alphabet='<>{}"/error:x&;[]', max_size=80).map(str.encode))
def test_no_body_breaks_the_reading_of_an_error(body: bytes) -> None:
    assert error_of(Answer(500, CaseInsensitiveDict(), body), TOKEN).http_status == 500


NOW = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Thu, 01 Jan 2026 12:01:00 GMT", 60.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("9" * 30, None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@given(header=st.text(max_size=60))
def test_no_header_breaks_the_reading_of_retry_after(header: str) -> None:
    found = retry_after(header, NOW)
    assert found is None or found >= 0
