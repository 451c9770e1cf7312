"""OrcidPlugin: reads the settings, opens the store, mounts the blueprint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask

from orcid_plugin.errors import SettingsError
from orcid_plugin.host import Host
from orcid_plugin.outbox.engines.celery import Bell, Engine
from orcid_plugin.runtime import EXTENSION, Runtime
from orcid_plugin.settings import Settings
from orcid_plugin.web import blueprint
from orcid_plugin.web.limits import LIMITS, Limits

if TYPE_CHECKING:
    from celery import Celery


class OrcidPlugin:
    """The Flask extension. It keeps nothing but its options, so that one object may serve several apps.

    :param app: mount on this app now; else call :meth:`init_app`.
    :param host: the platform's adapter.
    :param url_prefix: where the pages are mounted.
    """

    def __init__(self, app: Flask | None = None, *, host: Host | None = None, url_prefix: str = "/orcid") -> None:
        self._host = host
        self._url_prefix = url_prefix
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask, *, host: Host | None = None, url_prefix: str | None = None) -> Runtime:
        """Mount the plugin on an app; connects to nothing yet.

        Raises `SettingsError` that names every wrong `ORCID_PLUGIN_*` key, where there is no host, and for an app that
        has a plugin already.
        """
        if EXTENSION in app.extensions:
            raise SettingsError("an OrcidPlugin has already been registered on this Flask app")
        host = host or self._host
        if host is None:
            raise SettingsError("OrcidPlugin needs a host: pass OrcidPlugin(host=…) or init_app(app, host=…)")
        runtime = Runtime.open(
            Settings.from_mapping(app.config),
            default_database_url=f"sqlite:///{Path(app.instance_path) / 'orcid_plugin.sqlite3'}",
            host=host,
        )
        app.extensions[EXTENSION] = runtime
        app.extensions[LIMITS] = Limits(runtime.settings)
        app.register_blueprint(blueprint, url_prefix=self._url_prefix if url_prefix is None else url_prefix)
        _leave_csrf_to_us(app)
        return runtime


def use_celery(app: Flask, celery: Celery) -> None:
    """Let the workers of a Celery app do what this app owes, in the place of `orcid-plugin worker`.

    Call it after `OrcidPlugin` and after the Celery app is configured, in the processes of the web and of the workers
    alike. It adds the tasks `orcid_plugin.…`, and two of them to the schedule of Celery's beat. A Celery app serves one
    app: the last one that was given with it.
    """
    runtime: Runtime = app.extensions[EXTENSION]
    engine = Engine(celery, runtime.settings, lambda: runtime.duties(app))
    engine.register()
    app.extensions[EXTENSION] = replace(runtime, due=Bell(engine))


def _leave_csrf_to_us(app: Flask) -> None:
    """Exempt the blueprint from the host's `CSRFProtect`, set up before or after the plugin.

    The pages check the token themselves; `CSRFProtect` would also demand a Referer, which they withhold on purpose.
    """

    def exempt() -> None:
        csrf = app.extensions.get("csrf")
        if csrf is not None:
            csrf.exempt(blueprint)

    exempt()
    app.before_request(exempt)
