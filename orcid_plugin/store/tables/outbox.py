"""The outbox: what is on records, what is owed to them, and who is writing to one now."""

from __future__ import annotations

import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orcid_plugin.store.tables.base import Base, now
from orcid_plugin.store.tables.people import Connection
from orcid_plugin.store.tables.publications import StoredPublication


class Item(Base):
    """What this site has put on a record. `removed_at`: the person deleted it there, and it stays deleted."""

    __tablename__ = "orcid_plugin_item"
    __table_args__ = (
        UniqueConstraint("environment", "client_id", "orcid", "section", "publication_id", name="publication"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    environment: Mapped[str]
    client_id: Mapped[str]
    orcid: Mapped[str] = mapped_column(String(19))
    connection_id: Mapped[int] = mapped_column(ForeignKey("orcid_plugin_connection.id"), index=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("orcid_plugin_publication.id"), index=True)
    section: Mapped[str]
    put_code: Mapped[int] = mapped_column(BigInteger)
    content_hash: Mapped[str]
    """Of the message that was sent; empty where another system sent it, and an import told of it."""
    removed_at: Mapped[datetime.datetime | None]
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime.datetime] = mapped_column(default=now, onupdate=now)
    connection: Mapped[Connection] = relationship()

    @property
    def is_imported(self) -> bool:
        """Whether another system put it there, and this one has not updated it yet."""
        return not self.content_hash


class DeliveryAction(StrEnum):
    """What a delivery wants: the item as it should be now (created or updated), or gone."""

    PUT = "put"
    DELETE = "delete"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    NEEDS_PERMISSION = "needs_permission"
    PARKED = "parked"
    CANCELLED = "cancelled"


OPEN_DELIVERY = "state IN ('pending', 'sending', 'needs_permission', 'parked')"
DUE_DELIVERY = "state IN ('pending', 'sending')"


class Delivery(Base):
    """One write owed to one record. There is at most one open delivery for an item: later edits join it."""

    __tablename__ = "orcid_plugin_delivery"
    __table_args__ = (
        Index(
            "uq_orcid_plugin_delivery_open",
            "connection_id",
            "section",
            "publication_id",
            unique=True,
            sqlite_where=text(OPEN_DELIVERY),
            postgresql_where=text(OPEN_DELIVERY),
        ),
        Index(
            "ix_orcid_plugin_delivery_due",
            "due_at",
            sqlite_where=text(DUE_DELIVERY),
            postgresql_where=text(DUE_DELIVERY),
        ),
        Index(
            "ix_orcid_plugin_delivery_orcid",
            "orcid",
            sqlite_where=text(DUE_DELIVERY),
            postgresql_where=text(DUE_DELIVERY),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    environment: Mapped[str]
    orcid: Mapped[str] = mapped_column(String(19))
    connection_id: Mapped[int] = mapped_column(ForeignKey("orcid_plugin_connection.id"))
    publication_id: Mapped[int] = mapped_column(ForeignKey("orcid_plugin_publication.id"), index=True)
    section: Mapped[str]
    action: Mapped[str]
    state: Mapped[str] = mapped_column(default=DeliveryState.PENDING)
    code: Mapped[str | None]
    """Stable code of the reason for the present state."""
    message: Mapped[str | None]
    """The reason as a sentence for people."""
    content_hash: Mapped[str | None]
    """Of the message that ORCID or its rules refused, so that the same one is not tried again."""
    revision: Mapped[int] = mapped_column(default=0)
    """Counts the edits that joined; a worker that finds another one than it started with sends again."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime.datetime] = mapped_column(default=now)
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime.datetime] = mapped_column(default=now, onupdate=now)
    connection: Mapped[Connection] = relationship()
    publication: Mapped[StoredPublication] = relationship()


class ReviewGroup(Base):
    """A group-id record at a Registry that reviews of this host count for, made or found there."""

    __tablename__ = "orcid_plugin_review_group"

    environment: Mapped[str] = mapped_column(primary_key=True)
    group_id: Mapped[str] = mapped_column(primary_key=True)
    put_code: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)


class RecordClaim(Base):
    """That one worker is writing to one record until `lease_until`: its primary key keeps the others away.

    Or that the record waits in a broker until then, and no further message is put there (`outbox.claims.IN_QUEUE`).
    """

    __tablename__ = "orcid_plugin_record_claim"

    environment: Mapped[str] = mapped_column(primary_key=True)
    orcid: Mapped[str] = mapped_column(String(19), primary_key=True)
    worker: Mapped[str]
    lease_until: Mapped[datetime.datetime]


class TaskState(StrEnum):
    """Where a task stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


DUE_TASK = "state IN ('pending', 'running')"


class Task(Base):
    """Something owed that is no write to a record: a mail, a revocation, a notification.

    `kind` says which; `subject_id` is the row that it is about. It holds secrets sealed only.
    """

    __tablename__ = "orcid_plugin_task"
    __table_args__ = (
        Index("ix_orcid_plugin_task_subject", "site", "kind", "subject_id"),
        Index(
            "ix_orcid_plugin_task_due",
            "due_at",
            sqlite_where=text(DUE_TASK),
            postgresql_where=text(DUE_TASK),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    environment: Mapped[str]
    kind: Mapped[str]
    subject_id: Mapped[int | None]
    client_id: Mapped[str | None]
    """Of a revocation: the client that the token was given to, at the Registry `environment`."""
    sealed_payload: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=TaskState.PENDING)
    code: Mapped[str | None]
    """Stable code of the reason for the present state."""
    message: Mapped[str | None]
    """The reason as a sentence for people."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime.datetime] = mapped_column(default=now)
    worker: Mapped[str | None]
    """Who runs it until `lease_until`."""
    lease_until: Mapped[datetime.datetime | None]
    """Of a pending one: until when it waits in a broker."""
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime.datetime] = mapped_column(default=now, onupdate=now)
