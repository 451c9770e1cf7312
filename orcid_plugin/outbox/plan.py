"""What is owed to records: who is connected, what is on each record and what should be there, told as deliveries.

Everything that happens to a publication or a person only plans again. Nothing is sent from here.
"""

from __future__ import annotations

import datetime
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.orm import Session

from orcid_plugin.identity import authorship
from orcid_plugin.outbox.message import Message, compose
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store import publications
from orcid_plugin.store.tables import (
    OPEN_DELIVERY,
    UNPLANNED_PUBLICATION,
    Authorship,
    Connection,
    ConnectionState,
    Delivery,
    DeliveryAction,
    DeliveryState,
    Item,
    PublicationOrcid,
    PublicationState,
    StoredPublication,
    now,
)

IS_OPEN = text(OPEN_DELIVERY)
"""Condition of deliveries that later edits join."""

WRITE_SCOPE = "/activities/update"

SCOPE_MISSING = ("scope_missing", "The person has not given permission to add to the record.")


def plan_publication(
    session: Session, site: Site, settings: Settings, stored: StoredPublication, *, only: str | None = None
) -> int:
    """Write what the publication or review owes to the records of its contributors as deliveries; returns how many.

    Runs in the caller's transaction. An edit joins the delivery that is still open for a record. `only` is the bare iD
    of the one record to plan. What has changed since it was planned last is followed by its reviews, which may name it.
    """
    one_at_a_time(session, site.key)
    changed = stored.planned_at is None
    if changed:
        stored.planned_at = now()
    if stored.state == PublicationState.DRAFT and stored.document:
        return 0
    items = {item.connection_id: item for item in _items(session, site, stored)}
    if site.api != "member" and not items:
        return 0
    authorship.link_accounts(session, site, publication_key=stored.key)
    message = compose(session, site, settings, stored)
    linked = {connection.id: connection for connection in message.connections.values()}
    waiting = {delivery.connection_id: delivery for delivery in _open(session, site, stored)}
    others = select(Connection).where(Connection.id.in_((items.keys() | waiting.keys()) - linked.keys()))
    concerned = linked | {connection.id: connection for connection in session.scalars(others)}
    planner = _Planner(session, settings, stored, message, _failed(session, stored), site.api == "member")
    owed = sum(
        planner.plan_record(
            connection,
            linked=key in linked and connection.state != ConnectionState.LEAVING,
            item=items.get(key),
            waiting=waiting.get(key),
        )
        for key, connection in sorted(concerned.items())
        if only in {None, connection.orcid}
    )
    session.flush()
    followers = publications.reviews_of(session, stored) if changed else ()
    return owed + sum(plan_publication(session, site, settings, review, only=only) for review in followers)


def plan_connection(session: Session, site: Site, settings: Settings, connection: Connection) -> int:
    """Plan everything that this person is on, and what waits for their permission; returns the number of deliveries.

    Called after somebody connected, or an account got the connection: what the account was said to be on is linked
    first. The iD then stands in the messages of the person's co-authors as well.
    """
    one_at_a_time(session, site.key)
    authorship.link_accounts(session, site, connection=connection)
    linked = select(Authorship.publication_key).where(
        Authorship.site == site.key, Authorship.connection_id == connection.id
    )
    stated = select(PublicationOrcid.publication_id).where(PublicationOrcid.orcid == connection.orcid)
    waiting = select(Delivery.publication_id).where(
        Delivery.connection_id == connection.id, Delivery.state == DeliveryState.NEEDS_PERMISSION
    )
    found = session.scalars(
        select(StoredPublication)
        .where(
            StoredPublication.site == site.key,
            StoredPublication.state != PublicationState.DRAFT,
            or_(
                StoredPublication.key.in_(linked),
                StoredPublication.id.in_(stated),
                StoredPublication.id.in_(waiting),
            ),
        )
        .order_by(StoredPublication.id)
    ).all()
    return sum(plan_publication(session, site, settings, stored) for stored in found)


def plan_items(session: Session, site: Site, settings: Settings, connection: Connection) -> int:
    """Plan all publications that this site has put on the person's record; returns the number of deliveries."""
    one_at_a_time(session, site.key)
    found = session.scalars(
        select(StoredPublication)
        .where(StoredPublication.id.in_(select(Item.publication_id).where(Item.connection_id == connection.id)))
        .order_by(StoredPublication.id)
    ).all()
    return sum(plan_publication(session, site, settings, stored, only=connection.orcid) for stored in found)


def plan_again(session: Session, site: Site, settings: Settings, stored: StoredPublication, orcid: str) -> int:
    """Plan one record afresh because an editor asks for it; returns the number of deliveries.

    Forgotten is that the person deleted the work there, and that ORCID refused the message as it is.
    """
    one_at_a_time(session, site.key)
    for item in _items(session, site, stored):
        if item.orcid == orcid and item.removed_at is not None:
            session.delete(item)
    session.execute(
        update(Delivery).where(Delivery.publication_id == stored.id, Delivery.orcid == orcid).values(content_hash=None)
    )
    session.flush()
    return plan_publication(session, site, settings, stored, only=orcid)


def plan_forgotten(session: Session, site: Site, settings: Settings) -> bool:
    """Plan one publication that was stored while the credentials were missing; False if there is none."""
    stored = session.scalar(
        select(StoredPublication).where(StoredPublication.site == site.key, text(UNPLANNED_PUBLICATION)).limit(1)
    )
    if stored is None:
        return False
    one_at_a_time(session, site.key)
    session.refresh(stored)
    plan_publication(session, site, settings, stored)
    return True


def one_at_a_time(session: Session, site_key: str) -> None:
    """Let no other transaction plan for the site until this one ends.

    Of two, one that publishes and one that connects an author, neither would see what the other is about to commit. A
    transaction that also locks rows takes its turn here first: two that wait for each other would both fail.
    """
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer anyway
        key = zlib.crc32(f"orcid_plugin plan {site_key}".encode())
        session.execute(select(func.pg_advisory_xact_lock(key)))


def _items(session: Session, site: Site, stored: StoredPublication) -> Iterable[Item]:
    return session.scalars(
        select(Item)
        .join(Connection)
        .where(
            Item.publication_id == stored.id,
            Item.environment == site.environment.name,
            Item.client_id == Connection.client_id,
        )
    )


def _open(session: Session, site: Site, stored: StoredPublication) -> Iterable[Delivery]:
    """The open deliveries, locked: a worker that is about to send one waits for what is planned."""
    return session.scalars(
        select(Delivery)
        .where(
            Delivery.publication_id == stored.id,
            Delivery.environment == site.environment.name,
            IS_OPEN,
        )
        .order_by(Delivery.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _failed(session: Session, stored: StoredPublication) -> dict[int, Delivery]:
    """Id of a connection -> the last delivery to its record, of those that failed."""
    last = select(func.max(Delivery.id)).where(Delivery.publication_id == stored.id).group_by(Delivery.connection_id)
    found = session.scalars(select(Delivery).where(Delivery.id.in_(last), Delivery.state == DeliveryState.FAILED))
    return {delivery.connection_id: delivery for delivery in found}


@dataclass(frozen=True, slots=True)
class _Planner:
    """One publication, compared with one record after the other. `failed` is of `_failed`.

    Without `may_write` the credentials are public ones: what a member had put on records before is deleted with the
    token that it was given, and nothing else is sent.
    """

    session: Session
    settings: Settings
    stored: StoredPublication
    message: Message
    failed: Mapping[int, Delivery]
    may_write: bool

    def plan_record(self, connection: Connection, *, linked: bool, item: Item | None, waiting: Delivery | None) -> int:
        """Plan one record: 1 where something is owed to it, else 0."""
        action = self._wanted(connection, linked, item)
        if not self.may_write and (action is DeliveryAction.PUT or connection.state == ConnectionState.ACTIVE):
            return 0
        if action is DeliveryAction.DELETE:
            return 0 if self._is_out_of_reach(connection) else self._owe(connection, waiting, action)
        if action is DeliveryAction.PUT:
            return self._plan_put(connection, item, waiting)
        if waiting is not None:
            return self._withdraw(connection, waiting, item)
        return 0

    def _wanted(self, connection: Connection, linked: bool, item: Item | None) -> DeliveryAction | None:
        """What should become of the publication on the record; None: nothing."""
        if item is not None and item.removed_at is not None:
            return None  # the person deleted it
        published = self.stored.state == PublicationState.PUBLISHED
        kept = self.stored.state == PublicationState.RETRACTED and self.settings.retracted == "keep"
        if item is not None:
            if linked and (published or kept):
                return DeliveryAction.PUT
            return None if self._is_let_be(connection, item, kept=kept) else DeliveryAction.DELETE
        return DeliveryAction.PUT if linked and published else None

    def _is_let_be(self, connection: Connection, item: Item, *, kept: bool) -> bool:
        """Whether an item that was imported waits for the host to tell whose work it is."""
        gone = self.stored.state in {PublicationState.WITHDRAWN, PublicationState.RETRACTED} and not kept
        return item.is_imported and not gone and connection.state != ConnectionState.LEAVING

    def _plan_put(self, connection: Connection, item: Item | None, waiting: Delivery | None) -> int:
        if connection.state != ConnectionState.ACTIVE:
            return 0
        unchanged = item is not None and item.content_hash == self.message.content_hash
        if waiting is None and (unchanged or self._was_refused(connection)):
            return 0
        if self.message.fault:
            return self._owe(
                connection, waiting, DeliveryAction.PUT, state=DeliveryState.FAILED, reason=self.message.fault
            )
        if WRITE_SCOPE not in connection.scope_set:
            return self._owe(
                connection, waiting, DeliveryAction.PUT, state=DeliveryState.NEEDS_PERMISSION, reason=SCOPE_MISSING
            )
        return self._owe(connection, waiting, DeliveryAction.PUT, due_at=None if item else self.message.not_before)

    def _was_refused(self, connection: Connection) -> bool:
        """Whether the last delivery failed for what the message says, and it still says the same."""
        failed = self.failed.get(connection.id)
        if failed is None:
            return False
        if self.message.fault:
            return (failed.code, failed.message) == self.message.fault
        return failed.content_hash == self.message.content_hash

    def _is_out_of_reach(self, connection: Connection) -> bool:
        """Whether a delete failed before since the person disconnected, and they still are."""
        failed = self.failed.get(connection.id)
        return failed is not None and failed.code == connection.state == ConnectionState.DISCONNECTED

    def _withdraw(self, connection: Connection, waiting: Delivery, item: Item | None) -> int:
        """End a delivery that is owed no more; one that was tried may have arrived unseen, and becomes a delete."""
        if item is None and waiting.attempts:
            return self._owe(connection, waiting, DeliveryAction.DELETE)
        waiting.state, waiting.code, waiting.message = DeliveryState.CANCELLED, None, None
        waiting.revision += 1
        return 0

    def _owe(
        self,
        connection: Connection,
        waiting: Delivery | None,
        action: DeliveryAction,
        *,
        state: DeliveryState = DeliveryState.PENDING,
        reason: tuple[str, str] | None = None,
        due_at: datetime.datetime | None = None,
    ) -> int:
        """Join the open delivery for the record, or add one; returns 1.

        A worker that is sending it meanwhile sees by `revision` that it must go again. `attempts` stays at 1 at most:
        something may have arrived, but the edit is tried afresh. It is due at once unless `due_at` says later.
        """
        if waiting is None:
            waiting = Delivery(
                site=self.stored.site,
                environment=connection.environment,
                orcid=connection.orcid,
                connection_id=connection.id,
                publication_id=self.stored.id,
                section=self.stored.section,
                state=state,
            )
            self.session.add(waiting)
        else:
            waiting.state = waiting.state if waiting.state == DeliveryState.SENDING else state
            waiting.attempts = min(waiting.attempts, 1)
            waiting.revision += 1
        waiting.due_at = due_at or now()
        waiting.action, waiting.content_hash = action, None
        waiting.code, waiting.message = reason or (None, None)
        return 1
