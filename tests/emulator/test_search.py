from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests
from lxml import etree

from orcid_plugin.emulator import Email, Registry, Researcher, Server
from orcid_plugin.emulator.search import search
from orcid_plugin.emulator.search_index import Index
from orcid_plugin.emulator.values import CannedSearch, StoredItem
from tests.emulator.helpers import CARBERRY, GARCIA, MEMBER, PUBLIC, TANAKA, Api, external_id, work
from tests.emulator.test_activities import add, body, date

OKAFOR = "0000-0000-2718-2810"
WEISS = "0000-0000-3141-5920"
EVERYBODY = [TANAKA, OKAFOR, WEISS, GARCIA, CARBERRY]


def get(server: Server, path: str, **parameters: Any) -> requests.Response:
    """Ask the public API."""
    accept = parameters.pop("accept", "application/json")
    token = parameters.pop("token", None)
    headers = {"Accept": accept} | ({"Authorization": f"Bearer {token}"} if token else {})
    return requests.get(f"{server.public_api}/v3.0/{path}", params=parameters, headers=headers, timeout=10)


def found(server: Server, query: str) -> list[str]:
    answer = get(server, "search", q=query)
    assert answer.status_code == 200, answer.text
    message = answer.json()
    results = message["result"] or []
    assert message["num-found"] == len(results)
    return [result["orcid-identifier"]["path"] for result in results]


def code(answer: requests.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error-code"]


@pytest.fixture
def filled(orcid_registry: Server, api: Api) -> Server:
    """Josiah Carberry with something in every section that is searched."""
    registry = orcid_registry.registry
    registry.add_researcher(replace(registry.researchers[CARBERRY], emails=(Email("j@ex.org", "public"),)))
    api.post(
        work(
            external_id("10.5555/ABC"),
            external_id("10.5555/issue", "part-of"),
            external_id("10.5555/pre", "version-of"),
            title={"title": {"value": "On cracked pots"}, "subtitle": {"value": "A psychoceramic study"}},
        )
    )
    add(api, "employment", body("employment", department_name="Pots"))
    add(api, "education", body("education", end_date=date("1950"), start_date=date("1940")))
    add(api, "funding", body("funding"))
    add(api, "peer-review", body("peer-review"))
    add(api, "research-resource", body("research-resource"))
    token = registry.issue_token(MEMBER, ["/person/update"], CARBERRY).access
    person = Api(orcid_registry, token)
    scopus = external_id("A-1", type="Scopus Author ID") | {"external-id-url": "https://example.org/A-1"}
    for path, message in (
        ("keywords", {"content": "Psychoceramics"}),
        ("other-names", {"content": "J. S. Carberry"}),
        ("external-identifiers", scopus),
    ):
        assert person("POST", f"/{path}", message).status_code == 201
    return orcid_registry


QUERIES = [
    f"orcid:{CARBERRY}",
    "given-names:Josiah",
    "family-name:CARBERRY",
    'family-name:"Carberry" AND given-names:jos*',
    'credit-name:"Josiah S. Carberry"',
    'other-names:"J. S."',
    "email:j@ex.org",
    "email:*@ex.org",
    "keyword:psychoceramics",
    "psychoceramics",
    "text:psychoceramics",
    'work-titles:"cracked pots"',
    "psychocer?mic",
    'doi-self:"10.5555/abc"',
    "doi-self:10.5555/abc",
    r"doi-self:10.5555\/ABC",
    "doi-part-of:10.5555/issue",
    "doi-version-of:10.5555/pre",
    "digital-object-ids:10.5555/pre",
    '"10.5555/abc"',
    "https://doi.org/10.5555/abc OR cracked",
    "affiliation-org-name:orcid",
    'ror-org-id:"https://ror.org/04fa4r544"',
    "funding-titles:pots",
    "grant-numbers:G-1",
    "grant_number-self:g-1",
    "peer-review-type:review",
    "peer-review-role:reviewer",
    'peer-review-group-id:"issn:1741-4857"',
    "external-id-reference:A-1",
    'external-id-type-and-value:"Scopus Author ID=A-1"',
    "research-resource-proposal-title:laser",
    "past-institution-affiliation-name:orcid",
    "keyword:[pa TO pz]",
    "keyword:(nonsense psychoceramics)",
    "keyword:*",
    "carberry^3",
]


def test_a_record_is_found_by_everything_on_it(filled: Server) -> None:
    assert {query: found(filled, query) for query in QUERIES} == {query: [CARBERRY] for query in QUERIES}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("*:*", EVERYBODY),
        ("*", EVERYBODY),
        ("orcid:*", EVERYBODY),
        ("", []),
        ("family-name:carberry OR family-name:garcia", [GARCIA, CARBERRY]),
        ("carberry garcia", [GARCIA, CARBERRY]),
        ("carberry AND garcia", []),
        ("garcia josiah carberry", [CARBERRY, GARCIA]),
        ("*:* NOT carberry -garcia", [TANAKA, OKAFOR, WEISS]),
        ("NOT carberry", [TANAKA, OKAFOR, WEISS, GARCIA]),
        ("+carberry garcia", [CARBERRY]),
        ("(carberry OR garcia) AND sofia", [GARCIA]),
        ("weiss", [WEISS]),
        ("JURGEN", [WEISS]),
        ("given-names:carberry", []),
        ("work-titles:[* TO *]", []),
        ("famly-name:carberry", []),
        ('"carberry josiah"', []),
        ("- ,", []),
    ],
)
def test_which_records_are_found_and_in_which_order(orcid_registry: Server, query: str, expected: list[str]) -> None:
    assert found(orcid_registry, query) == expected


def test_only_public_data_of_active_records_is_searched(orcid_registry: Server) -> None:
    registry = orcid_registry.registry
    owner = Api(orcid_registry, registry.issue_token(MEMBER, ["/activities/update"], TANAKA).access, TANAKA)
    owner.post(work(title={"title": {"value": "Unseen"}}))
    assert found(orcid_registry, "unseen") == []
    assert found(orcid_registry, "doi-self:*") == []
    registry.add_researcher(
        replace(registry.researchers[GARCIA], name_visibility="limited", emails=(Email("s@ex.org"),))
    )
    assert found(orcid_registry, "garcia s@ex.org") == []
    assert found(orcid_registry, f"orcid:{GARCIA}") == [GARCIA]
    for state in ("locked", "deactivated", "deprecated", "unclaimed"):
        registry.add_researcher(replace(registry.researchers[CARBERRY], state=state, primary=GARCIA))
        assert found(orcid_registry, "carberry") == [], state


def test_a_change_is_found_at_once(orcid_registry: Server, api: Api) -> None:
    assert found(orcid_registry, "cracked") == []
    put_code = api.post(work())
    assert found(orcid_registry, "cracked") == [CARBERRY]
    api("DELETE", f"/work/{put_code}")
    assert found(orcid_registry, "cracked") == []


def test_dates(orcid_registry: Server) -> None:
    registry = orcid_registry.registry
    registry.add_researcher(Researcher("0000-0000-0000-0001", "Early", created=946684800))
    assert found(orcid_registry, "profile-submission-date:[* TO 2000-01-01T00:00:00Z]") == ["0000-0000-0000-0001"]
    assert found(orcid_registry, "profile-submission-date:[* TO 2000-01-01T00:00:00Z}") == []
    assert found(orcid_registry, 'profile-submission-date:"2000-01-01T00:00:00Z"') == ["0000-0000-0000-0001"]
    assert found(orcid_registry, "profile-submission-date:[NOW-1DAY TO NOW+1DAY] AND sofia") == [GARCIA]
    assert len(found(orcid_registry, "profile-last-modified-date:*")) == 6
    assert code(get(orcid_registry, "search", q="profile-submission-date:[2000 TO *]")) == (400, 9012)


def test_answers(filled: Server, assert_valid: Callable[[bytes], etree._Element]) -> None:
    identifier = {"uri": f"https://orcid.org/{CARBERRY}", "path": CARBERRY, "host": "orcid.org"}
    assert get(filled, "search", q="carberry").json() == {
        "result": [{"orcid-identifier": identifier}],
        "num-found": 1,
    }
    assert get(filled, "search", q="nobody").json() == {"result": None, "num-found": 0}
    assert get(filled, "expanded-search", q="carberry").json() == {
        "expanded-result": [
            {
                "orcid-id": CARBERRY,
                "given-names": "Josiah",
                "family-names": "Carberry",
                "credit-name": "Josiah S. Carberry",
                "other-name": ["J. S. Carberry"],
                "email": ["j@ex.org"],
                "institution-name": ["ORCID"],
            }
        ],
        "num-found": 1,
    }
    for path in ("search", "expanded-search"):
        for query in ("*:*", "nobody"):
            root = assert_valid(get(filled, path, q=query, accept="application/vnd.orcid+xml").content)
            assert root.get("num-found") == str(len(root))
    root = assert_valid(get(filled, "search", q="sofia", accept="application/xml").content)
    assert root.findtext(".//{*}path") == GARCIA


def test_a_table(filled: Server) -> None:
    answer = get(filled, "csv-search", q="carberry sofia", fl="family-name,colour,email,other-names", accept="text/csv")
    assert answer.headers["Content-Type"] == "text/csv;charset=UTF-8"
    assert list(csv.reader(answer.text.splitlines())) == [
        ["family-name", "email", "other-names"],
        ["Garcia", "", ""],
        ["Carberry", "j@ex.org", "J. S. Carberry"],
    ]
    all_columns = get(filled, "csv-search", q="sofia", accept="*/*").text.splitlines()[0].split(",")
    assert (all_columns[0], all_columns[-1], len(all_columns)) == ("orcid", "other-names", 9)
    assert get(filled, "csv-search", q="sofia").status_code == 406
    refused = get(filled, "csv-search", q="(", accept="text/csv")
    assert (refused.status_code, refused.headers["Content-Type"].partition(";")[0]) == (
        400,
        "application/vnd.orcid+xml",
    )


def test_pages_of_results(orcid_registry: Server) -> None:
    page = get(orcid_registry, "search", q="*:*", start=1, rows=2).json()
    assert page["num-found"] == 5
    assert [result["orcid-identifier"]["path"] for result in page["result"]] == EVERYBODY[1:3]
    assert get(orcid_registry, "search", q="*:*", rows=0).json() == {"result": None, "num-found": 5}
    assert get(orcid_registry, "search", q="*:*", start=99).json() == {"result": None, "num-found": 5}


def test_a_seed_can_say_what_a_search_answers(orcid_registry: Server) -> None:
    stranger = "0000-0000-0000-0001"
    orcid_registry.registry.searches["(any text"] = CannedSearch("(any text", (CARBERRY, stranger), 40_000)
    answer = get(orcid_registry, "search", q="(any text").json()
    assert [result["orcid-identifier"]["path"] for result in answer["result"]] == [CARBERRY, stranger]
    assert answer["num-found"] == 40_000
    expanded = get(orcid_registry, "expanded-search", q="(any text").json()["expanded-result"]
    assert [(entry["orcid-id"], entry["given-names"]) for entry in expanded] == [(CARBERRY, "Josiah"), (stranger, None)]
    assert get(orcid_registry, "search", q="(any text", start=2).json() == {"result": None, "num-found": 40_000}
    orcid_registry.registry.searches["sofia"] = CannedSearch("sofia")
    assert found(orcid_registry, "sofia") == []


@pytest.mark.parametrize("path", ["search", "expanded-search"])
@pytest.mark.parametrize("rows", ["1001", "-1", "ten", "1.5", "", "９"])
def test_rows_that_are_refused(orcid_registry: Server, path: str, rows: str) -> None:
    refused = get(orcid_registry, path, q="*:*", rows=rows)
    assert code(refused) == (400, 9012)
    assert "The rows parameter must be an integer between 0 and 1,000" in refused.json()["developer-message"]


def test_a_late_start_needs_credentials_on_the_public_api(orcid_registry: Server) -> None:
    token = orcid_registry.registry.issue_token(PUBLIC, ["/read-public"]).access
    assert get(orcid_registry, "search", q="*:*", start=10_000).status_code == 200
    assert code(get(orcid_registry, "search", q="*:*", start=10_001)) == (400, 9043)
    assert get(orcid_registry, "search", q="*:*", start=10_001, token=token).status_code == 200
    assert code(get(orcid_registry, "search", q="*:*", start="first")) == (400, 9012)


def test_who_may_search_on_the_member_api(orcid_registry: Server) -> None:
    registry = orcid_registry.registry

    def ask(path: str, client: str, scope: str) -> tuple[int, int] | int:
        token = registry.issue_token(client, [scope]).access
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
        url = f"{orcid_registry.api}/v3.0/{path}"
        answer = requests.get(url, params={"q": "*:*", "start": 20_000}, headers=headers, timeout=10)
        return code(answer) if answer.status_code >= 400 else answer.status_code

    assert ask("search", MEMBER, "/read-public") == 200
    assert ask("search", MEMBER, "/webhook") == (403, 9038)
    assert ask("search", PUBLIC, "/read-public") == (401, 9017)
    assert ask("expanded-search", MEMBER, "/webhook") == 200
    assert ask("expanded-search", PUBLIC, "/read-public") == (401, 9017)
    anonymous = requests.get(f"{orcid_registry.api}/v3.0/search?q=*:*", timeout=10)
    assert (anonymous.status_code, anonymous.json()["error"]) == (403, "forbidden")


def test_thousands_of_records_are_searched_in_no_time() -> None:
    registry = Registry()
    for number in range(2000):
        orcid = f"0000-0000-{number // 10:04}-{number % 10}00X"
        registry.researchers[orcid] = Researcher(orcid, f"Given{number}", f"Family{number % 7}")
        item = StoredItem(orcid, number, None, "public", 0, 0, work(external_id(f"10.5555/{number}")))
        registry.items[orcid, "work"] = {number: item}
    index = Index(registry)
    assert len(search(index, "family-name:family3 AND cracked", 0)) == len(range(3, 2000, 7))
    (one,) = search(index, "doi-self:10.5555/1234", 0)
    assert one.shown["given-names"] == ["Given1234"]
    assert index.documents() is index.documents()
