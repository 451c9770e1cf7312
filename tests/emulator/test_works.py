from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from orcid_plugin.emulator import Server
from tests.emulator.helpers import (
    CARBERRY,
    GARCIA,
    MEMBER,
    PUBLIC,
    WORK_XML,
    Api,
    external_id,
    without_additions,
    without_nulls,
    work,
)

ORCID_JSON = "application/vnd.orcid+json"
ORCID_XML = "application/vnd.orcid+xml"
SAMPLES = "schemas/orcid/samples/write_samples"


@pytest.mark.parametrize(
    "name", ["work-full-3.0.json", "work-51-contributors-3.0.json", "work-with-NISO-roles-51-contributors-3.0.json"]
)
def test_json_samples_come_back_equal_but_for_additions(api: Api, shared: Path, name: str) -> None:
    sample = json.loads((shared / SAMPLES / name).read_text("utf-8"))
    put_code = api.post(sample)
    for contributor in sample["contributors"]["contributor"]:
        contributor.pop("contributor-email", None)
    for external in sample["external-ids"]["external-id"]:
        external.pop("external-id-normalized", None)
        external.pop("external-id-normalized-error", None)
    stored = without_additions(api.get(put_code))
    for contributor in (*sample["contributors"]["contributor"], *stored["contributors"]["contributor"]):
        if role := (contributor.get("contributor-attributes") or {}).get("contributor-role"):
            contributor["contributor-attributes"]["contributor-role"] = role.lower().replace("_", "-")
    for added in ("source", "visibility", "path", "put-code", "created-date", "last-modified-date", "display-index"):
        sample.pop(added, None)
    assert stored == without_nulls(sample)


@pytest.mark.parametrize("name", ["work-full-3.0.xml", "work-simple-3.0.xml"])
def test_xml_samples_come_back_equal_but_for_additions(
    api: Api, shared: Path, name: str, assert_valid: Callable[[bytes], etree._Element]
) -> None:
    sample = (shared / SAMPLES / name).read_bytes()
    put_code = api.post(sample, type=ORCID_XML)
    answer = api("GET", f"/work/{put_code}", accept=ORCID_XML)
    stored = assert_valid(answer.content)
    assert stored.get("put-code") == str(put_code)
    assert stored.get("path") == f"/{CARBERRY}/work/{put_code}"
    assert _leaves(stored, added=True) == _leaves(etree.fromstring(sample), added=False)


def _leaves(root: etree._Element, *, added: bool) -> list[tuple[str, str]]:
    additions = ("created-date", "last-modified-date", "source", "external-id-normalized")
    leaves = []
    for element in root.iter():
        lineage = {etree.QName(e).localname for e in (element, *element.iterancestors())}
        if len(element) or (added and any(name.startswith(additions) for name in lineage)):
            continue
        leaves.append((str(element.tag), element.text or ""))
    return leaves


def test_post_answers_where_the_work_is_and_sets_what_clients_cannot(orcid_registry: Server, api: Api) -> None:
    body = work(visibility="private", source={"source-name": {"value": "Forged"}}, path="/x", display_index="7")
    answer = api("POST", "/work", body)
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["Location"].startswith(f"{orcid_registry.api}/v3.0/{CARBERRY}/work/")
    stored = api.get(int(answer.headers["Location"].rpartition("/")[2]))
    assert stored["visibility"] == "public"
    assert stored["display-index"] == "1"
    assert stored["source"]["source-client-id"]["path"] == MEMBER
    assert stored["created-date"] == stored["last-modified-date"]


def test_xml_and_json_are_one_work(api: Api) -> None:
    put_code = api.post(WORK_XML, type="application/orcid+xml")
    assert without_additions(api.get(put_code)) == work()


def test_put_replaces_the_whole_work_and_keeps_its_origin(orcid_registry: Server, api: Api) -> None:
    put_code = api.post(work(journal_title={"value": "Psychoceramics"}))
    before = api.get(put_code)
    changed = work(title={"title": {"value": "On mended pots"}}, put_code=put_code)
    answer = api("PUT", f"/work/{put_code}", changed)
    assert answer.status_code == 200
    after = answer.json()
    assert after == api.get(put_code)
    assert after["title"]["title"]["value"] == "On mended pots"
    assert after["journal-title"] is None
    assert (after["created-date"], after["source"]) == (before["created-date"], before["source"])
    assert after["last-modified-date"]["value"] >= before["last-modified-date"]["value"]


REMOVED_WITHOUT_EFFECT: dict[str, dict[str, Any]] = {
    "citation": {"citation": {"citation-type": "bibtex", "citation-value": "@article{a}"}},
    "publication date": {"publication_date": {"year": {"value": "2020"}}},
    "translated title": {
        "title": {
            "title": {"value": "On cracked pots"},
            "translated-title": {"value": "Über Töpfe", "language-code": "de"},
        }
    },
}


@pytest.mark.parametrize("added", REMOVED_WITHOUT_EFFECT.values(), ids=REMOVED_WITHOUT_EFFECT.keys())
def test_put_that_only_removes_these_is_ignored(api: Api, added: dict[str, Any]) -> None:
    put_code = api.post(work(**added))
    before = api.get(put_code)
    answer = api("PUT", f"/work/{put_code}", work(put_code=put_code))
    assert (answer.status_code, answer.json()) == (200, before)
    together = work(put_code=put_code, journal_title={"value": "J"})
    assert without_additions(api("PUT", f"/work/{put_code}", together).json()) == work(journal_title={"value": "J"})


def test_put_sees_only_the_first_fifty_contributors(api: Api) -> None:
    people = [{"credit-name": {"value": f"Author {number}"}} for number in range(51)]
    put_code = api.post(work(contributors={"contributor": people}))
    people[50] = {"credit-name": {"value": "Somebody Else"}}
    answer = api("PUT", f"/work/{put_code}", work(put_code=put_code, contributors={"contributor": people}))
    assert answer.status_code == 200
    assert answer.json()["contributors"]["contributor"][50]["credit-name"]["value"] == "Author 50"
    people[49] = {"credit-name": {"value": "Seen"}}
    answer = api("PUT", f"/work/{put_code}", work(put_code=put_code, contributors={"contributor": people}))
    assert [p["credit-name"]["value"] for p in answer.json()["contributors"]["contributor"][49:]] == [
        "Seen",
        "Somebody Else",
    ]


def test_only_the_source_may_write(api: Api) -> None:
    put_code = api.post(work())
    other = api.other_client()
    refusals = {
        "unchanged": other("PUT", f"/work/{put_code}", work(put_code=put_code)),
        "changed": other("PUT", f"/work/{put_code}", work(put_code=put_code, type="book")),
        "deleted": other("DELETE", f"/work/{put_code}"),
    }
    codes = {what: (answer.status_code, answer.json()["error-code"]) for what, answer in refusals.items()}
    assert codes == {"unchanged": (403, 9014), "changed": (403, 9010), "deleted": (403, 9010)}


def test_delete(api: Api) -> None:
    put_code = api.post(work())
    answer = api("DELETE", f"/work/{put_code}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert api("GET", f"/work/{put_code}").json()["error-code"] == 9016
    assert api("DELETE", f"/work/{put_code}").status_code == 404


def test_delete_works_even_after_the_person_withdrew_the_permission(orcid_registry: Server, api: Api) -> None:
    put_code = api.post(work())
    orcid_registry.registry.withdraw(CARBERRY, MEMBER)
    for method, path, body in (("GET", f"/work/{put_code}", None), ("POST", "/work", work())):
        answer = api(method, path, body)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert api("DELETE", f"/work/{put_code}").status_code == 204


@pytest.mark.parametrize(
    ("first", "second", "collides"),
    [
        ([external_id("10.5555/A")], [external_id("https://doi.org/10.5555/a")], True),
        ([external_id("10.5555/a")], [external_id("10.5555/b")], False),
        ([external_id("10.5555/a")], [external_id("10.5555/b"), external_id("10.5555/a", "version-of")], False),
        ([external_id("x", type="source-work-id")], [external_id("X", type="source-work-id")], True),
        ([external_id("no doi")], [external_id("no doi")], True),
        ([external_id("10.5555/a")], [external_id("10.5555/a", type="uri")], False),
        (
            [external_id("10.5555/a"), external_id("1234-5679", "part-of", "issn")],
            [external_id("10.5555/b"), external_id("1234-5679", "part-of", "issn")],
            False,
        ),
    ],
)
def test_duplicates_are_those_of_the_own_self_identifiers(
    api: Api, first: list[Any], second: list[Any], collides: bool
) -> None:
    put_code = api.post(work(*first))
    answer = api("POST", "/work", work(*second))
    if collides:
        assert (answer.status_code, answer.json()["error-code"]) == (409, 9021)
        assert f"put-code {put_code}." in answer.json()["developer-message"]
    else:
        assert answer.status_code == 201
    assert api.other_client()("POST", "/work", work(*second)).status_code == 201


def test_put_cannot_take_the_identifier_of_another_work(api: Api) -> None:
    first, second = api.post(work(external_id("10.5555/a"))), api.post(work(external_id("10.5555/b")))
    answer = api("PUT", f"/work/{second}", work(external_id("10.5555/a"), put_code=second))
    assert answer.json()["error-code"] == 9021
    assert f"put-code {first}." in answer.json()["developer-message"]
    assert api("PUT", f"/work/{first}", work(external_id("10.5555/A"), put_code=first)).status_code == 200


def test_bulk_keeps_positions_and_counts_what_came_before(
    api: Api, assert_valid: Callable[[bytes], etree._Element]
) -> None:
    items = [
        work(external_id("10.5555/a")),
        work(external_id("10.5555/a")),
        work(title={"title": {"value": ""}}),
        work(external_id("10.5555/b")),
    ]
    answer = api("POST", "/works", {"bulk": [{"work": item} for item in items]})
    assert answer.status_code == 200
    first, second, third, fourth = answer.json()["bulk"]
    assert second["error"]["error-code"] == 9021
    assert f"put-code {first['work']['put-code']}." in second["error"]["developer-message"]
    assert third["error"]["error-code"] == 9022
    put_codes = f"{fourth['work']['put-code']},999,{first['work']['put-code']}"
    read = api("GET", f"/works/{put_codes}").json()["bulk"]
    assert [list(entry) for entry in read] == [["work"], ["work"], ["error"]]
    assert read[2]["error"]["error-code"] == 9034
    assert "'999' is not a valid put code" in read[2]["error"]["developer-message"]
    assert_valid(api("GET", f"/works/{put_codes}", accept=ORCID_XML).content)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("bulk-work-3.0.xml", {"work"}),
        ("bulk-work-3.0.json", {"work", "error"}),  # its second work has no identifier of its own
        ("bulk-works-3-works-3.0.json", {"work"}),
        ("bulk-works-100-works-3.0.json", {"work"}),
    ],
)
def test_bulk_samples_are_accepted(
    api: Api, shared: Path, name: str, kinds: set[str], assert_valid: Callable[[bytes], etree._Element]
) -> None:
    sample = (shared / SAMPLES / name).read_bytes()
    type = ORCID_XML if name.endswith("xml") else ORCID_JSON
    root = assert_valid(api("POST", "/works", sample, type=type, accept=ORCID_XML).content)
    assert {etree.QName(child).localname for child in root} == kinds


def test_bulk_limits(api: Api) -> None:
    many = {"bulk": [{"work": work(external_id(f"10.5555/{number}"))} for number in range(101)]}
    answer = api("POST", "/works", many)
    assert (answer.status_code, answer.json()["error-code"]) == (400, 9006)
    answer = api("GET", "/works/" + ",".join(map(str, range(101))))
    assert (answer.status_code, answer.json()["error-code"]) == (400, 9042)


def test_a_token_is_for_one_record_and_a_public_client_not_for_the_member_api(orcid_registry: Server, api: Api) -> None:
    elsewhere = Api(orcid_registry, api.token, GARCIA)("POST", "/work", work())
    assert (elsewhere.status_code, elsewhere.json()["error-code"]) == (401, 9017)
    assert "Access token is for a different record" in elsewhere.json()["developer-message"]
    token = orcid_registry.registry.issue_token(PUBLIC, ["/authenticate"], CARBERRY).access
    public = Api(orcid_registry, token)("GET", "/works")
    assert (public.status_code, public.json()["error-code"]) == (401, 9017)


def test_two_clients_at_once_keep_their_works_apart(api: Api) -> None:
    clients = [api, api.other_client()]
    put_codes: list[list[int]] = [[], []]

    def write(which: int) -> None:
        for number in range(8):
            put_codes[which].append(clients[which].post(work(external_id(f"10.5555/{number}"))))

    threads = [threading.Thread(target=write, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({*put_codes[0], *put_codes[1]}) == 16
    groups = api("GET", "/works").json()["group"]
    assert sorted(len(group["work-summary"]) for group in groups) == [2] * 8


def test_three_thousand_contributors(api: Api, assert_valid: Callable[[bytes], etree._Element]) -> None:
    people = [{"credit-name": {"value": f"Author {number}"}} for number in range(3000)]
    put_code = api.post(work(contributors={"contributor": people}))
    assert len(api.get(put_code)["contributors"]["contributor"]) == 3000
    assert_valid(api("GET", f"/work/{put_code}", accept=ORCID_XML).content)
