"""A real Chromium, and the demo journal beside an emulated Registry for it to walk through."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from orcid_plugin.demo import cast
from orcid_plugin.demo.servers import CLIENT, Stage, set_up
from orcid_plugin.metadata import readers
from tests.conftest import lacking

ARTICLE = files("orcid_plugin.demo").joinpath("article.xml")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _executable() -> str:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        lacking("browser", "no Chromium is installed")
    return str(found)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each person in a test gets a context, with cookies, of their own."""
    executable = _executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    """The journal and a Registry with a record for each person of the bundled article."""
    players = cast.choose(readers.read(ARTICLE.read_bytes(), "article.xml").publication, "article.xml")
    with set_up(cast.registry(players, CLIENT)) as running:
        yield running


def is_fault(message: ConsoleMessage) -> bool:
    """Whether a browser complains of the page, rather than says that the page refuses something."""
    return message.type == "error" and not re.search(r"status of (403|409)\b", message.text)


@pytest.fixture
def person(chromium: Browser, stage: Stage) -> Iterator[Callable[..., Page]]:
    """A new person at a browser of their own; relative addresses are the journal's. Errors of a page fail the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def new(width: int = 1280, height: int = 800) -> Page:
        context = chromium.new_context(base_url=stage.journal, viewport={"width": width, "height": height})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if is_fault(message) else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    yield new
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def shoot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keep a page as pictures, of desktop and of mobile width, in the folder ORCID_TEST_SCREENSHOTS if it is set."""
    folder = os.environ.get("ORCID_TEST_SCREENSHOTS")

    def shot(page: Page, name: str) -> None:
        if folder is None:
            return
        Path(folder).mkdir(parents=True, exist_ok=True)
        size = page.viewport_size
        for kind, width in (("desktop", 1280), ("mobile", 390)):
            page.set_viewport_size({"width": width, "height": 800})
            page.wait_for_load_state("networkidle")
            page.screenshot(path=Path(folder) / f"{name}-{kind}.png", full_page=True)
        if size:
            page.set_viewport_size(size)

    return shot
