"""What other credentials of a site mean for its writes: what was owed under the former ones waits or fails."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, not_, or_, select, text, true, update
from sqlalchemy.orm import Session

from orcid_plugin.outbox.jobs import CREDENTIALS_CHANGED
from orcid_plugin.settings import Site
from orcid_plugin.store.tables import (
    DUE_DELIVERY,
    Connection,
    ConnectionState,
    Delivery,
    DeliveryAction,
    DeliveryState,
    Item,
    PublicationState,
    StoredPublication,
    Task,
    TaskState,
)
from orcid_plugin.store.tasks import REVOKE

REGISTRY_CHANGED = (
    "registry_changed",
    "The record is at the Registry that this site had before, so that only its owner can change the work there now.",
)
PUBLIC_API = ("public_api", "The credentials of this site are public ones, which may not write to records.")


def deliveries_concerned(session: Session, site: Site) -> int:
    """How many writes would wait with these credentials that could go out now."""
    given_to = _of_present_client(site)
    may_go = select(Connection.id).where(
        Connection.site == site.key, Connection.state.in_([ConnectionState.ACTIVE, ConnectionState.STALE]), given_to
    )
    blocked = not_(Delivery.connection_id.in_(may_go)) if site.api == "member" else true()
    query = select(func.count()).where(
        Delivery.site == site.key, Delivery.action == DeliveryAction.PUT, text(DUE_DELIVERY), blocked
    )
    return session.scalar(query) or 0


def works_out_of_reach(session: Session, site: Site) -> int:
    """How many works on records only other credentials than these can change or delete."""
    return (
        session.scalar(
            select(func.count()).where(
                Item.site == site.key,
                Item.removed_at.is_(None),
                or_(Item.client_id != site.client_id, Item.environment != site.environment.name),
            )
        )
        or 0
    )


def revocations_waiting(session: Session, site: Site) -> int:
    """How many permissions still have to be given back to ORCID with other credentials than these."""
    elsewhere = or_(Task.client_id != site.client_id, Task.environment != site.environment.name)
    waiting = Task.state.in_([TaskState.PENDING, TaskState.RUNNING])
    return (
        session.scalar(select(func.count()).where(Task.site == site.key, Task.kind == REVOKE, waiting, elsewhere)) or 0
    )


def take_effect(session: Session, site: Site) -> None:
    """Let writes wait that the present credentials cannot make, and have the worker plan all others anew.

    Call it after connections were marked (`identity.credentials.take_effect`), in the same transaction.
    """
    stale = select(Connection.id).where(Connection.site == site.key, Connection.state == ConnectionState.STALE)
    put = Delivery.action == DeliveryAction.PUT
    elsewhere = Delivery.environment != site.environment.name
    _end(session, site, DeliveryState.NEEDS_PERMISSION, CREDENTIALS_CHANGED, put & Delivery.connection_id.in_(stale))
    _end(session, site, DeliveryState.FAILED, REGISTRY_CHANGED, elsewhere)
    if site.api != "member":
        _end(session, site, DeliveryState.NEEDS_PERMISSION, PUBLIC_API, put)
    session.execute(
        update(StoredPublication)
        .where(StoredPublication.site == site.key, StoredPublication.state != PublicationState.DRAFT)
        .values(planned_at=None)
        .execution_options(synchronize_session=False)
    )


def _end(
    session: Session, site: Site, state: DeliveryState, reason: tuple[str, str], which: ColumnElement[bool]
) -> None:
    session.execute(
        update(Delivery)
        .where(Delivery.site == site.key, text(DUE_DELIVERY), which)
        .values(state=state, code=reason[0], message=reason[1])
        .execution_options(synchronize_session=False)
    )


def _of_present_client(site: Site) -> ColumnElement[bool]:
    return (Connection.client_id == site.client_id) & (Connection.environment == site.environment.name)
