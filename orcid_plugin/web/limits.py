"""How often the plugin's pages answer one person and one address; beyond that, a page says when to come back."""

from __future__ import annotations

import logging
import math
import time
from ipaddress import IPv6Address, ip_address, ip_network

import limits
from flask import current_app, request
from limits import RateLimitItem
from limits.errors import StorageError
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from orcid_plugin.identity import browser
from orcid_plugin.outbox.pace import open_storage
from orcid_plugin.runtime import current_host
from orcid_plugin.settings import Settings
from orcid_plugin.store.encryption import hashed
from orcid_plugin.web import icons
from orcid_plugin.web.pages import blueprint

LIMITS = "orcid_plugin_limits"
REST = 30.0
"""Seconds that a storage which did not answer is not asked again, so that it does not hold up every page."""

log = logging.getLogger("orcid_plugin.web")


class Limits:
    """Counts requests in the storage of the settings; raises `SettingsError` for one that cannot be used.

    While the storage does not answer, everybody is let through: it must not keep people from connecting.
    """

    def __init__(self, settings: Settings) -> None:
        self._limiter = FixedWindowRateLimiter(open_storage(settings))
        self._of_person = limits.parse(settings.person_limit)
        self._of_address = limits.parse(settings.address_limit)
        self._rests_until = 0.0

    def wait(self, *, person: str | None, address: str | None) -> int:
        """Count a request; returns after how many seconds it may come again, 0 where it may be answered now.

        `person` is an account or a browser. None is not limited.
        """
        if time.monotonic() < self._rests_until:
            return 0
        try:
            return max(self._over(self._of_person, person), self._over(self._of_address, address and network(address)))
        except StorageError as error:
            self._rests_until = time.monotonic() + REST
            log.error("the storage of limits does not answer, so that requests are not counted: %s", error)
            return 0

    def _over(self, limit: RateLimitItem, who: str | None) -> int:
        if who is None:
            return 0
        key = ("orcid_plugin", "pages", hashed(who))  # the storage need not know people and addresses
        if self._limiter.hit(limit, *key):
            return 0
        return max(1, math.ceil(self._limiter.get_window_stats(limit, *key).reset_time - time.time()))


def network(address: str) -> str:
    """What one customer of a provider has: an IPv4 address, or the 64 bits of an IPv6 network (RFC 6177)."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    return str(known.ipv4_mapped or ip_network((known, 64), strict=False))


@blueprint.before_request
def _not_too_often() -> None:
    if request.endpoint == f"{blueprint.name}.static" or icons.asked():
        return
    account = current_host().current_account()
    known = browser.known()
    person = f"account {account.id}" if account else f"browser {known}" if known else None
    seconds = current_app.extensions[LIMITS].wait(person=person, address=request.remote_addr)
    if seconds:
        log.warning("%s was asked too often and answers again in %d seconds", request.endpoint, seconds)
        raise TooManyRequests(retry_after=seconds)
