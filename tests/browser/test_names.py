"""Names and titles that are longer than a line."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from orcid_plugin.hooks import invitations, submission
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.publication import Title
from orcid_plugin.web.pages import TEMPLATES
from tests.mounted import FakeHost, article, deliver, make_app, runtime_of, sign_in

LONG = "Wolfeschlegelsteinhausenbergerdorff" * 3


@pytest.mark.parametrize("width", [340, 1100])
def test_stay_within_the_page_and_the_mail(chromium: Browser, tmp_path: Path, width: int) -> None:
    host = FakeHost()
    app = make_app(f"sqlite:///{tmp_path / 'x.sqlite3'}", host, site_name=LONG)
    runtime_of(app).store.upgrade()
    person = Contributor(given_names=LONG, family_name=LONG, key="1")
    paper = dataclasses.replace(article(), title=Title(LONG), contributors=(person,))
    with app.test_request_context():
        submission.submitted(paper, key="ms-1")
        invitations.invite("ms-1", "1", email=f"{LONG[:60]}@example.org", invited_by=LONG)
    deliver(app)
    client = app.test_client()
    sign_in(client, "ada")
    (link,) = re.findall(r"^http://localhost(/orcid/invitation/\S+)$", host.mails[0].text, re.MULTILINE)
    style = f"<style>{(TEMPLATES / 'orcid_plugin' / 'static' / 'style.css').read_text()}</style>"
    pages = [client.get(path).text for path in (link, f"{link}/no-more", "/orcid/invitations?publication=ms-1")]
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    for text in (*pages, host.mails[0].html):
        page.set_content(re.sub('<link rel="stylesheet"[^>]*>', style, text))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    runtime_of(app).close()
