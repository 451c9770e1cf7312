"""Credit reviews, and let contributors be accounts before these connect."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("orcid_plugin_publication", sa.Column("section", sa.Text(), nullable=True))
    op.execute("UPDATE orcid_plugin_publication SET section = 'work'")
    with op.batch_alter_table("orcid_plugin_publication") as publication:
        publication.alter_column("section", nullable=False)
        publication.add_column(sa.Column("subject_key", sa.Text(), nullable=True))
        publication.add_column(sa.Column("opaque_id", sa.Text(), nullable=True))
        publication.add_column(sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
        publication.create_index("ix_orcid_plugin_publication_subject", ["site", "subject_key"])
    with op.batch_alter_table("orcid_plugin_authorship") as authorship:
        authorship.add_column(sa.Column("account", sa.Text(), nullable=True))
        authorship.create_index("ix_orcid_plugin_authorship_account", ["site", "account"])
    op.create_table(
        "orcid_plugin_review_group",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("put_code", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("environment", "group_id", name="pk_orcid_plugin_review_group"),
    )
