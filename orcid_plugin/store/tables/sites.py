"""The sites of a host with many journals or repositories."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import JSON
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
