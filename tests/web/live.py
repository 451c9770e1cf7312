"""A small host and the emulator, with people who go to ORCID's pages and come back as in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from orcid_plugin.emulator import Registry, Researcher, Server
from orcid_plugin.hooks import registration
from orcid_plugin.hooks.registration import Connected
from orcid_plugin.testing.hosts import MEMBER, Credentials, grant
from tests.mounted import FakeHost, make_app, runtime_of, sign_in

PREMIUM = "APP-EMULATORPREMIUM0"
PUBLIC = "APP-EMULATORPUBLIC00"
CALLBACK = "http://localhost/orcid/callback"


@dataclass(frozen=True)
class Live:
    """A journal at `server`; `settings` are those of its API credentials."""

    app: Flask
    server: Server

    @property
    def registry(self) -> Registry:
        return self.server.registry

    def browser(self, account: str | None = None) -> FlaskClient:
        """A browser in which somebody is signed in at the journal."""
        client = self.app.test_client()
        sign_in(client, account)
        return client

    def visit(self, client: FlaskClient, path: str, person: Researcher) -> TestResponse:
        """Go to ORCID from a page of the journal, grant what is asked for, and come back."""
        return client.get(grant(self.server, person, client.get(path).location))

    def connection(self, account: str) -> Connected | None:
        with self.app.app_context():
            return registration.connection(account)

    def work(self) -> int:
        return runtime_of(self.app).worker(self.app).run_once()


@pytest.fixture
def journal(orcid_registry: Server, orcid_client: Credentials, tmp_path: Any) -> Iterator[Live]:
    """A member journal on SQLite."""
    with mounted(orcid_registry, f"sqlite:///{tmp_path / 'live.sqlite3'}", **settings_of(orcid_client)) as live:
        yield live


@contextmanager
def mounted(server: Server, database_url: str, host: FakeHost | None = None, **settings: str) -> Iterator[Live]:
    """A journal with these settings, whose callback is registered with the clients that it may have."""
    for client in (MEMBER, PREMIUM, PUBLIC):
        known = server.registry.clients[client]
        if CALLBACK not in known.redirect_uris:
            server.registry.add_client(replace(known, redirect_uris=(*known.redirect_uris, CALLBACK)))
    app = make_app(database_url, host or FakeHost(), **settings)
    runtime_of(app).store.upgrade()
    yield Live(app, server)
    runtime_of(app).close()


def settings_of(credentials: Credentials) -> dict[str, str]:
    """As `make_app` takes them."""
    return {name.removeprefix("ORCID_PLUGIN_").lower(): value for name, value in credentials.settings.items()}
