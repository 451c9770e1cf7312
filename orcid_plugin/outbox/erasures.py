"""Erasing what is stored about a person: at once, or when what they want removed has gone from their record."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from orcid_plugin.identity import person, trail
from orcid_plugin.identity.person import Person
from orcid_plugin.outbox import plan
from orcid_plugin.outbox.claims import Claims
from orcid_plugin.outbox.tasks import Postponed, Refused
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store import tasks
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Connection, ConnectionState, Delivery, DeliveryAction, Task, now

PAUSE = 5.0
"""Seconds between looks whether everything is removed."""

_LEASE = datetime.timedelta(minutes=1)

_LATE = datetime.timedelta(minutes=1)
"""Longer than a call to ORCID takes and waits for its row in the log."""


def erase(session: Session, keyring: Keyring, site: Site, found: Person, actor: str) -> dict[str, int] | None:
    """Erase, and note that somebody was; table -> number of rows. None while the record is still written to."""
    at = now()
    claims = Claims(site, f"erasure:{at.isoformat()}", _LEASE)
    if _is_removing(session, found) or not all(claims.claim(session, orcid, at) for orcid in sorted(found.orcids)):
        return None
    rows = person.erase(session, found)
    for orcid in found.orcids:
        claims.release(session, orcid)
    if rows:
        trail.note(session, site, person.unnamed(found, actor), "person_erased", rows=rows)
        payload = {"whom": _whom(found), "late": "yes"}
        tasks.owe(session, keyring, site, tasks.ERASE, payload, due_at=at + _LATE)
    return rows


def owe(session: Session, keyring: Keyring, site: Site, found: Person, actor: str) -> None:
    """Erase later."""
    tasks.owe(session, keyring, site, tasks.ERASE, {"whom": _whom(found), "actor": actor})


@dataclass(frozen=True, slots=True)
class Eraser:
    """Does erasures that had to wait, and looks for what was on its way to the log of calls during one."""

    store: Store
    keyring: Keyring

    def perform(self, settings: Settings, task: Task, payload: Mapping[str, str]) -> None:
        """Erase one person.

        Raises `Postponed` while the record is still written to, `Refused` where they have connected again meanwhile.
        """
        site = settings.the_site()
        with self.store.begin() as session:
            plan.one_at_a_time(session, site.key)
            found = person.find(session, site.key, **json.loads(payload["whom"]))
            if "late" in payload:
                person.erase_calls(session, found)
                return
            if _is_back(session, found):
                raise Refused("connected_again", "The person has connected again, so that nothing more is erased.")
            if erase(session, self.keyring, site, found, payload["actor"]) is None:
                raise Postponed("removing", "What was written to the record is being removed first.", PAUSE)

    def settled(self, session: Session, task: Task) -> None:
        """Nothing more is known of the person here."""


def _whom(found: Person) -> str:
    """The arguments of `person.find`."""
    return json.dumps(
        {"orcids": sorted(found.orcids), "accounts": sorted(found.accounts), "emails": sorted(found.emails)}
    )


def _is_back(session: Session, found: Person) -> bool:
    held = select(Connection.id).where(
        Connection.id.in_(found.connections),
        Connection.state.not_in([ConnectionState.LEAVING, ConnectionState.DISCONNECTED]),
    )
    return session.scalar(held.limit(1)) is not None


def _is_removing(session: Session, found: Person) -> bool:
    leaving = select(Connection.id).where(
        Connection.id.in_(found.connections), Connection.state == ConnectionState.LEAVING
    )
    owed = select(Delivery.id).where(
        Delivery.connection_id.in_(leaving), Delivery.action == DeliveryAction.DELETE, plan.IS_OPEN
    )
    return session.scalar(owed.limit(1)) is not None
