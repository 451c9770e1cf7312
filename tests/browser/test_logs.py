"""An administrator looks for calls in a real browser, without JavaScript, on a desktop and on a phone."""

from __future__ import annotations

import csv
import datetime
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from orcid_plugin.host import Account
from orcid_plugin.store.tables import AuditEvent, Call
from tests.mounted import JOSIAH, make_app, runtime_of
from tests.web.test_administrators import Platform

URL = f"https://api.sandbox.orcid.org/v3.0/{JOSIAH}/work/{'9' * 120}"
KEY = f"https://repository.example.org/{'very-long-key' * 12}"
NOON = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)
PATHS = ("", "/events", "/calls", "/calls?status=abc&orcid=0000-0002-1825-0098&since=yesterday")


class Root(Platform):
    """Whose browser is always the administrator's."""

    def current_account(self) -> Account | None:
        return Account("root", "Root")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The pages of a site with long keys and addresses in its logs."""
    app = make_app(f"sqlite:///{tmp_path / 'logs.sqlite3'}", Root())
    fill(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/orcid/admin/sites/default"
    server.shutdown()
    thread.join()
    server.server_close()
    runtime_of(app).close()


def fill(app: Flask) -> None:
    store = runtime_of(app).store
    store.upgrade()
    with store.begin() as session:
        for number in range(60):
            at = NOON + datetime.timedelta(minutes=number)
            about = {"site": "default", "at": at, "orcid": JOSIAH, "publication_key": KEY}
            account = "ada.lovelace@institution-with-a-long-name.example.org"
            session.add(AuditEvent(actor=f"account:{account}", account=account, action="connected", **about))
            call = {"method": "POST", "url": URL, "milliseconds": 321, "correlation_id": f"{number:016x}"}
            status, body = (409, f'{{"error-code": 9021, "text": "{"y" * 400}"}}') if number == 7 else (200, None)
            session.add(Call(status=status, response_body=body, **call, **about))


@pytest.fixture(params=[1280, 390])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": request.param, "height": 800}, java_script_enabled=False, locale="en-GB"
    )
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", PATHS)
def test_no_page_is_wider_than_the_screen(
    page: Page, address: str, shoot: Callable[[Page, str], None], path: str
) -> None:
    page.goto(address + path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for summary in page.locator("summary").all():
        summary.click()
    width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] <= width[1]
    shoot(page, f"logs-{PATHS.index(path)}")


def test_a_call_is_found_read_and_downloaded(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Calls to ORCID").click()
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Older").click()
    expect(page.locator("tbody tr")).to_have_count(11)  # ten calls, and the bodies of one
    page.get_by_label("ORCID iD").fill(f"https://orcid.org/{JOSIAH}")
    page.get_by_label("Answer").fill("abc")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_label("Answer")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("ORCID iD")).to_have_value(f"https://orcid.org/{JOSIAH}")
    page.get_by_label("Answer").fill("4xx")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("9021")).not_to_be_visible()
    page.get_by_text("What was sent and answered").click()
    expect(page.get_by_text("9021")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    lines = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_bytes().decode(), newline="")))
    assert [line["status"] for line in lines] == ["409"]
    page.goto(f"{address}/events")
    expect(page.locator("tbody tr").first).to_contain_text("exported a log")
