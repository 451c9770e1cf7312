from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests
from lxml import etree

from orcid_plugin.emulator import Server
from orcid_plugin.emulator.normalise import normalise
from tests.emulator.helpers import CARBERRY, MEMBER, Api, external_id, work
from tests.emulator.test_activities import add, body, date, ids

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


def test_equal_dates_are_ordered_by_title_and_type_and_a_day_comes_before_its_month(api: Api) -> None:
    month = {**year("2020"), "month": {"value": "05"}}
    expected: list[dict[str, Any]] = [
        {"title": "z", "publication_date": {**month, "day": {"value": "01"}}},
        {"title": "z", "publication_date": month},
        {"title": "a", "publication_date": year("2020")},
        {"title": "B", "publication_date": year("2020"), "type": "data-set"},
        {"title": "b", "publication_date": year("2020"), "type": "report"},
        {"title": "A"},
    ]
    put_codes = [
        api.post(work(external_id(f"10.5555/{number}"), **changes | {"title": {"title": {"value": changes["title"]}}}))
        for number, changes in enumerate(reversed(expected))
    ]
    groups = api("GET", "/works").json()["group"]
    assert [group["work-summary"][0]["put-code"] for group in groups] == put_codes[::-1]


def test_the_highest_display_index_leads_its_group(orcid_registry: Server, api: Api) -> None:
    first, second = api.post(work()), api.other_client().post(work())
    item = orcid_registry.registry.items[CARBERRY, "work"][second]
    orcid_registry.registry.put_item(replace(item, display_index="10"))
    (group,) = api("GET", "/works").json()["group"]
    assert [summary["put-code"] for summary in group["work-summary"]] == [second, first]


def test_affiliations_and_resources_are_grouped_by_their_identifiers_and_ordered_by_start(api: Api) -> None:
    other = api.other_client()
    shared = ids(external_id("E-1", type="proposal-id"))
    for section in ("employment", "research-resource", "funding"):
        old = body(section)
        main = old["proposal"] if section == "research-resource" else old
        main |= {"start_date".replace("_", "-"): date("2001"), "external-ids": shared}
        first, same = add(api, section, old), add(other, section, old)
        main |= {"start-date": date("2010-02"), "external-ids": ids(external_id("E-2", "part-of", "proposal-id"))}
        newer = add(api, section, old)
        main |= {"start-date": date("2010-01")}
        between = add(other, section, old)
        listed = api("GET", f"/{section}s").json()
        groups = listed.get("group") or listed["affiliation-group"]
        found = [
            [
                entry.get(f"{section}-summary", entry)["put-code"]
                for entry in g.get("summaries") or g[f"{section}-summary"]
            ]
            for g in groups
        ]
        assert found == [[newer], [between], [first, same]]
        assert groups[0]["external-ids"]["external-id"] == []


def test_reviews_are_grouped_by_group_id_and_only_inside_it_by_identifier(api: Api) -> None:
    other = api.other_client()

    def review(reviewer: Api, group: str, year: str, *values: str) -> int:
        own = ids(*(external_id(value, type="source-work-id") for value in values))
        changes = {"review_identifiers": own, "review_group_id": group, "review_completion_date": date(year)}
        return add(reviewer, "peer-review", body("peer-review", **changes))

    a, b = review(api, "issn:1741-4857", "2019", "r-1"), review(api, "issn:1741-4857", "2021", "r-2")
    same = review(other, "issn:1741-4857", "2020", "r-1")
    elsewhere = review(other, "issn:0028-0836", "2022", "r-2", "r-1b")
    groups = api("GET", "/peer-reviews").json()["group"]
    found = {
        outer["external-ids"]["external-id"][0]["external-id-value"]: [
            [summary["put-code"] for summary in inner["peer-review-summary"]] for inner in outer["peer-review-group"]
        ]
        for outer in groups
    }
    assert list(found.items()) == [("issn:0028-0836", [[elsewhere]]), ("issn:1741-4857", [[b], [a, same]])]


def test_the_date_of_a_record_moves_with_every_change(
    orcid_registry: Server, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = orcid_registry.registry
    seconds = itertools.count(int(registry.clock()) + 100, 100)

    def dates() -> tuple[Any, ...]:
        record = api("GET", "/record").json()
        parts = (record["history"], record["person"], record["activities-summary"])
        return tuple((part["last-modified-date"] or {}).get("value") for part in parts)

    before = dates()
    assert (before[1], before[2]) == (record_created(api), None)

    def tick() -> int:
        now = next(seconds)
        monkeypatch.setattr(registry, "clock", lambda: now)
        return now * 1000

    added = tick()
    put_code = api.post(work())
    assert dates() == (added, before[1], added)
    changed = tick()
    api("PUT", f"/work/{put_code}", work(put_code=put_code, type="report"))
    assert dates() == (changed, before[1], changed)
    unchanged = tick()
    api("PUT", f"/work/{put_code}", work(put_code=put_code, type="report"))
    assert dates() == (changed, before[1], changed) != unchanged
    keyword = tick()
    writer = Api(orcid_registry, registry.issue_token(MEMBER, ["/person/update"], CARBERRY).access)
    assert writer("POST", "/keywords", {"content": "pots"}).status_code == 201
    assert dates() == (keyword, keyword, changed)
    assert api("GET", "/personal-details").json()["last-modified-date"]["value"] == before[1]
    removed = tick()
    api("DELETE", f"/work/{put_code}")
    assert dates() == (removed, keyword, None)


def record_created(api: Api) -> int:
    created: int = api("GET", "/record").json()["history"]["submission-date"]["value"]
    return created


def test_record_page_negotiates(orcid_registry: Server) -> None:
    url = f"{orcid_registry.web}/{CARBERRY}"
    answer = requests.get(url, headers={"Accept": "application/json"}, timeout=10)
    assert answer.url == f"{orcid_registry.public_api}/v3.0/{CARBERRY}"
    assert answer.json()["path"] == f"/{CARBERRY}"
    assert "<h1>" in requests.get(url, headers={"Accept": "text/html,*/*;q=0.8"}, timeout=10).text
