"""A small journal as a Flask app that mounts the plugin: a host to learn from, against any Registry.

`flask --app orcid_plugin.demo run`, with ORCID_PLUGIN_* variables for the Registry, its credentials and the token keys.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, redirect, render_template, url_for
from flask.cli import NoAppException
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException

from orcid_plugin.demo import accounts, articles, desk, mailbox, reviews
from orcid_plugin.demo.context import EXTENSION, Journal, signed_in
from orcid_plugin.demo.deposit import JOURNAL
from orcid_plugin.demo.host import JournalHost
from orcid_plugin.demo.tables import Base
from orcid_plugin.errors import OrcidPluginError, SettingsError
from orcid_plugin.extension import OrcidPlugin
from orcid_plugin.hooks import publication
from orcid_plugin.metadata.credit import Credit
from orcid_plugin.runtime import Runtime
from orcid_plugin.settings import Settings
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """The journal, with its worker running; its configuration is `config`, else the process environment.

    JOURNAL_DATABASE_URL is the journal's own database, else SQLite in the instance folder. Both databases are brought
    to the schema of this version. What settings lack becomes one sentence of the `flask` command.
    """
    app = Flask(__name__)
    app.config.from_mapping(
        SECRET_KEY=secrets.token_hex(),
        SESSION_COOKIE_NAME="journal_session",  # browsers share cookies between the ports of one host
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=50_000_000,
        WTF_CSRF_TIME_LIMIT=None,
        ORCID_PLUGIN_SITE_NAME=JOURNAL,
        ORCID_PLUGIN_REVIEW_GROUP_ID="orcid-generated:journal-of-imaginary-results",
        ORCID_PLUGIN_REVIEW_DELAY_DAYS=0,  # nobody watches for a month
        JOURNAL_DATABASE_URL=f"sqlite:///{Path(app.instance_path) / 'journal.sqlite3'}",
    )
    given = os.environ if config is None else config
    app.config.from_mapping({key: given[key] for key in given if key.startswith(("ORCID_PLUGIN_", "JOURNAL_"))})
    try:
        _open(app)
    except SettingsError as error:
        raise NoAppException(str(error)) from error
    return app


def _open(app: Flask) -> None:
    settings = Settings.from_mapping(app.config)
    settings.the_site()  # says what is missing before any file is made
    Keyring(settings.token_keys)
    store = Store.open(app.config["JOURNAL_DATABASE_URL"])
    host = JournalHost(store)
    runtime = OrcidPlugin(host=host).init_app(app)
    runtime.store.upgrade()
    Base.metadata.create_all(store.engine)
    accounts.appoint_editor(store)
    CSRFProtect(app)
    for module in (accounts, articles, desk, mailbox, reviews):
        app.register_blueprint(module.pages)
    # Browsers ask for it on the plugin's pages, which name no icon.
    app.add_url_rule("/favicon.ico", "favicon", lambda: redirect(url_for("static", filename="mark.svg")))
    _dress(app, runtime)
    worker = runtime.worker(app)
    app.extensions[EXTENSION] = Journal(store=store, host=host, plugin=runtime, worker=worker)
    worker.start()


def _dress(app: Flask, runtime: Runtime) -> None:
    """What all pages have: names in templates, a strict content security policy, friendly error pages."""
    registry = runtime.settings.registry
    # Browsers hold form-action against redirects too: an invitation's form ends at the Registry.
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {registry.web}"
    )

    @app.context_processor
    def names() -> dict[str, Any]:
        return {
            "journal": JOURNAL,
            "account": signed_in(),
            "registry": registry,
            "all_credit": list(Credit),
            "history_url": publication.history_url,
        }

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        return response

    @app.errorhandler(OrcidPluginError)
    def plugin_error(error: OrcidPluginError) -> tuple[str, int]:
        return render_template("error.html", heading="That did not work", message=str(error)), error.status

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> tuple[str, int]:
        page = render_template("error.html", heading=error.name, message=error.description)
        return page, error.code or 500
