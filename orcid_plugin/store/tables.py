"""The tables of the plugin, all named `orcid_plugin_*`, on metadata of their own.

Every row says which site and which environment (Registry) it belongs to. Times are UTC. Columns named `*_hash` hold the
SHA-256 of a random secret, columns named `sealed_*` hold ciphertext of `encryption.Keyring`.
"""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime.datetime]):
    """A time with zone, kept as UTC on every database; SQLite would drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:
        """To UTC; a naive time is a mistake of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        return value.astimezone(datetime.UTC)

    def process_result_value(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:
        """With the zone that SQLite lost."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=datetime.UTC)


def now() -> datetime.datetime:
    """The present time, UTC."""
    return datetime.datetime.now(datetime.UTC)


class Base(DeclarativeBase):
    """Declarative base on the plugin's own metadata."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime.datetime: UtcDateTime, str: Text}  # noqa: RUF012


class ConnectionState(StrEnum):
    """Whether a connection can be used."""

    ACTIVE = "active"
    REVOKED = "revoked"
    """ORCID says that the permission is gone."""
    DISCONNECTED = "disconnected"
    """The person disconnected here."""


class Connection(Base):
    """One person's permission for one site. `token_answer` is ORCID's whole token answer, sealed."""

    __tablename__ = "orcid_plugin_connection"
    __table_args__ = (
        UniqueConstraint("site", "environment", "orcid", name="orcid"),
        UniqueConstraint("site", "environment", "account", name="account"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    environment: Mapped[str]
    client_id: Mapped[str]
    orcid: Mapped[str] = mapped_column(String(19))
    account: Mapped[str | None]
    name: Mapped[str | None]
    scopes: Mapped[str]
    sealed_token_answer: Mapped[str]
    expires_at: Mapped[datetime.datetime | None]
    state: Mapped[str] = mapped_column(default=ConnectionState.ACTIVE)
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime.datetime] = mapped_column(default=now, onupdate=now)

    @property
    def scope_set(self) -> frozenset[str]:
        """The granted scopes."""
        return frozenset(self.scopes.split())


UNUSED_ATTEMPT = "used_at IS NULL"


class Attempt(Base):
    """One trip to ORCID's authorization page and back."""

    __tablename__ = "orcid_plugin_attempt"
    __table_args__ = (
        UniqueConstraint("state_hash", name="state"),
        Index("ix_orcid_plugin_attempt_browser", "browser_hash"),
        Index(
            "ix_orcid_plugin_attempt_unused",
            "expires_at",
            sqlite_where=text(UNUSED_ATTEMPT),
            postgresql_where=text(UNUSED_ATTEMPT),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    environment: Mapped[str]
    state_hash: Mapped[str]
    browser_hash: Mapped[str]
    purpose: Mapped[str]
    account: Mapped[str | None]
    publication_key: Mapped[str | None]
    contributor_key: Mapped[str | None]
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("orcid_plugin_invitation.id"))
    next_url: Mapped[str | None]
    scopes: Mapped[str]
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime.datetime]
    used_at: Mapped[datetime.datetime | None]
    outcome: Mapped[str | None]
    """`connected`, `registered`, `denied`, or the code of the error that ended it."""
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("orcid_plugin_connection.id"))


class InvitationState(StrEnum):
    """Where an invitation stands."""

    QUEUED = "queued"
    SENT = "sent"
    NOT_SENT = "not_sent"
    OPENED = "opened"
    CONNECTED = "connected"
    DENIED = "denied"
    SUPERSEDED = "superseded"


class Invitation(Base):
    """A personal link that asks one contributor of one publication to connect."""

    __tablename__ = "orcid_plugin_invitation"
    __table_args__ = (
        UniqueConstraint("token_hash", name="token"),
        Index("ix_orcid_plugin_invitation_contributor", "site", "publication_key", "contributor_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    environment: Mapped[str]
    token_hash: Mapped[str]
    publication_key: Mapped[str]
    contributor_key: Mapped[str]
    name: Mapped[str]
    email: Mapped[str]
    invited_by: Mapped[str]
    state: Mapped[str] = mapped_column(default=InvitationState.QUEUED)
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime.datetime | None]
    opened_at: Mapped[datetime.datetime | None]
    answered_at: Mapped[datetime.datetime | None]
    expires_at: Mapped[datetime.datetime]


class PublicationState(StrEnum):
    """Where a publication stands with its host."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETRACTED = "retracted"
    WITHDRAWN = "withdrawn"


UNPLANNED_PUBLICATION = "planned_at IS NULL AND state <> 'draft'"


class StoredPublication(Base):
    """A publication of a site as the host last described it (`document`: the JSON form of `metadata.json_form`)."""

    __tablename__ = "orcid_plugin_publication"
    __table_args__ = (
        UniqueConstraint("site", "key", name="key"),
        Index("ix_orcid_plugin_publication_doi", "site", "doi"),
        Index(
            "ix_orcid_plugin_publication_unplanned",
            "site",
            sqlite_where=text(UNPLANNED_PUBLICATION),
            postgresql_where=text(UNPLANNED_PUBLICATION),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    key: Mapped[str]
    """The host's own id of the publication, else `doi:10.…`."""
    state: Mapped[str] = mapped_column(default=PublicationState.DRAFT)
    doi: Mapped[str | None]
    """Its own DOI, bare and lower case."""
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    planned_at: Mapped[datetime.datetime | None]
    """When the outbox last compared this with the records; None: not since it was saved."""
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime.datetime] = mapped_column(default=now, onupdate=now)


class PublicationOrcid(Base):
    """An iD that a publication's metadata marks authenticated: finds what somebody who connects is on."""

    __tablename__ = "orcid_plugin_publication_orcid"

    publication_id: Mapped[int] = mapped_column(
        ForeignKey("orcid_plugin_publication.id", ondelete="CASCADE"), primary_key=True
    )
    orcid: Mapped[str] = mapped_column(String(19), primary_key=True, index=True)


class Authorship(Base):
    """That a contributor of a publication is the person of a connection, or has declined to connect."""

    __tablename__ = "orcid_plugin_authorship"
    __table_args__ = (
        UniqueConstraint("site", "publication_key", "contributor_key", name="contributor"),
        UniqueConstraint("site", "publication_key", "connection_id", name="connection"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    publication_key: Mapped[str]
    contributor_key: Mapped[str]
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("orcid_plugin_connection.id"), index=True)
    denied_at: Mapped[datetime.datetime | None]
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    connection: Mapped[Connection | None] = relationship()


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
    removed_at: Mapped[datetime.datetime | None]
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime.datetime] = mapped_column(default=now, onupdate=now)
    connection: Mapped[Connection] = relationship()


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


class RecordClaim(Base):
    """That one worker is writing to one record until `lease_until`: its primary key keeps the others away."""

    __tablename__ = "orcid_plugin_record_claim"

    environment: Mapped[str] = mapped_column(primary_key=True)
    orcid: Mapped[str] = mapped_column(String(19), primary_key=True)
    worker: Mapped[str]
    lease_until: Mapped[datetime.datetime]
