from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree

from orcid_plugin.emulator import Email, Server
from tests.emulator.helpers import CARBERRY, MEMBER, TANAKA, Api, external_id, work
from tests.emulator.test_activities import ADDED, ORCID_XML, SAMPLES, SECTIONS, body, stripped
from tests.emulator.test_activities import add as add_activity

IDENTIFIER = external_id("A-1", type="Scopus Author ID") | {"external-id-url": {"value": "https://example.org/A-1"}}
# path: element, an item, another one
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "address": ("address", {"country": {"value": "US"}}, {"country": {"value": "DE"}}),
    "keywords": ("keyword", {"content": "pots"}, {"content": "cracks"}),
    "other-names": ("other-name", {"content": "J. Carberry"}, {"content": "Josiah"}),
    "researcher-urls": (
        "researcher-url",
        {"url-name": "Home", "url": {"value": "https://example.org"}},
        {"url": {"value": "https://example.com"}},
    ),
    "external-identifiers": ("external-identifier", IDENTIFIER, IDENTIFIER | {"external-id-value": "A-2"}),
}


@pytest.fixture
def person(orcid_registry: Server) -> Api:
    registry = orcid_registry.registry
    return Api(orcid_registry, registry.issue_token(MEMBER, ["/read-limited", "/person/update"], CARBERRY).access)


def add(api: Api, path: str, message: Any, **options: Any) -> int:
    answer = api("POST", f"/{path}", message, **options)
    assert (answer.status_code, answer.content) == (201, b""), answer.text
    return int(answer.headers["Location"].rpartition(f"{api.orcid}/{path}/")[2])


def code(answer: requests.Response) -> int:
    return int(answer.json()["error-code"])


@pytest.mark.parametrize("path", CASES)
def test_life_of_an_item(person: Api, path: str, assert_valid: Callable[[bytes], etree._Element]) -> None:
    element, body, another = CASES[path]
    put_code = add(person, path, body | {"visibility": "private"})
    stored = person("GET", f"/{path}/{put_code}").json()
    assert stripped(stored, ADDED) == body
    assert (stored["visibility"], stored["path"]) == ("public", f"/{CARBERRY}/{path}/{put_code}")
    assert stored["display-index"] == 0
    listed = person("GET", f"/{path}").json()
    assert listed[element] == [stored]
    plural = "addresses" if path == "address" else path
    assert person("GET", "/person").json()[plural] == listed
    assert person("GET", "/record").json()["person"][plural] == listed
    for read in (f"/{path}/{put_code}", f"/{path}", "/person", "/record", "/personal-details"):
        assert_valid(person("GET", read, accept=ORCID_XML).content)
    changed = another | {"put-code": put_code}
    refused = {
        9024: person("POST", f"/{path}", changed),
        9030: person("POST", f"/{path}", body),
        9031: person("PUT", f"/{path}/{put_code}", another),
        9019: person("PUT", f"/{path}/{put_code}", changed | {"put-code": 1}),
        9035: person("PUT", f"/{path}/{put_code}", changed | {"visibility": "limited"}),
        9016: person("GET", f"/{path}/1"),
        9047: person("POST", f"/{path}", body | {"colour": "red"}),
    }
    assert {expected: code(answer) for expected, answer in refused.items()} == {c: c for c in refused}
    answer = person("PUT", f"/{path}/{put_code}", changed)
    assert (answer.status_code, stripped(answer.json(), ADDED)) == (200, another)
    assert person("DELETE", f"/{path}/{put_code}").status_code == 204
    assert person("GET", f"/{path}").json()[element] == []


@pytest.mark.parametrize(
    ("path", "changes", "expected", "says"),
    [
        ("address", {"country": {"value": ""}}, 9020, "Country cannot be null"),
        ("address", {"country": {"value": "UK"}}, 9051, "UK"),
        ("keywords", {"content": " "}, 9047, "content"),
        ("other-names", {"content": "x" * 256}, 9047, "content"),
        ("researcher-urls", {"url-name": "x" * 351}, 9047, "url-name"),
        ("researcher-urls", {"url-name": ""}, 9047, "url-name"),
        ("researcher-urls", {"url": {"value": ""}}, 9020, "Url cannot be null"),
        ("researcher-urls", {"url": "https://example.org/" + "x" * 2000}, 9020, "2000"),
        ("external-identifiers", {"external-id-relationship": "part-of"}, 9020, "should be self"),
        ("external-identifiers", {"external-id-relationship": None}, 9020, "should be self"),
        ("external-identifiers", {"external-id-url": None}, 9020, "Url cannot be null"),
        ("external-identifiers", {"external-id-value": "x" * 256}, 9020, "255"),
    ],
)
def test_rules(person: Api, path: str, changes: dict[str, Any], expected: int, says: str) -> None:
    answer = person("POST", f"/{path}", CASES[path][1] | changes)
    assert (answer.status_code, code(answer)) == (400, expected)
    assert says in answer.json()["developer-message"]


@pytest.mark.parametrize("path", CASES)
def test_who_may_write_and_read(orcid_registry: Server, api: Api, path: str) -> None:
    element, body, another = CASES[path]
    registry = orcid_registry.registry
    assert code(api("POST", f"/{path}", body)) == 9038
    owner = Api(orcid_registry, registry.issue_token(MEMBER, ["/person/update"], TANAKA).access, TANAKA)
    put_code = add(owner, path, body)
    other = owner.other_client()
    assert code(other("GET", f"/{path}/{put_code}")) == 9038
    assert other("GET", f"/{path}").json()[element] == []
    token = registry.issue_token("APP-ANOTHERMEMBER000", ["/person/update"], TANAKA).access
    stranger = Api(orcid_registry, token, TANAKA)
    assert code(stranger("DELETE", f"/{path}/{put_code}")) == 9010
    assert code(stranger("PUT", f"/{path}/{put_code}", another | {"put-code": put_code})) == 9010
    add(stranger, path, body)


JSON_SAMPLES = [
    ("address", "address-3.0.json"),
    ("keywords", "keywords-3.0.json"),
    ("other-names", "other-names-3.0.json"),
    ("researcher-urls", "researcher-url-3.0.json"),
    ("researcher-urls", "researcher-url-no-name-3.0.json"),
    ("external-identifiers", "external-identifier-3.0.json"),
]
XML_SAMPLES = [
    ("address", "address-3.0.xml"),
    ("keywords", "keyword-3.0.xml"),
    ("other-names", "other-name-3.0.xml"),
    ("researcher-urls", "researcher-url-3.0.xml"),
    ("researcher-urls", "researcher-url-3.0-no-name.xml"),
    ("external-identifiers", "external-identifier-3.0.xml"),
]


@pytest.mark.parametrize(("path", "name"), JSON_SAMPLES)
def test_json_samples(person: Api, shared: Path, path: str, name: str) -> None:
    sample = json.loads((shared / SAMPLES / name).read_text("utf-8"))
    put_code = add(person, path, sample)
    assert stripped(person("GET", f"/{path}/{put_code}").json(), ADDED) == stripped(sample)


@pytest.mark.parametrize(("path", "name"), XML_SAMPLES)
def test_xml_samples(
    person: Api, shared: Path, path: str, name: str, assert_valid: Callable[[bytes], etree._Element]
) -> None:
    sample = etree.fromstring((shared / SAMPLES / name).read_bytes())
    put_code = add(person, path, etree.tostring(sample), type=ORCID_XML)
    stored = assert_valid(person("GET", f"/{path}/{put_code}", accept=ORCID_XML).content)
    sent = {(child.tag, child.text) for child in sample.iter(etree.Element) if not len(child)}
    assert sent <= {(child.tag, child.text) for child in stored.iter(etree.Element)}


def test_biography_and_addresses_come_from_the_seed(
    orcid_registry: Server, person: Api, assert_valid: Callable[[bytes], etree._Element]
) -> None:
    registry = orcid_registry.registry
    answer = person("GET", "/biography")
    assert (answer.status_code, code(answer)) == (404, 9041)
    josiah = registry.researchers[CARBERRY]
    told = replace(josiah, biography="Cracks pots.", biography_visibility="limited", emails=(Email("j@example.org"),))
    registry.add_researcher(told)
    assert person("GET", "/biography").json()["content"] == "Cracks pots."
    assert person("GET", "/email").json()["email"] == []
    reader = Api(orcid_registry, registry.issue_token(MEMBER, ["/email/read-private"], CARBERRY).access)
    (email,) = reader("GET", "/email").json()["email"]
    assert (email["email"], email["primary"], email["visibility"]) == ("j@example.org", True, "private")
    assert code(reader("GET", "/biography")) == 9038
    for path in ("/biography", "/person", "/personal-details"):
        assert_valid(person("GET", path, accept=ORCID_XML).content)
    assert_valid(reader("GET", "/email", accept=ORCID_XML).content)
    public, accept = f"{orcid_registry.public_api}/v3.0/{CARBERRY}", {"Accept": "application/json"}
    assert code(requests.get(f"{public}/biography", headers=accept, timeout=10)) == 9039
    assert requests.get(f"{public}/email", headers=accept, timeout=10).json()["email"] == []


def test_keys_and_their_order_are_those_of_the_sample(orcid_registry: Server, shared: Path) -> None:
    registry = orcid_registry.registry
    scopes = ["/read-limited", "/activities/update", "/person/update"]
    everything = Api(orcid_registry, registry.issue_token(MEMBER, scopes, CARBERRY).access)
    for section in SECTIONS:
        add_activity(everything, section, body(section))
    everything.post(work())
    for path, (_, item, _) in CASES.items():
        add(everything, path, item)
    sample = json.loads((shared / "schemas/orcid/samples/read_samples/record-full-3.0.json").read_text("utf-8"))
    assert differing_keys(everything("GET", "/record").json(), sample) == {}


def differing_keys(value: Any, sample: Any, at: str = "") -> dict[str, Any]:
    """Where the keys of two values differ, as far as both have something there."""
    if isinstance(value, list) and isinstance(sample, list):
        return differing_keys(value[0], sample[0], f"{at}/0") if value and sample else {}
    if not isinstance(value, dict) or not isinstance(sample, dict):
        return {}
    if list(value) != list(sample):
        return {at: (list(value), list(sample))}
    inner = [differing_keys(value[key], sample[key], f"{at}/{key}") for key in value]
    return {place: keys for found in inner for place, keys in found.items()}
