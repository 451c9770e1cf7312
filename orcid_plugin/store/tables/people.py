"""The people: permissions, trips to ORCID, invitations, and who of a publication's contributors is whom."""

from __future__ import annotations

import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orcid_plugin.store.tables.base import Base, now


class ConnectionState(StrEnum):
    """Whether a connection can be used."""

    ACTIVE = "active"
    REVOKED = "revoked"
    """ORCID says that the permission is gone."""
    DISCONNECTED = "disconnected"
    """The person disconnected here."""
    LEAVING = "leaving"
    """The person disconnected here, and wants what was written removed first; the token is kept for that alone."""
    STALE = "stale"
    """The site has other credentials, or another Registry, than those that the person gave the permission to."""


class Connection(Base):
    """One person's permission for one site. `sealed_token_answer` is ORCID's whole token answer."""

    __tablename__ = "orcid_plugin_connection"
    __table_args__ = (
        UniqueConstraint("site", "environment", "orcid", name="orcid"),
        UniqueConstraint("site", "environment", "account", name="account"),
        Index("ix_orcid_plugin_connection_token_hash", "token_hash"),
        Index("ix_orcid_plugin_connection_sign_in_token_hash", "sign_in_token_hash"),
        Index("ix_orcid_plugin_connection_state", "site", "state"),
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
    token_hash: Mapped[str | None]
    """Keyed hash of the access token, by which a token is found without decrypting all."""
    sealed_sign_in_answer: Mapped[str | None]
    """The newest answer that allows less than the one in use, as that of a mere sign-in."""
    sign_in_token_hash: Mapped[str | None]
    amr: Mapped[str | None]
    """How the person signed in at ORCID, as its id_token said last: `pwd`, `mfa`."""
    expires_at: Mapped[datetime.datetime | None]
    state: Mapped[str] = mapped_column(default=ConnectionState.ACTIVE)
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime.datetime] = mapped_column(default=now, onupdate=now)

    @property
    def scope_set(self) -> frozenset[str]:
        """The granted scopes."""
        return frozenset(self.scopes.split())

    @property
    def seal_owner(self) -> str:
        """Whom the sealed answers are bound to, so that they are of no use in another row."""
        return f"connection/{self.site}/{self.environment}/{self.orcid}"


UNUSED_ATTEMPT = "used_at IS NULL"


class Attempt(Base):
    """One trip to ORCID's authorization page and back."""

    __tablename__ = "orcid_plugin_attempt"
    __table_args__ = (
        UniqueConstraint("state_hash", name="state"),
        Index("ix_orcid_plugin_attempt_browser", "browser_hash"),
        Index("ix_orcid_plugin_attempt_account", "site", "account"),
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


class Conflict(Base):
    """That an iD came back from ORCID for one account while it belongs to another: the person decides."""

    __tablename__ = "orcid_plugin_conflict"
    __table_args__ = (Index("ix_orcid_plugin_conflict_account", "site", "account"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    environment: Mapped[str]
    connection_id: Mapped[int] = mapped_column(ForeignKey("orcid_plugin_connection.id"), index=True)
    account: Mapped[str]
    """The account that asked for the iD."""
    browser_hash: Mapped[str]
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime.datetime]
    resolved_at: Mapped[datetime.datetime | None]
    resolution: Mapped[str | None]
    """`moved` to the account, `kept` where it was, `released` by an administrator."""


class InvitationState(StrEnum):
    """Where an invitation stands."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENT = "sent"
    NOT_SENT = "not_sent"
    BOUNCED = "bounced"
    OPENED = "opened"
    CONNECTED = "connected"
    DENIED = "denied"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class InvitationReason(StrEnum):
    """Why somebody is invited, which mail and page say."""

    CO_AUTHOR = "co_author"
    """Of a publication that is being prepared."""
    EARLIER_WORK = "earlier_work"
    """Is named on something that is published already."""
    REVIEWER = "reviewer"
    AGAIN = "again"
    """Permitted it before, to credentials that the site has no longer."""


class Invitation(Base):
    """What asks one contributor of one publication to connect: by mail, or in the inbox of their record."""

    __tablename__ = "orcid_plugin_invitation"
    __table_args__ = (
        Index("ix_orcid_plugin_invitation_contributor", "site", "publication_key", "contributor_key"),
        Index("ix_orcid_plugin_invitation_remind_at", "remind_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    environment: Mapped[str]
    publication_key: Mapped[str]
    contributor_key: Mapped[str]
    name: Mapped[str]
    email: Mapped[str]
    """Empty where none is known, and it goes to an inbox."""
    orcid: Mapped[str | None] = mapped_column(String(19))
    """Whose inbox it goes to, where it goes to one."""
    put_code: Mapped[int | None] = mapped_column(BigInteger)
    """Of the notification in that inbox."""
    invited_by: Mapped[str]
    """Name of who asks; empty where that is the site itself."""
    reason: Mapped[str] = mapped_column(default=InvitationReason.CO_AUTHOR)
    language: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=InvitationState.QUEUED)
    failure: Mapped[str | None]
    """Why it was not sent, or bounced, as a sentence for people."""
    reminders: Mapped[int] = mapped_column(default=0)
    """How many have been sent."""
    remind_at: Mapped[datetime.datetime | None]
    """When the next one is due."""
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime.datetime | None]
    opened_at: Mapped[datetime.datetime | None]
    answered_at: Mapped[datetime.datetime | None]
    expires_at: Mapped[datetime.datetime]


class InvitationLink(Base):
    """One link of an invitation: each sending has its own, also for its reminders, and earlier ones keep holding."""

    __tablename__ = "orcid_plugin_invitation_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("orcid_plugin_invitation.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)


class OptOut(Base):
    """That no invitation goes to an address any more; only a hash of it is kept."""

    __tablename__ = "orcid_plugin_opt_out"

    site: Mapped[str] = mapped_column(primary_key=True)
    email_hash: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)


class Authorship(Base):
    """That a contributor of a publication is the person of a connection, or has declined to connect.

    `account`: that the host says which account the contributor is, whose connection counts as soon as there is one.
    """

    __tablename__ = "orcid_plugin_authorship"
    __table_args__ = (
        UniqueConstraint("site", "publication_key", "contributor_key", name="contributor"),
        UniqueConstraint("site", "publication_key", "connection_id", name="connection"),
        Index("ix_orcid_plugin_authorship_account", "site", "account"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    publication_key: Mapped[str]
    contributor_key: Mapped[str]
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("orcid_plugin_connection.id"), index=True)
    account: Mapped[str | None]
    denied_at: Mapped[datetime.datetime | None]
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    connection: Mapped[Connection | None] = relationship()
