"""The embedded engine: a worker that looks for what is due, in a thread or as a process of its own.

Several workers, in one process or many, share the work safely: each record has one at a time.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import select, text, union

from orcid_plugin.errors import SettingsError, UnknownSite, UnusableKey
from orcid_plugin.host import Host
from orcid_plugin.outbox.claims import Claims
from orcid_plugin.outbox.erasures import Eraser
from orcid_plugin.outbox.groups import Groups
from orcid_plugin.outbox.housekeeping import Housekeeping
from orcid_plugin.outbox.inbox import Inbox
from orcid_plugin.outbox.mail import Expiry, Mailer
from orcid_plugin.outbox.pace import Pace
from orcid_plugin.outbox.plan import plan_forgotten
from orcid_plugin.outbox.refreshing import Refresher
from orcid_plugin.outbox.revocations import Revoker
from orcid_plugin.outbox.send import Sender
from orcid_plugin.outbox.tasks import Tasks
from orcid_plugin.outbox.writes import Writer
from orcid_plugin.registry.client import Client
from orcid_plugin.registry.transport import Transport
from orcid_plugin.settings import Settings
from orcid_plugin.store import sites, tasks
from orcid_plugin.store.calls import CallLog
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import (
    DUE_DELIVERY,
    UNPLANNED_PUBLICATION,
    Delivery,
    DeliveryState,
    StoredPublication,
    now,
)

CALLS_PER_DELIVERY = 10
"""At most: a token, two looks and a POST for the group of a review; a look, a POST, three PUTs; one to spare."""

log = logging.getLogger("orcid_plugin.outbox")


class Worker:
    """Does what all sites owe: writes to records, mails, revocations.

    Arguments:
        settings: of the host; those of sites of the database are read when there is something to do for them.
        due: wakes the worker at once; without it, it looks every `poll_seconds`.
        host: sends mails within `context`, its app's context; None where a worker runs beside the app.
        pace: of all calls; None for one of each site's credentials.
    """

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        transport: Transport,
        settings: Settings,
        due: threading.Event,
        *,
        host: Host | None = None,
        context: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext,
        pace: Pace | None = None,
        clock: Callable[[], datetime.datetime] = now,
    ) -> None:
        self._settings, self._store, self._keyring, self._transport = settings, store, keyring, transport
        self._due, self._pace, self._clock = due, pace, clock
        self._name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._calls = CallLog(store)
        self._housekeeping = Housekeeping(store=store, settings=settings, keyring=keyring, clock=clock)
        self._paces: dict[tuple[str, str], Pace] = {}
        self._senders: dict[str, Sender] = {}
        self._unusable: dict[str, str] = {}
        self._tasks = Tasks(
            store=store,
            settings=settings,
            keyring=keyring,
            handlers={
                tasks.MAIL: (mailer := Mailer(store=store, host=host, context=context)),
                tasks.REMINDER: mailer,
                tasks.EXPIRY: Expiry(),
                tasks.INBOX: Inbox(store=store, keyring=keyring, transport_of=self._transport_of),
                tasks.REVOKE: Revoker(store, keyring, settings, self._transport_of),
                tasks.ERASE: Eraser(store, keyring),
            },
            worker=self._name,
            clock=clock,
        )
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def run_once(self, stop: threading.Event | None = None) -> int:
        """Do what is due now, record after record; returns how many deliveries were looked at."""
        stop = stop or threading.Event()
        total = 0
        # One record of each site at a time, so that no site waits for another's thousands.
        senders = [sender for key in self._sites_with_work() if (sender := self._sender(key)) is not None]
        for sender in senders:
            self._plan_forgotten(sender, stop)
        while senders and not stop.is_set():
            for sender in list(senders):
                count = None if stop.is_set() or sender.pace.paused() else sender.send_next(stop)
                if count is None:
                    senders.remove(sender)
                total += count or 0
        while not stop.is_set() and self._tasks.do_next():
            pass
        self._housekeeping.run(stop)
        self._calls.flush()
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

    def _plan_forgotten(self, sender: Sender, stop: threading.Event) -> None:
        while not stop.is_set():
            with self._store.begin() as session:
                if not plan_forgotten(session, sender.site, sender.settings):
                    return

    def _sites_with_work(self) -> list[str]:
        due = select(Delivery.site).where(text(DUE_DELIVERY), Delivery.due_at <= self._clock())
        unplanned = select(StoredPublication.site).where(text(UNPLANNED_PUBLICATION))
        with self._store.begin() as session:
            return sorted(session.scalars(union(due, unplanned)))

    def _sender(self, key: str) -> Sender | None:
        """What sends for a site, as its settings are now; None while they do not allow it, which is logged once."""
        try:
            with self._store.begin() as session:
                settings = sites.settings_of(session, self._settings, self._keyring, key)
            known = self._senders.get(key)
            if known is None or known.settings != settings:
                self._senders[key] = self._new_sender(settings)
            self._unusable.pop(key, None)
            return self._senders[key]
        except (SettingsError, UnknownSite, UnusableKey) as error:
            if self._unusable.get(key) != str(error):
                log.error("nothing can be sent for the site %s: %s", key, error)
            self._unusable[key] = str(error)
            return None

    def _new_sender(self, settings: Settings) -> Sender:
        site = settings.the_site()
        lease = CALLS_PER_DELIVERY * (settings.connect_timeout + 2 * settings.read_timeout) + 60
        pace = self._pace or self._paces.setdefault((site.environment.name, site.client_id), Pace(settings, site))
        transport = self._transport_of(settings)
        client, oauth = Client(site.environment, transport), site.oauth(transport)
        return Sender(
            site=site,
            settings=settings,
            store=self._store,
            keyring=self._keyring,
            claims=Claims(site, self._name, datetime.timedelta(seconds=lease)),
            pace=pace,
            writer=Writer(client, pace.wait),
            groups=Groups(site=site, store=self._store, client=client, oauth=oauth, wait=pace.wait),
            refresher=Refresher(
                site=site,
                store=self._store,
                keyring=self._keyring,
                oauth=oauth,
                clock=self._clock,
            ),
            clock=self._clock,
        )

    def _transport_of(self, settings: Settings) -> Transport:
        """What a site's calls are made with, and kept in its log."""
        return self._transport.observed(self._calls.observer(settings))

    def _is_pending(self) -> bool:
        """Whether anything is on the way that this worker can bring to its end."""
        with self._store.begin() as session:
            waiting = set(
                session.scalars(
                    select(Delivery.site)
                    .where(Delivery.state.in_([DeliveryState.PENDING, DeliveryState.SENDING]))
                    .distinct()
                )
            )
        return bool(waiting - self._unusable.keys()) or self._tasks.is_pending()
