"""Find what is due, what is due to one record, and a browser's attempts without a look at every row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DUE = "state IN ('pending', 'sending')"

INDEXES = (
    ("ix_orcid_plugin_delivery_due", "orcid_plugin_delivery", "due_at", DUE),
    ("ix_orcid_plugin_delivery_orcid", "orcid_plugin_delivery", "orcid", DUE),
    ("ix_orcid_plugin_attempt_browser", "orcid_plugin_attempt", "browser_hash", None),
    ("ix_orcid_plugin_attempt_unused", "orcid_plugin_attempt", "expires_at", "used_at IS NULL"),
)


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_orcid_plugin_delivery_due", "orcid_plugin_delivery")
    for name, table, column, condition in INDEXES:
        where = sa.text(condition) if condition else None
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
