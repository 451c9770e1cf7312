"""What the host has told about its publications, and about the reviews that were written for it."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from orcid_plugin.store.tables.base import Base, now


class Section(StrEnum):
    """The section of a record that something goes to, by ORCID's name of its items."""

    WORK = "work"
    PEER_REVIEW = "peer-review"


class PublicationState(StrEnum):
    """Where a publication stands with its host; a review is PUBLISHED when it is handed in."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETRACTED = "retracted"
    WITHDRAWN = "withdrawn"


UNPLANNED_PUBLICATION = "planned_at IS NULL AND state <> 'draft'"


class StoredPublication(Base):
    """A publication or review of a site as the host last described it.

    `section` tells which of the two; `document` is its JSON form (`metadata.json_form`).
    """

    __tablename__ = "orcid_plugin_publication"
    __table_args__ = (
        UniqueConstraint("site", "key", name="key"),
        Index("ix_orcid_plugin_publication_doi", "site", "doi"),
        Index("ix_orcid_plugin_publication_subject", "site", "subject_key"),
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
    """The host's own id of it, else `doi:10.…`; publications and reviews share the keys of a site."""
    section: Mapped[str] = mapped_column(default=Section.WORK)
    state: Mapped[str] = mapped_column(default=PublicationState.DRAFT)
    doi: Mapped[str | None]
    """Its own DOI, bare and lower case."""
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    subject_key: Mapped[str | None]
    """Of a review: the key of the publication that was reviewed."""
    opaque_id: Mapped[str | None]
    """Of a review: random, what it is called where nothing may lead to what was reviewed."""
    not_before: Mapped[datetime.datetime | None]
    """Before which nothing of it goes to a record that does not name its subject."""
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
