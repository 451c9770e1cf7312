"""What is read beside items: a record's summary, clients, identifier types, references, other forms of a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import requests
from lxml import etree

from orcid_plugin.emulator import Client, Email, Server
from orcid_plugin.metadata.vocabulary import IDENTIFIER_TYPES
from tests.emulator.helpers import CARBERRY, MEMBER, PUBLIC, TANAKA, Api, external_id, work
from tests.emulator.test_activities import add, body, date

ORCID_XML = "application/vnd.orcid+xml"
CSL = "application/vnd.citationstyles.csl+json"


def code(answer: requests.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error-code"]


@pytest.fixture
def reader(orcid_registry: Server) -> Api:
    return Api(orcid_registry, orcid_registry.registry.issue_token(MEMBER, ["/read-public"]).access)


def test_summary(
    orcid_registry: Server, api: Api, reader: Api, assert_valid: Callable[[bytes], etree._Element]
) -> None:
    registry = orcid_registry.registry
    registry.add_researcher(
        replace(registry.researchers[CARBERRY], emails=tuple(Email(f"{name}@ex.org", "public") for name in "ij"))
    )
    for year in ("1930", "1950", "1940"):
        add(api, "employment", body("employment", start_date=date("1920"), end_date=date(year)))
    current = add(api, "employment", body("employment", url={"value": "https://example.org"}))
    add(api, "membership", body("membership", end_date=date("1960")))
    add(api, "distinction", body("distinction", start_date=date("1970")))
    add(api, "qualification", body("qualification"))
    add(api, "funding", body("funding"))
    add(api, "peer-review", body("peer-review"))
    add(api, "research-resource", body("research-resource"))
    api.post(work())
    own = replace(registry.works_of(CARBERRY)[0], put_code=1, source=None, message=work(external_id("10.5555/own")))
    hidden = replace(own, put_code=2, visibility="private", message=work(external_id("10.5555/hidden")))
    for item in (own, hidden):
        registry.put_item(item)
    scopus = external_id("A-1", type="Scopus Author ID") | {"external-id-url": "https://example.org/A-1"}
    person = Api(orcid_registry, registry.issue_token(MEMBER, ["/person/update"], CARBERRY).access)
    assert person("POST", "/external-identifiers", scopus).status_code == 201

    summary = reader("GET", "/summary").json()
    assert (summary["credit-name"], summary["orcid-identifier"]["path"]) == ("Josiah S. Carberry", CARBERRY)
    employments = summary["employments"]
    assert employments["count"] == 4
    assert [(entry["end-date"] or {}).get("year") for entry in employments["employment"]] == [
        None,
        {"value": "1950"},
        {"value": "1940"},
    ]
    assert employments["employment"][0] == {
        "put-code": current,
        "type": "employment",
        "organization-name": "ORCID",
        "role": "Editor",
        "url": "https://example.org",
        "start-date": None,
        "end-date": None,
        "validated": True,
    }
    activities = summary["professional-activities"]["professional-activity"]
    assert [entry["type"] for entry in activities] == ["distinction", "membership"]
    assert activities[0]["end-date"]["year"] == {"value": "1970"}
    assert summary["education-qualifications"]["count"] == 1
    assert summary["works"] == {"self-asserted-count": 1, "validated-count": 1}
    assert summary["fundings"] == summary["research-resources"] == {"self-asserted-count": 0, "validated-count": 1}
    assert summary["peer-reviews"] == {"peer-review-publication-grants": 1, "self-asserted-count": 0, "total": 1}
    (identifier,) = summary["external-identifiers"]["external-identifier"]
    assert (identifier["external-id-value"], identifier["validated"]) == ("A-1", True)
    assert [entry["value"] for entry in summary["email-domains"]["email-domain"]] == ["ex.org"]
    root = assert_valid(reader("GET", "/summary", accept=ORCID_XML).content)
    assert root.tag == "{http://www.orcid.org/ns/summary}record-summary"


def test_summary_of_an_empty_record(reader: Api) -> None:
    summary = reader("GET", "/summary").json()
    assert summary["employments"] == {"count": 0, "employment": None}
    assert summary["works"] == {"self-asserted-count": 0, "validated-count": 0}
    assert summary["external-identifiers"] is None


def test_summary_in_xml_leaves_out_lists_that_the_schema_wants_filled(
    reader: Api, assert_valid: Callable[[bytes], etree._Element]
) -> None:
    root = assert_valid(reader("GET", "/summary", accept=ORCID_XML).content)
    assert {etree.QName(child).localname for child in root}.isdisjoint({"employments", "email-domains"})


def test_who_may_read_the_summary(orcid_registry: Server, api: Api) -> None:
    registry = orcid_registry.registry
    assert code(api("GET", "/summary")) == (403, 9038)
    public = Api(orcid_registry, registry.issue_token(PUBLIC, ["/read-public"]).access)
    assert code(public("GET", "/summary")) == (401, 9017)
    other = Api(orcid_registry, registry.issue_token(MEMBER, ["/read-public"], TANAKA).access)
    assert code(other("GET", "/summary")) == (401, 9017)
    headers = {"Accept": "application/json"}
    answer = requests.get(f"{orcid_registry.public_api}/v3.0/{CARBERRY}/summary", headers=headers, timeout=10)
    assert code(answer) == (404, 9001)


def test_client(orcid_registry: Server, reader: Api) -> None:
    registry = orcid_registry.registry
    registry.add_client(Client("APP-0000000000000000", "secret", "A journal", description="About pots"))
    reader.orcid = "client"
    told = {"name": "A journal", "description": "About pots"}
    assert reader("GET", "/APP-0000000000000000").json() == told
    assert code(reader("GET", "/APP-X")) == (404, 9027)
    assert "client:APP-X." in reader("GET", "/APP-X").json()["developer-message"]
    root = etree.fromstring(reader("GET", "/APP-0000000000000000", accept=ORCID_XML).content)
    assert {etree.QName(child).localname: child.text for child in root} == told
    public = f"{orcid_registry.public_api}/v3.0/client/APP-0000000000000000"
    assert requests.get(public, headers={"Accept": "application/json"}, timeout=10).json() == told
    reader.token = registry.issue_token(MEMBER, ["/webhook"]).access
    assert code(reader("GET", "/APP-0000000000000000")) == (403, 9038)


def test_identifier_types(orcid_registry: Server) -> None:
    url = f"{orcid_registry.public_api}/v3.0/identifiers"
    answer = requests.get(url, params={"locale": "en"}, timeout=10)
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    types = {entry["name"]: entry for entry in answer.json()}
    assert set(types) == set(IDENTIFIER_TYPES)
    assert len(types) == 52
    assert (types["doi"]["resolutionPrefix"], types["doi"]["caseSensitive"]) == ("https://doi.org/", False)
    assert (types["uri"]["resolutionPrefix"], types["uri"]["caseSensitive"]) == (None, True)
    root = etree.fromstring(requests.get(url, headers={"Accept": "application/xml"}, timeout=10).content)
    assert [entry.findtext("name") for entry in root] == list(types)
    assert root.findtext("identifierType[name='ark']/caseSensitive") == "true"
    assert requests.get(url, headers={"Accept": ORCID_XML}, timeout=10).status_code == 406
    assert code(requests.get(url, params={"locale": "English"}, timeout=10)) == (400, 9006)


def test_a_public_work_as_reference(orcid_registry: Server, api: Api) -> None:
    people = [{"credit-name": {"value": name}} for name in ("J. Carberry", "S. Garcia", "J. Carberry")]
    put_code = api.post(
        work(
            external_id("10.5555/abc"),
            external_id("1741-4857", "part-of", "issn"),
            journal_title={"value": "Pots"},
            publication_date=date("2024-05"),
            contributors={"contributor": people},
        )
    )
    url = f"{orcid_registry.public_api}/v3.0/{CARBERRY}/work"
    answer = requests.get(f"{url}/{put_code}", headers={"Accept": CSL}, timeout=10)
    assert answer.headers["Content-Type"].startswith(CSL)
    assert answer.json() == {
        "id": str(put_code),
        "type": "article-journal",
        "title": "On cracked pots",
        "container-title": "Pots",
        "author": [{"literal": "J. Carberry"}, {"literal": "S. Garcia"}],
        "issued": {"date-parts": [[2024, 5]]},
        "DOI": "10.5555/abc",
        "ISSN": "1741-4857",
    }
    anonymous = api.post(work(external_id("10.5555/x"), type="test"))
    reference = requests.get(f"{url}/{anonymous}", headers={"Accept": CSL}, timeout=10).json()
    assert (reference["type"], reference["author"]) == ("document", [{"literal": "Josiah S. Carberry"}])
    assert requests.get(f"{url}/1", headers={"Accept": CSL}, timeout=10).status_code == 404
    assert (
        requests.get(f"{url}/{put_code}", headers={"Accept": "*/*"}, timeout=10)
        .headers["Content-Type"]
        .startswith(ORCID_XML)
    )
    assert api("GET", f"/work/{put_code}", accept=CSL).status_code == 406


@pytest.mark.parametrize(
    ("accept", "location"),
    [
        ("application/ld+json", "/v3.0/{}"),
        ("application/orcid+xml", "/v3.0/{}"),
        ("text/turtle", "/experimental_rdf_v1/{}"),
        ("application/rdf+xml", "/experimental_rdf_v1/{}"),
    ],
)
def test_other_forms_of_a_record_are_elsewhere(orcid_registry: Server, accept: str, location: str) -> None:
    url, headers = f"{orcid_registry.web}/{CARBERRY}", {"Accept": accept}
    answer = requests.get(url, headers=headers, timeout=10, allow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"/pub{location.format(CARBERRY)}")
    unknown = f"{orcid_registry.web}/0000-0000-0000-0001"
    assert requests.get(unknown, headers=headers, timeout=10, allow_redirects=False).status_code == 404
