"""What is owed to records: who is connected, what is on each record and what should be there, told as deliveries."""

from __future__ import annotations

from sqlalchemy.orm import Session

from orcid_plugin.settings import Settings, Site
from orcid_plugin.store.tables import Connection, StoredPublication


def plan_publication(session: Session, site: Site, settings: Settings, stored: StoredPublication) -> int:
    """Write what the publication owes to the records of its contributors as deliveries; returns how many."""
    raise NotImplementedError


def plan_connection(session: Session, site: Site, settings: Settings, connection: Connection) -> int:
    """Plan everything that this person is on, for one who has just connected; returns the number of deliveries."""
    raise NotImplementedError
