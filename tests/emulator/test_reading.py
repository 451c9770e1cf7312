from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from lxml import etree

from orcid_plugin.emulator import Server
from orcid_plugin.emulator.normalise import normalise
from tests.emulator.helpers import CARBERRY, Api, external_id, work

ORCID_XML = "application/vnd.orcid+xml"


@pytest.mark.parametrize("path", ["", "/record", "/person", "/activities", "/works", "/work/{}", "/work/summary/{}"])
def test_every_answer_in_xml_is_valid(api: Api, path: str, assert_valid: Callable[[bytes], etree._Element]) -> None:
    date = {"year": {"value": "2020"}, "month": {"value": "05"}}
    put_code = api.post(work(external_id("no doi"), external_id("PMC123456", "self", "pmc"), publication_date=date))
    api.other_client().post(work(external_id("10.5555/a"), external_id("10.5555/b", "version-of")))
    answer = api("GET", path.format(put_code), accept=ORCID_XML)
    assert answer.headers["Content-Type"].startswith(ORCID_XML)
    assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<')
    root = assert_valid(answer.content)
    assert "\n    <" in answer.text
    assert [child.nsmap for child in root.iter() if child.nsmap != root.nsmap] == []


def test_an_empty_record_is_valid(api: Api, assert_valid: Callable[[bytes], etree._Element]) -> None:
    root = assert_valid(api("GET", "/record", accept=ORCID_XML).content)
    assert root.get("path") == f"/{CARBERRY}"


def test_keys_of_the_record(api: Api) -> None:
    record = api("GET", "/record").json()
    assert list(record) == ["orcid-identifier", "preferences", "history", "person", "activities-summary", "path"]
    assert record["orcid-identifier"] == {
        "uri": f"https://orcid.org/{CARBERRY}",
        "path": CARBERRY,
        "host": "orcid.org",
    }
    assert record["history"]["creation-method"] == "DIRECT"
    assert record["person"]["name"]["credit-name"] == {"value": "Josiah S. Carberry"}
    assert record["activities-summary"]["works"] == {
        "last-modified-date": None,
        "group": [],
        "path": f"/{CARBERRY}/works",
    }


def test_two_layouts_of_json(api: Api) -> None:
    put_code = api.post(work())
    compact = api("GET", f"/work/{put_code}", accept="application/json").text
    assert compact.startswith(f'{{"put-code":{put_code},"created-date":{{"value":')
    for type in ("application/vnd.orcid+json", "application/orcid+json"):
        pretty = api("GET", f"/work/{put_code}", accept=type)
        assert pretty.headers["Content-Type"].startswith(type)
        assert pretty.text.startswith(f'{{\n  "put-code" : {put_code},\n  "created-date" : {{\n    "value" : ')
        assert '"external-id" : [ {\n' in pretty.text
        assert json.loads(pretty.text) == json.loads(compact)


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, ORCID_XML),
        ("*/*", ORCID_XML),
        ("application/*", ORCID_XML),
        ("application/json", "application/json"),
        ("application/json, application/vnd.orcid+json", "application/vnd.orcid+json"),
        ("application/orcid+json;q=0.9, application/xml;q=0.8", "application/orcid+json"),
        ("text/html, application/xml;q=0.9", "application/xml"),
    ],
)
def test_content_negotiation(orcid_registry: Server, accept: str | None, answered: str) -> None:
    url = f"{orcid_registry.public_api}/v3.0/{CARBERRY}/works"
    answer = requests.get(url, headers={"Accept": accept}, timeout=10)
    assert answer.headers["Content-Type"] == f"{answered};charset=UTF-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_normalised_values_are_shown_beside_what_was_sent(api: Api) -> None:
    put_code = api.post(work(external_id("https://doi.org/10.5555/ABC"), external_id("no doi")))
    first, second = api.get(put_code)["external-ids"]["external-id"]
    assert first["external-id-value"] == "https://doi.org/10.5555/ABC"
    assert first["external-id-normalized"] == {"value": "10.5555/abc", "transient": True}
    assert second["external-id-normalized"] is None
    assert second["external-id-normalized-error"] == {
        "error-code": "8001",
        "error-message": "Cannot normalize identifier value doi:no doi",
        "transient": True,
    }


@pytest.mark.parametrize(
    ("type", "value", "expected"),
    [
        ("doi", "https://doi.org/10.1002/(SICI)1097", "10.1002/(sici)1097"),
        ("doi", "10.1002/a&amp;lt;b", "10.1002/a<b"),
        ("doi", "doi:xyz", ""),
        ("issn", "ISSN 1234567x", "1234-567X"),
        ("issn", "12345678901", ""),
        ("isbn", "978-3-16-148410-0", "9783161484100"),
        ("isbn", "080442957x", "080442957X"),
        ("isbn", "123-456-789-01", ""),
        ("pmid", "https://pubmed.ncbi.nlm.nih.gov/12345/", "12345"),
        ("pmid", "PMID: 12345", "12345"),
        ("pmc", "PMC1234567", "1234567"),
        ("arxiv", "arXiv:2101.00001v2", "arXiv:2101.00001v2"),
        ("arxiv", "hep-th/9901001", "arXiv:hep-th/9901001"),
        ("bibcode", "2015ApJ...806....1M", "2015ApJ...806....1M"),
        ("rrid", "SCR_012345", "RRID:SCR_012345"),
        ("uri", "example.org/A", "http://example.org/A"),
        ("uri", "https://example.org/A", "https://example.org/A"),
        ("handle", "10101/ABC", "10101/abc"),
        ("ark", "ark:/1/ABC", "ark:/1/ABC"),
    ],
)
def test_normalisers(type: str, value: str, expected: str) -> None:
    assert normalise(type, value) == expected


def year(text: str) -> dict[str, Any]:
    return {"year": {"value": text}}


def test_groups_are_transitive_and_ordered(api: Api) -> None:
    other = api.other_client()
    preprint = api.post(work(external_id("10.5555/pre"), publication_date=year("2019")))
    article = other.post(
        work(external_id("10.5555/art"), external_id("10.5555/pre", "version-of"), publication_date=year("2021"))
    )
    copy = api.post(work(external_id("10.5555/ART"), publication_date=year("2018")))
    apart = api.post(
        work(external_id("10.5555/x"), external_id("10.5555/art", "part-of"), publication_date=year("2020"))
    )
    undated = api.post(work(external_id("10.5555/y")))
    groups = api("GET", "/works").json()["group"]
    put_codes = [[summary["put-code"] for summary in group["work-summary"]] for group in groups]
    assert put_codes == [[apart], [preprint, article, copy], [undated]]
    shared = [
        (e["external-id-value"].lower(), e["external-id-relationship"])
        for e in groups[1]["external-ids"]["external-id"]
    ]
    assert shared == [("10.5555/pre", "self"), ("10.5555/art", "self"), ("10.5555/pre", "version-of")]


def test_record_page_negotiates(orcid_registry: Server) -> None:
    url = f"{orcid_registry.web}/{CARBERRY}"
    answer = requests.get(url, headers={"Accept": "application/json"}, timeout=10)
    assert answer.url == f"{orcid_registry.public_api}/v3.0/{CARBERRY}"
    assert answer.json()["path"] == f"/{CARBERRY}"
    assert "<h1>" in requests.get(url, headers={"Accept": "text/html,*/*;q=0.8"}, timeout=10).text
