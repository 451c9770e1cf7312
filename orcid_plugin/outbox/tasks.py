"""Doing what is owed beside writes to records, one task after the other; what does not succeed is tried again."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from orcid_plugin.errors import OrcidPluginError, StoreError, UnusableKey
from orcid_plugin.outbox.answers import back_off
from orcid_plugin.settings import Settings
from orcid_plugin.store import sites, tasks
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Task, TaskState

log = logging.getLogger("orcid_plugin.outbox")

LEASE = datetime.timedelta(minutes=10)
"""Longer than any task takes; what a worker that died has left is done by another one then."""


class Postponed(Exception):
    """Not yet: something else must happen first, or a setting is missing. It does not count as an attempt."""

    def __init__(self, code: str, message: str, seconds: float) -> None:
        super().__init__(message)
        self.code = code
        self.seconds = seconds


class Refused(Exception):
    """Never: trying again would not help."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Unwanted(Exception):
    """Not any more: what it was owed for is over."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Handler(Protocol):
    """How tasks of one kind are done."""

    def perform(self, settings: Settings, task: Task, payload: Mapping[str, str]) -> None:
        """Do it, outside of any transaction; `settings` are those of the task's site.

        Raises `Postponed`, `Refused`, `Unwanted`, or any other exception to be tried again later.
        """

    def settled(self, session: Session, task: Task) -> None:
        """Note at what it is about how the task ended, or why it waits, in the transaction that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """The tasks of all sites, as one worker does them. `settings` are the host's."""

    store: Store
    settings: Settings
    keyring: Keyring
    handlers: Mapping[str, Handler]
    worker: str
    clock: Callable[[], datetime.datetime]

    def do_next(self) -> bool:
        """Do the task that has been due longest; False where none is due."""
        task = self._claim()
        if task is None:
            return False
        ended = self._done(task)
        with self.store.begin() as session:
            row = session.get(Task, task.id, with_for_update=True)
            # It was erased with its person; or it took longer than its lease, and is another worker's now.
            if row is None or row.worker != self.worker:
                return True
            row.state, row.code, row.message = ended.state, ended.code, ended.message
            row.attempts += ended.counts
            row.due_at = self.clock() + datetime.timedelta(seconds=ended.retry_in)
            row.worker = row.lease_until = None
            if ended.state == TaskState.DONE:  # one that failed can be tried again by an administrator
                row.sealed_payload = None
            self.handlers[row.kind].settled(session, row)
        return True

    def is_pending(self) -> bool:
        """Whether anything is due now, or was tried and will be tried again."""
        with self.store.begin() as session:
            found = session.scalar(
                select(Task.id)
                .where(
                    Task.state.in_([TaskState.PENDING, TaskState.RUNNING]),
                    Task.kind.in_(self.handlers),
                    or_(Task.due_at <= self.clock(), Task.attempts > 0),
                )
                .limit(1)
            )
        return found is not None

    def _claim(self) -> Task | None:
        at = self.clock()
        due = or_(
            and_(Task.state == TaskState.PENDING, Task.due_at <= at),
            and_(Task.state == TaskState.RUNNING, Task.lease_until <= at),
        )
        with self.store.begin() as session:
            task = session.scalar(
                select(Task)
                .where(due, Task.kind.in_(self.handlers))
                .order_by(Task.due_at)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if task is not None:
                task.state, task.worker, task.lease_until = TaskState.RUNNING, self.worker, at + LEASE
        return task

    def _done(self, task: Task) -> _Ended:
        try:
            with self.store.begin() as session:
                # Nothing is done any more for a removed site, but people get back what they gave it.
                settings = sites.settings_of(
                    session, self.settings, self.keyring, task.site, removed_too=task.kind == tasks.REVOKE
                )
            self.handlers[task.kind].perform(settings, task, tasks.payload_of(self.keyring, task))
        except Postponed as error:
            return _Ended(TaskState.PENDING, error.code, str(error), error.seconds, counts=False)
        except Refused as error:
            return _Ended(TaskState.FAILED, error.code, str(error))
        except Unwanted as error:
            return _Ended(TaskState.CANCELLED, error.code, str(error))
        except UnusableKey as error:
            return self._again(task, error)
        except (SQLAlchemyError, StoreError):
            raise  # the database, not the task, is the trouble
        except Exception as error:
            return self._again(task, error)
        return _Ended(TaskState.DONE)

    def _again(self, task: Task, error: Exception) -> _Ended:
        if isinstance(error, OrcidPluginError):
            code, message = error.code, str(error)
        else:  # its text may repeat what the task holds
            code, message = "internal_error", f"{type(error).__name__} here or in the host; the log has the details."
        number = task.attempts + 1
        log.warning("the task %d (%s) failed, attempt %d: %s", task.id, task.kind, number, type(error).__name__)
        if number >= self.settings.max_attempts:
            return _Ended(TaskState.FAILED, code, f"{message} (given up after {number} attempts)")
        return _Ended(TaskState.PENDING, code, message, back_off(number))


@dataclass(frozen=True, slots=True)
class _Ended:
    """How an attempt ended; `counts` tells whether it was one."""

    state: TaskState
    code: str | None = None
    message: str | None = None
    retry_in: float = 0.0
    counts: bool = True
