"""A database in which people have connected, for commands that need no host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet
from flask import Flask

from orcid_plugin.emulator import Researcher, Server
from orcid_plugin.identity import connections
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.runtime import EXTENSION, Runtime
from orcid_plugin.settings import Settings

SCOPES = ("/activities/update", "/read-limited")


def environment(folder: Path, server: Server | None = None) -> dict[str, str]:
    """Settings as environment variables: a new SQLite database, the Registry of `server` or none that answers."""
    address = server.url if server else "http://127.0.0.1:9"
    return {
        "ORCID_PLUGIN_ENVIRONMENT": "emulator",
        "ORCID_PLUGIN_WEB_URL": address,
        "ORCID_PLUGIN_API_URL": address,
        "ORCID_PLUGIN_PUBLIC_API_URL": f"{address}/pub",
        "ORCID_PLUGIN_CLIENT_ID": "APP-EMULATORMEMBER00",
        "ORCID_PLUGIN_CLIENT_SECRET": "emulator-member-secret",
        "ORCID_PLUGIN_TOKEN_KEYS": Fernet.generate_key().decode(),
        "ORCID_PLUGIN_DATABASE_URL": f"sqlite:///{folder / 'store.sqlite'}",
        "ORCID_PLUGIN_POLL_SECONDS": "0.1",
    }


@contextmanager
def connect(environment: dict[str, str], *orcids: str, server: Server | None = None) -> Iterator[Runtime]:
    """Make the database, connect people (with records at the emulated Registry, if given), and let hooks be called."""
    runtime = Runtime.open(Settings.from_mapping(environment), default_database_url="sqlite://")
    runtime.store.upgrade()
    for orcid in orcids:
        access = "token"
        if server is not None:
            server.registry.add_researcher(Researcher(orcid, given_names="Ada", family_name="Lovelace"))
            access = server.registry.issue_token(runtime.site.client_id, SCOPES, orcid).access
        answer = TokenAnswer(
            orcid=orcid,
            name=None,
            access_token=access,
            refresh_token=None,
            scopes=frozenset(SCOPES),
            expires_in=None,
            raw={"access_token": access},
        )
        with runtime.store.begin() as session:
            connections.store_answer(session, runtime.site, runtime.keyring, answer, None)
    app = Flask("connected")
    app.extensions[EXTENSION] = runtime
    with app.app_context():
        yield runtime
    runtime.close()
