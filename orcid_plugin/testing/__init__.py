"""pytest fixtures for the tests of a host, found by pytest wherever the package is installed (docs/testing.md).

Every run of pytest imports this module, so what is heavy is imported only when a fixture is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask

    from orcid_plugin.emulator import Researcher, Server
    from orcid_plugin.testing.hosts import Connect, Connected, Credentials, MakeResearcher, Send, SimpleHost


@pytest.fixture
def orcid_registry() -> Iterator[Server]:
    """A stand-in ORCID Registry of its own for each test, over real HTTP.

    `web`, `api` and `public_api` are its addresses; `registry` gives researchers, clients, works, `faults`, `journal`.
    """
    from orcid_plugin.emulator import Registry, serve

    with serve(Registry.seeded()) as server:
        yield server


@pytest.fixture
def orcid_researcher(orcid_registry: Server) -> Researcher:
    """Josiah Carberry, who has a record at `orcid_registry`: `orcid`, `given_names`, `family_name`, `name`."""
    from orcid_plugin.testing.hosts import CARBERRY

    return orcid_registry.registry.researchers[CARBERRY]


@pytest.fixture
def orcid_researcher_factory(orcid_registry: Server) -> MakeResearcher:
    """Makes more people with a record: `orcid_researcher_factory("Ada", "Lovelace", visibility="limited")`.

    Keywords are the keys of `researchers` in docs/emulator.md; the iD is a new one unless `orcid` is given.
    """
    from orcid_plugin.testing.hosts import researcher_factory

    return researcher_factory(orcid_registry.registry)


@pytest.fixture
def orcid_client(orcid_registry: Server) -> Credentials:
    """API credentials of a member: `client_id`, `client_secret`, `environment`, and all as plugin `settings`."""
    from orcid_plugin.testing.hosts import credentials

    return credentials(orcid_registry)


@pytest.fixture
def orcid_settings(orcid_client: Credentials, tmp_path: Path) -> dict[str, Any]:
    """What to put into `app.config`: the Registry under test, a new token key, and SQLite in `tmp_path`."""
    from cryptography.fernet import Fernet

    return {
        **orcid_client.settings,
        "ORCID_PLUGIN_TOKEN_KEYS": Fernet.generate_key().decode(),
        "ORCID_PLUGIN_DATABASE_URL": f"sqlite:///{tmp_path / 'orcid_plugin.sqlite3'}",
    }


@pytest.fixture
def orcid_host() -> SimpleHost:
    """The adapter of `orcid_app`: set `account` to sign somebody in; sent mails are in `mails`."""
    from orcid_plugin.testing.hosts import SimpleHost

    return SimpleHost()


@pytest.fixture
def orcid_app(orcid_settings: dict[str, Any], orcid_host: SimpleHost) -> Iterator[Flask]:
    """A Flask app with the plugin mounted and its tables made. Replace this fixture by one with your own app."""
    from orcid_plugin.testing.hosts import minimal_app

    app = minimal_app(orcid_settings, orcid_host)
    runtime = app.extensions["orcid_plugin"]
    runtime.store.upgrade()
    yield app
    runtime.close()


@pytest.fixture
def orcid_connect(orcid_app: Flask, orcid_registry: Server) -> Connect:
    """Connects people with `orcid_app`, through all pages as a browser would: `orcid_connect(researcher, "account-2")`.

    The account, by the host's own id, gets the person's iD, and the plugin keeps the tokens that the Registry gave.
    """
    from orcid_plugin.testing.hosts import connect

    return lambda researcher, account_id: connect(orcid_app, orcid_registry, researcher, account_id)


@pytest.fixture
def orcid_connection(orcid_connect: Connect, orcid_researcher: Researcher) -> Connected:
    """`orcid_researcher`, connected with `orcid_app` as account `account-1`.

    `app`, `researcher`, `account_id`, `token` (the Registry's), `works` (what is on the record, in ORCID's JSON).
    """
    return orcid_connect(orcid_researcher, "account-1")


@pytest.fixture
def orcid_worker(orcid_app: Flask) -> Send:
    """Call it to send what `orcid_app` owes to records now; returns how many deliveries were looked at."""
    from orcid_plugin.testing.hosts import worker

    return worker(orcid_app)
