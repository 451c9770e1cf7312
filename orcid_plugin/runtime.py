"""What one mounted plugin works with: settings, store, keys, host. One per app, never on a module."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from flask import current_app

from orcid_plugin.errors import SettingsError
from orcid_plugin.host import Host
from orcid_plugin.registry.transport import Transport
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring

EXTENSION = "orcid_plugin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Everything that hooks, pages and commands need; Flask-free, so that the command line can make one too.

    Attributes:
        host: the platform's adapter; None on the command line, which has no pages.
        due: set whenever deliveries were planned, so that an engine in this process wakes at once.
    """

    settings: Settings
    store: Store
    keyring: Keyring
    transport: Transport
    host: Host | None = None
    due: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def open(cls, settings: Settings, *, default_database_url: str, host: Host | None = None) -> Runtime:
        """Open what the settings describe; connects to nothing yet. Raises `SettingsError`."""
        return cls(
            settings=settings,
            store=Store.open(settings.database_url or default_database_url),
            keyring=Keyring(settings.token_keys),
            transport=Transport(connect_timeout=settings.connect_timeout, read_timeout=settings.read_timeout),
            host=host,
        )

    @property
    def site(self) -> Site:
        """The site of this request. Raises `SettingsError` while its credentials are missing."""
        return self.settings.the_site()

    def close(self) -> None:
        """Close the connections to the database and to ORCID."""
        self.store.close()
        self.transport.close()


def current() -> Runtime:
    """The runtime of the running Flask app. Raises `RuntimeError` where no `OrcidPlugin` was initialised on it."""
    try:
        runtime: Runtime = current_app.extensions[EXTENSION]
    except KeyError:
        raise RuntimeError("this app has no OrcidPlugin: call OrcidPlugin(host=…).init_app(app)") from None
    return runtime


def current_host() -> Host:
    """The platform's adapter. Raises `SettingsError` where there is none, as on the command line."""
    host = current().host
    if host is None:
        raise SettingsError("this needs a host: mount the plugin with OrcidPlugin(host=…)")
    return host
