"""ORCID's limits: a pace for each client, behind which requests wait, and a number of public reads a day.

Source: ORCID's answer to "what are the API limits", and `ApiRateLimitFilter` of the Registry.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Response, request

from orcid_plugin.emulator.hosts import Side, place
from orcid_plugin.emulator.values import Client

TOO_MANY_READS = (
    "Too Many Requests. You have exceeded the daily quota for anonymous usage of this API. \n"
    "You can increase your daily quota by registering for and using Public API client credentials "
    "(https://info.orcid.org/documentation/integration-guide/registering-a-public-api-client/)"
)
_BUSY = "<html><head><title>503 Service Unavailable</title></head><body><h1>503 Service Unavailable</h1></body></html>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a client may ask for.

    Attributes:
        member: requests a second of a member's client.
        public: requests a second of a public client, and of an address without a token.
        burst: requests of one client that may wait for their turn.
        daily_quota: requests a day to the public API from an address without a token.
    """

    member: float = 24
    public: float = 12
    burst: int = 40
    daily_quota: int = 100_000


class Limiter:
    """Keeps the limits; `clock` gives seconds since 1970, by which days are told apart in UTC."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self.clock = clock
        self._lock = threading.Lock()
        self._upcoming: dict[str, float] = {}
        self._day: date | None = None
        self._reads: Counter[str] = Counter()

    def check(self, client: Client | None) -> Response | None:
        """Hold a request to an API until its turn, or the answer if it has none.

        Whoever waits holds no lock: others are answered meanwhile.
        """
        arrived = place()
        if not arrived.is_api:
            return None
        address = request.remote_addr or ""
        member = client is not None and client.kind != "public"
        wait = self._wait(client.id if client else address, self.limits.member if member else self.limits.public)
        if wait is None:
            return Response(_BUSY, 503, content_type="text/html")
        if arrived.side is Side.PUBLIC and client is None and not self._may_read(address):
            return Response(TOO_MANY_READS, 429, content_type="text/plain;charset=UTF-8")
        time.sleep(wait)
        return None

    def _wait(self, who: str, rate: float) -> float | None:
        """Seconds until the turn of a request that comes now; None if too many wait already."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._upcoming.get(who, now))
            if (turn - now) * rate > self.limits.burst:
                return None
            self._upcoming[who] = turn + 1 / rate
            return turn - now

    def _may_read(self, address: str) -> bool:
        with self._lock:
            today = datetime.fromtimestamp(self.clock(), UTC).date()
            if today != self._day:
                self._day, self._reads = today, Counter()
            self._reads[address] += 1
            return self._reads[address] <= self.limits.daily_quota
