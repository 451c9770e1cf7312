"""Names and titles from ORCID and from metadata are text, wherever they are shown."""

from __future__ import annotations

import dataclasses
import re

import responses
from flask import Flask, render_template_string

from orcid_plugin.hooks import submission
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.publication import Title
from tests.mounted import JOSIAH, FakeHost, article, come_back, grants, query_of, runtime_of, sign_in, state_of
from tests.security.routes import routes

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
