"""Say why people are invited."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("orcid_plugin_invitation", sa.Column("reason", sa.Text(), nullable=True))
    op.execute("UPDATE orcid_plugin_invitation SET reason = 'co_author'")
    with op.batch_alter_table("orcid_plugin_invitation") as invitation:
        invitation.alter_column("reason", nullable=False)
