"""Committing an outcome: the delivery's status columns, and what the answer changes beside it."""

from __future__ import annotations

import datetime
import logging
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from orcid_plugin.identity import connections, trail
from orcid_plugin.outbox import moves, plan
from orcid_plugin.outbox.answers import UNAUTHORIZED_ONCE, Effect, Outcome
from orcid_plugin.outbox.jobs import Job, find_item
from orcid_plugin.outbox.writes import Written
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, Delivery, DeliveryAction, DeliveryState, Item, ReviewGroup

log = logging.getLogger("orcid_plugin.outbox")

AGAIN = Outcome(state=DeliveryState.PENDING)

_ITEM_ACTIONS = {
    Effect.ITEM_DELETED: "item_deleted",
    Effect.ITEM_FORGOTTEN: "item_forgotten",
    Effect.ITEM_REMOVED: "item_removed_by_person",
}
"""What an effect is called in the audit trail."""


@dataclass(frozen=True, slots=True)
class Settler:
    """Writes outcomes in the caller's transaction; `at` is the present time."""

    site: Site
    settings: Settings
    keyring: Keyring

    def settle(self, session: Session, job: Job, outcome: Outcome, at: datetime.datetime) -> None:
        """Commit what became of a job. An edit that joined meanwhile makes the delivery due again."""
        if outcome.effect in {Effect.PERMISSION_ENDED, Effect.MOVED} or outcome.code == UNAUTHORIZED_ONCE:
            plan.one_at_a_time(session, self.site.key)  # these change more deliveries than the one
        connection = session.get_one(Connection, job.connection_id)
        if outcome.effect is Effect.PERMISSION_ENDED and connection.sealed_token_answer != job.sealed_token:
            outcome = AGAIN  # the person connected again meanwhile
        elif outcome.effect is Effect.MOVED:
            outcome = self._move(session, connection, job, outcome)
        elif outcome.effect is Effect.PERMISSION_ENDED:
            self._end_permission(session, connection, job, outcome)
        else:
            self._change_item(session, job, outcome, at)
        if outcome.code == UNAUTHORIZED_ONCE:
            self._hold_back(session, connection, at + datetime.timedelta(seconds=outcome.retry_in))
        self._close(session, job, outcome, at)

    def record(self, session: Session, job: Job, written: Written) -> None:
        """Remember what is on the record now."""
        item = self._item(session, job)
        if item is None:
            item = Item(
                site=self.site.key,
                environment=self.site.environment.name,
                client_id=job.client_id,
                orcid=job.orcid,
                connection_id=job.connection_id,
                publication_id=job.publication_id,
                section=job.section,
            )
            session.add(item)
        item.put_code = written.put_code
        item.content_hash = job.content_hash or ""
        session.flush()
        action = "item_created" if written.created else "item_updated"
        self._note(session, job, action, section=job.section, put_code=written.put_code)

    def _close(self, session: Session, job: Job, outcome: Outcome, at: datetime.datetime) -> None:
        attempts = job.number
        if outcome.effect is Effect.SLOW_DOWN:  # a busy Registry must not use up what is left for faults
            attempts = min(attempts, max(1, self.settings.max_attempts // 2))
        closed = session.execute(
            update(Delivery)
            .where(
                Delivery.id == job.delivery_id,
                Delivery.revision == job.revision,
                Delivery.state == DeliveryState.SENDING,
            )
            .values(
                state=outcome.state,
                code=outcome.code,
                message=outcome.message,
                content_hash=job.content_hash if outcome.effect is Effect.REFUSED else None,
                attempts=attempts,
                due_at=at + datetime.timedelta(seconds=outcome.retry_in),
                updated_at=at,
            )
            .execution_options(synchronize_session=False)
        )
        if closed.rowcount:  # type: ignore[attr-defined]
            note_failure(session, self.site, session.get_one(Delivery, job.delivery_id, populate_existing=True))
        if closed.rowcount == 0:  # type: ignore[attr-defined]
            session.execute(
                update(Delivery)
                .where(Delivery.id == job.delivery_id, Delivery.state == DeliveryState.SENDING)
                .values(state=DeliveryState.PENDING, due_at=at, updated_at=at)
                .execution_options(synchronize_session=False)
            )

    def _item(self, session: Session, job: Job) -> Item | None:
        # By what the call was made with: the person may have connected again meanwhile, with other credentials.
        return find_item(
            session,
            self.site.environment.name,
            client_id=job.client_id,
            orcid=job.orcid,
            section=job.section,
            publication_id=job.publication_id,
        )

    def _change_item(self, session: Session, job: Job, outcome: Outcome, at: datetime.datetime) -> None:
        if outcome.effect is Effect.REFUSED and isinstance(job.item, PeerReview):
            # Its group may be gone, which only the text of the refusal would tell: it is looked for once more.
            group = session.get(ReviewGroup, (self.site.environment.name, job.item.review_group_id))
            if group is not None:
                session.delete(group)
        item = self._item(session, job)
        if item is None:
            return
        if outcome.effect in _ITEM_ACTIONS:
            action = _ITEM_ACTIONS[outcome.effect]
            self._note(session, job, action, section=job.section, put_code=item.put_code)
        if outcome.effect is Effect.ITEM_REMOVED:
            item.removed_at = at
        elif outcome.effect in {Effect.ITEM_DELETED, Effect.ITEM_FORGOTTEN}:
            session.delete(item)
        session.flush()

    def _end_permission(self, session: Session, connection: Connection, job: Job, outcome: Outcome) -> None:
        if connections.permission_ended(session, connection):
            self._note(session, job, "permission_ended")
            log.warning("the permission of %s has ended", connection.orcid)
        session.execute(
            update(Delivery)
            .where(
                Delivery.connection_id == connection.id,
                Delivery.action == DeliveryAction.PUT,
                Delivery.state == DeliveryState.PENDING,
            )
            .values(state=outcome.state, code=outcome.code, message=outcome.message)
            .execution_options(synchronize_session=False)
        )

    def _hold_back(self, session: Session, connection: Connection, until: datetime.datetime) -> None:
        # The others of the record would meet the same answer now.
        session.execute(
            update(Delivery)
            .where(
                Delivery.connection_id == connection.id,
                Delivery.state == DeliveryState.PENDING,
                Delivery.due_at < until,
            )
            .values(due_at=until)
            .execution_options(synchronize_session=False)
        )

    def _move(self, session: Session, connection: Connection, job: Job, outcome: Outcome) -> Outcome:
        """Follow the primary iD."""
        primary = outcome.primary
        if primary is None or primary == connection.orcid:
            return replace(outcome, state=DeliveryState.FAILED)
        moves.follow(session, self.site, self.settings, self.keyring, old=connection, primary=primary)
        self._note(session, job, "record_moved", old=job.orcid, new=primary)
        return outcome

    def _note(self, session: Session, job: Job, action: str, **details: Any) -> None:
        trail.note(
            session,
            self.site,
            trail.WORKER,
            action,
            connection=session.get_one(Connection, job.connection_id),
            publication_key=job.publication_key,
            subject=f"delivery/{job.delivery_id}",
            **details,
        )


def note_failure(session: Session, site: Site, delivery: Delivery) -> None:
    """An event of the audit trail for a delivery that failed for good; nothing for one in another state."""
    if delivery.state != DeliveryState.FAILED:
        return
    trail.note(
        session,
        site,
        trail.WORKER,
        "delivery_failed",
        connection=delivery.connection,
        publication_key=delivery.publication.key,
        subject=f"delivery/{delivery.id}",
        section=delivery.section,
        code=delivery.code,
    )
