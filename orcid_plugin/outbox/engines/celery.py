"""The Celery engine: the workers of a host's Celery app do what is owed.

The database is the truth. A message says no more than a site's key and a bare iD. One that is lost, late, repeated or
out of order costs time at most: a worker asks the database what is due, and claims the record before it writes.
"""

from __future__ import annotations

import logging
import math
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orcid_plugin.errors import InvalidOrcidId
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.outbox.duties import Duties, lease, new_name
from orcid_plugin.outbox.engines.queue import Queue
from orcid_plugin.outbox.housekeeping import EVERY
from orcid_plugin.settings import Settings

if TYPE_CHECKING:
    from celery import Celery

LOOK = "orcid_plugin.look"
SEND = "orcid_plugin.send"
TASK = "orcid_plugin.task"
HOUSEKEEPING = "orcid_plugin.housekeeping"

SHARE = 60.0
"""Seconds after which a record with much to send lets others have their turn."""

PLANNING = 5.0
"""Seconds of a look for planning; the next one goes on."""

EXPIRES = 3600.0
"""Seconds after which a message to look says nothing: later ones did."""

GATHER = 1.0
"""Seconds for which further changes of a process are told with one message."""

ATTRIBUTE = "orcid_plugin"
"""Of the Celery app: its engine. An app that is made anew, as tests do, takes the place of the one before."""

log = logging.getLogger("orcid_plugin.outbox")


class Within(threading.Event):
    """Is set by itself after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._until = time.monotonic() + seconds

    def is_set(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._until


class Engine:
    """What the tasks of a Celery app do. `open_duties` opens what a worker works with, once in each process."""

    def __init__(self, celery: Celery, settings: Settings, open_duties: Callable[[], Duties]) -> None:
        self._celery, self._settings, self._open_duties = celery, settings, open_duties
        self._opened: tuple[int, Duties] | None = None

    def register(self) -> None:
        """Add the tasks to the Celery app, and to its beat what is to be done regularly."""
        limit = math.ceil(lease(self._settings).total_seconds() + SHARE)
        for name, run in _RUNS.items():
            self._celery.task(
                name=name,
                bind=True,
                shared=False,  # with this app alone, not with every one of the process
                serializer="json",
                ignore_result=True,
                soft_time_limit=limit,
                time_limit=limit + 60,
            )(run)
        for name, seconds in {LOOK: self._settings.poll_seconds, HOUSEKEEPING: EVERY.total_seconds()}.items():
            self._celery.add_periodic_task(seconds, self._celery.signature(name), name=name, expires=EXPIRES)
        setattr(self._celery, ATTRIBUTE, self)

    def wake(self) -> None:
        """Ask a worker to look for what is due. Raises what the client of the broker raises."""
        if not self._celery.conf.task_always_eager:  # what a host's tests make due waits until they look
            self._celery.send_task(LOOK, serializer="json", ignore_result=True, expires=EXPIRES, retry=False)

    def look(self) -> None:
        """Plan what was forgotten, and put what is due into the broker, of each site as much as of the others."""
        queue = Queue(self.duties)
        with queue.turn() as ours:
            if not ours:
                return
            senders, planning = self.duties.senders(), Within(PLANNING)
            random.shuffle(senders)
            for sender in senders:
                self.duties.plan_forgotten(sender, planning)
            ready = [sender for sender in senders if not sender.pace.paused()]
            room = queue.room()
            share = math.ceil(room / len(ready)) if ready else 0
            for sender in ready:
                for orcid in queue.records(sender, min(room, share)):
                    self._put(SEND, sender.site.key, orcid)
                    room -= 1
            for _ in range(queue.tasks()):
                self._put(TASK)

    def send(self, site: str, orcid: str) -> None:
        """Send what is due for one record, unless another worker does, or ORCID has asked the site to wait."""
        sender = self.duties.sender(site)
        if sender is None:
            return
        claims = replace(sender.claims, worker=new_name(), only=orcid)
        if sender.pace.paused() or replace(sender, claims=claims).send_next(Within(SHARE)) is None:
            Queue(self.duties).give_back(sender, orcid)
        self.duties.calls.flush()

    def do_task(self) -> None:
        """Do the task that has been due longest, if there is one."""
        replace(self.duties.tasks, worker=new_name()).do_next()
        self.duties.calls.flush()

    def keep_house(self) -> None:
        """Clear away old rows, whenever this process did so last."""
        replace(self.duties.housekeeping).run(threading.Event())

    def workers(self, seconds: float) -> list[str]:
        """Names of the workers that know these tasks and answer in time. Raises what the broker's client raises."""
        answers = self._celery.control.inspect(timeout=seconds).registered() or {}
        return sorted(name for name, tasks in answers.items() if LOOK in tasks)

    @property
    def duties(self) -> Duties:
        """What this process works with: the workers of a pool are forks, which share no connections and no names."""
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = os.getpid(), self._open_duties()
        return self._opened[1]

    def _put(self, name: str, *arguments: str) -> None:
        self._celery.tasks[name].apply_async(arguments)


class Bell(threading.Event):
    """`Runtime.due` of an app with Celery: whoever sets it wakes a worker behind the broker.

    A thread tells the broker, so that neither its slowness nor its absence reaches whoever publishes.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self._guard = threading.Lock()
        self._rung = False
        self._thread: threading.Thread | None = None
        self._unheard = False

    def set(self) -> None:
        """Wake an engine; returns at once."""
        super().set()
        with self._guard:
            self._rung = True
            if self._thread is None or not self._thread.is_alive():  # a fork leaves threads behind
                self._thread = threading.Thread(target=self._tell, name="orcid_plugin bell", daemon=True)
                self._thread.start()

    def _tell(self) -> None:
        while self._is_rung():
            try:
                self.engine.wake()
            except Exception as error:  # its text may hold the broker's password
                if not self._unheard:
                    log.warning("Celery's broker does not answer (%s): what is due waits", type(error).__name__)
                self._unheard = True
            else:
                self._unheard = False
            time.sleep(GATHER)

    def _is_rung(self) -> bool:
        with self._guard:
            rung, self._rung = self._rung, False
            if not rung:
                self._thread = None
            return rung


def _engine(task: Any) -> Engine:
    engine: Engine = getattr(task.app, ATTRIBUTE)
    return engine


def _look(task: Any) -> None:
    _engine(task).look()


def _send(task: Any, *arguments: object) -> None:
    match arguments:
        case (str(site), str(orcid)) if _is_orcid(orcid):
            _engine(task).send(site, orcid)
        case _:
            log.warning("a message is dropped that names no site and record")


def _do_task(task: Any) -> None:
    _engine(task).do_task()


def _keep_house(task: Any) -> None:
    _engine(task).keep_house()


_RUNS: dict[str, Callable[..., None]] = {LOOK: _look, SEND: _send, TASK: _do_task, HOUSEKEEPING: _keep_house}


def _is_orcid(text: str) -> bool:
    try:
        OrcidId(text)
    except InvalidOrcidId:
        return False
    return True
