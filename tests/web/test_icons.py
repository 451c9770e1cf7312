"""ORCID's own icon files: where they are shown, how they are served, and that a mail needs none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from lxml import html

from orcid_plugin.hooks import submission
from tests.icons import png, svg, write
from tests.mounted import FakeHost, deliver, make_app, runtime_of, submit

ICON, OTHER = svg(), png()
URI = "https://sandbox.orcid.org/0000-0002-1694-233X"
ALL = (
    '{% from "orcid_plugin/macros.html" import orcid_id, connect_button, sign_in_button %}'
    "{% for format in ('full', 'compact', 'inline') %}{{ orcid_id(uri, 'Josiah', authenticated=yes, format=format) }}"
    '{% endfor %}{% if yes %}{{ connect_button("/a") }}{{ sign_in_button("/b") }}{% endif %}'
)


@pytest.fixture
def own(tmp_path: Path, host: FakeHost) -> Iterator[Flask]:
    """A host that downloaded both icons."""
    files = {"icon": write(tmp_path, ICON, "a.svg"), "unauthenticated_icon": write(tmp_path, OTHER, "b.png")}
    app = make_app(f"sqlite:///{tmp_path / 'x.sqlite3'}", host, **files)
    runtime_of(app).store.upgrade()
    yield app
    runtime_of(app).close()


def shown(app: Flask, authenticated: bool) -> html.HtmlElement:
    with app.test_request_context():
        return html.fromstring(render_template_string(ALL, uri=URI, yes=authenticated))


@pytest.mark.parametrize(
    ("authenticated", "label", "content", "sizes"),
    [
        (True, "ORCID iD icon", ICON, ["16", "16", "16", "24", "24"]),
        (False, "Unauthenticated ORCID iD icon", OTHER, ["16", "16", "16"]),
    ],
)
def test_every_macro_shows_orcids_file_unaltered(
    own: Flask, authenticated: bool, label: str, content: bytes, sizes: list[str]
) -> None:
    page = shown(own, authenticated)
    images = page.xpath("//img")
    assert not page.xpath("//svg")
    assert [image.get("height") for image in images] == [image.get("width") for image in images] == sizes
    assert {image.get("alt") for image in images} == {label}
    (address,) = {image.get("src") for image in images}
    answer = own.test_client().get(address)
    assert answer.data == content


def test_without_files_they_are_drawn(lite_app: Flask) -> None:
    for authenticated in (True, False):
        page = shown(lite_app, authenticated)
        assert page.xpath("//svg")
        assert not page.xpath("//img")


def test_one_of_them_is_enough(tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path / 'x.sqlite3'}", icon=write(tmp_path, ICON))
    assert shown(app, True).xpath("//img")
    assert shown(app, False).xpath("//svg")
    runtime_of(app).close()


@pytest.mark.parametrize(("authenticated", "media_type"), [(True, "image/svg+xml"), (False, "image/png")])
def test_a_file_may_be_kept_for_good_and_nothing_in_it_runs(own: Flask, authenticated: bool, media_type: str) -> None:
    address = shown(own, authenticated).xpath("//img/@src")[0]
    client = own.test_client()
    answer = client.get(address)
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert not {"Set-Cookie", "Vary"} & set(answer.headers.keys())
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_there_is_nothing_else_behind_the_address(own: Flask, lite_app: Flask) -> None:
    address = shown(own, True).xpath("//img/@src")[0]
    assert lite_app.test_client().get(address).status_code == 404
    for other in ("/orcid/icons/a.svg", address.replace(".svg", ".png")):
        answer = own.test_client().get(other)
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-store"


def test_icons_are_not_counted_but_guesses_are(tmp_path: Path, host: FakeHost) -> None:
    app = make_app(f"sqlite:///{tmp_path / 'x.sqlite3'}", host, icon=write(tmp_path, ICON), address_limit="1/minute")
    client, address = app.test_client(), shown(app, True).xpath("//img/@src")[0]
    assert [client.get(address).status_code for _ in range(3)] == [200] * 3
    assert [client.get("/orcid/icons/x.svg").status_code for _ in range(2)] == [404, 429]
    runtime_of(app).close()


def test_the_invitations_page_has_it_and_its_mail_needs_none(own: Flask, host: FakeHost) -> None:
    submit(own)
    with own.test_request_context():
        submission.invite("ms-1", "2", email="a@b.example", invited_by="Ada")
    deliver(own)
    (mail,) = host.mails
    assert not html.fromstring(mail.html).xpath("//img | //svg")  # many mail programs show neither
    link = html.fromstring(mail.html).xpath("//a/@href")[0].removeprefix("http://localhost")
    page = html.fromstring(own.test_client().get(link).text)
    assert page.xpath("//button[@value='connect']/img[@alt='ORCID iD icon']")
