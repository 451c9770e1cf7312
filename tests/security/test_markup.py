"""Names and titles from ORCID and from metadata are text, wherever they are shown."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
import responses
from flask import Flask, render_template_string
from sqlalchemy import select

from orcid_plugin.hooks import submission
from orcid_plugin.identity import conflicts, trail
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.publication import Title
from orcid_plugin.store.tables import Call, Connection, Delivery, Invitation, StoredPublication, Task
from orcid_plugin.web.pages import TEMPLATES
from tests.mounted import (
    JOSIAH,
    FakeHost,
    article,
    come_back,
    grants,
    make_app,
    query_of,
    runtime_of,
    sign_in,
    state_of,
)
from tests.security.routes import routes
from tests.web.test_administrators import Platform

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><b>"
RAW = re.compile(r"<script>|<img src=x|<b>")


def test_no_page_and_no_mail_takes_a_name_for_markup(
    lite_app: Flask, host: FakeHost, orcid: responses.RequestsMock
) -> None:
    publication = dataclasses.replace(
        article(),
        title=Title(EVIL),
        contributors=(Contributor(given_names=EVIL, family_name=EVIL, key="1"), Contributor(name=EVIL, key="2")),
    )
    with lite_app.test_request_context():
        submission.submitted(publication, key="ms-1")
        submission.invite("ms-1", "1", email="a@b.example", invited_by=EVIL)
    runtime_of(lite_app).worker(lite_app).run_once()
    (mail,) = host.mails
    assert not RAW.search(mail.html)
    (link,) = re.findall(r"^http://localhost(/orcid/invitation/[\w-]+)$", mail.text, re.MULTILINE)
    grants(orcid, JOSIAH, name=EVIL)
    guest, ada = lite_app.test_client(), lite_app.test_client()
    shown = guest.get(link)
    assert "&lt;script&gt;" in shown.text
    (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', shown.text)
    sent = guest.post(link, data={"csrf_token": token, "answer": "connect"})
    come_back(guest, query_of(sent)["state"])
    thanks = guest.get("/orcid/thanks")
    assert "&lt;script&gt;" in thanks.text
    sign_in(ada, "ada")
    pages = [shown, thanks, *(ada.open(route.path, method=route.method) for route in routes(lite_app))]
    back = {"error": EVIL, "error_description": EVIL, "state": state_of(ada, "/orcid/connect/profile")}
    pages.append(ada.get("/orcid/callback", query_string=back))
    for page in pages:
        assert page.mimetype != "text/html" or not RAW.search(page.text), page.request.path


def test_pages_for_editors_and_administrators_take_none_either(tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path}/x.sqlite3", Platform(), site_name=EVIL)
    runtime = runtime_of(app)
    runtime.store.upgrade()
    publication = dataclasses.replace(
        article(), title=Title(EVIL), contributors=(Contributor(given_names=EVIL, family_name=EVIL, key="1"),)
    )
    with app.test_request_context():
        submission.submitted(publication, key="ms-1")
        submission.invite("ms-1", "1", email="a@b.example", invited_by=EVIL)
    about = {"site": "default", "environment": "sandbox", "orcid": JOSIAH}
    with runtime.store.begin() as session:
        connection = Connection(**about, client_id=EVIL, account=EVIL, name=EVIL, scopes=EVIL, sealed_token_answer="x")
        stored = session.scalars(select(StoredPublication)).one()
        said = {"code": EVIL, "message": EVIL, "state": "failed", "section": "work", "action": "put"}
        session.add(Delivery(**about, connection=connection, publication=stored, **said))
        session.add(Task(site="default", environment="sandbox", kind="mail", state="failed", code=EVIL, message=EVIL))
        session.flush()
        conflicts.begin(session, runtime.site, connection, EVIL)
        for invitation in session.scalars(select(Invitation)):
            invitation.failure = EVIL
        trail.note(session, runtime.site, EVIL, EVIL, publication_key="ms-1", code=EVIL, put_code=EVIL)
        call = {"method": EVIL, "url": EVIL, "status": 400, "error_code": EVIL, "milliseconds": 1}
        session.add(Call(site="default", correlation_id=EVIL, publication_key="ms-1", **call))
    escaped = 0
    for account, query in (("ada", {"publication": "ms-1"}), ("root", {"publication": "ms-1", "search": EVIL})):
        client = app.test_client()
        sign_in(client, account)
        for route in routes(app, "default"):
            if route.method == "GET":
                page = client.get(route.path, query_string=query)
                assert page.mimetype != "text/html" or not RAW.search(page.text), route
                escaped += "&lt;script&gt;" in page.text
    assert escaped > 10
    runtime.close()


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_lets_markup_through(template: Path) -> None:
    assert not re.search(r"\|\s*(safe|tojson)\b|autoescape|Markup", template.read_text())


def test_what_the_macros_are_given_is_text(lite_app: Flask) -> None:
    source = (
        '{% from "orcid_plugin/macros.html" import orcid_id, connect_button, disconnect_button, sign_in_button %}'
        "{{ orcid_id(evil, evil, authenticated=True) }}{{ orcid_id(evil) }}{{ connect_button(evil) }}"
        "{{ sign_in_button(evil) }}{{ disconnect_button(evil) }}"
    )
    with lite_app.test_request_context():
        text = render_template_string(source, evil=EVIL)
    assert not RAW.search(text)
    assert 'href="<' not in text
