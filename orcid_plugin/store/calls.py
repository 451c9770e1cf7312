"""The log of every exchange with ORCID, kept in the background: neither its slowness nor its failure reaches a call."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from orcid_plugin.registry.exchanges import Exchange, Observer
from orcid_plugin.settings import Settings
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import Call, now

GATHER = 0.2
"""Seconds for which calls are gathered, so that those of one moment are one transaction."""

MOST = 10_000
"""Calls that wait at most; while the database is away longer, further ones are not kept."""

log = logging.getLogger("orcid_plugin.calls")


@dataclass(frozen=True, slots=True)
class Subject:
    """What the calls of this moment are about, where their addresses do not tell."""

    orcid: str | None = None
    publication_keys: tuple[str, ...] = ()


NOTHING = Subject()
_subject: ContextVar[Subject] = ContextVar("orcid_plugin_calls_about", default=NOTHING)


@contextmanager
def about(*, orcid: str | None = None, publication_keys: Iterable[str] = ()) -> Iterator[None]:
    """Within it, the calls of this thread are about this person and these publications.

    One about several publications has a row for each, by which it is found; the first has the bodies.
    """
    before = _subject.set(Subject(orcid, tuple(publication_keys)))
    try:
        yield
    finally:
        _subject.reset(before)


class CallLog:
    """Writes calls to the database in batches, from a thread that lives only while there are some."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._waiting: list[Call] = []
        self._hurry = threading.Event()
        self._thread: threading.Thread | None = None

    def observer(self, settings: Settings) -> Observer | None:
        """What keeps the exchanges of a site as its settings say; None where it keeps none."""
        if settings.call_log_days == 0:
            return None
        return lambda exchange: self._keep(list(_rows(settings, exchange)))

    def flush(self) -> None:
        """Return when all calls until now are written, or could not be."""
        thread = self._thread
        if thread is not None:
            self._hurry.set()
            thread.join()
            self._hurry.clear()

    def _keep(self, rows: Sequence[Call]) -> None:
        with self._lock:
            if len(self._waiting) >= MOST:
                return
            self._waiting += rows
            if self._thread is None or not self._thread.is_alive():  # a fork leaves threads behind
                self._thread = threading.Thread(target=self._write, name="orcid_plugin calls")
                self._thread.start()

    def _write(self) -> None:
        while True:
            self._hurry.wait(GATHER)
            with self._lock:
                rows, self._waiting = self._waiting, []
                if not rows:
                    self._thread = None
                    return
            try:
                with self._store.begin() as session:
                    session.add_all(rows)
            except Exception as error:  # its text may hold the rows
                log.error("%d calls cannot be kept in the log of calls: %s", len(rows), type(error).__name__)


def _rows(settings: Settings, exchange: Exchange) -> Iterator[Call]:
    failed = exchange.status is None or exchange.status >= 300
    whole = settings.call_log_bodies == "all" or (settings.call_log_bodies == "errors" and failed)
    subject, at = _subject.get(), now()
    for number, publication_key in enumerate(subject.publication_keys or (None,)):
        shown = whole and number == 0
        yield Call(
            site=settings.site,
            at=at,
            method=exchange.method,
            url=exchange.url,
            status=exchange.status,
            error_code=exchange.error_code,
            milliseconds=exchange.milliseconds,
            correlation_id=exchange.correlation_id,
            orcid=exchange.orcid or subject.orcid,
            publication_key=publication_key,
            request_body=exchange.request_body() or None if shown else None,
            response_body=exchange.response_body() or None if shown else None,
        )
