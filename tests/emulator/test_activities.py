from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from orcid_plugin.emulator import Registry, Server
from orcid_plugin.emulator.activity_messages import AFFILIATIONS
from orcid_plugin.emulator.app import create_app
from tests.emulator.helpers import CARBERRY, MEMBER, Api, external_id, work

ORCID_XML = "application/vnd.orcid+xml"
SAMPLES = "schemas/orcid/samples/write_samples"
SECTIONS = [*AFFILIATIONS, "funding", "peer-review", "research-resource"]
ADDED = {"put-code", "created-date", "last-modified-date", "source", "visibility", "path", "display-index"}
NORMALISED = {"external-id-normalized", "external-id-normalized-error"}

ORGANIZATION: dict[str, Any] = {
    "name": "ORCID",
    "address": {"city": "Bethesda", "region": "MD", "country": "US"},
    "disambiguated-organization": {
        "disambiguated-organization-identifier": "https://ror.org/04fa4r544",
        "disambiguation-source": "ROR",
    },
}


def date(text: str) -> dict[str, Any]:
    return {name: {"value": part} for name, part in zip(("year", "month", "day"), text.split("-"), strict=False)}


def ids(*identifiers: dict[str, Any]) -> dict[str, Any]:
    return {"external-id": list(identifiers)}


def organization(**changes: Any) -> dict[str, Any]:
    address = {name: text for name, text in changes.items() if name in {"city", "country"}}
    merged = ORGANIZATION | {name: content for name, content in changes.items() if name not in address}
    merged["address"] = ORGANIZATION["address"] | address
    if "identifier" in changes:
        identifier = merged.pop("identifier")
        merged["disambiguated-organization"] = identifier and {
            "disambiguated-organization-identifier": identifier,
            "disambiguation-source": "ROR",
        }
    return merged


AFFILIATION = {"organization": ORGANIZATION, "role-title": "Editor"}
FUNDING: dict[str, Any] = {
    "type": "grant",
    "title": {"title": {"value": "Pots"}},
    "external-ids": ids(external_id("G-1", type="grant_number")),
    "organization": ORGANIZATION,
}
REVIEW: dict[str, Any] = {
    "reviewer-role": "reviewer",
    "review-identifiers": ids(external_id("r-1", type="source-work-id")),
    "review-type": "review",
    "review-completion-date": date("2024"),
    "review-group-id": "issn:1741-4857",
    "convening-organization": ORGANIZATION,
}
HOSTS = {"organization": [ORGANIZATION]}
RESOURCE: dict[str, Any] = {
    "proposal": {
        "title": {"title": {"value": "Laser time"}},
        "hosts": HOSTS,
        "external-ids": ids(external_id("p-1", type="proposal-id")),
    },
    "resource-item": [
        {
            "resource-name": "Laser",
            "resource-type": "equipment",
            "hosts": HOSTS,
            "external-ids": ids(external_id("SCR_012345", type="rrid")),
        }
    ],
}
BODIES: dict[str, dict[str, Any]] = {
    **dict.fromkeys(AFFILIATIONS, AFFILIATION),
    "funding": FUNDING,
    "peer-review": REVIEW,
    "research-resource": RESOURCE,
}


def body(section: str, **changes: Any) -> dict[str, Any]:
    """An item of a section with other keys (underscores stand for hyphens; None removes)."""
    merged = copy.deepcopy(BODIES[section]) | {name.replace("_", "-"): content for name, content in changes.items()}
    return {name: content for name, content in merged.items() if content is not None}


def add(api: Api, section: str, message: Any, **options: Any) -> int:
    answer = api("POST", f"/{section}", message, **options)
    assert (answer.status_code, answer.content) == (201, b""), answer.text
    return int(answer.headers["Location"].rpartition(f"{CARBERRY}/{section}/")[2])


def stripped(value: Any, added: set[str] = NORMALISED) -> Any:
    """Without what the Registry adds and without nulls; bare URLs as they are returned."""
    if isinstance(value, list):
        return [stripped(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: {"value": item} if name.endswith("url") and isinstance(item, str) else stripped(item)
        for name, item in value.items()
        if item is not None and name not in added and name not in NORMALISED
    }


JSON_SAMPLES = [
    *((name, f"{name}-3.0.json") for name in AFFILIATIONS),
    ("funding", "funding-3.0-simple.json"),
    ("funding", "funding-3.0-with-NISO-roles.json"),
    ("peer-review", "peer-review-simple-3.0.json"),
    ("peer-review", "peer-review-full-3.0.json"),
    ("peer-review", "peer-review-full-3.0-award-subject-type.json"),
    ("peer-review", "peer-review-full-3.0-research-resource.json"),
    ("research-resource", "research-resource-3.0.json"),
]
XML_SAMPLES = [
    *((name, f"{name}-3.0.xml") for name in (*AFFILIATIONS, "funding", "research-resource")),
    ("peer-review", "peer-review-simple-3.0.xml"),
    ("peer-review", "peer-review-full-3.0.xml"),
    ("peer-review", "peer-review-full-award-subject-type-3.0.xml"),
]


@pytest.mark.parametrize(("section", "name"), JSON_SAMPLES)
def test_json_samples_come_back_equal_but_for_additions(api: Api, shared: Path, section: str, name: str) -> None:
    sample = json.loads((shared / SAMPLES / name).read_text("utf-8"))
    put_code = add(api, section, sample)
    stored = api("GET", f"/{section}/{put_code}").json()
    assert stored["source"]["source-client-id"]["path"] == MEMBER
    assert stored["path"] == f"/{CARBERRY}/{section}/{put_code}"
    assert stripped(stored, ADDED) == stripped(sample, ADDED)


@pytest.mark.parametrize(("section", "name"), XML_SAMPLES)
def test_xml_samples_come_back_equal_and_valid(
    api: Api, shared: Path, section: str, name: str, assert_valid: Callable[[bytes], etree._Element]
) -> None:
    sample = (shared / SAMPLES / name).read_bytes()
    put_code = add(api, section, sample, type=ORCID_XML)
    for path in (f"/{section}/{put_code}", f"/{section}/summary/{put_code}", f"/{section}s", "/activities", "/record"):
        root = assert_valid(api("GET", path, accept=ORCID_XML).content)
        assert f'put-code="{put_code}"' in etree.tostring(root, encoding="unicode")
    stored = assert_valid(api("GET", f"/{section}/{put_code}", accept=ORCID_XML).content)
    assert _leaves(stored) == _leaves(etree.fromstring(sample))


def _leaves(root: etree._Element) -> list[tuple[str, str]]:
    added = ("created-date", "last-modified-date", "source-", "external-id-normalized")
    leaves = []
    for element in root.iter(etree.Element):
        lineage = [etree.QName(e).localname for e in (element, *element.iterancestors())]
        if not len(element) and not any(name.startswith(added) for name in lineage):
            leaves.append((str(element.tag), (element.text or "").strip()))
    return leaves


@pytest.mark.parametrize("section", SECTIONS)
def test_life_of_an_item(api: Api, section: str, assert_valid: Callable[[bytes], etree._Element]) -> None:
    put_code = add(api, section, body(section, visibility="private"))
    stored = api("GET", f"/{section}/{put_code}").json()
    assert (stored["visibility"], stored["display-index"]) == ("public", "1")
    summary = api("GET", f"/{section}/summary/{put_code}").json()
    listed = api("GET", f"/{section}s").json()
    assert summary in _summaries(listed, section)
    assert api("GET", "/activities").json()[f"{section}s"] == listed
    assert api("GET", "/record").json()["activities-summary"][f"{section}s"] == listed
    assert_valid(api("GET", f"/{section}/{put_code}", accept=ORCID_XML).content)
    answer = api("PUT", f"/{section}/{put_code}", {**stored, "visibility": None})
    assert (answer.status_code, answer.json()["created-date"]) == (200, stored["created-date"])
    refused = {
        9019: api("PUT", f"/{section}/{put_code}", body(section)),
        9010: api.other_client()("PUT", f"/{section}/{put_code}", body(section, put_code=put_code)),
        9035: api("PUT", f"/{section}/{put_code}", body(section, put_code=put_code, visibility="limited")),
        9024: api("POST", f"/{section}", body(section, put_code=put_code)),
        9016: api("GET", f"/{section}/1"),
        9034: api("GET", f"/{section}/one"),
        9047: api("POST", f"/{section}", body(section, colour="red")),
        9012: api("POST", f"/{section}", "<x/>", type=ORCID_XML, accept="application/json"),
    }
    assert {code: answer.json()["error-code"] for code, answer in refused.items()} == {c: c for c in refused}
    assert api.other_client()("DELETE", f"/{section}/{put_code}").json()["error-code"] == 9010
    assert api("DELETE", f"/{section}/{put_code}").status_code == 204
    assert _summaries(api("GET", f"/{section}s").json(), section) == []


def _summaries(listed: dict[str, Any], section: str) -> list[dict[str, Any]]:
    if section in AFFILIATIONS:
        return [entry[f"{section}-summary"] for group in listed["affiliation-group"] for entry in group["summaries"]]
    groups = listed["group"]
    if section == "peer-review":
        groups = [inner for group in groups for inner in group["peer-review-group"]]
    return [entry for group in groups for entry in group[f"{section}-summary"]]


TRANSLATED = {"title": {"value": "T"}, "translated-title": {"value": "U", "language-code": "xx"}}
VERSION = ids(external_id("r-1", "version-of", "source-work-id"))
HALF = ids(external_id("r-1", None, "source-work-id"))
RULES: list[tuple[str, dict[str, Any], int, str]] = [
    ("education", {"organization": None}, 9046, ""),
    ("education", {"organization": organization(identifier=None)}, 9045, ""),
    ("employment", {"organization": organization(identifier="https://ror.org/000000000")}, 9045, ""),
    ("employment", {"organization": organization(identifier="ror.org/04fa4r544")}, 9045, ""),
    ("employment", {"organization": organization(city=None)}, 9060, ""),
    ("education", {"organization": organization(country=None)}, 9060, ""),
    ("education", {"start_date": date("2020-02-31")}, 9049, "2020-02-31"),
    ("education", {"start_date": date("2020-05"), "end_date": date("2020-04")}, 9055, ""),
    ("service", {"organization": None}, 9046, ""),
    ("service", {"organization": organization(identifier=None)}, 9062, ""),
    ("membership", {"organization": organization(identifier="https://ror.org/000000000")}, 9045, ""),
    ("membership", {"organization": organization(country=None)}, 9061, ""),
    ("distinction", {"start_date": date("2020"), "end_date": date("2019")}, 9055, ""),
    ("funding", {"title": None}, 9022, ""),
    ("funding", {"title": TRANSLATED}, 9037, "translated title -> language code"),
    ("funding", {"external_ids": None}, 9023, ""),
    ("funding", {"amount": {"value": "many", "currency-code": "EUR"}}, 9054, ""),
    ("funding", {"amount": {"value": "1", "currency-code": ""}}, 9020, "Please specify a currency code"),
    ("funding", {"amount": {"value": None, "currency-code": "EUR"}}, 9020, "Please specify an amount"),
    ("funding", {"amount": {"value": "1", "currency-code": "XYZ"}}, 9051, "XYZ"),
    ("funding", {"organization": organization(identifier=None)}, 9045, ""),
    ("funding", {"end_date": date("2020")}, 9050, ""),
    ("funding", {"start_date": date("2020-13")}, 9047, ""),
    ("funding", {"start_date": date("2020-4")}, 9049, ""),
    ("funding", {"external_ids": ids(external_id("x", type="nonsense"))}, 9023, "nonsense"),
    ("funding", {"external_ids": ids(external_id("x", None, "doi"))}, 9023, "relationship"),
    (
        "funding",
        {"contributors": {"contributor": [{"contributor-attributes": {"contributor-role": "author"}}]}},
        9058,
        "author",
    ),
    ("funding", {"type": "gift"}, 9051, "gift"),
    ("peer-review", {"review_identifiers": {"external-id": []}}, 9023, ""),
    ("peer-review", {"review_identifiers": VERSION}, 9023, "version-of requires at least one self identifier"),
    ("peer-review", {"review_identifiers": HALF}, 9023, "relationship"),
    ("peer-review", {"subject_external_identifier": external_id("x", None, "nonsense")}, 9023, "nonsense relationship"),
    ("peer-review", {"convening_organization": organization(identifier="https://ror.org/1")}, 9045, ""),
    ("peer-review", {"review_completion_date": date("2023-02-29")}, 9049, "2023-02-29"),
    ("peer-review", {"review_group_id": "issn:12345"}, 9053, ""),
    ("peer-review", {"review_group_id": "ringgold:1"}, 9047, ""),
    ("peer-review", {"review_group_id": "ringgold:12"}, 9020, "The given group id does not exist in our records"),
    ("peer-review", {"reviewer_role": "author"}, 9051, "author"),
    (
        "research-resource",
        {"proposal": RESOURCE["proposal"] | {"external-ids": ids()}},
        9023,
        "Missing external ID in Research Resource Proposal",
    ),
    (
        "research-resource",
        {"resource_item": [RESOURCE["resource-item"][0] | {"external-ids": ids()}]},
        9023,
        "Missing external ID in Research Resource Item",
    ),
    ("research-resource", {"proposal": RESOURCE["proposal"] | {"end-date": date("2020")}}, 9050, ""),
    (
        "research-resource",
        {"proposal": RESOURCE["proposal"] | {"hosts": {"organization": [organization(identifier="x")]}}},
        9045,
        "",
    ),
    ("research-resource", {"resource_item": []}, 9047, "resource-item"),
    ("research-resource", {"proposal": RESOURCE["proposal"] | {"hosts": {"organization": []}}}, 9047, "organisations"),
]


@pytest.mark.parametrize(("section", "changes", "code", "says"), RULES)
def test_rules(api: Api, section: str, changes: dict[str, Any], code: int, says: str) -> None:
    answer = api("POST", f"/{section}", body(section, **changes))
    assert (answer.status_code, answer.json()["error-code"]) == (400, code), answer.text
    assert says in answer.json()["developer-message"]
    assert _summaries(api("GET", f"/{section}s").json(), section) == []


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("education", {"end_date": date("2020")}),
    ("employment", {"external_ids": ids(external_id("x", type="nonsense"))}),
    ("membership", {"organization": organization(identifier=None), "external_ids": ids(external_id("10.5555/m"))}),
    ("service", {"organization": {"name": "X", "address": {}}, "external_ids": ids(external_id("10.5555/s"))}),
    ("funding", {"start_date": date("2021"), "end_date": date("2020")}),
    ("funding", {"external_ids": ids(external_id("10.5555/f", "part-of"))}),
    ("funding", {"amount": {"value": "1e3", "currency-code": "ADP"}}),
    ("peer-review", {"convening_organization": organization(identifier=None)}),
    ("peer-review", {"review_identifiers": ids(external_id("r-1", "part-of", "source-work-id"))}),
]


@pytest.mark.parametrize(("section", "changes"), ACCEPTED)
def test_what_no_rule_forbids(api: Api, section: str, changes: dict[str, Any]) -> None:
    add(api, section, body(section, **changes))


@pytest.mark.parametrize("section", SECTIONS)
def test_duplicates_are_told_by_own_self_identifiers(api: Api, section: str) -> None:
    message = body(section)
    if section in AFFILIATIONS:
        add(api, section, message)
        add(api, section, message)  # nothing to compare
        message["external-ids"] = ids(external_id("10.5555/a"))
    put_code = add(api, section, message)
    answer = api("POST", f"/{section}", message)
    assert (answer.status_code, answer.json()["error-code"]) == (409, 9021)
    assert f"put-code {put_code}." in answer.json()["developer-message"]
    add(api.other_client(), section, message)
    assert api("PUT", f"/{section}/{put_code}", message | {"put-code": put_code}).status_code == 200


def test_fundings_are_compared_as_sent_and_works_as_normalised(api: Api) -> None:
    add(api, "funding", body("funding", external_ids=ids(external_id("10.5555/A"))))
    add(api, "funding", body("funding", external_ids=ids(external_id("https://doi.org/10.5555/a"))))
    assert len(api("GET", "/fundings").json()["group"]) == 1


def test_affiliations_are_grouped_and_newest_first(api: Api) -> None:
    shared = ids(external_id("10.5555/post"))
    old = add(api, "employment", body("employment", start_date=date("2001")))
    first = add(api, "employment", body("employment", start_date=date("2010-05"), external_ids=shared))
    again = add(api.other_client(), "employment", body("employment", external_ids=shared))
    undated = add(api, "employment", body("employment"))
    groups = api("GET", "/employments").json()["affiliation-group"]
    put_codes = [[entry["employment-summary"]["put-code"] for entry in group["summaries"]] for group in groups]
    assert put_codes == [[first, again], [old], [undated]]
    assert [e["external-id-value"] for e in groups[0]["external-ids"]["external-id"]] == ["10.5555/post"]


def test_reviews_are_grouped_by_their_group_and_then_by_identifier(
    api: Api, assert_valid: Callable[[bytes], etree._Element]
) -> None:
    first = add(api, "peer-review", body("peer-review", review_group_id="issn:17414857"))
    other = body("peer-review", review_identifiers=ids(external_id("r-2", type="source-work-id")))
    second = add(api, "peer-review", other)
    same = add(api.other_client(), "peer-review", other)
    apart = body("peer-review", review_group_id="issn:1234-5679", review_completion_date=date("2023"))
    third = add(api.other_client("APP-YETANOTHER000000"), "peer-review", apart)
    groups = api("GET", "/peer-reviews").json()["group"]
    assert [group["external-ids"]["external-id"][0]["external-id-value"] for group in groups] == [
        "issn:1741-4857",
        "issn:1234-5679",
    ]
    assert groups[0]["external-ids"]["external-id"][0]["external-id-type"] == "peer-review"
    put_codes = [
        [[entry["put-code"] for entry in inner["peer-review-summary"]] for inner in group["peer-review-group"]]
        for group in groups
    ]
    assert put_codes == [[[first], [second, same]], [[third]]]
    assert_valid(api("GET", "/peer-reviews", accept=ORCID_XML).content)


def test_the_group_of_an_issn_is_made_for_a_new_review_but_not_for_a_changed_one(
    orcid_registry: Server, api: Api
) -> None:
    put_code = add(api, "peer-review", body("peer-review", review_group_id="issn:17414857"))
    assert api("GET", f"/peer-review/{put_code}").json()["review-group-id"] == "issn:1741-4857"
    made = orcid_registry.registry.group("issn:1741-4857")
    assert made is not None
    assert made.source is None
    changed = body("peer-review", put_code=put_code, review_group_id="issn:1234-5679")
    answer = api("PUT", f"/peer-review/{put_code}", changed)
    assert (answer.status_code, answer.json()["error-code"]) == (400, 9020)


@pytest.mark.parametrize("section", SECTIONS)
def test_people_decide_who_sees_new_items(orcid_registry: Server, section: str) -> None:
    tanaka = "0000-0000-1618-0334"
    registry = orcid_registry.registry
    owner = Api(orcid_registry, registry.issue_token(MEMBER, ["/activities/update"], tanaka).access, tanaka)
    answer = owner("POST", f"/{section}", body(section))
    put_code = answer.headers["Location"].rpartition("/")[2]
    assert owner("GET", f"/{section}/{put_code}").json()["visibility"] == "limited"
    other = owner.other_client()
    assert other("GET", f"/{section}/{put_code}").json()["error-code"] == 9038
    assert _summaries(other("GET", f"/{section}s").json(), section) == []
    assert len(_summaries(owner("GET", f"/{section}s").json(), section)) == 1


def test_items_of_all_sections_are_in_the_seed_and_in_the_file(tmp_path: Path) -> None:
    seed = {
        "researchers": [{"orcid": CARBERRY, "given_names": "Josiah"}],
        "items": [
            {"orcid": CARBERRY, "put_code": 5, "message": work()},
            {"orcid": CARBERRY, "put_code": 7, "section": "funding", "message": FUNDING},
        ],
        "group_ids": [{"put_code": 1009, "group_id": "issn:12", "name": "N", "description": "D", "type": "journal"}],
        "package_organizations": False,
        "organizations": [{"source": "ROR", "identifier": "x"}],
    }
    registry = Registry(seed)
    assert registry.items_of(CARBERRY, "funding")[0].put_code == 7
    assert list(registry.organizations) == [("ROR", "x")]
    assert registry.next_put_code() == 1010
    assert Registry(registry.snapshot()).snapshot() == registry.snapshot()


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("content", [None, [], {}, "x", 7, [{}], {"external-id": [{}]}, {"value": None}, "\ud800"])
def test_no_json_breaks_the_emulator(section: str, content: Any) -> None:
    registry = Registry.seeded()
    token = registry.issue_token(MEMBER, ["/activities/update"], CARBERRY).access
    client = create_app(registry).test_client()
    for key in (*BODIES[section], "amount", "contributors", "start-date", "subject-external-identifier"):
        answer = client.post(
            f"/v3.0/{CARBERRY}/{section}",
            json={**BODIES[section], key: content},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code in {201, 400, 409}, answer.data
