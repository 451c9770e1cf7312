"""How often the pages answer one person and one address."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from orcid_plugin.errors import SettingsError
from orcid_plugin.settings import Settings
from orcid_plugin.web.limits import Limits, network
from tests.mounted import FakeHost, make_app, runtime_of, sign_in

START = "/orcid/connect/register"
MakeApp = Callable[..., Flask]


@pytest.fixture
def limited(tmp_path: Path, host: FakeHost) -> Iterator[MakeApp]:
    """Makes apps with these limits on one database."""
    apps = []

    def make(**settings: Any) -> Flask:
        app = make_app(f"sqlite:///{tmp_path / 'limited.sqlite3'}", host, **settings)
        runtime_of(app).store.upgrade()
        apps.append(app)
        return app

    yield make
    for app in apps:
        runtime_of(app).close()


def statuses(app: Flask, count: int, path: str = START, account: str | None = None, address: str = "10.0.0.1") -> Any:
    """What a browser with cookies is answered to so many requests."""
    client = app.test_client()
    if account:
        sign_in(client, account)
    return [client.get(path, environ_base={"REMOTE_ADDR": address}).status_code for _ in range(count)]


def test_a_browser_is_let_wait_with_a_page_that_says_how_long(limited: MakeApp) -> None:
    app = limited(person_limit="2/hour")
    client = app.test_client()
    for _ in range(3):  # the browser is known from the first answer on
        assert client.get(START).status_code == 302
    page = client.get(START)
    assert page.status_code == 429
    assert 0 < int(page.headers["Retry-After"]) <= 3600
    assert "That was a little too fast" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert app.test_client().get(START).status_code == 302


def test_an_account_is_counted_in_all_its_browsers(limited: MakeApp) -> None:
    app = limited(person_limit="2/hour")
    assert statuses(app, 2, account="ada") == [302, 302]
    assert statuses(app, 1, account="ada") == [429]
    assert statuses(app, 1, account="bob") == [302]


def test_an_address_is_counted_whatever_it_throws_away(limited: MakeApp) -> None:
    app = limited(address_limit="2/hour")
    assert [statuses(app, 1) for _ in range(3)] == [[302], [302], [429]]
    assert statuses(app, 1, address="10.0.0.2") == [302]


@pytest.mark.parametrize("path", ["/orcid/callback?state=x&code=y", "/orcid/invitation/guess", "/orcid/thanks"])
def test_guesses_are_counted_too(limited: MakeApp, path: str) -> None:
    answers = statuses(limited(address_limit="2/hour"), 3, path)
    assert answers[-1] == 429
    assert 429 not in answers[:2]


def test_the_style_sheet_is_not_counted(limited: MakeApp) -> None:
    app = limited(address_limit="1/hour")
    for _ in range(3):
        with app.test_client().get("/orcid/assets/style.css") as answer:
            assert answer.status_code == 200


def test_several_processes_count_together(limited: MakeApp, redis_url: str) -> None:
    settings = {"address_limit": "2/hour", "pace_storage": redis_url}
    first, second = limited(**settings), limited(**settings)
    assert statuses(first, 2) == [302, 302]
    assert statuses(second, 1) == [429]


def test_a_storage_that_does_not_answer_lets_people_through(limited: MakeApp, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    app = limited(address_limit="1/hour", pace_storage="redis://:password@127.0.0.1:1/0")
    assert statuses(app, 3) == [302, 302, 302]
    assert caplog.text.count("does not answer") == 1
    assert "password" not in caplog.text


def test_a_rate_that_is_none_is_a_fault_of_the_settings() -> None:
    with pytest.raises(SettingsError, match=r"ORCID_PLUGIN_PERSON_LIMIT 'often' is not a number of requests"):
        Settings.from_mapping({"ORCID_PLUGIN_PERSON_LIMIT": "often"})
    with pytest.raises(SettingsError, match="ORCID_PLUGIN_PACE_STORAGE"):
        Limits(Settings(pace_storage="parchment://"))


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("a socket", "a socket"),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(address: str, counted: str) -> None:
    assert network(address) == counted
