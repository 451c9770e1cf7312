"""What the host has told about its publications."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from orcid_plugin.store.tables.base import Base, now


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
