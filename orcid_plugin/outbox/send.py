"""Sending what is owed to one record, call after call, new works together; outcomes are committed after each call."""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, select
from sqlalchemy.exc import SQLAlchemyError

from orcid_plugin.errors import (
    AnswerError,
    OAuthError,
    RegistryError,
    RegistryFault,
    SlowDown,
    StoreError,
    Unreachable,
    UnusableKey,
)
from orcid_plugin.outbox.answers import Attempt, Effect, Outcome, judge, try_again
from orcid_plugin.outbox.claims import Claims
from orcid_plugin.outbox.groups import Groups
from orcid_plugin.outbox.jobs import Job, open_job
from orcid_plugin.outbox.pace import Pace
from orcid_plugin.outbox.refreshing import Refresher
from orcid_plugin.outbox.settle import Settler, note_failure
from orcid_plugin.outbox.writes import Writer, Written
from orcid_plugin.registry.bulk import MOST
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store.calls import about
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Delivery, DeliveryAction, DeliveryState, Item, Section

log = logging.getLogger("orcid_plugin.outbox")

INTERNAL = "Something went wrong here, not at ORCID; the log has the details."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Sends the deliveries of records that this worker has claimed."""

    site: Site
    settings: Settings
    store: Store
    keyring: Keyring
    claims: Claims
    pace: Pace
    writer: Writer
    groups: Groups
    refresher: Refresher
    clock: Callable[[], datetime.datetime]

    def send_next(self, stop: threading.Event) -> int | None:
        """Claim a record and send what is due for it; how many deliveries were looked at, None where none is due."""
        with self.store.begin() as session:
            orcid = self.claims.claim_next(session, self.clock())
        if orcid is None:
            return None
        try:
            return self._send_record(orcid, stop)
        finally:
            with self.store.begin() as session:
                self.claims.release(session, orcid)

    def _send_record(self, orcid: str, stop: threading.Event) -> int:
        batches = self._due(orcid)
        try:
            self.refresher.refresh(orcid)
        except (OAuthError, RegistryError, UnusableKey) as error:
            due = [delivery_id for batch in batches for delivery_id in batch]
            for delivery_id in due:
                self._postpone(delivery_id, error.code, str(error))
            return len(due)
        count = 0
        for batch in batches:
            if not self._may_go_on(orcid, stop):
                break
            jobs = [job for delivery_id in batch if (job := self._opened(delivery_id)) is not None]
            if len(jobs) > 1:
                self._create_together(jobs, stop)
            else:
                for job in jobs:
                    self._perform(job)
            count += len(batch)
        return count

    def _due(self, orcid: str) -> list[list[int]]:
        """The deliveries that are due for a record: those that look like new works together, the others one by one."""
        there = select(Item.id).where(
            Item.connection_id == Delivery.connection_id, Item.publication_id == Delivery.publication_id
        )
        is_new = and_(
            Delivery.section == Section.WORK,
            Delivery.action == DeliveryAction.PUT,
            Delivery.attempts == 0,
            ~there.exists(),
        )
        with self.store.begin() as session:
            found = session.execute(
                select(Delivery.id, is_new.label("is_new"))
                .where(Delivery.orcid == orcid, self.claims.due(self.clock()))
                .order_by(Delivery.id)
            ).all()
        new = [row.id for row in found if row.is_new]
        together = [new[start : start + MOST] for start in range(0, len(new), MOST)]
        return together + [[row.id] for row in found if not row.is_new]

    def _may_go_on(self, orcid: str, stop: threading.Event) -> bool:
        """Extend the lease for the next call; False where there should be none now."""
        if stop.is_set() or self.pace.paused():
            return False
        with self.store.begin() as session:
            return self.claims.renew(session, orcid, self.clock())

    def _opened(self, delivery_id: int) -> Job | None:
        """The job of a delivery; None where it needed no call, or cannot be prepared now."""
        try:
            return self._open(delivery_id)
        except UnusableKey as error:
            self._postpone(delivery_id, error.code, str(error))
        except (SQLAlchemyError, StoreError):
            raise  # the database, not the delivery, is the trouble
        except Exception:
            log.exception("delivery %d cannot be prepared", delivery_id)
            self._postpone(delivery_id, "internal_error", INTERNAL)
        return None

    def _open(self, delivery_id: int) -> Job | None:
        """The job of a delivery that is still due; None where it needed no call."""
        at = self.clock()
        with self.store.begin() as session:
            delivery = session.scalar(
                select(Delivery).where(Delivery.id == delivery_id, self.claims.due(at)).with_for_update()
            )
            if delivery is None:
                return None
            job = open_job(session, self.site, self.settings, self.keyring, delivery)
            if isinstance(job, Job):
                return job
            delivery.state, delivery.code, delivery.message = job.state, job.code, job.message
            note_failure(session, self.site, delivery)
            return None

    def _postpone(self, delivery_id: int, code: str, message: str) -> None:
        at = self.clock()
        with self.store.begin() as session:
            delivery = session.get_one(Delivery, delivery_id, with_for_update=True)
            delivery.attempts += 1
            attempt = Attempt(
                action=DeliveryAction(delivery.action),
                known=False,
                number=delivery.attempts,
                most=self.settings.max_attempts,
            )
            outcome = try_again(attempt, code, message)
            delivery.state, delivery.code, delivery.message = outcome.state, outcome.code, outcome.message
            delivery.due_at = at + datetime.timedelta(seconds=outcome.retry_in)
            note_failure(session, self.site, delivery)

    def _create_together(self, jobs: Sequence[Job], stop: threading.Event) -> None:
        """Create works with one call. What ORCID says of one of them alone is looked into by a call of its own.

        Where that cannot be now, the rest stays as a worker that dies leaves it, and is due at once.
        """
        orcid, keys = jobs[0].orcid, [job.publication_key for job in jobs]
        with about(orcid=orcid, publication_keys=keys):
            results = self.writer.create_together(jobs)
        stored = frozenset(result for result in results if isinstance(result, int))
        alone = []
        for job, result in zip(jobs, results, strict=True):
            if isinstance(result, int):
                self._finish(job, Outcome(state=DeliveryState.SENT), Written(result, created=True))
            elif result is None:
                alone.append(replace(job, taken=job.taken | stored))
            else:
                self._finish(job, judge(result, self._attempt(job)), None)
        for job in alone:
            if not self._may_go_on(orcid, stop):
                break
            self._perform(job)

    def _attempt(self, job: Job) -> Attempt:
        return Attempt(
            action=job.action,
            known=job.put_code is not None,
            number=job.number,
            most=self.settings.max_attempts,
            previous_code=job.previous_code,
        )

    def _perform(self, job: Job) -> None:
        attempt, written = self._attempt(job), None
        try:
            with about(orcid=job.orcid, publication_keys=[job.publication_key]):
                outcome = self._group_missing(job, attempt)
                if outcome is None:
                    outcome, written = self._call(job)
        except RegistryError as error:
            outcome = judge(error, attempt)
        except Exception:
            log.exception("delivery %d failed", job.delivery_id)
            outcome = try_again(attempt, "internal_error", INTERNAL)
        self._finish(job, outcome, written)

    def _finish(self, job: Job, outcome: Outcome, written: Written | None) -> None:
        """Commit what became of a job."""
        try:
            self._settle(job, outcome, written)
        except StoreError:
            raise
        except Exception:
            log.exception("the outcome of delivery %d cannot be stored", job.delivery_id)
            self._postpone(job.delivery_id, "internal_error", INTERNAL)
            return
        if outcome.effect is Effect.SLOW_DOWN:
            self.pace.pause(outcome.retry_in)
        level = logging.INFO if outcome.state == DeliveryState.SENT else logging.WARNING
        log.log(level, "%s to %s: %s (%s)", job.action, job.orcid, outcome.state, outcome.code or "as owed")

    def _group_missing(self, job: Job, attempt: Attempt) -> Outcome | None:
        """What becomes of a review whose group cannot be had now; None where nothing is in the way."""
        if job.group is None or job.action is not DeliveryAction.PUT:
            return None
        try:
            self.groups.ensure(job.group)
        except (SlowDown, RegistryFault, Unreachable):
            raise
        except (AnswerError, OAuthError) as error:  # about the site's own token, not about the person's
            sentence = f"The group {job.group.group_id} of the review cannot be had at ORCID: {error}"
            return try_again(attempt, "group_unavailable", sentence)
        return None

    def _settle(self, job: Job, outcome: Outcome, written: Written | None) -> None:
        settler, at = Settler(self.site, self.settings, self.keyring), self.clock()
        with self.store.begin() as session:
            if written is not None:
                settler.record(session, job, written)
            settler.settle(session, job, outcome, at)

    def _call(self, job: Job) -> tuple[Outcome, Written | None]:
        sent = Outcome(state=DeliveryState.SENT)
        if job.action is DeliveryAction.DELETE or job.item is None:
            self.writer.delete(job)
            return replace(sent, effect=Effect.ITEM_DELETED), None
        written = self.writer.put(job, job.item)
        if not written.kept:
            return sent, written
        sentence = f"ORCID kept what it had before as {' and '.join(written.kept)}."
        return replace(sent, code="partly_ignored", message=sentence), written
