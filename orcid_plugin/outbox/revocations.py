"""Giving permissions back to ORCID in the background, after what should go has gone from the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from orcid_plugin.identity import connections
from orcid_plugin.outbox.plan import IS_OPEN
from orcid_plugin.outbox.tasks import Postponed
from orcid_plugin.registry.transport import Transport
from orcid_plugin.settings import Settings
from orcid_plugin.store.calls import about
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import Connection, ConnectionState, Delivery, DeliveryAction, Task

REMOVAL_PAUSE = 5.0
"""Seconds between looks whether everything is removed."""


@dataclass(frozen=True, slots=True)
class Revoker:
    """Revokes tokens at ORCID, which the connection holds no longer."""

    store: Store
    transport_of: Callable[[Settings], Transport]

    def perform(self, settings: Settings, task: Task, payload: Mapping[str, str]) -> None:
        """Revoke one token. Raises `Postponed` while deletes are owed that need it."""
        with self.store.begin() as session:
            connection = session.get(Connection, task.subject_id)  # None: of somebody who was erased
            if connection is not None and connection.state == ConnectionState.LEAVING:
                if session.scalar(
                    select(Delivery.id)
                    .where(Delivery.connection_id == connection.id, Delivery.action == DeliveryAction.DELETE, IS_OPEN)
                    .limit(1)
                ):
                    raise Postponed("removing", "What was written to the record is being removed first.", REMOVAL_PAUSE)
                connections.forget_token(connection)
        oauth = settings.the_site().oauth(self.transport_of(settings))
        with about(orcid=connection.orcid if connection else None):
            oauth.revoke(payload["token"])

    def settled(self, session: Session, task: Task) -> None:
        """Nothing more is known of the person here."""
