"""Giving permissions back to ORCID in the background, after what should go has gone from the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from orcid_plugin.errors import ClientLocked, CredentialsRefused, OAuthUnavailable, RegistryError
from orcid_plugin.identity import tokens, trail
from orcid_plugin.outbox.answers import LONGEST_WAIT
from orcid_plugin.outbox.plan import IS_OPEN
from orcid_plugin.outbox.tasks import Postponed, Refused
from orcid_plugin.registry.transport import Transport
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store import credentials
from orcid_plugin.store.calls import about
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, ConnectionState, Delivery, DeliveryAction, Task, TaskState

REMOVAL_PAUSE = 5.0
"""Seconds between looks whether everything is removed."""

_OTHERWISE = "The person can remove the permission at ORCID, among the trusted organizations of their account."


@dataclass(frozen=True, slots=True)
class Revoker:
    """Revokes tokens that no connection holds any longer, each as the client and at the Registry that it is of.

    `host` are the settings of the host.
    """

    store: Store
    keyring: Keyring
    host: Settings
    transport_of: Callable[[Settings], Transport]

    def perform(self, settings: Settings, task: Task, payload: Mapping[str, str]) -> None:
        """Revoke one token.

        Raises `Postponed` while deletes are owed that need it, and for as long as ORCID does not answer. Raises
        `Refused` where the credentials that it was given to are not known, or are former ones that hold no longer.
        """
        with self.store.begin() as session:
            connection = _connection(session, task)
            if connection is not None and connection.state == ConnectionState.LEAVING:
                if session.scalar(
                    select(Delivery.id)
                    .where(Delivery.connection_id == connection.id, Delivery.action == DeliveryAction.DELETE, IS_OPEN)
                    .limit(1)
                ):
                    raise Postponed("removing", "What was written to the record is being removed first.", REMOVAL_PAUSE)
                tokens.forget(connection)
        site = self._given_to(settings, task)
        try:
            with about(orcid=connection.orcid if connection else None):
                site.oauth(self.transport_of(settings)).revoke(payload["token"])
        except (CredentialsRefused, ClientLocked) as error:
            if (site.environment.name, site.client_id) == (settings.registry.name, settings.client_id):
                raise  # whoever runs the site puts them right
            raise Refused(
                "credentials_refused",
                f"ORCID no longer accepts {site.client_id} ({error.error}), the former client of this site that the "
                f"permission was given to. {_OTHERWISE}",
            ) from None
        except (OAuthUnavailable, RegistryError) as error:
            if task.attempts + 1 < settings.max_attempts:
                raise
            # Nobody else gives the permission back, however long ORCID is away.
            raise Postponed(error.code, str(error), LONGEST_WAIT) from None

    def settled(self, session: Session, task: Task) -> None:
        """Note what became of it in the audit trail."""
        if task.state not in {TaskState.DONE, TaskState.FAILED}:
            return
        trail.note(
            session,
            task.site,
            trail.WORKER,
            "token_revoked" if task.state == TaskState.DONE else "revocation_failed",
            connection=_connection(session, task),
            subject=f"task/{task.id}",
            client_id=task.client_id,
            **({"code": task.code} if task.code else {}),
        )

    def _given_to(self, settings: Settings, task: Task) -> Site:
        """The site with the credentials that the token was given to."""
        of_token = {
            "environment": task.environment,
            "client_id": task.client_id or settings.client_id or "",  # an earlier version did not note it
        }
        with self.store.begin() as session:
            site = credentials.of_client(session, self.keyring, settings, self.host, **of_token)
        if site is None:
            raise Refused(
                "credentials_unknown",
                f"The permission was given to the client {of_token['client_id']} at {task.environment}, whose secret "
                f"is not known here. {_OTHERWISE}",
            )
        return site


def _connection(session: Session, task: Task) -> Connection | None:
    """Which held the token; None for a token that was refused, and for somebody who is forgotten."""
    return session.get(Connection, task.subject_id) if task.subject_id is not None else None
