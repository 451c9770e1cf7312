"""Clearing away what no site keeps any longer, once an hour, and keeping the credentials that are in force."""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from orcid_plugin.errors import SettingsError, UnknownSite, UnusableKey
from orcid_plugin.identity import lapsed
from orcid_plugin.outbox import plan
from orcid_plugin.settings import Settings
from orcid_plugin.store import credentials, retention, sites
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import SiteRow

EVERY = datetime.timedelta(hours=1)

log = logging.getLogger("orcid_plugin.outbox")


@dataclass(slots=True, kw_only=True)
class Housekeeping:
    """What one worker clears away at all sites. `settings` are the host's."""

    store: Store
    settings: Settings
    keyring: Keyring
    clock: Callable[[], datetime.datetime]
    _due_at: datetime.datetime | None = field(default=None, init=False)

    def run(self, stop: threading.Event) -> None:
        """Do it where an hour has passed since the last time."""
        at = self.clock()
        if self._due_at is not None and at < self._due_at:
            return
        self._due_at = at + EVERY
        with self.store.begin() as session:
            keys = session.scalars(select(SiteRow.key)).all()
        for key in (self.settings.site, *keys):
            if stop.is_set():
                return
            deleted = retention.expire(self.store, self._settings_of(key), at)
            if deleted:
                log.info("%d old rows of the site %s were deleted", deleted, key)
            self._give_up_registrations(key, at)
            self._look_after_credentials(key)

    def _settings_of(self, key: str) -> Settings:
        try:
            with self.store.begin() as session:
                return sites.settings_of(session, self.settings, self.keyring, key)
        except (
            SettingsError,
            UnknownSite,
            UnusableKey,
        ):
            # removed or broken: what it left is kept as long as the host's own
            return replace(self.settings, site=key)

    def _give_up_registrations(self, key: str, at: datetime.datetime) -> None:
        found = lapsed.BATCH
        while found == lapsed.BATCH:
            with self.store.begin() as session:
                plan.one_at_a_time(session, key)
                found = lapsed.give_up(session, self.keyring, key, at)

    def _look_after_credentials(self, key: str) -> None:
        with self.store.begin() as session:
            plan.one_at_a_time(session, key)
            site = sites.in_force(session, self.settings, self.keyring, key)
            if site is not None:
                credentials.remember(session, self.keyring, site)
            credentials.forget_unneeded(session, key, site)
