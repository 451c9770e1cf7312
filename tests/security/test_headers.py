"""What every answer of the plugin carries, whatever it is asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from orcid_plugin.web.pages import TEMPLATES
from tests.mounted import FakeHost, make_app, runtime_of, sign_in, submit
from tests.security.routes import routes


def held(headers: Headers) -> None:
    """The headers protect the page, and whom it is about."""
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert "script-src" not in policy
    assert "style-src" not in policy
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in str(policy)
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert all(cookie.startswith("session=") for cookie in headers.getlist("Set-Cookie"))


def asked(app: Flask, account: str | None) -> list[tuple[str, TestResponse]]:
    """Each route, asked without and with a form that has no token."""
    client = app.test_client()
    sign_in(client, account)
    return [(str(route), client.open(route.path, method=route.method)) for route in routes(app)]


@pytest.mark.parametrize("account", [None, "ada", "eve"])
def test_every_route_has_them(lite_app: Flask, account: str | None) -> None:
    submit(lite_app)
    answers = asked(lite_app, account)
    assert answers
    for name, answer in answers:
        try:
            held(answer.headers)
        except (AssertionError, KeyError) as fault:
            raise AssertionError(f"{name} answers {answer.status_code} with {answer.headers}") from fault


OF_ITS_OWN = re.compile(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:")


def test_every_page_is_free_of_scripts_and_styles_of_its_own(lite_app: Flask) -> None:
    submit(lite_app)
    for name, answer in asked(lite_app, "ada"):
        if answer.mimetype == "text/html" and not answer.location:
            assert not OF_ITS_OWN.search(answer.text), name


PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if path.parent.name != "mail")


@pytest.mark.parametrize("template", PAGES, ids=lambda path: path.name)
def test_no_template_has_any(template: Path) -> None:
    """Those of pages that only some people see as well. Mails have styles, for which there is no policy."""
    assert not OF_ITS_OWN.search(template.read_text())


def test_a_fault_of_ours_has_them(lite_app: Flask, host: FakeHost) -> None:
    host.current_account = lambda: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    for name, answer in asked(lite_app, None):
        assert answer.status_code == 500, name
        held(answer.headers)


def test_who_is_let_wait_has_them(tmp_path: object, host: FakeHost) -> None:
    app = make_app(f"sqlite:///{tmp_path}/limited.sqlite3", host, address_limit="0/minute")
    for name, answer in asked(app, None):
        assert answer.status_code == 429, name
        held(answer.headers)
    runtime_of(app).close()


def test_the_style_sheet_may_be_kept_and_is_nothing_else(lite_app: Flask) -> None:
    with lite_app.test_client().get("/orcid/assets/style.css") as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.mimetype == "text/css"
        assert "Set-Cookie" not in answer.headers


def test_a_file_that_is_not_there_is_a_page_like_any_other(lite_app: Flask) -> None:
    answer = lite_app.test_client().get("/orcid/assets/none.css")
    assert answer.status_code == 404
    held(answer.headers)
