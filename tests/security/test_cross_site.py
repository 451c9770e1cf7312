"""Nothing of one site can be read or changed at another: every route of the plugin is tried with a row of the other.

A new route needs a line in `REACH`, which says by what it could reach a row, or in `NAMES_NO_ROW`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from orcid_plugin.hooks import sites, submission
from orcid_plugin.identity import conflicts, connections
from orcid_plugin.metadata.publication import Title
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.runtime import current
from orcid_plugin.store.tables import Base, Connection, Invitation
from orcid_plugin.store.tasks import owe
from tests.mounted import JOSIAH, article, deliver, make_app, runtime_of
from tests.security.routes import rules
from tests.web.test_sites import TwoJournals

HERE = "http://second.example"
HIDDEN = "Hidden title of the first journal"
OTHER = "http://first.example"


@dataclass(frozen=True)
class Rows:
    """What the first journal has: keys, ids and secrets by which its rows are named."""

    invitation: str
    invitation_id: int
    state: str
    conflict: str
    task: int


Reach = Callable[[Rows], tuple[str, dict[str, str]]]
"""Path below the prefix, and the form that is sent."""


def site_of(path: str) -> Reach:
    return lambda rows: (path.replace("TASK", str(rows.task)), {"confirmed": "yes", "site_name": "x", "people": "9"})


REACH: dict[str, Reach] = {
    "GET connect": lambda rows: ("/connect/submission?publication=ms-1&contributor=1", {}),
    "GET callback": lambda rows: (f"/callback?code=Cd3Xyz&state={rows.state}", {}),
    "GET invitation": lambda rows: (f"/invitation/{rows.invitation}", {}),
    "POST answer_invitation": lambda rows: (f"/invitation/{rows.invitation}", {"answer": "decline"}),
    "GET opt_out": lambda rows: (f"/invitation/{rows.invitation}/no-more", {}),
    "POST opted_out": lambda rows: (f"/invitation/{rows.invitation}/no-more", {}),
    "GET conflict": lambda rows: ("/conflict", {}),
    "POST resolve": lambda rows: ("/conflict", {"choice": "move", "answer": "move"}),
    "GET invitations": lambda rows: ("/invitations?publication=ms-1", {}),
    "POST send_invitation": lambda rows: (f"/invitations/{rows.invitation_id}/send", {}),
    "GET history": lambda rows: ("/history?publication=ms-1", {}),
    "POST send_again": lambda rows: ("/history?publication=ms-1", {"orcid": JOSIAH}),
    # An editor is no administrator, who runs the platform and sees all sites.
    "GET admin_sites": site_of("/admin/sites"),
    "GET admin_add_site": site_of("/admin/sites/new"),
    "POST admin_add_site": site_of("/admin/sites/new"),
    "GET admin_site": site_of("/admin/sites/first"),
    "POST admin_site": site_of("/admin/sites/first"),
    "POST admin_check_site": site_of("/admin/sites/first/check"),
    "POST admin_remove_site": site_of("/admin/sites/first/remove"),
    "POST admin_restore_site": site_of("/admin/sites/first/restore"),
    "POST admin_ask_again": site_of("/admin/sites/first/ask-again"),
    "GET admin_connections": site_of("/admin/sites/first/connections"),
    "GET admin_tasks": site_of("/admin/sites/first/tasks"),
    "POST admin_retry_task": site_of("/admin/sites/first/tasks/TASK/retry"),
    "GET admin_conflicts": site_of("/admin/sites/first/conflicts"),
    "POST admin_release_conflict": site_of("/admin/sites/first/conflicts/1/release"),
    "GET admin_log": site_of("/admin/sites/first/events"),
    "GET admin_log_file": site_of("/admin/sites/first/calls.csv"),
    "GET api_events": site_of("/api/sites/first/events"),
    "GET api_calls": site_of("/api/sites/first/calls"),
    "GET api_conflicts": site_of("/api/sites/first/conflicts"),
    "POST api_release_conflict": site_of("/api/sites/first/conflicts/1/release"),
    "GET api_contributors": lambda rows: ("/api/publications/ms-1/contributors", {}),
    "GET api_sites": site_of("/api/sites"),
    "POST api_add_site": site_of("/api/sites"),
    "GET api_site": site_of("/api/sites/first"),
    "PATCH api_change_site": site_of("/api/sites/first"),
    "DELETE api_remove_site": site_of("/api/sites/first"),
    "POST api_check_site": site_of("/api/sites/first/check"),
    "POST api_ask_again": site_of("/api/sites/first/ask-again"),
    "GET api_connections": site_of("/api/sites/first/connections"),
    "GET api_tasks": site_of("/api/sites/first/tasks"),
    "POST api_retry_task": site_of("/api/sites/first/tasks/TASK/retry"),
}

NAMES_NO_ROW = {
    "GET thanks": "/thanks",
    "POST disconnect": "/disconnect",
    "GET api_me": "/api/me",
    "DELETE api_disconnect": "/api/me",
    "GET api_openapi": "/api/openapi.json",
    "GET icon": "/icons/x.svg",
}
"""They are about who is signed in or came back in this browser; what they show and change is looked at all the same."""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(f"sqlite:///{tmp_path / 'two.sqlite3'}", TwoJournals(), site="first", public_url=OTHER)
    runtime_of(app).store.upgrade()
    with app.test_request_context():
        sites.add("second", {"client_id": "APP-2", "client_secret": "s", "public_url": HERE})
    yield app
    runtime_of(app).close()


def fill(app: Flask, client: FlaskClient) -> Rows:
    """The first journal has a publication, an invitation, a connection, a conflict, an attempt and a task."""
    import dataclasses

    host: Any = runtime_of(app).host
    with app.test_request_context(base_url=OTHER):
        submission.submitted(dataclasses.replace(article(), title=Title(HIDDEN)), key="ms-1")
        submission.invite("ms-1", "2", email="sofia@first.example", invited_by="Ed")
    deliver(app)
    (invitation,) = re.findall(r"/orcid/invitation/(\S+?)(?:/no-more)?$", host.mails[-1].text, re.MULTILINE)[:1]
    answer = TokenAnswer(
        orcid=JOSIAH,
        name="Hidden person",
        access_token="t0ken",
        refresh_token=None,
        scopes=frozenset({"/activities/update"}),
        expires_in=None,
        raw={"access_token": "t0ken"},
    )
    with app.test_request_context(base_url=OTHER):
        runtime = current()
        with runtime.store.begin() as session:
            connection = connections.store_answer(session, runtime.site, runtime.keyring, answer, "ada")
            conflict = conflicts.begin(session, runtime.site, connection, "bob")
            task = owe(session, runtime.keyring, runtime.site, "mail", {"to": "x"}).id
            assert session.scalar(select(Connection.id)) is not None
            invitation_id = session.scalars(select(Invitation.id)).one()
    begun = client.get("/orcid/connect/profile", base_url=OTHER)
    return Rows(
        invitation=invitation,
        invitation_id=invitation_id,
        state=re.findall(r"[?&]state=([^&]+)", begun.location)[0],
        conflict=conflict,
        task=task,
    )


def of_first(app: Flask) -> dict[str, list[str]]:
    """All rows of the first journal."""
    with runtime_of(app).store.engine.connect() as connection:
        return {
            table.name: sorted(map(str, connection.execute(table.select().where(table.c.site == "first"))))
            for table in Base.metadata.sorted_tables
            if "site" in table.c
        }


def names(app: Flask) -> set[str]:
    """Method and endpoint of every route of the plugin."""
    return {
        f"{method} {rule.endpoint.removeprefix('orcid_plugin.')}"
        for rule in rules(app)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def as_editor(app: Flask) -> FlaskClient:
    """Somebody who may edit everything, and is known at both addresses by the same cookie."""
    client = app.test_client()
    with client.session_transaction(base_url=OTHER) as cookie:
        cookie["account"] = "ada"
    return client


def send(client: FlaskClient, name: str, path: str, form: dict[str, str], token: str) -> TestResponse:
    method = name.partition(" ")[0]
    sent: dict[str, Any] = {"json": {}} if "/api/" in path else {"data": {"csrf_token": token, **form}}
    return client.open(f"/orcid{path}", method=method, base_url=HERE, **(sent if method != "GET" else {}))


def token_at_second(app: Flask, client: FlaskClient) -> str:
    """A token of the second journal's own forms, so that no route refuses for want of one."""
    from flask_wtf.csrf import generate_csrf

    with client.session_transaction(base_url=OTHER) as cookie:
        kept = dict(cookie)
    with app.test_request_context(base_url=HERE):
        from flask import session

        token: str = generate_csrf()
        kept["csrf_token"] = session["csrf_token"]
    with client.session_transaction(base_url=HERE) as cookie:
        cookie.update(kept)
    return token


def test_every_route_has_its_line_here(app: Flask) -> None:
    assert names(app) == set(REACH) | set(NAMES_NO_ROW)


def test_no_route_reaches_a_row_of_another_site(app: Flask) -> None:
    client = as_editor(app)
    rows = fill(app, client)
    client.set_cookie("orcid_plugin_conflict", rows.conflict, domain="second.example", path="/")
    token = token_at_second(app, client)
    before = of_first(app)
    for name, reach in REACH.items():
        path, form = reach(rows)
        answer = send(client, name, path, form, token)
        # 400 is the answer to a link or state that is unknown here, as a page that tells what to do.
        allowed = {400, 404} if name.split()[1] in OF_A_LINK else {403, 404}
        assert answer.status_code in allowed, f"{name} answered {answer.status_code}"
        assert "Hidden" not in answer.text, name
        assert of_first(app) == before, f"{name} changed the other site"
    for name, path in NAMES_NO_ROW.items():
        assert "Hidden" not in send(client, name, path, {}, token).text, name
        assert of_first(app) == before, f"{name} changed the other site"


OF_A_LINK = {"callback", "invitation", "answer_invitation", "opt_out", "opted_out"}


def test_the_same_routes_reach_the_rows_at_their_own_site(app: Flask) -> None:
    """Else the test above would pass for a path that leads nowhere."""
    client = as_editor(app)
    rows = fill(app, client)
    for name in ("GET connect", "GET invitation", "GET opt_out", "GET invitations"):
        path, _ = REACH[name](rows)
        assert client.get(f"/orcid{path}", base_url=OTHER).status_code in {200, 302}, name
