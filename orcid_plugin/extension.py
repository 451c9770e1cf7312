"""OrcidPlugin: reads the settings, opens the store, mounts the blueprint."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from orcid_plugin.errors import SettingsError
from orcid_plugin.host import Host
from orcid_plugin.runtime import EXTENSION, Runtime
from orcid_plugin.settings import Settings
from orcid_plugin.web import blueprint
from orcid_plugin.web.limits import LIMITS, Limits


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
