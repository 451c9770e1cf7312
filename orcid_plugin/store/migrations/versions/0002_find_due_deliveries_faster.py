"""Find what is due, and what is due to one record, without a look at every delivery."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DUE = "state IN ('pending', 'sending')"


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_orcid_plugin_delivery_due", "orcid_plugin_delivery")
    for name, column in (("due", "due_at"), ("orcid", "orcid")):
        op.create_index(
            f"ix_orcid_plugin_delivery_{name}",
            "orcid_plugin_delivery",
            [column],
            sqlite_where=sa.text(DUE),
            postgresql_where=sa.text(DUE),
        )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_orcid_plugin_delivery_orcid", "orcid_plugin_delivery")
    op.drop_index("ix_orcid_plugin_delivery_due", "orcid_plugin_delivery")
    op.create_index("ix_orcid_plugin_delivery_due", "orcid_plugin_delivery", ["state", "due_at"])
