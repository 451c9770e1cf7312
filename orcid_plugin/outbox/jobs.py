"""What one delivery needs for its calls, read from the store at the moment of sending."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from orcid_plugin.errors import NotConnected
from orcid_plugin.identity import connections
from orcid_plugin.outbox.answers import Outcome
from orcid_plugin.outbox.message import KINDS, Message, compose
from orcid_plugin.outbox.plan import SCOPE_MISSING, WRITE_SCOPE
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.item import ExternalId
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.work import Work
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import (
    Connection,
    ConnectionState,
    Delivery,
    DeliveryAction,
    DeliveryState,
    Item,
    ReviewGroup,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One write to one record.

    Attributes:
        revision: of the delivery when this was read; edits that join later change it.
        number: which attempt this is, from 1.
        sealed_token: tells whether the person connected again meanwhile.
        item: to be there, without put-code; None for a delete of something whose metadata makes no legal item.
        group: of a review, where it is not known to exist yet.
        put_code: under which it is known to be on the record.
        taken: put-codes in this section of the record that belong to other publications.
    """

    delivery_id: int
    connection_id: int
    publication_id: int
    publication_key: str
    section: str
    revision: int
    action: DeliveryAction
    number: int
    previous_code: str | None
    orcid: str
    client_id: str
    token: str = field(repr=False)
    sealed_token: str = field(repr=False)
    item: Work | PeerReview | None
    group: GroupIdRecord | None
    content_hash: str | None
    put_code: int | None
    taken: frozenset[int] = frozenset()

    @property
    def kind(self) -> type[Work | PeerReview]:
        """What the items of the section are."""
        return KINDS[self.section]

    @property
    def self_ids(self) -> tuple[ExternalId, ...]:
        """The identifiers by which the item is found on the record."""
        return self.item.self_ids if self.item else ()


def open_job(session: Session, site: Site, settings: Settings, keyring: Keyring, delivery: Delivery) -> Job | Outcome:
    """The job of a delivery, marked as being sent; or its outcome, where no call is needed or possible."""
    connection, action = delivery.connection, DeliveryAction(delivery.action)
    item = find_item(
        session,
        connection.environment,
        client_id=connection.client_id,
        orcid=connection.orcid,
        section=delivery.section,
        publication_id=delivery.publication_id,
    )
    outcome = _of_connection(connection, action) or _of_item(delivery, item)
    if outcome is not None:
        return outcome
    message = compose(session, site, settings, delivery.publication)
    if action is DeliveryAction.PUT:
        if message.fault:
            code, sentence = message.fault
            return Outcome(state=DeliveryState.FAILED, code=code, message=sentence)
        if item is not None and item.content_hash == message.content_hash:
            return Outcome(state=DeliveryState.SENT)
    try:
        token = connections.access_token(keyring, connection)
    except NotConnected:
        return _DISCONNECTED[action]
    delivery.state = DeliveryState.SENDING
    delivery.attempts += 1
    session.flush()
    return Job(
        delivery_id=delivery.id,
        connection_id=connection.id,
        publication_id=delivery.publication_id,
        publication_key=delivery.publication.key,
        section=delivery.section,
        revision=delivery.revision,
        action=action,
        number=delivery.attempts,
        previous_code=delivery.code,
        orcid=connection.orcid,
        client_id=connection.client_id,
        token=token,
        sealed_token=connection.sealed_token_answer,
        item=message.item,
        group=_missing_group(session, site, message),
        content_hash=message.content_hash,
        put_code=item.put_code if item else None,
        taken=_taken(session, connection, delivery),
    )


def _missing_group(session: Session, site: Site, message: Message) -> GroupIdRecord | None:
    group = message.group
    known = group and session.get(ReviewGroup, (site.environment.name, group.group_id))
    return None if known else group


def find_item(
    session: Session, environment: str, *, client_id: str, orcid: str, section: str, publication_id: int
) -> Item | None:
    """What these credentials have put on the record for the publication."""
    return session.scalar(
        select(Item).where(
            Item.environment == environment,
            Item.client_id == client_id,
            Item.orcid == orcid,
            Item.section == section,
            Item.publication_id == publication_id,
        )
    )


_DISCONNECTED = {
    DeliveryAction.PUT: Outcome(
        state=DeliveryState.CANCELLED, code="disconnected", message="The person has disconnected."
    ),
    DeliveryAction.DELETE: Outcome(
        state=DeliveryState.FAILED,
        code="disconnected",
        message="The person has disconnected, so that only they can delete it from the record now.",
    ),
}

CREDENTIALS_CHANGED = (
    "credentials_changed",
    "The permission was given to other credentials of this site; the person can connect again.",
)

_NO_PUT = {
    ConnectionState.LEAVING: _DISCONNECTED[DeliveryAction.PUT],
    ConnectionState.REVOKED: Outcome(
        state=DeliveryState.NEEDS_PERMISSION,
        code="permission_ended",
        message="The person's permission has ended; they can connect again.",
    ),
    ConnectionState.STALE: Outcome(
        state=DeliveryState.NEEDS_PERMISSION,
        code=CREDENTIALS_CHANGED[0],
        message=CREDENTIALS_CHANGED[1],
    ),
}


def _of_connection(connection: Connection, action: DeliveryAction) -> Outcome | None:
    """Why no permission allows the call. A delete is tried even after the permission ended: ORCID allows it."""
    state = ConnectionState(connection.state)
    if state is ConnectionState.DISCONNECTED:
        return _DISCONNECTED[action]
    if action is DeliveryAction.DELETE:
        return None
    if state in _NO_PUT:
        return _NO_PUT[state]
    if WRITE_SCOPE not in connection.scope_set:
        code, sentence = SCOPE_MISSING
        return Outcome(state=DeliveryState.NEEDS_PERMISSION, code=code, message=sentence)
    return None


def _of_item(delivery: Delivery, item: Item | None) -> Outcome | None:
    """What is settled by what is on the record already."""
    if item is not None and item.removed_at is not None:
        return Outcome(
            state=DeliveryState.CANCELLED,
            code="removed_by_person",
            message="The person deleted it from the record; it is not put back.",
        )
    if delivery.action == DeliveryAction.DELETE and item is None and not delivery.attempts:
        return Outcome(state=DeliveryState.SENT)
    return None


def _taken(session: Session, connection: Connection, delivery: Delivery) -> frozenset[int]:
    return frozenset(
        session.scalars(
            select(Item.put_code).where(
                Item.environment == connection.environment,
                Item.client_id == connection.client_id,
                Item.orcid == connection.orcid,
                Item.section == delivery.section,
                Item.publication_id != delivery.publication_id,
            )
        )
    )
