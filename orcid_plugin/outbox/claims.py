"""One worker to a record: a claim is a row whose primary key is the record, with a lease that outlives no worker."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, delete, func, not_, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from orcid_plugin.settings import Site
from orcid_plugin.store.tables import DUE_DELIVERY, Delivery, RecordClaim

IN_QUEUE = "queue"
"""In the place of a worker: the record waits in a broker, and whoever gets its message takes it over."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one worker.

    Attributes:
        lease: longer than all calls for one delivery together can take.
        only: bare iD of the one record that a message told this worker to claim; None for whatever is due.
    """

    site: Site
    worker: str
    lease: datetime.timedelta
    only: str | None = None

    def claim_next(self, session: Session, at: datetime.datetime) -> str | None:
        """Claim the record whose delivery has been due longest; returns its bare iD, None where nothing is due."""
        while (orcid := session.scalar(self._due_record(at))) is not None:
            if self.claim(session, orcid, at):  # else another worker was faster, and the next look sees that
                return orcid
        return None

    def held(self, session: Session, at: datetime.datetime) -> int:
        """How many records with something due for the site are in the hands of workers, or wait for one."""
        of_record = select(Delivery.id).where(
            Delivery.environment == RecordClaim.environment, Delivery.orcid == RecordClaim.orcid, self.due(at)
        )
        held = select(func.count()).select_from(RecordClaim).where(RecordClaim.lease_until > at, of_record.exists())
        return session.scalar(held) or 0

    def renew(self, session: Session, orcid: str, at: datetime.datetime) -> bool:
        """Extend the lease; False where another worker holds the record meanwhile."""
        renewed = session.execute(
            update(RecordClaim)
            .where(self._is(orcid), RecordClaim.worker == self.worker)
            .values(lease_until=at + self.lease)
        )
        return bool(renewed.rowcount)  # type: ignore[attr-defined]

    def release(self, session: Session, orcid: str) -> None:
        """Give the record up, if it is still this worker's."""
        session.execute(delete(RecordClaim).where(self._is(orcid), RecordClaim.worker == self.worker))

    def due(self, at: datetime.datetime) -> ColumnElement[bool]:
        """Condition of deliveries to be sent now by whoever holds the record.

        One that is being sent while nobody holds its record is left over from a worker that died.
        """
        return and_(
            Delivery.site == self.site.key,
            Delivery.environment == self.site.environment.name,
            text(DUE_DELIVERY),
            Delivery.due_at <= at,
        )

    def _due_record(self, at: datetime.datetime) -> Select[str]:
        held = select(RecordClaim.orcid).where(
            RecordClaim.environment == Delivery.environment,
            RecordClaim.orcid == Delivery.orcid,
            not_(self._free(at)),
        )
        due = select(Delivery.orcid).where(self.due(at), ~held.exists()).order_by(Delivery.due_at).limit(1)
        return due if self.only is None else due.where(Delivery.orcid == self.only)

    def claim(self, session: Session, orcid: str, at: datetime.datetime) -> bool:
        """Claim one record; False where another worker holds it."""
        # The primary key decides: a mere test whether somebody holds the record would let two workers in at once.
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        values = {"worker": self.worker, "lease_until": at + self.lease}
        taken = session.scalar(
            insert(RecordClaim)
            .values(environment=self.site.environment.name, orcid=orcid, **values)
            .on_conflict_do_update(index_elements=["environment", "orcid"], set_=values, where=self._free(at))
            .returning(RecordClaim.worker)
        )
        return taken is not None

    def _free(self, at: datetime.datetime) -> ColumnElement[bool]:
        """Condition of claims that this worker may take over."""
        over = RecordClaim.lease_until <= at
        return over if self.only is None else or_(over, RecordClaim.worker == IN_QUEUE)

    def _is(self, orcid: str) -> ColumnElement[bool]:
        return and_(RecordClaim.environment == self.site.environment.name, RecordClaim.orcid == orcid)
