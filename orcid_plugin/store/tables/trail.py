"""What happened: the audit trail of acts, and the log of every exchange with ORCID."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from orcid_plugin.store.tables.base import Base, now

_BIG_KEY = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers only INTEGER keys by itself


class AuditEvent(Base):
    """One act: who did what to whom, and when. Rows are added and expire, but are never changed.

    `actor` is `account:ID`, `person` (at ORCID, without an account), `worker` or `command`; `action` a stable word.
    """

    __tablename__ = "orcid_plugin_audit_event"
    __table_args__ = (
        Index("ix_orcid_plugin_audit_event_at", "site", "at"),
        Index("ix_orcid_plugin_audit_event_orcid", "site", "orcid"),
        Index("ix_orcid_plugin_audit_event_publication", "site", "publication_key"),
        Index("ix_orcid_plugin_audit_event_subject", "site", "subject"),
        Index("ix_orcid_plugin_audit_event_action", "site", "action", "at"),
        Index("ix_orcid_plugin_audit_event_account", "site", "account"),
        Index("ix_orcid_plugin_audit_event_actor", "site", "actor"),
    )

    id: Mapped[int] = mapped_column(_BIG_KEY, primary_key=True)
    site: Mapped[str]
    at: Mapped[datetime.datetime] = mapped_column(default=now)
    actor: Mapped[str]
    action: Mapped[str]
    account: Mapped[str | None]
    orcid: Mapped[str | None] = mapped_column(String(19))
    publication_key: Mapped[str | None]
    subject: Mapped[str | None]
    """What it was done to, where that is a row: `invitation/12`."""
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class Call(Base):
    """One exchange with ORCID, secrets removed. `status` is None where no answer came."""

    __tablename__ = "orcid_plugin_call"
    __table_args__ = (
        Index("ix_orcid_plugin_call_at", "site", "at"),
        Index("ix_orcid_plugin_call_orcid", "site", "orcid"),
        Index("ix_orcid_plugin_call_publication", "site", "publication_key"),
        Index("ix_orcid_plugin_call_status", "site", "status", "at"),
    )

    id: Mapped[int] = mapped_column(_BIG_KEY, primary_key=True)
    site: Mapped[str]
    at: Mapped[datetime.datetime] = mapped_column(default=now)
    method: Mapped[str]
    url: Mapped[str]
    """Without query."""
    status: Mapped[int | None]
    error_code: Mapped[str | None]
    """ORCID's number, or OAuth's word."""
    milliseconds: Mapped[int]
    correlation_id: Mapped[str]
    orcid: Mapped[str | None] = mapped_column(String(19))
    publication_key: Mapped[str | None]
    request_body: Mapped[str | None]
    response_body: Mapped[str | None]
