"""The JSON routes, held against their own description with random requests."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
import responses
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from orcid_plugin.host import Account
from orcid_plugin.store.tables import AuditEvent, Call
from tests.mounted import JOSIAH, FakeHost, come_back, grants, make_app, runtime_of, sign_in, state_of, submit
from tests.security.routes import rules

DESCRIPTION = "/orcid/api/openapi.json"


@dataclasses.dataclass
class Everything(FakeHost):
    """In every browser somebody is signed in who may do everything."""

    def current_account(self) -> Account | None:
        return Account("ada", "Ada")

    def is_administrator(self, account: Account) -> bool:
        return True


@pytest.fixture
def open_app(tmp_path: object) -> Iterator[Flask]:
    limits = {"person_limit": "1000000/minute", "address_limit": "1000000/minute"}
    app = make_app(f"sqlite:///{tmp_path}/api.sqlite3", Everything(), **limits)
    runtime_of(app).store.upgrade()
    submit(app)
    yield app
    runtime_of(app).close()


def test_every_json_route_is_described(lite_app: Flask) -> None:
    document = lite_app.test_client().get(DESCRIPTION).get_json()
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "/orcid"}]
    described = {one["operationId"] for path in document["paths"].values() for one in path.values()}
    routes = {rule.endpoint.removeprefix("orcid_plugin.") for rule in rules(lite_app) if "/api/" in rule.rule}
    assert described == routes
    assert {"api_me", "api_disconnect", "api_contributors"} <= described
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            assert any(status.startswith("2") for status in operation["responses"]), operation


def test_what_a_route_takes_is_described_and_nothing_else_is_taken(open_app: Flask) -> None:
    """Else random requests would not get beyond an unknown key."""
    client = open_app.test_client()
    paths = client.get(DESCRIPTION).get_json()["paths"]
    for path, method, key in (("/api/sites", "post", "third"), ("/api/sites/{key}", "patch", "third")):
        body = paths[path][method]["requestBody"]["content"]["application/json"]["schema"]
        filled = {"key": key, "settings": {"site_name": "Third"}, "people": 0, "dry_run": False}
        sent = {name: filled[name] for name in body["properties"]}
        address = f"/orcid{path.replace('{key}', key)}"
        assert client.open(address, method=method, json=sent).status_code in {200, 201}
        refused = client.open(address, method=method, json=sent | {"other": 1})
        assert (refused.status_code, body["additionalProperties"]) == (400, False)


def test_no_request_makes_a_route_fail_or_answer_what_it_does_not_say(open_app: Flask) -> None:
    schema = schemathesis.openapi.from_wsgi(DESCRIPTION, open_app)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 10
    cases = [operation.as_strategy(generation_mode=mode) for operation in operations for mode in GenerationMode]
    checks = [not_a_server_error, status_code_conformance, response_schema_conformance]

    @settings(
        max_examples=8 * len(cases),
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(*cases))
    def hold(case: schemathesis.Case) -> None:
        with responses.RequestsMock(assert_all_requests_are_fired=False):  # nothing reaches the network
            case.call_and_validate(checks=checks)

    hold()


TIMES = st.sampled_from(["2026-11-01", "2026-11-01T12:00+01:00", "9999-12-31T23:59-14:00"]) | st.text(max_size=8)
ASKED = {
    "orcid": st.sampled_from([JOSIAH, f"https://orcid.org/{JOSIAH}"]) | st.text(max_size=5),
    "account": st.sampled_from(["ada"]) | st.text(max_size=5),
    "publication": st.sampled_from(["ms-1"]) | st.text(max_size=5),
    "action": st.sampled_from(["told"]) | st.text(max_size=5),
    "status": st.sampled_from(["409", "4xx", "error", "none"]) | st.text(max_size=5),
    "since": TIMES,
    "until": TIMES,
    "before": st.text(max_size=20),
}


@pytest.mark.parametrize("log", ["events", "calls"])
def test_logs_that_hold_something_answer_as_they_say(open_app: Flask, log: str) -> None:
    with runtime_of(open_app).store.begin() as session:
        about = {"site": "default", "orcid": JOSIAH, "publication_key": "ms-1"}
        for number in range(60):
            session.add(AuditEvent(actor="account:ada", action="told", details={"put_code": number}, **about))
            call = {"method": "GET", "url": "/", "milliseconds": 5, "correlation_id": "c"}
            session.add(Call(status=409 if number % 2 else None, request_body="{}", **call, **about))
    operation = schemathesis.openapi.from_wsgi(DESCRIPTION, open_app)[f"/api/sites/{{key}}/{log}"]["GET"]
    checks = [not_a_server_error, status_code_conformance, response_schema_conformance]
    sizes: set[int] = set()

    @settings(max_examples=80, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(query=st.fixed_dictionaries({}, optional=ASKED))
    def hold(query: dict[str, str]) -> None:
        case = operation.Case(path_parameters={"key": "default"}, query=query)
        answer = case.call_and_validate(checks=checks).json()
        sizes.add(len(answer.get(log, ())))

    hold()
    assert {0, 50} <= sizes


class TestOnesOwnConnection:
    def test_is_told_and_ended(self, lite_app: Flask, orcid: responses.RequestsMock) -> None:
        grants(orcid)
        client = lite_app.test_client()
        assert client.get("/orcid/api/me").get_json()["error"]["code"] == "forbidden"
        sign_in(client, "ada")
        assert client.get("/orcid/api/me").get_json() == {"connection": None}
        come_back(client, state_of(client, "/orcid/connect/profile"))
        told = client.get("/orcid/api/me").get_json()["connection"]
        assert (told["orcid"], told["state"]) == ("https://sandbox.orcid.org/0000-0002-1825-0097", "active")
        assert client.delete("/orcid/api/me").get_json() == {"disconnected": True}
        assert client.delete("/orcid/api/me").get_json() == {"disconnected": False}
        assert client.get("/orcid/api/me").get_json() == {"connection": None}

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    def test_is_not_ended_by_a_page_of_another_site(
        self, lite_app: Flask, orcid: responses.RequestsMock, site: str
    ) -> None:
        grants(orcid)
        client = lite_app.test_client()
        sign_in(client, "ada")
        come_back(client, state_of(client, "/orcid/connect/profile"))
        assert client.delete("/orcid/api/me", headers={"Sec-Fetch-Site": site}).status_code == 403
        assert client.get("/orcid/api/me").get_json()["connection"]


def test_contributors_are_told_to_those_who_may_edit(lite_app: Flask) -> None:
    submit(lite_app, "doi:10.5555/one")
    client = lite_app.test_client()
    path = "/orcid/api/publications/doi:10.5555/one/contributors"
    assert client.get(path).status_code == 403
    sign_in(client, "eve")
    assert client.get(path).status_code == 403
    sign_in(client, "ada")
    told = client.get(path).get_json()["contributors"]
    assert [(one["name"], one["key"], one["authenticated"]) for one in told[:2]] == [
        ("Josiah Example", "1", False),
        ("Sofia Example", "2", False),
    ]
    assert client.get("/orcid/api/publications/none/contributors").status_code == 404
