"""What is owed to a record that its owner merged into another one goes to the primary iD."""

from __future__ import annotations

import logging

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from orcid_plugin.identity import merged
from orcid_plugin.outbox import plan
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, Delivery, DeliveryState, Item

log = logging.getLogger("orcid_plugin.outbox")


def follow(
    session: Session, site: Site, settings: Settings, keyring: Keyring, *, old: Connection, primary: str
) -> Connection:
    """Let a connection follow to the primary iD, with what is owed to it; returns the connection of that iD.

    What this site put on the merged record went with it, so that all of it is sent again. Take a turn with
    `plan.one_at_a_time` before.
    """
    merged_orcid = old.orcid
    session.execute(delete(Item).where(Item.connection_id == old.id))
    successor = merged.follow(session, keyring, old, primary)
    log.info("the record %s was merged into %s", merged_orcid, primary)
    still_owed = update(Delivery).where(Delivery.connection_id == old.id, plan.IS_OPEN)
    if successor is old:
        session.execute(still_owed.values(orcid=primary).execution_options(synchronize_session=False))
        return successor
    message = f"The record was merged into {primary}."
    ended = {"state": DeliveryState.CANCELLED, "code": "record_moved", "message": message}
    session.execute(still_owed.values(**ended).execution_options(synchronize_session=False))
    plan.plan_connection(session, site, settings, successor)
    return successor
