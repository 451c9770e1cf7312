"""Steering the emulator over HTTP: state, clock, faults, journal, and what is refused."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from orcid_plugin.emulator import Client, Fault, Registry, Server
from orcid_plugin.emulator.app import create_app
from tests.emulator.helpers import CARBERRY, GARCIA, MEMBER, SECRETS, Api, external_id, work

Control = Callable[..., requests.Response]
TOMORROW = {"seconds": 86_400}


@pytest.fixture
def control(orcid_registry: Server) -> Control:
    """Ask the control: method, path, and the body as keyword arguments or as one value."""

    def ask(method: str, path: str, body: Any = None, /, **fields: Any) -> requests.Response:
        url = f"{orcid_registry.web}/_control{path}"
        return requests.request(method, url, json=fields or body, timeout=10, allow_redirects=False)

    return ask


def done(answer: requests.Response) -> Any:
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


def wrong(answer: requests.Response, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error", "message"]
    return str(answer.json()["message"])


def test_the_state_is_a_seed_and_can_be_put_back(control: Control, api: Api) -> None:
    before = done(control("GET", "/state"))
    put_code = api.post(work())
    assert done(control("GET", f"/state/items/work/{put_code}"))["source"] == MEMBER
    done(control("PUT", "/state", before))
    assert api("GET", f"/work/{put_code}").status_code == 404
    assert done(control("GET", "/state")) == before


def test_reset_is_a_fresh_start(orcid_registry: Server, control: Control, api: Api) -> None:
    registry = orcid_registry.registry
    api.post(work())
    done(control("POST", "/faults", status=503))
    done(control("PUT", "/clock", now="2031-02-03T04:05:06Z", frozen=True))
    done(control("PUT", "/journal", bodies=True))
    done(control("POST", "/reset"))
    assert (registry.tokens, registry.items, registry.faults.planned(), registry.journal.entries()) == ({}, {}, [], [])
    assert abs(registry.clock() - time.time()) < 5
    assert registry.journal.bodies is False
    assert GARCIA in registry.researchers
    done(control("POST", "/reset", {"clients": [{"id": "APP-X", "secret": "s", "name": "X"}]}))
    assert (list(registry.clients), registry.researchers) == (["APP-X"], {})
    done(control("POST", "/reset", {}))
    assert registry.clients == {}
    done(control("POST", "/reset"))
    assert next(iter(registry.clients)) == MEMBER


def test_what_is_added_stands_beside_or_in_place_of_what_is_there(
    orcid_registry: Server, control: Control, api: Api
) -> None:
    before = orcid_registry.registry.researchers[CARBERRY].modified
    added = done(
        control(
            "POST",
            "/seed",
            clients=[{"id": MEMBER, "secret": "new", "name": "Renamed"}],
            tokens=[{"access": "literal", "client": MEMBER, "orcid": CARBERRY, "scopes": ["/read-limited"]}],
            items=[{"orcid": CARBERRY, "source": MEMBER, "visibility": "private", "message": work()}],
        )
    )
    [item] = added["items"]
    mine = Api(orcid_registry, "literal").get(item["put_code"])
    assert (mine["visibility"], mine["source"]["source-name"]["value"]) == ("private", "Renamed")
    assert orcid_registry.registry.researchers[CARBERRY].modified > before
    assert GARCIA in orcid_registry.registry.researchers
    assert added["researchers"] == []


def test_a_wrong_seed_changes_nothing(control: Control) -> None:
    before = done(control("GET", "/state"))
    half = {"clients": [{"id": "APP-X", "secret": "s", "name": "X"}], "tokens": [{"access": "t", "client": "APP-Y"}]}
    for method, path in (("POST", "/seed"), ("PUT", "/state"), ("POST", "/reset")):
        assert "tokens[0].scopes is missing" in wrong(control(method, path, half))
    half["tokens"][0]["scopes"] = []  # type: ignore[assignment, index]
    assert "tokens[0].client is 'APP-Y', which is not among the clients" in wrong(control("POST", "/seed", half))
    assert done(control("GET", "/state")) == before


def test_records_are_locked_and_deactivated(control: Control, api: Api) -> None:
    for state, code in (("locked", 9018), ("deactivated", 9044), ("unclaimed", 9036)):
        changed = done(control("PATCH", f"/state/researchers/{CARBERRY}", state=state))
        assert (changed["state"], changed["given_names"]) == (state, "Josiah")
        assert api("GET", "/works").json()["error-code"] == code
    done(control("PATCH", f"/state/researchers/{CARBERRY}", state="deprecated", primary=GARCIA))
    assert api("GET", "/works").status_code == 301
    done(control("PATCH", f"/state/researchers/{CARBERRY}", state="active", primary=None, modified="2030-01-01T00:00Z"))
    assert api("GET", "/record").json()["history"]["last-modified-date"] == {"value": 1893456000000}


def test_clients_tokens_and_items_are_changed(orcid_registry: Server, control: Control, api: Api) -> None:
    put_code = api.post(work())
    item = done(control("PATCH", f"/state/items/work/{put_code}", visibility="private"))
    assert item["modified"] > item["created"]
    assert api.other_client()("GET", f"/work/{put_code}").json()["error-code"] == 9013
    done(control("PATCH", f"/state/tokens/{api.token}", expires="2020-01-01T00:00:00Z"))
    assert api("GET", "/works").status_code == 401
    done(control("PATCH", f"/state/clients/{MEMBER}", state="locked"))
    assert orcid_registry.registry.clients[MEMBER].state == "locked"
    organization = done(control("PATCH", "/state/organizations/ROR/https://ror.org/04fa4r544", name="Renamed"))
    assert organization["name"] == "Renamed"


def test_the_person_removes_an_item_and_takes_permission_back(control: Control, api: Api) -> None:
    first, second = api.post(work()), api.post(work(external_id("10.5555/b")))
    done(control("DELETE", f"/state/items/work/{first}"))
    assert api("GET", f"/work/{first}").status_code == 404
    done(control("POST", "/withdraw", orcid=CARBERRY, client=MEMBER))
    assert api("GET", "/works").status_code == 401
    assert api("DELETE", f"/work/{second}").status_code == 204
    assert "not among the clients" in wrong(control("POST", "/withdraw", orcid=CARBERRY, client="APP-X"))
    assert "not among the researchers" in wrong(control("POST", "/withdraw", orcid="0000-0002-9999-9994", client="A"))


def test_tokens_expire_by_the_clock(control: Control, orcid_registry: Server, api: Api) -> None:
    done(control("PATCH", f"/state/tokens/{api.token}", expires="2100-01-01T00:00:00Z"))
    assert done(control("PUT", "/clock", now="2099-12-31T23:59:59Z", frozen=True)) == {
        "now": "2099-12-31T23:59:59.000Z",
        "frozen": True,
    }
    assert api("GET", "/works").status_code == 200
    assert done(control("POST", "/clock/advance", seconds=1.5))["now"] == "2100-01-01T00:00:00.500Z"
    assert api("GET", "/works").status_code == 401
    done(control("PUT", "/clock", frozen=False))
    assert 0 <= orcid_registry.registry.clock() - 4102444800.5 < 5
    assert done(control("POST", "/clock/advance", TOMORROW))["now"].startswith("2100-01-02T00:00:0")
    assert done(control("DELETE", "/clock"))["frozen"] is False
    assert abs(orcid_registry.registry.clock() - time.time()) < 5
    assert "1970" in wrong(control("POST", "/clock/advance", seconds=-3155760000))
    assert "now must be a moment in ISO 8601" in wrong(control("PUT", "/clock", now=0))


def test_the_clock_in_process() -> None:
    registry = Registry(clock=lambda: 1000.0)
    registry.clock.advance(10)
    registry.clock.freeze()
    registry.clock.set(5)
    assert (registry.clock(), registry.clock.frozen) == (5, True)
    registry.clock.run()
    assert (registry.clock(), registry.clock.frozen) == (5, False)
    registry.clock.reset()
    assert registry.clock() == 1000
    with pytest.raises(ValueError, match="1970"):
        registry.clock.advance(-2000)


def test_planned_faults_are_listed_met_and_cleared(control: Control, api: Api) -> None:
    planned = done(control("POST", "/faults", status=503, times=2, methods=["POST"], headers={"Retry-After": "3"}))
    assert done(control("GET", "/faults")) == {"faults": [planned]}
    answer = api("POST", "/work", work())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert done(control("GET", "/faults"))["faults"][0]["times"] == 1
    done(control("DELETE", f"/faults/{planned['number']}"))
    assert api("POST", "/work", work()).status_code == 201
    assert wrong(control("DELETE", f"/faults/{planned['number']}"), 404)
    done(control("POST", "/faults", status=200, body="<html>maintenance</html>", path="/works$", times=None))
    for _ in range(3):
        assert api("GET", "/works").text == "<html>maintenance</html>"
    done(control("DELETE", "/faults"))
    assert api("GET", "/works").json()["group"]


def test_the_connection_is_closed_after_the_work_was_stored(control: Control, api: Api) -> None:
    done(control("POST", "/faults", close=True, after=True, methods=["POST"], path="/work$"))
    with pytest.raises(requests.ConnectionError):
        api("POST", "/work", work())
    assert len(done(control("GET", "/state/items"))["items"]) == 1
    [stored] = done(control("GET", "/journal?method=POST"))["requests"]
    assert stored["status"] == 201


def test_faults_of_one_client(orcid_registry: Server, control: Control, api: Api) -> None:
    other = api.other_client()
    done(control("POST", "/faults", status=429, client=MEMBER, times=None))
    assert (api("GET", "/works").status_code, other("GET", "/works").status_code) == (429, 200)
    form = {"client_id": MEMBER, "client_secret": SECRETS[MEMBER], "grant_type": "client_credentials"}
    token = f"{orcid_registry.web}/oauth/token"
    assert requests.post(token, data=form | {"scope": "/read-public"}, timeout=10).status_code == 429
    assert requests.post(token, auth=(MEMBER, "x"), timeout=10).status_code == 429
    assert requests.get(f"{orcid_registry.web}/oauth/authorize", {"client_id": MEMBER}, timeout=10).status_code == 429


def test_latency_comes_before_whatever_else_is_planned(orcid_registry: Server, control: Control, api: Api) -> None:
    done(control("POST", "/faults", delay=0.1, times=None, methods=["GET"]))
    done(control("POST", "/faults", delay=0.1, times=None, path="/works$"))
    orcid_registry.registry.faults.plan(Fault(503))
    for status in (503, 200):
        assert api("GET", "/works").status_code == status
        assert orcid_registry.registry.journal.entries()[-1].duration >= 0.2
    orcid_registry.registry.faults.plan(Fault(after=True, delay=0.1))
    before = time.monotonic()
    assert api("POST", "/work", work()).status_code == 201
    assert time.monotonic() - before >= 0.1
    assert orcid_registry.registry.journal.entries()[-1].duration < 0.1


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({}, "does nothing"),
        ({"after": True}, "does nothing"),
        ({"status": 503, "close": True}, "one of both"),
        ({"status": 42}, "status must be a whole number from 200 to 599"),
        ({"status": "503"}, "status must be a whole number"),
        ({"status": 503, "times": 0}, "times must be a whole number from 1"),
        ({"status": 503, "path": "("}, "path is no regular expression"),
        ({"status": 503, "methods": "POST"}, "methods must be a list"),
        ({"status": 503, "methods": ["post"]}, "methods[0] must be one of"),
        ({"status": 503, "headers": {"Retry-After": 3}}, "headers.Retry-After must be a text"),
        ({"status": 503, "headers": {"A\nB": "3"}}, "no name of a header"),
        ({"status": 503, "headers": {"A": "3\r\nB: 4"}}, "headers.A must be one line of ASCII"),
        ({"delay": -1}, "delay must be a number from 0 to 600"),
        ({"staus": 503}, "staus is unknown (did you mean status?)"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(control: Control, fault: dict[str, Any], says: str) -> None:
    assert says in wrong(control("POST", "/faults", json.loads(json.dumps(fault)) or {"times": 1}))
    assert done(control("GET", "/faults")) == {"faults": []}


def test_the_journal_tells_who_asked_what(orcid_registry: Server, control: Control, api: Api) -> None:
    done(control("PUT", "/clock", now="2030-01-01T00:00:00Z", frozen=True))
    put_code = api.post(work())
    done(control("POST", "/clock/advance", TOMORROW))
    requests.get(f"{orcid_registry.public_api}/v3.0/search", {"q": "a b"}, timeout=10)
    api("DELETE", "/work/1")

    def paths(query: str) -> list[str]:
        return [entry["path"] for entry in done(control("GET", f"/journal{query}"))["requests"]]

    works, search, deleted = f"/v3.0/{CARBERRY}/work", "/pub/v3.0/search", f"/v3.0/{CARBERRY}/work/1"
    assert paths("") == [works, search, deleted]
    assert paths("?method=POST&method=DELETE") == [works, deleted]
    assert paths("?path=search$") == [search]
    assert paths(f"?client={MEMBER}") == [works, deleted]
    assert paths("?status=404") == [deleted]
    assert paths("?since=2030-01-02T00:00:00Z") == [search, deleted]
    first, second, _ = done(control("GET", "/journal"))["requests"]
    assert (first["client"], first["status"], first["at"]) == (MEMBER, 201, "2030-01-01T00:00:00.000Z")
    assert (second["client"], second["query"], second["body"]) == (None, "q=a+b", None)
    assert 0 <= first["duration"] < 5
    for query in ("?status=x", "?since=yesterday", "?path=(", "?verb=GET", "?method=get", f"?status={'9' * 5000}"):
        wrong(control("GET", f"/journal{query}"))
    done(control("DELETE", "/journal"))
    assert paths("") == []
    assert put_code


def test_the_journal_keeps_no_secrets(orcid_registry: Server, control: Control, api: Api) -> None:
    done(control("PUT", "/journal", bodies=True))
    api.post(work())
    form = {"client_id": MEMBER, "client_secret": "hush-1", "code": "hush-2", "grant_type": "authorization_code"}
    requests.post(f"{orcid_registry.web}/oauth/token", form | {"redirect_uri": "http://127.0.0.1/cb"}, timeout=10)
    requests.get(f"{orcid_registry.api}/v3.0/{CARBERRY}/works?acc%65ss_token=hush-3&a=b", timeout=10)
    requests.post(f"{orcid_registry.web}/signin", {"orcid": CARBERRY, "password": "hush-4"}, timeout=10)
    posted, token, read, signed_in = done(control("GET", "/journal"))["requests"][:4]
    assert json.loads(posted["body"]) == work()
    assert token["body"].startswith(f"client_id={MEMBER}&client_secret=(hidden)&code=(hidden)&grant_type=")
    assert read["query"] == "access_token=(hidden)&a=b"
    assert "hush" not in json.dumps([posted, token, read, signed_in])


def test_web_pages_cannot_control_the_emulator(orcid_registry: Server) -> None:
    url = f"{orcid_registry.web}/_control/reset"
    for origin in ("https://elsewhere.example", orcid_registry.web, "null"):
        assert "web pages" in wrong(requests.post(url, headers={"Origin": origin}, timeout=10), 403)
    plain = requests.post(url, data="{}", headers={"Content-Type": "text/plain"}, timeout=10)
    assert "application/json" in wrong(plain)


def test_control_can_be_switched_off_and_is_no_part_of_orcid(orcid_registry: Server, control: Control) -> None:
    orcid_registry.registry.faults.plan(Fault(503), times=None)
    assert done(control("GET", "/clock"))
    assert orcid_registry.registry.journal.entries() == []
    off = create_app(Registry(), control=False).test_client()
    assert off.get("/_control/state").status_code == 404
    assert off.post("/_control/reset").status_code in {404, 405}


def test_what_there_is(control: Control) -> None:
    listed = done(control("GET", "/"))["resources"]
    assert "POST /_control/seed" in listed
    assert "resources" in done(control("GET", ""))
    assert "researchers" in done(control("GET", "/seed.schema.json"))["properties"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/state/people", 404),
        ("GET", "/state/researchers/0000", 404),
        ("PATCH", "/state/tokens/unknown", 404),
        ("DELETE", "/state/items/work/1", 404),
        ("DELETE", f"/state/items/work/{'9' * 5000}", 404),
        ("DELETE", "/faults/x", 404),
        ("POST", "/clock", 405),
    ],
)
def test_what_is_not_there(control: Control, method: str, path: str, status: int) -> None:
    wrong(control(method, path, {"a": 1}), status)


def test_the_key_of_an_entry_stays(control: Control) -> None:
    assert "orcid tells the researchers apart" in wrong(
        control("PATCH", f"/state/researchers/{CARBERRY}", orcid=GARCIA)
    )
    assert done(control("PATCH", f"/state/researchers/{CARBERRY}", orcid=CARBERRY))


@pytest.mark.parametrize("body", ["", "{", "[]", "1", "NaN", '{"seconds": NaN}', "[" * 100_000, '"\udcff"', "9" * 5000])
def test_bodies_that_are_no_json_object(orcid_registry: Server, body: str) -> None:
    client = create_app(Registry.seeded()).test_client()
    for method, path in (("PUT", "/state"), ("POST", "/seed"), ("POST", "/clock/advance"), ("POST", "/faults")):
        data = body.encode("utf-8", "surrogateescape")
        answer = client.open(f"/_control{path}", method=method, data=data, content_type="application/json")
        assert (answer.status_code, answer.json["error"]) == (400, "wrong_input"), answer.data


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=4), values, max_size=3),
    max_leaves=6,
)
FIELDS = "orcid id secret name q state now frozen seconds status times methods path client headers delay bodies".split()
PARTS = "researchers clients tokens codes items organizations group_ids searches next_put_code".split()


ENTRIES = st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3), max_size=2)
FED = create_app(Registry.seeded())


@settings(max_examples=20)
@given(st.dictionaries(st.sampled_from([*FIELDS, *PARTS]), JSON | ENTRIES, max_size=4))
def test_no_json_breaks_the_control(body: dict[str, Any]) -> None:
    client = FED.test_client()
    FED.registry.reset()
    for method, path in (
        ("POST", "/seed"),
        ("PATCH", f"/state/researchers/{CARBERRY}"),
        ("PUT", "/clock"),
        ("POST", "/clock/advance"),
        ("POST", "/faults"),
        ("PUT", "/journal"),
        ("POST", "/withdraw"),
        ("POST", "/reset"),
        ("PUT", "/state"),
    ):
        answer = client.open(f"/_control{path}", method=method, json=body)
        assert answer.status_code in {200, 201, 204, 400, 404}, answer.data
    assert client.get("/_control/state").status_code == 200


def test_in_process_as_before(orcid_registry: Server, api: Api) -> None:
    registry = orcid_registry.registry
    registry.add_client(Client("APP-X", "s", "X"))
    number = registry.faults.plan(Fault(503), methods="GET POST", path="/works$", client="APP-X")
    assert api("GET", "/works").status_code == 200
    registry.faults.clear(number)
    with pytest.raises(KeyError):
        registry.faults.clear(number)
    assert [entry.status for entry in registry.journal.entries(methods="GET", client=MEMBER, status=200)] == [200]
