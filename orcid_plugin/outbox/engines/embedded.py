"""The embedded engine: a worker that looks for due deliveries, in a thread or as a process of its own.

Several workers, in one process or many, share the work safely: each record has one at a time.
"""

from __future__ import annotations

import datetime
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable

from sqlalchemy import select

from orcid_plugin.outbox.claims import Claims
from orcid_plugin.outbox.pace import Pace
from orcid_plugin.outbox.plan import plan_forgotten
from orcid_plugin.outbox.send import Sender
from orcid_plugin.outbox.writes import Writer
from orcid_plugin.registry.client import Client
from orcid_plugin.registry.transport import Transport
from orcid_plugin.settings import Settings
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Delivery, DeliveryState, now

CALLS_PER_DELIVERY = 6
"""At most: a look, a POST, three PUTs, and one to spare."""

log = logging.getLogger("orcid_plugin.outbox")


class Worker:
    """Sends deliveries of the settings' site. Raises `SettingsError` while its credentials are missing.

    `due` wakes it at once; without it, it looks every `poll_seconds`.
    """

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        transport: Transport,
        settings: Settings,
        due: threading.Event,
        *,
        pace: Pace | None = None,
        clock: Callable[[], datetime.datetime] = now,
    ) -> None:
        site = settings.the_site()
        self._settings, self._site, self._store, self._due = settings, site, store, due
        self._pace = pace or Pace(settings, site)
        seconds = CALLS_PER_DELIVERY * (settings.connect_timeout + 2 * settings.read_timeout) + 60
        name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._sender = Sender(
            site=site,
            settings=settings,
            store=store,
            keyring=keyring,
            claims=Claims(site, name, datetime.timedelta(seconds=seconds)),
            pace=self._pace,
            writer=Writer(Client(site.environment, transport), self._pace.wait),
            clock=clock,
        )
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def run_once(self, stop: threading.Event | None = None) -> int:
        """Send what is due now, record after record; returns how many deliveries were looked at."""
        stop = stop or threading.Event()
        self._plan_forgotten(stop)
        total = 0
        while not (stop.is_set() or self._pace.paused()):
            count = self._sender.send_next(stop)
            if count is None:
                break
            total += count
        return total

    def run_until_idle(self, timeout: float) -> bool:
        """Run until nothing is pending any more; False where something still is after `timeout` seconds."""
        until = time.monotonic() + timeout
        while True:
            self._due.clear()
            self.run_once()
            if not self._is_pending():
                return True
            left = until - time.monotonic()
            if left <= 0:
                return False
            self._due.wait(min(left, self._settings.poll_seconds))

    def run(self, stop: threading.Event) -> None:
        """Run until `stop` is set; the call that is under way is brought to its end. No exception ends it."""
        while not stop.is_set():
            self._due.clear()
            try:
                self.run_once(stop)
            except Exception:
                log.exception("the outbox cannot work; it tries again in a moment")
            if not stop.is_set():
                self._due.wait(self._settings.poll_seconds)

    def start(self) -> None:
        """Run in a thread of this process."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(
                target=self.run, args=(self._stop,), name="orcid_plugin outbox", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Stop the thread after its present call; harmless when none runs."""
        if self._thread is not None:
            self._stop.set()
            self._due.set()
            self._thread.join()
            self._thread = None

    def _plan_forgotten(self, stop: threading.Event) -> None:
        while not stop.is_set():
            with self._store.begin() as session:
                if not plan_forgotten(session, self._site, self._settings):
                    return

    def _is_pending(self) -> bool:
        with self._store.begin() as session:
            found = session.scalar(
                select(Delivery.id)
                .where(
                    Delivery.site == self._site.key,
                    Delivery.environment == self._site.environment.name,
                    Delivery.state.in_([DeliveryState.PENDING, DeliveryState.SENDING]),
                )
                .limit(1)
            )
        return found is not None
