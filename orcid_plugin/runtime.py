"""What one mounted plugin works with: settings, store, keys, host. One per app, never on a module."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace

from flask import Flask, current_app, g, has_request_context

from orcid_plugin.errors import SettingsError
from orcid_plugin.host import Host, ManySites
from orcid_plugin.identity import trail
from orcid_plugin.outbox.duties import Duties
from orcid_plugin.outbox.engines.embedded import Worker
from orcid_plugin.registry.cache import Cache
from orcid_plugin.registry.client import Client, PublicClient
from orcid_plugin.registry.oauth import OAuthClient
from orcid_plugin.registry.reader import Reader
from orcid_plugin.registry.transport import Transport
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store import sites
from orcid_plugin.store.calls import CallLog
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring

EXTENSION = "orcid_plugin"
_SITE = "orcid_plugin_site"
_OF_SITES = "orcid_plugin_runtimes"
"""In `flask.g`: the key that `at_site` named, and the runtimes that this request asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Everything that hooks, pages and commands need; Flask-free, so that the command line can make one too.

    Attributes:
        transport: keeps its exchanges in `calls`, as those of the site.
        oauth_cache: ORCID's keys, and tokens of the sites' own, while they hold.
        prefills: what records offer for registration forms that are being filled in.
        host: the platform's adapter; None on the command line, which has no pages.
        due: set whenever something came to be owed, so that an engine wakes at once.
    """

    settings: Settings
    store: Store
    keyring: Keyring
    transport: Transport
    calls: CallLog
    oauth_cache: Cache = field(default_factory=Cache)
    prefills: Cache = field(default_factory=Cache, repr=False)
    host: Host | None = None
    due: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def open(cls, settings: Settings, *, default_database_url: str, host: Host | None = None) -> Runtime:
        """Open what the settings describe; connects to nothing yet. Raises `SettingsError`."""
        store = Store.open(settings.database_url or default_database_url)
        calls = CallLog(store)
        transport = Transport(connect_timeout=settings.connect_timeout, read_timeout=settings.read_timeout)
        return cls(
            settings=settings,
            store=store,
            keyring=Keyring(settings.token_keys),
            transport=transport.observed(calls.observer(settings)),
            calls=calls,
            host=host,
        )

    @property
    def site(self) -> Site:
        """The site of this request. Raises `SettingsError` while its credentials are missing."""
        return self.settings.the_site()

    @property
    def known_site(self) -> Site:
        """The same for what only looks into the database, also while credentials are missing."""
        return self.settings.known_site()

    @property
    def oauth(self) -> OAuthClient:
        """ORCID's OAuth endpoints with the credentials of `site`, whose absence is a `SettingsError`."""
        return self.site.oauth(self.transport, self.oauth_cache)

    def reader(self, seconds: float) -> Reader:
        """The API that reads with the credentials of `site`, for calls on which a person waits so many seconds."""
        api = Client if self.site.api == "member" else PublicClient
        return api(self.site.environment, self.transport.within(seconds))

    def at(self, key: str) -> Runtime:
        """The same at one site of the database, whose settings take the place of the host's.

        Raises `UnknownSite`, `SettingsError` and `UnusableKey` as `sites.settings_of` does.
        """
        if key == self.settings.site:
            return self
        with self.store.begin() as session:
            settings = sites.settings_of(session, self.settings, self.keyring, key)
        return replace(self, settings=settings, transport=self.transport.observed(self.calls.observer(settings)))

    def duties(self, app: Flask | None = None) -> Duties:
        """What all sites owe, for an engine; the host sends mails in the context of its app."""
        return Duties(
            self.store,
            self.keyring,
            self.transport,
            self.settings,
            host=self.host,
            context=app.app_context if app is not None else nullcontext,
        )

    def worker(self, app: Flask | None = None) -> Worker:
        """A worker of the embedded engine."""
        return Worker(self.duties(app), self.due)

    def close(self) -> None:
        """Close the connections to the database and to ORCID."""
        self.calls.flush()
        self.store.close()
        self.transport.close()


def of_host() -> Runtime:
    """The runtime of the running Flask app, with the host's own settings.

    Raises `RuntimeError` where no `OrcidPlugin` was initialised on it.
    """
    try:
        runtime: Runtime = current_app.extensions[EXTENSION]
    except KeyError:
        raise RuntimeError("this app has no OrcidPlugin: call OrcidPlugin(host=…).init_app(app)") from None
    return runtime


def current() -> Runtime:
    """The runtime of the running Flask app at the site in question: `at_site`'s, the request's, else the host's own.

    Raises `RuntimeError` where no `OrcidPlugin` was initialised on the app, and what `Runtime.at` raises.
    """
    runtime, key = of_host(), current_key()
    if key == runtime.settings.site:
        return runtime
    if not has_request_context():  # such a context can last, and the site change meanwhile
        return runtime.at(key)
    known: dict[str, Runtime] = g.setdefault(_OF_SITES, {})
    if key not in known:
        known[key] = runtime.at(key)
    return known[key]


def current_key() -> str:
    """Key of the site that `current` is about; the database is not asked, so that a host's `url_defaults` can."""
    named: str | None = g.get(_SITE)
    return named if named is not None else requested_key()


def requested_key() -> str:
    """Key of the site that this request is about, whatever `at_site` names; without a request, the host's own."""
    runtime = of_host()
    key = runtime.host.current_site() if has_request_context() and isinstance(runtime.host, ManySites) else None
    return key if key is not None else runtime.settings.site


def forget(key: str) -> None:
    """A site was changed: what this request read of it before holds no longer."""
    g.get(_OF_SITES, {}).pop(key, None)


@contextmanager
def at_site(key: str) -> Iterator[None]:
    """Within it, hooks and pages are about this site, as a host's background job needs it."""
    before = g.get(_SITE)
    setattr(g, _SITE, key)
    try:
        yield
    finally:
        setattr(g, _SITE, before)


def actor() -> str:
    """Who acts, for the audit trail: the account that is signed in, else a command or another program of the host."""
    host = of_host().host
    account = host.current_account() if host is not None and has_request_context() else None
    return trail.account(account.id) if account else trail.COMMAND


def current_host() -> Host:
    """The platform's adapter. Raises `SettingsError` where there is none, as on the command line."""
    host = of_host().host
    if host is None:
        raise SettingsError("this needs a host: mount the plugin with OrcidPlugin(host=…)")
    return host
