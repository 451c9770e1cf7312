"""What waits in a broker for a worker: reserved in the database, so that nothing is put there twice or without limit.

A reservation is taken over by whoever gets the message, or ends after a time: so a message that was lost is replaced.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, text, update

from orcid_plugin.outbox.claims import IN_QUEUE, Claims
from orcid_plugin.outbox.duties import Duties
from orcid_plugin.outbox.send import Sender
from orcid_plugin.store.tables import DUE_TASK, RecordClaim, Task, TaskState

MOST = 100
"""Records that wait in a broker at most, and as many tasks."""

LOOKS = 30
"""Looks after which a message counts as lost."""


TURN = text("SELECT pg_try_advisory_xact_lock('orcid_plugin_record_claim'::regclass::oid::bigint)")
"""Named by the table, since a database can hold the tables of several hosts in schemas of their own."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Reserves what is due."""

    duties: Duties

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Whether this process may fill the queue now: one at a time does, so that the limits hold."""
        if self.duties.store.engine.dialect.name != "postgresql":
            yield True  # a transaction that lasts would keep everybody else from writing
            return
        with self.duties.store.begin() as session:
            yield bool(session.scalar(TURN))

    def room(self) -> int:
        """How many records more may wait; those whose messages were lost are no longer waiting."""
        waiting = RecordClaim.worker == IN_QUEUE
        with self.duties.store.begin() as session:
            session.execute(delete(RecordClaim).where(waiting, RecordClaim.lease_until <= self.duties.clock()))
            number = session.scalar(select(func.count()).select_from(RecordClaim).where(waiting))
        return max(0, MOST - (number or 0))

    def records(self, sender: Sender, most: int) -> list[str]:
        """Reserve records of one site, as many as its pace allows until the next look; returns their bare iDs."""
        pace = math.ceil(sender.settings.requests_per_second * self.duties.settings.poll_seconds)
        at, claims = self.duties.clock(), self._claims(sender)
        with self.duties.store.begin() as session:
            most = min(most, pace - claims.held(session, at))
        reserved: list[str] = []
        while len(reserved) < most:
            with self.duties.store.begin() as session:
                orcid = claims.claim_next(session, at)
            if orcid is None:
                break
            reserved.append(orcid)
        return reserved

    def give_back(self, sender: Sender, orcid: str) -> None:
        """End the reservation of a record, if there is one."""
        with self.duties.store.begin() as session:
            self._claims(sender).release(session, orcid)

    def tasks(self) -> int:
        """Reserve tasks that are due; returns how many."""
        at = self.duties.clock()
        due = and_(text(DUE_TASK), Task.due_at <= at, Task.kind.in_(self.duties.tasks.handlers))
        waiting: ColumnElement[bool] = and_(due, Task.state == TaskState.PENDING, Task.lease_until > at)
        with self.duties.store.begin() as session:
            room = MOST - (session.scalar(select(func.count(Task.id)).where(waiting)) or 0)
            free = or_(Task.lease_until.is_(None), Task.lease_until <= at)
            found = session.scalars(
                select(Task.id)
                .where(due, free)
                .order_by(Task.due_at)
                .limit(max(0, room))
                .with_for_update(skip_locked=True)
            ).all()
            session.execute(
                update(Task)
                .where(Task.id.in_(found))
                .values(state=TaskState.PENDING, worker=None, lease_until=at + self._lease)
            )
        return len(found)

    @property
    def _lease(self) -> datetime.timedelta:
        return datetime.timedelta(seconds=LOOKS * self.duties.settings.poll_seconds)

    def _claims(self, sender: Sender) -> Claims:
        return replace(sender.claims, worker=IN_QUEUE, lease=self._lease)
