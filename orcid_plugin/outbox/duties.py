"""What all sites owe: which of it is due, and how it is done. The engines decide when, and in which process."""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
import socket
import threading
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


def new_name() -> str:
    """Whom a claim is of: a worker of this process that nobody else is."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def lease(settings: Settings) -> datetime.timedelta:
    """How long a worker may take for one delivery; longer than all its calls together can."""
    of_call = settings.connect_timeout + 2 * settings.read_timeout
    return datetime.timedelta(seconds=CALLS_PER_DELIVERY * of_call + 60)


class Duties:
    """What all sites owe, in the hands of one worker: writes to records, mails, revocations.

    Arguments:
        settings: of the host; those of sites of the database are read when there is something to do for them.
        host: sends mails within `context`, its app's context; None where a worker runs beside the app.
        pace: of all calls; None for one of each site's credentials.
    """

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        transport: Transport,
        settings: Settings,
        *,
        host: Host | None = None,
        context: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext,
        pace: Pace | None = None,
        clock: Callable[[], datetime.datetime] = now,
    ) -> None:
        self.store, self.settings, self.clock = store, settings, clock
        self.calls = CallLog(store)
        self.housekeeping = Housekeeping(store=store, settings=settings, keyring=keyring, clock=clock)
        self._keyring, self._transport, self._pace = keyring, transport, pace
        self._name = new_name()
        self._paces: dict[tuple[str, str], Pace] = {}
        self._senders: dict[str, Sender] = {}
        self._unusable: dict[str, str] = {}
        self.tasks = Tasks(
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

    def senders(self) -> list[Sender]:
        """What sends for each site that has something due or to be planned."""
        return [sender for key in self._sites_with_work() if (sender := self.sender(key)) is not None]

    def sender(self, key: str) -> Sender | None:
        """What sends for a site, as its settings are now; None while they do not allow it, which is logged once."""
        try:
            with self.store.begin() as session:
                settings = sites.settings_of(session, self.settings, self._keyring, key)
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

    def plan_forgotten(self, sender: Sender, stop: threading.Event) -> None:
        """Plan what a site published while its credentials were missing."""
        while not stop.is_set():
            with self.store.begin() as session:
                if not plan_forgotten(session, sender.site, sender.settings):
                    return

    def is_pending(self) -> bool:
        """Whether anything is on the way that this worker can bring to its end."""
        with self.store.begin() as session:
            waiting = set(
                session.scalars(
                    select(Delivery.site)
                    .where(Delivery.state.in_([DeliveryState.PENDING, DeliveryState.SENDING]))
                    .distinct()
                )
            )
        return bool(waiting - self._unusable.keys()) or self.tasks.is_pending()

    def _sites_with_work(self) -> list[str]:
        due = select(Delivery.site).where(text(DUE_DELIVERY), Delivery.due_at <= self.clock())
        unplanned = select(StoredPublication.site).where(text(UNPLANNED_PUBLICATION))
        with self.store.begin() as session:
            return sorted(session.scalars(union(due, unplanned)))

    def _new_sender(self, settings: Settings) -> Sender:
        site = settings.the_site()
        pace = self._pace or self._paces.setdefault((site.environment.name, site.client_id), Pace(settings, site))
        transport = self._transport_of(settings)
        client, oauth = Client(site.environment, transport), site.oauth(transport)
        return Sender(
            site=site,
            settings=settings,
            store=self.store,
            keyring=self._keyring,
            claims=Claims(site, self._name, lease(settings)),
            pace=pace,
            writer=Writer(client, pace.wait),
            groups=Groups(site=site, store=self.store, client=client, oauth=oauth, wait=pace.wait),
            refresher=Refresher(
                site=site,
                store=self.store,
                keyring=self._keyring,
                oauth=oauth,
                clock=self.clock,
            ),
            clock=self.clock,
        )

    def _transport_of(self, settings: Settings) -> Transport:
        """What a site's calls are made with, and kept in its log."""
        return self._transport.observed(self.calls.observer(settings))
