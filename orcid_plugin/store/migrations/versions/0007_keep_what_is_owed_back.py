"""Keep what is owed back to ORCID: the token of a sign-in, and the credentials that each token was given to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "orcid_plugin_credentials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("web_url", sa.Text(), nullable=False),
        sa.Column("api_url", sa.Text(), nullable=False),
        sa.Column("public_api_url", sa.Text(), nullable=False),
        sa.Column("id_host", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("sealed_client_secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orcid_plugin_credentials")),
        sa.UniqueConstraint("site", "environment", "client_id", name=op.f("uq_orcid_plugin_credentials_client")),
    )
    op.add_column("orcid_plugin_connection", sa.Column("sealed_sign_in_answer", sa.Text(), nullable=True))
    op.add_column("orcid_plugin_connection", sa.Column("sign_in_token_hash", sa.Text(), nullable=True))
    op.create_index(
        "ix_orcid_plugin_connection_sign_in_token_hash", "orcid_plugin_connection", ["sign_in_token_hash"], unique=False
    )
    op.add_column("orcid_plugin_task", sa.Column("client_id", sa.Text(), nullable=True))
    # What waits to be revoked was most probably given to whom the connection belongs now.
    op.execute(
        "UPDATE orcid_plugin_task SET client_id = (SELECT client_id FROM orcid_plugin_connection "
        "WHERE orcid_plugin_connection.id = orcid_plugin_task.subject_id) "
        "WHERE kind = 'revoke' AND sealed_payload IS NOT NULL"
    )
