"""Each error that a client can provoke with a work, in JSON and in XML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from orcid_plugin.emulator import Registry, Researcher, Server
from orcid_plugin.emulator.app import create_app
from orcid_plugin.emulator.refusals import KINDS, Refusal
from tests.emulator.helpers import CARBERRY, GARCIA, MEMBER, TANAKA, WORK_XML, Api, external_id, work

ROLE = {"contributor-attributes": {"contributor-role": "chief-cook"}}
TITLE = {"value": "On cracked pots"}

JSON_FAULTS: list[tuple[str, Any, int, str]] = [
    ("not JSON", "{", 9047, "invalid JSON"),
    ("a list", [], 9047, "an object is expected"),
    ("nested too deep", "[" * 100_000, 9047, "invalid JSON"),
    ("unknown property", work(foo=1), 9047, "unrecognized property 'foo'"),
    ("no title", work(title=None), 9047, "'title' is missing"),
    ("empty title", work(title={"title": {"value": " "}}), 9047, "must not be empty"),
    ("title too long", work(title={"title": {"value": "x" * 1001}}), 9047, "at most 1000"),
    ("title not wrapped", work(title={"title": "T"}), 9047, "'value' is expected"),
    ("character that XML lacks", work(title={"title": {"value": "a\u0000b"}}), 9047, "XML does not allow"),
    ("subtitle too long", work(title={"title": TITLE, "subtitle": {"value": "x" * 1001}}), 9047, "at most 1000"),
    ("empty journal", work(journal_title={"value": ""}), 9047, "must not be empty"),
    ("description too long", work(short_description="x" * 5001), 9047, "at most 5000"),
    ("no type", work(type=None), 9047, "'type' is missing"),
    ("type of version 2", work(type="JOURNAL_ARTICLE"), 9051, "org.orcid.jaxb.model.common.WorkType"),
    ("unknown relationship", work(external_id("10.5555/a", "is-self")), 9051, "Relationship"),
    ("unknown country", work(country={"value": "UK"}), 9051, "Iso3166Country"),
    ("unknown citation", work(citation={"citation-type": "BIBTEX", "citation-value": "@"}), 9051, "CitationType"),
    ("unknown visibility", work(visibility="PUBLIC"), 9051, "Visibility"),
    (
        "unknown sequence",
        work(contributors={"contributor": [{"contributor-attributes": {"contributor-sequence": "last"}}]}),
        9051,
        "SequenceType",
    ),
    ("year out of range", work(publication_date={"year": {"value": "1899"}}), 9047, "from 1900 to 2100"),
    (
        "day without month",
        work(publication_date={"year": {"value": "2020"}, "day": {"value": "01"}}),
        9047,
        "'month' is expected",
    ),
    (
        "foreign iD",
        work(contributors={"contributor": [{"contributor-orcid": {"uri": "https://example.org/0000-0002-1825-0097"}}]}),
        9047,
        "does not have the form",
    ),
    (
        "name too long",
        work(contributors={"contributor": [{"credit-name": {"value": "x" * 151}}]}),
        9047,
        "at most 150",
    ),
    ("W2 country empty", work(country={"value": ""}), 9037, "Invalid country"),
    (
        "W3 language without translation is a schema fault",
        work(title={"title": TITLE, "translated-title": {"value": "", "language-code": "de"}}),
        9047,
        "must not be empty",
    ),
    (
        "W4 unknown language of translation",
        work(title={"title": TITLE, "translated-title": {"value": "T", "language-code": "xx"}}),
        9037,
        "Invalid translated title -> language code",
    ),
    ("W6 unknown language", work(language_code="pt-BR"), 9037, "Invalid language code"),
    (
        "W7 day that does not exist",
        work(publication_date={"year": {"value": "2020"}, "month": {"value": "02"}, "day": {"value": "31"}}),
        9049,
        "invalid date: 2020-02-31",
    ),
    (
        "W7 month of one digit",
        work(publication_date={"year": {"value": "2020"}, "month": {"value": "5"}}),
        9049,
        "invalid date: 2020-5",
    ),
    ("W10 empty citation", work(citation={"citation-type": "ris", "citation-value": " "}), 9020, "specify a citation"),
    ("W11 no identifier", work(external_ids=None), 9023, "an external identifier is required"),
    (
        "W12 what cannot fund",
        work(external_id("10.5555/a"), external_id("1", "funded-by", "isbn")),
        9020,
        "not supported for relationship funded_by",
    ),
    ("W15 put-code on create", work(put_code=5), 9024, "Put-code is included"),
    ("W17 unknown identifier", work(external_id("1", type="foo"), external_id("10.5555/a")), 9023, "external-id  foo"),
    (
        "W17 no relationship, no self",
        work(external_id("1", None, "foo")),
        9023,
        "Invalid external-id  foo relationship At least one identifier with 'self' relationship is required",
    ),
    ("W18 unknown role", work(contributors={"contributor": [ROLE]}), 9058, "Invalid contributor role: chief-cook"),
]


@pytest.mark.parametrize(
    ("body", "code", "text"), [row[1:] for row in JSON_FAULTS], ids=[row[0] for row in JSON_FAULTS]
)
def test_faults_in_json(api: Api, body: Any, code: int, text: str) -> None:
    answer = api("POST", "/work", body)
    message = answer.json()
    assert (answer.status_code, message["response-code"], message["error-code"]) == (400, 400, code)
    assert text in message["developer-message"]
    assert list(message) == ["response-code", "developer-message", "user-message", "error-code", "more-info"]


def changed(old: str, new: str) -> str:
    assert old in WORK_XML
    return WORK_XML.replace(old, new, 1)


XML_FAULTS = [
    ("not well-formed", "<work", 9012, ""),
    ("entities", f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>{WORK_XML}', 9012, "document type"),
    ("another root", '<record xmlns="http://www.orcid.org/ns/record"/>', 9012, "declaration of element"),
    (
        "order",
        changed("<work:title>", "<work:journal-title>J</work:journal-title><work:title>"),
        9012,
        "is not expected in 'work'",
    ),
    ("repeated", changed("<work:type>", "<work:type>book</work:type><work:type>"), 9012, "'type' is not expected"),
    ("unknown element", changed("<work:type>", "<work:kind>x</work:kind><work:type>"), 9012, "'kind'"),
    ("unknown attribute", changed("<work:type>", '<work:type since="1">'), 9012, "attribute 'since'"),
    ("no type", changed("<work:type>journal-article</work:type>", ""), 9012, "'type' is expected"),
    ("empty title", changed("On cracked pots", " "), 9012, "must not be empty"),
    ("title too long", changed("On cracked pots", "x" * 1001), 9012, "at most 1000"),
    ("text among elements", changed("<work:type>", "stray<work:type>"), 9012, "text of its own"),
    ("unknown type", changed("journal-article", "dissertation"), 9051, "WorkType"),
    ("unknown relationship", changed(">self<", ">mine<"), 9051, "Relationship"),
    ("visibility", changed("<work:work ", '<work:work visibility="all" '), 9012, "must be one of"),
    ("put-code", changed("<work:work ", '<work:work put-code="x" '), 9012, "put-code"),
    ("W15", changed("<work:work ", '<work:work put-code="5" '), 9024, "Put-code is included"),
    ("W17", changed(">doi<", ">foo<"), 9023, "Invalid external-id  foo"),
]


@pytest.mark.parametrize(("body", "code", "text"), [row[1:] for row in XML_FAULTS], ids=[row[0] for row in XML_FAULTS])
def test_faults_in_xml(
    api: Api, body: str, code: int, text: str, assert_valid: Callable[[bytes], etree._Element]
) -> None:
    answer = api("POST", "/work", body, type="application/vnd.orcid+xml")
    root = assert_valid(answer.content)
    message = {etree.QName(child).localname: child.text or "" for child in root}
    assert (answer.status_code, message["error-code"]) == (400, str(code))
    assert text in message["developer-message"]
    assert b'<error xmlns="http://www.orcid.org/ns/error"><response-code>' in answer.content


def test_bulk_is_not_validated_against_the_schema_but_by_the_rules(api: Api) -> None:
    faults = [
        (work(title=None), 9022),
        (work(type=None), 9037),
        (work(title={"title": TITLE, "translated-title": {"value": "", "language-code": "de"}}), 9020),
        (work(publication_date={"month": {"value": "05"}}), 9020),
        (work(publication_date={"year": {"value": "2020"}, "day": {"value": "05"}}), 9020),
        (work(citation={"citation-value": "@"}), 9037),
        (work(contributors={"contributor": [{"credit-name": {"value": ""}}]}), 9020),
        (work(contributors={"contributor": [{"contributor-email": ""}]}), 9020),
        (work(contributors={"contributor": [{"contributor-orcid": {"path": "0000"}}]}), 9020),
        (work(put_code=1), 9024),
    ]
    answer = api("POST", "/works", {"bulk": [{"work": item} for item, _ in faults]})
    assert answer.status_code == 200
    assert [entry["error"]["error-code"] for entry in answer.json()["bulk"]] == [code for _, code in faults]


def test_put_faults(api: Api) -> None:
    put_code = api.post(work())
    cases = {
        "other put-code": (f"/work/{put_code}", work(put_code=1), 400, 9019),
        "no put-code": (f"/work/{put_code}", work(), 400, 9019),
        "unknown put-code": ("/work/999", work(put_code=999), 404, 9016),
        "no number": ("/work/abc", work(), 400, 9034),
        "visibility": (f"/work/{put_code}", work(put_code=put_code, visibility="private"), 403, 9035),
    }
    for what, (path, body, status, code) in cases.items():
        answer = api("PUT", path, body)
        assert (answer.status_code, answer.json()["error-code"]) == (status, code), what


@pytest.mark.parametrize(
    ("state", "status", "code"), [("locked", 409, 9018), ("deactivated", 409, 9044), ("unclaimed", 409, 9036)]
)
def test_records_that_cannot_be_used(orcid_registry: Server, api: Api, state: str, status: int, code: int) -> None:
    orcid_registry.registry.add_researcher(Researcher(CARBERRY, "Josiah", state=state))
    for method, path, body in (("GET", "/record", None), ("POST", "/work", work())):
        answer = api(method, path, body)
        assert (answer.status_code, answer.json()["error-code"]) == (status, code)
    public = requests.get(f"{orcid_registry.public_api}/v3.0/{CARBERRY}", timeout=10)
    assert public.status_code == status


def test_deprecated_record_points_to_the_one_that_took_its_place(orcid_registry: Server, api: Api) -> None:
    orcid_registry.registry.add_researcher(Researcher(CARBERRY, "Josiah", state="deprecated", primary=GARCIA))
    answer = api("GET", "/works")
    assert (answer.status_code, answer.json()["error-code"]) == (301, 9007)
    assert answer.headers["Location"] == f"{orcid_registry.api}/v3.0/{GARCIA}/works"
    assert f"account: {GARCIA}. ORCID {CARBERRY}" in answer.json()["developer-message"]
    assert (api("POST", "/work", work()).status_code, api("POST", "/work", work()).json()["error-code"]) == (409, 9007)


def test_unknown_things(orcid_registry: Server, api: Api) -> None:
    registry = orcid_registry.registry
    client_token = registry.issue_token(MEMBER, ["/read-public"]).access
    nobody = Api(orcid_registry, client_token, "0000-0000-0000-0001")("GET", "/record")
    assert (nobody.status_code, nobody.json()["error-code"]) == (404, 9016)
    for method, path, status in (("GET", "/nothing/here", 404), ("PATCH", "/work/1", 405)):
        answer = api(method, path)
        assert (answer.status_code, answer.json()["error-code"]) == (status, 9001)


def test_media_types(api: Api) -> None:
    put_code = api.post(work())
    unsupported = api("POST", "/work", "title: x", type="text/plain", accept="application/json")
    assert (unsupported.status_code, unsupported.json()["error-code"]) == (415, 9001)
    unacceptable = api("GET", f"/work/{put_code}", accept="text/html")
    assert unacceptable.status_code == 406
    assert b"<error-code>9001</error-code>" in unacceptable.content


def test_tokens_come_before_everything_else(orcid_registry: Server) -> None:
    member, public = orcid_registry.api, orcid_registry.public_api
    for url in (f"{member}/v3.0/{CARBERRY}/record", f"{member}/v3.0/no/such/path"):
        answer = requests.get(url, headers={"Accept": "application/xml"}, timeout=10)
        assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/json")
        assert answer.json() == {
            "error": "forbidden",
            "error_description": "Forbidden: The server understood the request but refuses to authorize it.",
        }
    for base in (member, public):
        answer = requests.get(f"{base}/v3.0/{CARBERRY}/record", headers={"Authorization": "Bearer wrong"}, timeout=10)
        assert answer.status_code == 401
        assert answer.json() == {"error": "invalid_token", "error_description": "Invalid access token: wrong"}
    assert requests.get(f"{member}/v3.0/status", timeout=10).status_code == 200


def test_expired_token(orcid_registry: Server) -> None:
    registry = orcid_registry.registry
    token = registry.issue_token(MEMBER, ["/read-limited"], CARBERRY, expires=registry.clock() - 1)
    assert Api(orcid_registry, token.access)("GET", "/record").json()["error"] == "invalid_token"


@pytest.mark.parametrize(
    ("scopes", "orcid", "public", "limited", "write"),
    [
        (["/read-limited", "/activities/update"], True, 200, 200, 201),
        (["/activities/update"], True, 200, 9038, 201),
        (["/read-limited"], True, 200, 200, 9038),
        (["/authenticate"], True, 200, 9038, 9038),
        (["/read-public"], False, 200, 9038, 9038),
        (["/webhook"], False, 9038, 9038, 9038),
    ],
)
def test_what_scopes_allow(
    orcid_registry: Server, scopes: list[str], orcid: bool, public: int, limited: int, write: int
) -> None:
    registry = orcid_registry.registry
    results = []
    for record in (CARBERRY, TANAKA):
        source = Api(orcid_registry, registry.issue_token(MEMBER, ["/activities/update"], record).access, record)
        put_code = source.other_client().post(work())
        token = registry.issue_token(MEMBER, scopes, record if orcid else None).access
        results.append(_outcome(Api(orcid_registry, token, record)("GET", f"/work/{put_code}")))
        listed = Api(orcid_registry, token, record)("GET", "/works")
        seen = len(listed.json().get("group", ()))
        assert seen == (1 if results[-1] == 200 else 0)
    results.append(_outcome(Api(orcid_registry, token, TANAKA)("POST", "/work", work())))
    assert results == [public, limited, write]


def _outcome(answer: requests.Response) -> int:
    return int(answer.json()["error-code"]) if answer.status_code >= 400 else answer.status_code


def test_public_api_shows_what_is_public(orcid_registry: Server, api: Api) -> None:
    registry = orcid_registry.registry
    hidden = Api(orcid_registry, registry.issue_token(MEMBER, ["/activities/update"], TANAKA).access, TANAKA).post(
        work()
    )
    shown = api.post(work())
    base, accept = f"{orcid_registry.public_api}/v3.0", {"Accept": "application/json"}
    assert requests.get(f"{base}/{CARBERRY}/work/{shown}", headers=accept, timeout=10).status_code == 200
    refused = requests.get(f"{base}/{TANAKA}/work/{hidden}", headers=accept, timeout=10)
    assert (refused.status_code, refused.json()["error-code"]) == (403, 9039)
    assert requests.get(f"{base}/{TANAKA}/works", headers=accept, timeout=10).json()["group"] == []
    assert requests.post(f"{base}/{CARBERRY}/works", json=work(), headers=accept, timeout=10).status_code == 405


def test_a_fault_of_the_emulator_is_told_as_error_and_logged(
    orcid_registry: Server, api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(orcid: str, section: str) -> None:
        raise LookupError(f"{section} of {orcid}")

    monkeypatch.setattr(orcid_registry.registry, "items_of", break_down)
    answer = api("GET", "/works")
    assert (answer.status_code, answer.json()["error-code"]) == (500, 9008)
    assert answer.json()["developer-message"] == "LookupError"
    assert f"work of {CARBERRY}" in caplog.text


@pytest.mark.parametrize("code", KINDS)
def test_every_error_has_a_status_and_a_sentence_for_people(code: int) -> None:
    message = Refusal(code).body("Journal under test")
    assert 300 < message["response-code"] <= 500
    assert message["developer-message"]
    assert message["user-message"]
    assert "${clientName}" not in message["user-message"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("\ud800"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "title", "external-id", "contributor", "year", "language-code"])
            | st.text(max_size=5),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    accept=st.sampled_from(["application/xml", "application/json"]),
    key=st.sampled_from([*work(), "contributors", "citation", "publication-date", "country", "url"]),
    content=JSON,
)
def test_no_json_breaks_the_emulator(accept: str, key: str, content: Any) -> None:
    registry = Registry.seeded()
    token = registry.issue_token(MEMBER, ["/activities/update"], CARBERRY).access
    client = create_app(registry).test_client()
    headers = {"Authorization": f"Bearer {token}", "Accept": accept}
    for path, body in (("work", {**work(), key: content}), ("works", {"bulk": [{"work": {**work(), key: content}}]})):
        answer = client.post(f"/v3.0/{CARBERRY}/{path}", json=body, headers=headers)
        assert answer.status_code in {200, 201, 400, 409}, answer.data
