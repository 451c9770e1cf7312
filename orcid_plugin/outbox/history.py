"""What happened to one publication at ORCID, as values for pages: its deliveries, events and calls."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from orcid_plugin.identity import logs
from orcid_plugin.identity.logs import Event, LoggedCall
from orcid_plugin.outbox.jobs import find_item
from orcid_plugin.store import trail
from orcid_plugin.store.tables import (
    Connection,
    ConnectionState,
    Delivery,
    DeliveryAction,
    DeliveryState,
    StoredPublication,
)
from orcid_plugin.store.trail import Search

MOVING = frozenset({DeliveryState.PENDING, DeliveryState.SENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordHistory:
    """What one record is owed or was sent last.

    Attributes:
        orcid: the bare iD; name: of its person, where public.
        code, message: stable code and sentence of the reason for the state.
        put_code: of the work on the record, or None while it is not there.
        attempts: made for this delivery.
        at: when the state changed last; due_at: when it is tried next, of one that waits.
        can_send_again: whether `hooks.publication.send_again` could help: nothing is on its way, the person permits it.
    """

    orcid: str
    name: str | None
    action: DeliveryAction
    state: DeliveryState
    code: str | None
    message: str | None
    put_code: int | None
    attempts: int
    at: datetime.datetime
    due_at: datetime.datetime | None
    can_send_again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What happened to a publication: records in the order in which they were owed something, the rest newest first.

    Of events and calls the newest hundred, calls without their bodies; `hooks.logs` finds the others.
    """

    records: tuple[RecordHistory, ...]
    events: tuple[Event, ...]
    calls: tuple[LoggedCall, ...]


def of(session: Session, stored: StoredPublication) -> History:
    """The history of a publication."""
    search = Search(site=stored.site, publication_key=stored.key)
    return History(
        records=tuple(_record(session, delivery, connection) for delivery, connection in _latest(session, stored)),
        events=tuple(map(logs.event, trail.events(session, search))),
        calls=tuple(
            replace(logs.call(row), request_body=None, response_body=None) for row in trail.calls(session, search)
        ),
    )


def _latest(session: Session, stored: StoredPublication) -> list[tuple[Delivery, Connection]]:
    found = session.execute(
        select(Delivery, Connection)
        .join(Delivery.connection)
        .where(Delivery.publication_id == stored.id)
        .order_by(Delivery.id)
    )
    return list({(row.Delivery.orcid, row.Delivery.section): (row.Delivery, row.Connection) for row in found}.values())


def _record(session: Session, delivery: Delivery, connection: Connection) -> RecordHistory:
    item = find_item(
        session,
        delivery.environment,
        client_id=connection.client_id,
        orcid=delivery.orcid,
        section=delivery.section,
        publication_id=delivery.publication_id,
    )
    state = DeliveryState(delivery.state)
    return RecordHistory(
        orcid=delivery.orcid,
        name=connection.name,
        action=DeliveryAction(delivery.action),
        state=state,
        code=delivery.code,
        message=delivery.message,
        put_code=item.put_code if item is not None and item.removed_at is None else None,
        attempts=delivery.attempts,
        at=delivery.updated_at,
        due_at=delivery.due_at if state is DeliveryState.PENDING else None,
        can_send_again=state not in MOVING and connection.state == ConnectionState.ACTIVE,
    )
