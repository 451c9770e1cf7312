"""Searches: pages are asked for until all is found, and queries hold any value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from responses import matchers

from orcid_plugin.errors import CallRefused, QuotaSpent
from orcid_plugin.registry import query
from orcid_plugin.registry.client import PublicClient
from orcid_plugin.registry.environment import ENVIRONMENTS
from orcid_plugin.registry.messages.found import Hit
from orcid_plugin.registry.transport import Transport

API = "https://pub.sandbox.orcid.org/v3.0"


@pytest.fixture
def client() -> Iterator[PublicClient]:
    transport = Transport()
    yield PublicClient(ENVIRONMENTS["sandbox"], transport)
    transport.close()


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as http:
        yield http


def asked(http: responses.RequestsMock, path: str, start: int, rows: int, **more: Any) -> None:
    fields = {"fl": more.pop("fl")} if "fl" in more else {}
    params = {"q": "keyword:pots", "start": str(start), "rows": str(rows), **fields}
    http.get(f"{API}/{path}", match=[matchers.query_param_matcher(params)], **more)


def identifier(number: int) -> dict[str, Any]:
    path = f"0000-0002-1825-{number:04}"
    return {"orcid-identifier": {"uri": f"https://sandbox.orcid.org/{path}", "path": path, "host": "sandbox.orcid.org"}}


def test_pages_are_asked_for_until_all_is_found(client: PublicClient, http: responses.RequestsMock) -> None:
    asked(http, "search", 0, 2, json={"result": [identifier(1), identifier(2)], "num-found": 3})
    asked(http, "search", 2, 2, json={"result": [identifier(3)], "num-found": 3})
    found = list(client.search.orcids("keyword:pots", None, rows=2))
    assert [one.path[-4:] for one in found] == ["0001", "0002", "0003"]
    assert found[0].uri == "https://sandbox.orcid.org/0000-0002-1825-0001"
    assert "Authorization" not in http.calls[0].request.headers


@pytest.mark.parametrize("body", [{"result": None, "num-found": 0}, {"result": [], "num-found": 9}])
def test_a_search_ends_where_nothing_more_comes(client: PublicClient, http: responses.RequestsMock, body: Any) -> None:
    asked(http, "search", 0, 1000, json=body)
    assert list(client.search.orcids("keyword:pots", None)) == []
    assert len(http.calls) == 1


def test_a_search_counts_without_results(client: PublicClient, http: responses.RequestsMock) -> None:
    asked(http, "search", 0, 0, json={"result": None, "num-found": 12345})
    page = client.search.page("keyword:pots", None, rows=0)
    assert (page.found, page.results) == (12345, ())


def test_the_end_of_a_search_without_token_is_an_error(client: PublicClient, http: responses.RequestsMock) -> None:
    text = "The start parameter for API users without credentials must be an integer between 0 and 10,000"
    asked(http, "search", 0, 1, json={"result": [identifier(1)], "num-found": 20000})
    asked(http, "search", 1, 1, status=400, json={"response-code": 400, "error-code": 9043, "developer-message": text})
    results = client.search.orcids("keyword:pots", None, rows=1)
    next(results)
    with pytest.raises(CallRefused, match="between 0 and 10,000"):
        next(results)


def test_the_quota_is_an_error_of_its_own(client: PublicClient, http: responses.RequestsMock) -> None:
    http.get(f"{API}/search", status=429, body="Too Many Requests. You have exceeded the daily quota for anonymous")
    with pytest.raises(QuotaSpent):
        client.search.page("keyword:pots", None)


def test_people_come_with_what_is_public_of_them(client: PublicClient, http: responses.RequestsMock) -> None:
    carberry = {
        "orcid-id": "0000-0002-1825-0097",
        "given-names": "Josiah",
        "family-names": "Carberry",
        "credit-name": None,
        "other-name": ["J. Carberry"],
        "email": [],
        "institution-name": ["Brown University", "Wesleyan University"],
        "newer": 1,
    }
    asked(http, "expanded-search", 0, 1000, json={"expanded-result": [carberry], "num-found": 1})
    assert list(client.search.people("keyword:pots", None)) == [
        Hit(
            orcid="0000-0002-1825-0097",
            given_names="Josiah",
            family_names="Carberry",
            other_names=("J. Carberry",),
            institution_names=("Brown University", "Wesleyan University"),
        )
    ]
    [unknown] = client.search.expanded_page("keyword:pots", None).unknown
    assert (unknown.where, unknown.content) == ("/expanded-result/0/newer", "1")


def test_a_table_is_read_row_by_row(client: PublicClient, http: responses.RequestsMock) -> None:
    asked(http, "csv-search", 0, 2, body='orcid,credit-name\n1,"Carberry, J."\n2,\n', fl="orcid,credit-name")
    asked(http, "csv-search", 2, 2, body="orcid,credit-name\r\n3,Zoë\r\n", fl="orcid,credit-name")
    rows = list(client.search.table("keyword:pots", None, fields=("orcid", "credit-name"), rows=2))
    assert [row["credit-name"] for row in rows] == ["Carberry, J.", "", "Zoë"]
    assert http.calls[0].request.headers["Accept"] == "text/csv"


def test_a_table_that_takes_no_notice_of_the_start_ends(client: PublicClient, http: responses.RequestsMock) -> None:
    http.get(f"{API}/csv-search", body="orcid\n1\n2\n")
    assert len(list(client.search.table("keyword:pots", None, fields=("orcid",), rows=2))) == 2


def test_queries_combine() -> None:
    one = query.field("doi-self", "10.5555/a(b)")
    two = query.any_of(query.field("given-names", 'Jo"e'), query.starting("family-name", "O'Ne il*"))
    assert query.all_of(one, two) == (
        '(doi-self:"10.5555/a(b)" AND (given-names:"Jo\\"e" OR family-name:O\'Ne\\ il\\**))'
    )


@pytest.mark.parametrize("name", ["", "Text", "a:b", "a b", "*"])
def test_a_field_has_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a field"):
        query.field(name, "x")


def test_nothing_cannot_be_combined() -> None:
    with pytest.raises(ValueError, match="nothing"):
        query.all_of()


@given(value=st.text())
def test_no_value_ends_its_phrase(value: str) -> None:
    phrase = query.field("text", value).removeprefix('text:"')
    assert re.fullmatch(r'(?:[^"\\]|\\.)*"', phrase, re.DOTALL)
