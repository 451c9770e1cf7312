"""The embedded engine: a worker that looks for what is due, in a thread or as a process of its own.

Several workers, in one process or many, share the work safely: each record has one at a time.
"""

from __future__ import annotations

import logging
import threading
import time

from orcid_plugin.outbox.duties import Duties

log = logging.getLogger("orcid_plugin.outbox")


class Worker:
    """Does what all sites owe. `due` wakes it at once; without it, it looks every ORCID_PLUGIN_POLL_SECONDS."""

    def __init__(self, duties: Duties, due: threading.Event) -> None:
        self._duties, self._due = duties, due
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def run_once(self, stop: threading.Event | None = None) -> int:
        """Do what is due now, record after record; returns how many deliveries were looked at."""
        stop = stop or threading.Event()
        total = 0
        # One record of each site at a time, so that no site waits for another's thousands.
        senders = self._duties.senders()
        for sender in senders:
            self._duties.plan_forgotten(sender, stop)
        while senders and not stop.is_set():
            for sender in list(senders):
                count = None if stop.is_set() or sender.pace.paused() else sender.send_next(stop)
                if count is None:
                    senders.remove(sender)
                total += count or 0
        while not stop.is_set() and self._duties.tasks.do_next():
            pass
        self._duties.housekeeping.run(stop)
        self._duties.calls.flush()
        return total

    def run_until_idle(self, timeout: float) -> bool:
        """Run until nothing is pending any more; False where something still is after `timeout` seconds."""
        until = time.monotonic() + timeout
        while True:
            self._due.clear()
            self.run_once()
            if not self._duties.is_pending():
                return True
            left = until - time.monotonic()
            if left <= 0:
                return False
            self._due.wait(min(left, self._duties.settings.poll_seconds))

    def run(self, stop: threading.Event) -> None:
        """Run until `stop` is set; the call that is under way is brought to its end. No exception ends it."""
        while not stop.is_set():
            self._due.clear()
            try:
                self.run_once(stop)
            except Exception:
                log.exception("the outbox cannot work; it tries again in a moment")
            if not stop.is_set():
                self._due.wait(self._duties.settings.poll_seconds)

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
