"""ORCID's own icon files in a real browser: at their size, unaltered, and without a script that runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, render_template_string, url_for
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.icons import RED, png, svg, write
from tests.mounted import make_app, runtime_of

PAGE = """<!doctype html><title>Icons</title>
<link rel="stylesheet" href="{{ url_for('orcid_plugin.static', filename='style.css') }}">
<body class="orcid-page"><main>
{% from "orcid_plugin/macros.html" import orcid_id, connect_button, sign_in_button %}
{% for authenticated in (true, false) %}{% for format in ("full", "compact", "inline") -%}
<p>{{ orcid_id("0000-0002-1825-0097", "Josiah Carberry", authenticated=authenticated, format=format) }}</p>
{% endfor %}{% endfor %}
{{ connect_button("/", explained=False) }} {{ sign_in_button("/") }}
<p id="alone"><img src="{{ orcid_plugin_icon }}" width="24" height="24" alt=""></p></main>"""
SCRIPT = (
    '<script>document.querySelector("circle").setAttribute("class", "ran"); fetch("/ran")</script>'
    '<image href="/none.png" onerror="fetch(\'/ran\')"/>'
)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    """A running host whose icon has a script in it, and its address; the page `/unprotected` is the same file alone."""
    content = svg(SCRIPT)
    files = {"icon": write(tmp_path, content, "a.svg"), "unauthenticated_icon": write(tmp_path, png(), "b.png")}
    app = make_app(f"sqlite:///{tmp_path / 'x.sqlite3'}", **files)
    app.config["RAN"] = []
    app.add_url_rule("/ran", view_func=lambda: app.config["RAN"].append("ran") or "", endpoint="ran")
    app.add_url_rule("/unprotected", view_func=lambda: Response(content, content_type="image/svg+xml"), endpoint="bare")
    app.add_url_rule(
        "/", view_func=lambda: render_template_string(PAGE, orcid_plugin_icon=address_of(app)), endpoint="page"
    )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield app, f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    runtime_of(app).close()


def address_of(app: Flask) -> str:
    icon = runtime_of(app).settings.icon
    assert icon
    return url_for("orcid_plugin.icon", name=icon.name)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(device_scale_factor=1, viewport={"width": 1000, "height": 600})
    yield context.new_page()
    context.close()


def test_the_icons_have_their_size_and_space_and_look_as_they_are(
    host: tuple[Flask, str], page: Page, shoot: Callable[[Page, str], None]
) -> None:
    page.goto(host[1])
    shoot(page, "70-icons")
    images = page.locator("img")
    expect(images).to_have_count(9)
    for image in images.all():
        size = image.evaluate("one => [one.complete, one.naturalWidth > 0, one.clientWidth, one.clientHeight]")
        assert size in ([True, True, 16, 16], [True, True, 24, 24])
    beside = "one => one.nextElementSibling.getBoundingClientRect().left - one.getBoundingClientRect().right"
    assert page.locator(".orcid-id img").first.evaluate(beside) == 8
    behind = "one => one.parentElement.previousElementSibling.getBoundingClientRect().right"
    name_ends = page.locator(".orcid-id img").first.evaluate(behind)
    assert page.locator(".orcid-id img").first.evaluate("one => one.getBoundingClientRect().left") >= name_ends + 8
    assert page.locator(".orcid-connect img").first.evaluate(beside) == 12
    above = "one => one.getBoundingClientRect().top - one.parentElement.getBoundingClientRect().top"
    assert page.locator(".orcid-connect img").first.evaluate(above) >= 12
    in_button, alone = page.locator(".orcid-connect img").first, page.locator("#alone img")
    assert in_button.screenshot() == alone.screenshot()
    assert host[0].config["RAN"] == []


def test_a_pdf_of_the_page_links_each_id_to_its_record(host: tuple[Flask, str], page: Page) -> None:
    page.goto(host[1])
    assert page.pdf().count(b"/URI (https://orcid.org/0000-0002-1825-0097)") >= 6


def test_a_script_in_the_file_does_not_run_even_where_somebody_opens_it(host: tuple[Flask, str], page: Page) -> None:
    app, address = host
    with app.test_request_context():
        path = address_of(app)
    page.goto(address + path)
    page.wait_for_timeout(300)
    assert app.config["RAN"] == []
    shown = page.screenshot()
    page.goto(f"{address}/unprotected")
    page.wait_for_timeout(300)
    assert app.config["RAN"]  # so the test would notice
    assert page.screenshot() != shown


def test_its_own_styles_hold(host: tuple[Flask, str], page: Page) -> None:
    app, address = host
    with app.test_request_context():
        path = address_of(app)
    page.goto(address + path)
    red = tuple(int(RED[start : start + 2], 16) for start in (1, 3, 5))
    fill = page.evaluate("getComputedStyle(document.querySelector('circle')).fill")
    assert fill == f"rgb{red}"
