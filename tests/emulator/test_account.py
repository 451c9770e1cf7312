"""What a person does on the Registry's own pages: signing in, registering, taking permissions back."""

from __future__ import annotations

import re

import pytest
import requests

from orcid_plugin.emulator import Client, Registry, Researcher, Server, serve
from orcid_plugin.emulator.values import Email
from orcid_plugin.metadata.identifiers import check_digit
from tests.emulator.browser import HELD_BACK, SCOPES, Browser, came_back, exchange
from tests.emulator.helpers import CARBERRY, GARCIA, MEMBER, TANAKA, Api, work


def sign_in_page(browser: Browser, **query: str | None) -> str:
    sent = browser.authorize(**query)
    return browser.session.get(browser.server.web + sent.headers["Location"], timeout=10).text


@pytest.mark.parametrize("asked", [{"orcid": TANAKA}, {"email": "Yuki@Example.org"}])
def test_the_person_who_was_asked_for_stands_first(orcid_registry: Server, asked: dict[str, str]) -> None:
    orcid_registry.registry.add_researcher(Researcher(TANAKA, "Yuki", "Tanaka", emails=(Email("yuki@example.org"),)))
    with Browser(orcid_registry) as browser:
        page = sign_in_page(browser, **asked)
    [marked] = re.findall(r'class="asked-for">\s*<input type="hidden" name="orcid" value="([^"]+)"', page)
    [first, *_] = re.findall(r'name="orcid" value="([^"]+)"', page)
    assert marked == first == TANAKA


def test_registration_form_knows_what_the_client_knew_and_comes_first_if_asked(orcid_registry: Server) -> None:
    person = {"given_names": "Zoë", "family_names": 'O"Neil', "email": "zoe@example.org"}
    with Browser(orcid_registry) as browser:
        page = sign_in_page(browser, **person)
        assert page.index("<h1>Sign in</h1>") < page.index("Or register")
        for value in ("Zoë", "O&#34;Neil", "zoe@example.org"):
            assert f'value="{value}"' in page
        page = sign_in_page(browser, **person, show_login="false")
        assert page.index("<h1>Register</h1>") < page.index("Or sign in")


def test_somebody_registers_and_connects_at_once(orcid_registry: Server) -> None:
    form = {"given_names": " Zoë ", "family_names": "O'Neil", "email": "zoe@example.org"}
    with Browser(orcid_registry) as browser:
        register = browser.authorize().headers["Location"].replace("/signin", "/register")
        back = browser.session.post(orcid_registry.web + register, data=form, **HELD_BACK)
        assert back.headers["Location"].startswith("/oauth/authorize?client_id=")
        code = came_back(browser.decide("grant"))["code"][0]
    token = exchange(orcid_registry, code).json()
    orcid = token["orcid"]
    assert token["name"] == "Zoë O'Neil"
    assert re.fullmatch(r"0000-0000-\d{4}-\d{3}[\dX]", orcid)
    assert check_digit(orcid[:-1]) == orcid[-1]
    assert orcid_registry.registry.researchers[orcid].emails == (Email("zoe@example.org"),)
    assert Api(orcid_registry, token["access_token"], orcid)("POST", "/work", work()).status_code == 201


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"given_names": " "}, "A record needs a given name."),
        ({"given_names": "Z", "email": "SOFIA@example.org"}, "There is a record with the address SOFIA@example.org"),
    ],
)
def test_registrations_that_are_refused(orcid_registry: Server, form: dict[str, str], told: str) -> None:
    registry = orcid_registry.registry
    registry.add_researcher(Researcher(GARCIA, "Sofia", emails=(Email("sofia@example.org"),)))
    before = set(registry.researchers)
    answer = requests.post(f"{orcid_registry.web}/register?oauth&client_id={MEMBER}", data=form, timeout=10)
    assert answer.status_code == 400
    assert told in answer.text
    assert f'action="/signin?oauth&amp;client_id={MEMBER}"' in answer.text
    assert set(registry.researchers) == before


@pytest.mark.parametrize(("asked", "written"), [("fr", "fr"), ("zh_TW", "zh-TW"), ("tlh", "en"), (None, "en")])
def test_pages_say_the_language_that_was_asked_for(orcid_registry: Server, asked: str | None, written: str) -> None:
    with Browser(orcid_registry) as browser:
        assert f'<html lang="{written}">' in sign_in_page(browser, lang=asked)
        browser.sign_in(browser.authorize(lang=asked))
        assert f'<html lang="{written}">' in browser.authorize(lang=asked).text


def test_trusted_parties_are_listed_with_what_they_may_and_since_when() -> None:
    now = [0.0]
    with serve(Registry.seeded(clock=lambda: now[0])) as server, Browser(server) as browser:
        page = browser.session.get(f"{server.web}/trusted-parties", **HELD_BACK)
        assert page.headers["Location"] == "/signin"
        browser.sign_in(page)
        assert "Nobody yet." in browser.session.get(f"{server.web}/trusted-parties", timeout=10).text
        server.registry.add_client(Client("APP-B", "x", "<b>Other</b>"))
        server.registry.issue_token("APP-B", ["/orcid-works/create"], CARBERRY)
        now[0] = 86400.0 * 365
        server.registry.issue_token(MEMBER, ["/read-limited"], CARBERRY)
        now[0] *= 2
        server.registry.issue_token(MEMBER, ["/person/update", "/read-limited"], CARBERRY)
        server.registry.issue_token(MEMBER, ["/email/read-private"], GARCIA)
        page = browser.session.get(f"{server.web}/trusted-parties", timeout=10)
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
    assert "&lt;b&gt;Other&lt;/b&gt; APP-B · since 1970-01-01 Add your works" in shown
    assert f"Journal under test {MEMBER} · since 1971-01-01 Read what only" in shown
    assert shown.count("Read what only") == shown.count("Add keywords") == 1
    assert "private e-mail" not in shown


def test_a_permission_taken_back_on_the_page_ends_all_but_deleting(orcid_registry: Server) -> None:
    with Browser(orcid_registry) as browser:
        api = Api(orcid_registry, exchange(orcid_registry, browser.code()).json()["access_token"])
        put_code = api.post(work())
        record = browser.session.get(f"{orcid_registry.web}/{CARBERRY}", timeout=10).text
        assert 'href="/trusted-parties"' in record[record.index("<main>") :]
        url = f"{orcid_registry.web}/trusted-parties"
        browser.session.post(url, data={"client": MEMBER}, timeout=10)
        assert "Nobody yet." in browser.session.get(url, timeout=10).text
        assert browser.authorize().status_code == 200
    for method in ("GET", "PUT"):
        assert api(method, f"/work/{put_code}").status_code == 401
    assert api("POST", "/work", work()).status_code == 401
    assert api("DELETE", f"/work/{put_code}").status_code == 204


def test_nobody_takes_back_the_permissions_of_others(orcid_registry: Server) -> None:
    token = orcid_registry.registry.issue_token(MEMBER, SCOPES.split(), CARBERRY)
    url = f"{orcid_registry.web}/trusted-parties"
    requests.post(url, data={"client": MEMBER, "orcid": CARBERRY}, timeout=10)
    with Browser(orcid_registry) as browser:
        browser.sign_in(browser.authorize(), GARCIA)
        browser.session.post(url, data={"client": MEMBER, "orcid": CARBERRY}, timeout=10)
        others = browser.session.get(f"{orcid_registry.web}/{CARBERRY}", timeout=10).text
        assert 'href="/trusted-parties"' not in others[others.index("<main>") :]
    assert orcid_registry.registry.is_active(orcid_registry.registry.tokens[token.access])
