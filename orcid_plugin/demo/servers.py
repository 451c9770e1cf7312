"""The two servers of the story, each on a loopback port of its own: an emulated Registry and the journal."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import inspect
from werkzeug.serving import WSGIRequestHandler, make_server

from orcid_plugin.demo.context import EXTENSION, Journal
from orcid_plugin.demo.deposit import JOURNAL
from orcid_plugin.demo.journal import create_app
from orcid_plugin.demo.tables import Base
from orcid_plugin.emulator import Client, Registry, Server, serve
from orcid_plugin.errors import SettingsError, StepFailed
from orcid_plugin.store.database import Store
from orcid_plugin.store.migrations.schema import VERSION_TABLE
from orcid_plugin.store.tables import Base as PluginBase

CLIENT = Client("APP-IMAGINARYRESULT0", "imaginary-secret", JOURNAL, redirect_uris=("http://127.0.0.1",))


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the story plays: the journal's address, and the emulated Registry."""

    journal: str
    registry: Server


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        if type == "error":
            super().log(type, message, *args)


@contextmanager
def set_up(registry: Registry, *, port: int = 0, database_url: str | None = None) -> Iterator[Stage]:
    """Run both while the context lasts; nothing stays behind.

    `port` is the journal's, 0 any that is free. `database_url` is an empty database for both journal and plugin, which
    is emptied again at the end; else they have SQLite files in a folder that is deleted.
    Raises `SettingsError` for a database that is not empty, `StepFailed` for a port that is taken.
    """
    with ExitStack() as stack:
        server = stack.enter_context(serve(registry))
        if database_url:
            stack.enter_context(_borrowed(database_url))
            plugin_url = journal_url = database_url
        else:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="orcid-demo-")))
            plugin_url, journal_url = (f"sqlite:///{folder / name}.sqlite" for name in ("orcid_plugin", "journal"))
        app = create_app(
            {
                "ORCID_PLUGIN_ENVIRONMENT": "emulator",
                "ORCID_PLUGIN_WEB_URL": server.web,
                "ORCID_PLUGIN_API_URL": server.api,
                "ORCID_PLUGIN_PUBLIC_API_URL": server.public_api,
                "ORCID_PLUGIN_CLIENT_ID": CLIENT.id,
                "ORCID_PLUGIN_CLIENT_SECRET": CLIENT.secret,
                "ORCID_PLUGIN_TOKEN_KEYS": Fernet.generate_key().decode(),
                "ORCID_PLUGIN_DATABASE_URL": plugin_url,
                "ORCID_PLUGIN_POLL_SECONDS": 0.1,
                "JOURNAL_DATABASE_URL": journal_url,
            }
        )
        journal: Journal = app.extensions[EXTENSION]
        stack.callback(journal.close)
        yield Stage(stack.enter_context(_running(app, port)), server)


@contextmanager
def _running(app: Flask, port: int) -> Iterator[str]:
    try:
        listening = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise StepFailed(f"the journal cannot listen on port {port} of 127.0.0.1: {error.strerror}") from None
    with listening:  # the server has a copy of its own
        server = make_server(
            "127.0.0.1", port, app, threaded=True, request_handler=_QuietHandler, fd=listening.fileno()
        )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _borrowed(database_url: str) -> Iterator[None]:
    """A database of somebody else: only an empty one is taken, and it is empty again afterwards."""
    store = Store.open(database_url)
    try:
        if inspect(store.engine).get_table_names():
            raise SettingsError(
                "the database of ORCID_PLUGIN_DATABASE_URL is not empty: the demo wants an empty one, or none"
            )
        try:
            yield
        finally:
            with store.engine.begin() as connection:
                Base.metadata.drop_all(connection)
                PluginBase.metadata.drop_all(connection)
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS {VERSION_TABLE}")
    finally:
        store.close()
