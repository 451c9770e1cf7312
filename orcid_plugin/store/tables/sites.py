"""The sites of a host with many journals or repositories, and the credentials that permissions were given to."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orcid_plugin.store.tables.base import Base, now


class SiteRow(Base):
    """One site. `settings`: those of its own, as texts by name without the prefix; all others are the host's."""

    __tablename__ = "orcid_plugin_site"

    key: Mapped[str] = mapped_column(primary_key=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    sealed_client_secret: Mapped[str | None]
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime.datetime] = mapped_column(default=now, onupdate=now)
    removed_at: Mapped[datetime.datetime | None]
    """A removed site sends nothing any more; its rows stay, so that nothing is lost."""


class StoredCredentials(Base):
    """Credentials of a site, the host's own among them: those in force, and former ones that tokens were given to."""

    __tablename__ = "orcid_plugin_credentials"
    __table_args__ = (UniqueConstraint("site", "environment", "client_id", name="client"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    environment: Mapped[str]
    web_url: Mapped[str]
    api_url: Mapped[str]
    public_api_url: Mapped[str]
    id_host: Mapped[str]
    client_id: Mapped[str]
    sealed_client_secret: Mapped[str]
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime.datetime] = mapped_column(default=now, onupdate=now)

    @property
    def seal_owner(self) -> str:
        """Whom the sealed secret is bound to, so that it is of no use in another row."""
        return f"credentials/{self.site}/{self.environment}/{self.client_id}"
