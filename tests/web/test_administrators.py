"""Tests of the administrators' pages and of the same as JSON."""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from orcid_plugin.hooks import sites
from orcid_plugin.host import Account
from orcid_plugin.identity import conflicts
from orcid_plugin.runtime import at_site, current
from orcid_plugin.store.tables import AuditEvent, Connection, ConnectionState, Task, TaskState
from orcid_plugin.store.tasks import owe
from tests.mounted import JOSIAH, SOFIA, FakeHost, make_app, runtime_of, sign_in
from tests.security.routes import routes

OWN = {"client_id": "APP-SECOND", "client_secret": "second-secret", "site_name": "Second & Co"}


@dataclasses.dataclass
class Platform(FakeHost):
    """Root runs it."""

    def is_administrator(self, account: Account) -> bool:
        return account.id == "root"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(f"sqlite:///{tmp_path / 'admin.sqlite3'}", Platform())
    runtime_of(app).store.upgrade()
    with app.test_request_context():
        sites.add("second", OWN)
    yield app
    runtime_of(app).close()


@pytest.fixture
def root(app: Flask) -> FlaskClient:
    client = app.test_client()
    sign_in(client, "root")
    return client


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def submit(client: FlaskClient, path: str, begin: str = "/orcid/admin/sites/new", **form: str) -> Any:
    """Send a form with the token of a page."""
    return client.post(path, data={"csrf_token": token_of(client.get(begin).text), **form})


def connect(app: Flask, count: int = 1, state: str = "active") -> None:
    with app.test_request_context(), at_site("second"), current().store.begin() as session:
        for number in range(count):
            session.add(
                Connection(
                    site="second",
                    environment="sandbox",
                    client_id="APP-SECOND",
                    orcid=f"0000-0000-0000-{number:04d}",
                    account=f"acc{number}",
                    name=f"Person {number}",
                    scopes="/authenticate",
                    sealed_token_answer="x",
                    state=state,
                )
            )


def fail_a_mail(app: Flask) -> int:
    with app.test_request_context(), at_site("second"):
        runtime = current()
        with runtime.store.begin() as session:
            task = owe(session, runtime.keyring, runtime.site, "mail", {"to": "a@b.example"})
            task.state, task.message = TaskState.FAILED, "the mail server refuses the address (SMTP 550)"
            return task.id


def of_administrators(app: Flask) -> list[Any]:
    return [one for one in routes(app, "second") if one.path.startswith(("/orcid/admin/", "/orcid/api/sites"))]


@pytest.mark.parametrize("account", [None, "ada"])
def test_every_route_is_for_administrators_alone(app: Flask, account: str | None) -> None:
    client = app.test_client()
    sign_in(client, account)
    found = of_administrators(app)
    assert len(found) > 15
    for route in found:
        answer = client.open(route.path, method=route.method, json=None if route.method == "GET" else {})
        assert answer.status_code == 403, route
        assert "second" not in answer.text.lower(), route


def test_without_administrators_of_the_host_nobody_is_one(lite_app: Flask) -> None:
    client = lite_app.test_client()
    sign_in(client, "root")
    assert client.get("/orcid/admin/sites").status_code == 403
    answer = client.get("/orcid/api/sites")
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "forbidden")


def test_every_form_needs_its_token(app: Flask, root: FlaskClient) -> None:
    for route in of_administrators(app):
        if route.method == "POST" and route.path.startswith("/orcid/admin/"):
            assert root.post(route.path, data={"confirmed": "yes"}).status_code == 400, route
    with app.test_request_context():
        assert sites.shown("second").state == "ready"


def test_a_site_is_added_edited_removed_and_put_back(app: Flask, root: FlaskClient) -> None:
    form = {"site_name": "Third", "client_id": "APP-3", "client_secret": "thrd-secret", "retracted": ""}
    added = submit(root, "/orcid/admin/sites/new", key="third", **form)
    assert added.location == "/orcid/admin/sites/third"
    page = root.get(added.location).text
    assert "APP-3" in page
    assert "thrd-secret" not in page
    submit(root, "/orcid/admin/sites/third", site_name="Renamed", client_id="APP-3", client_secret="")
    with app.test_request_context(), at_site("third"):
        assert (current().settings.site_name, current().settings.client_secret) == ("Renamed", "thrd-secret")
    assert "Nothing is sent to ORCID for it any more" in submit(root, "/orcid/admin/sites/third/remove").text
    assert submit(root, "/orcid/admin/sites/third/remove", confirmed="yes").status_code == 302
    assert "removed" in root.get("/orcid/admin/sites").text
    submit(root, "/orcid/admin/sites/third/restore")
    with app.test_request_context():
        assert sites.shown("third").state == "ready"
    with runtime_of(app).store.begin() as session:
        found = session.execute(select(AuditEvent.actor, AuditEvent.action).where(AuditEvent.site == "third")).all()
    actions = ["site_added", "site_changed", "site_removed", "site_added"]
    assert [tuple(row) for row in found] == [("account:root", action) for action in actions]


def test_what_cannot_be_is_told_on_the_form_which_keeps_all_but_the_secret(root: FlaskClient) -> None:
    answer = submit(
        root, "/orcid/admin/sites/second", site_name="Kept", client_id="APP-2", client_secret="n3w-secret", api="x"
    )
    assert answer.status_code == 400
    assert "is not one of member, public" in html.unescape(answer.text)
    assert 'value="Kept"' in answer.text
    assert "type it again" in answer.text
    assert "n3w-secret" not in answer.text


def test_other_credentials_are_changed_only_by_who_confirms_the_number(app: Flask, root: FlaskClient) -> None:
    connect(app, 2)
    changed = {"client_id": "APP-NEW", "client_secret": "new-secret"}
    asked = submit(root, "/orcid/admin/sites/second", **changed)
    assert asked.status_code == 409
    assert "2 people have to connect again, 2 of them with an account" in asked.text
    assert "leave the former credentials valid there" in asked.text
    assert 'name="people" value="2"' in asked.text
    with app.test_request_context():
        assert sites.shown("second").client_id == "APP-SECOND"
    assert submit(root, "/orcid/admin/sites/second", people="2", **changed).status_code == 302
    page = root.get("/orcid/admin/sites/second").text
    assert "2 people gave permission to other credentials" in page
    asked = submit(root, "/orcid/admin/sites/second/ask-again")
    assert asked.status_code == 400  # there is no address of its own for the links
    submit(root, "/orcid/admin/sites/second", public_url="https://second.example", client_id="APP-NEW")
    assert "2 people have an account" in submit(root, "/orcid/admin/sites/second/ask-again").text


def test_connections_are_searched_and_paged(app: Flask, root: FlaskClient) -> None:
    connect(app, 60)
    first = root.get("/orcid/admin/sites/second/connections").text
    assert "60 found" in first
    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in root.get("/orcid/admin/sites/second/connections?page=2").text
    found = root.get("/orcid/api/sites/second/connections?search=person+0007").json
    assert [one["account"] for one in found["connections"]] == ["acc7"]
    for none in ("search=%25", "search=a%00z", "state=stale", "page=9"):
        assert root.get(f"/orcid/api/sites/second/connections?{none}").json["connections"] == []
    assert root.get("/orcid/admin/sites/second/connections?state=stale").status_code == 200
    for wrong in ("state=odd", "page=0", "page=x", "page=1000000", "page=²"):
        assert root.get(f"/orcid/admin/sites/second/connections?{wrong}").status_code == 400
        assert root.get(f"/orcid/api/sites/second/connections?{wrong}").json["error"]["code"] in {"input", "request"}


def test_what_was_given_up_is_tried_again(app: Flask, root: FlaskClient) -> None:
    number = fail_a_mail(app)
    assert "SMTP 550" in root.get("/orcid/admin/sites/second/tasks").text
    assert submit(root, f"/orcid/admin/sites/default/tasks/{number}/retry").status_code == 404  # another site's
    assert submit(root, f"/orcid/admin/sites/second/tasks/{number}/retry").status_code == 302
    with runtime_of(app).store.begin() as session:
        assert session.get_one(Task, number).state == TaskState.PENDING
    assert root.post(f"/orcid/api/sites/second/tasks/{number}/retry", json={}).status_code == 404


def test_an_id_of_two_accounts_is_released(app: Flask, root: FlaskClient) -> None:
    connect(app, 2)
    with app.test_request_context(), at_site("second"):
        runtime = current()
        with runtime.store.begin() as session:
            found = session.scalars(select(Connection).order_by(Connection.id)).all()
            for connection, orcid in zip(found, (JOSIAH, SOFIA), strict=True):
                connection.orcid = orcid
                conflicts.begin(session, runtime.site, connection, "bob")
    first, second = root.get("/orcid/api/sites/second/conflicts").json["conflicts"]
    assert (second["held_by"], second["wanted_by"], first["orcid"]) == ("acc0", "bob", SOFIA)
    assert "acc1" in root.get("/orcid/admin/sites/second/conflicts").text
    assert submit(root, f"/orcid/admin/sites/second/conflicts/{first['id']}/release").status_code == 302
    again = f"/orcid/api/sites/second/conflicts/{first['id']}/release"
    assert root.post(again, json={}).status_code == 409
    assert root.post(f"/orcid/api/sites/second/conflicts/{second['id']}/release", json={}).status_code == 200
    assert root.get("/orcid/api/sites/second/conflicts").json == {"conflicts": []}
    with runtime_of(app).store.begin() as session:
        assert session.scalars(select(Connection.account)).all() == [None, None]


def test_a_site_without_credentials_is_no_fault_of_ours(app: Flask, root: FlaskClient) -> None:
    with app.test_request_context():
        sites.add("third", {"site_name": "Third", "public_url": "https://third.example"})
    refused = root.post("/orcid/api/sites/third/ask-again", json={})
    assert (refused.status_code, "its credentials first" in refused.text) == (400, True)
    for route in routes(app, "third"):
        sent = {"json": {}} if "/api/" in route.path and route.method != "GET" else {}
        answer = root.open(route.path, method=route.method, **sent)
        assert answer.status_code < 500, f"{route}: {answer.text}"


def test_the_hosts_own_site_is_shown_without_a_form(root: FlaskClient) -> None:
    page = root.get("/orcid/admin/sites/default").text
    assert "changed there" in page
    assert 'name="client_id"' not in page
    assert root.get("/orcid/admin/sites/nowhere").status_code == 404


def test_a_site_by_json(app: Flask, root: FlaskClient) -> None:
    path = "/orcid/api/sites"
    added = root.post(path, json={"key": "third", "settings": {"invitation_days": 9, "trust_metadata": True}})
    assert (added.status_code, added.json["site"]["state"]) == (201, "incomplete")
    assert added.json["site"]["own"] == {"invitation_days": "9", "trust_metadata": "true"}
    assert [one["key"] for one in root.get(path).json["sites"]] == ["default", "second", "third"]
    changed = root.patch(f"{path}/third", json={"settings": {"invitation_days": None}})
    assert changed.json["site"]["own"] == {"trust_metadata": "true"}
    checked = root.post(f"{path}/third/check", json={})
    assert (checked.status_code, checked.json["ok"]) == (200, False)
    assert root.delete(f"{path}/third", json={}).json["site"]["state"] == "removed"
    assert root.get(f"{path}/third").json["site"]["state"] == "removed"
    assert "second-secret" not in root.get(f"{path}/second").text


def test_other_credentials_by_json_need_the_number_of_people(app: Flask, root: FlaskClient) -> None:
    connect(app)
    body = {"settings": {"client_id": "APP-NEW"}}
    dry = root.patch("/orcid/api/sites/second", json={**body, "dry_run": True})
    assert dry.json == {"change": {"people": 1, "accounts": 1, "deliveries": 0, "works": 0, "revocations": 0}}
    refused = root.patch("/orcid/api/sites/second", json=body)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "people_concerned")
    assert root.patch("/orcid/api/sites/second", json={**body, "people": 1}).status_code == 200
    with runtime_of(app).store.begin() as session:
        assert session.scalars(select(Connection.state)).all() == [ConnectionState.STALE]


@pytest.mark.parametrize(
    "body",
    [
        "x",
        "[]",
        "{",
        '{"settings": []}',
        '{"settings": {"pace": 1}}',
        '{"settings": {"site_name": {}}}',
        '{"people": "1"}',
        '{"people": true}',
        '{"dry_run": 1}',
        '{"colour": 1}',
        '{"settings": {"client_secret": "only"}}',
    ],
)
def test_json_that_cannot_be_is_told_as_json(root: FlaskClient, body: str) -> None:
    with_type = {"content_type": "application/json"}
    path = "/orcid/api/sites/default" if "only" in body else "/orcid/api/sites/second"
    answer = root.patch(path, data=body, **with_type)
    assert answer.status_code == 400
    assert set(answer.json["error"]) == {"code", "message"}
    assert answer.json["error"]["code"] in {"input", "site_refused"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://public.example"}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_json_that_a_page_of_another_site_could_send_is_refused(
    root: FlaskClient, headers: dict[str, str], status: int
) -> None:
    answer = root.patch("/orcid/api/sites/second", data="{}", headers={"Content-Type": "application/json", **headers})
    assert answer.status_code == status
    if status != 200:
        assert set(answer.json["error"]) == {"code", "message"}
