"""The pace of calls to ORCID, shared by all workers that share a storage, and the pause that ORCID asks for."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import TypeVar

from limits import RateLimitItemPerSecond
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from orcid_plugin.errors import SettingsError
from orcid_plugin.settings import Settings, Site

log = logging.getLogger("orcid_plugin.outbox")

Value = TypeVar("Value")

AWAY = 60.0
"""Seconds after which a storage that did not answer is asked again."""


def open_storage(settings: Settings) -> Storage:
    """Where counts are shared. Raises `SettingsError` for one that cannot be used; it connects when first asked."""
    url = settings.pace_storage
    patience = {"socket_timeout": 2, "socket_connect_timeout": 2} if url.startswith(("redis", "valkey")) else {}
    try:
        return storage_from_string(url, wrap_exceptions=True, **patience)  # type: ignore[return-value]
    except (ConfigurationError, ImportError, ValueError, StorageError) as error:
        raise SettingsError(f"ORCID_PLUGIN_PACE_STORAGE cannot be used: {type(error).__name__}") from None


class Pace:
    """At most so many calls a second of one client, and none at all during a pause.

    Raises `SettingsError` for a storage that cannot be used. While a storage does not answer, the memory of this
    process takes its place: a wrong pace is better than no deliveries.
    """

    def __init__(self, settings: Settings, site: Site, sleep: Callable[[float], None] = time.sleep) -> None:
        self._key = f"orcid_plugin:{site.environment.name}:{site.client_id}"
        self._limit = RateLimitItemPerSecond(settings.requests_per_second)
        self._sleep = sleep
        self._shared = open_storage(settings)
        self._away_until: float | None = None
        self._use(self._shared)

    def wait(self) -> None:
        """Return when the next call may be made."""
        while not self._safely(lambda: self._limiter.hit(self._limit, self._key)):
            reset, _ = self._safely(lambda: self._limiter.get_window_stats(self._limit, self._key))
            self._sleep(min(1.0, max(0.01, reset - time.time())))

    def pause(self, seconds: float) -> None:
        """Let the whole site wait so long; a longer pause that holds already stays."""
        key = self._pause_key
        if self._safely(lambda: self._storage.get_expiry(key)) < time.time() + seconds:
            self._safely(lambda: self._storage.clear(key))
            self._safely(lambda: self._storage.incr(key, math.ceil(seconds)))

    def paused(self) -> bool:
        """Whether ORCID asked to wait, and the time is not over."""
        return self._safely(lambda: self._storage.get(self._pause_key)) > 0

    @property
    def _pause_key(self) -> str:
        return f"{self._key}:pause"

    def _use(self, storage: Storage) -> None:
        self._storage = storage
        self._limiter = FixedWindowRateLimiter(storage)

    def _safely(self, call: Callable[[], Value]) -> Value:
        if self._away_until is not None and time.monotonic() >= self._away_until:
            self._away_until = None
            self._use(self._shared)
        try:
            return call()
        except StorageError as error:
            log.error("the storage of the pace does not answer, so that this process keeps its own: %s", error)
            self._away_until = time.monotonic() + AWAY
            self._use(MemoryStorage())
            return call()
