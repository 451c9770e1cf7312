"""Create the tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "orcid_plugin_connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("orcid", sa.String(length=19), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("sealed_token_answer", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orcid_plugin_connection")),
        sa.UniqueConstraint("site", "environment", "account", name=op.f("uq_orcid_plugin_connection_account")),
        sa.UniqueConstraint("site", "environment", "orcid", name=op.f("uq_orcid_plugin_connection_orcid")),
    )
    op.create_table(
        "orcid_plugin_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("publication_key", sa.Text(), nullable=False),
        sa.Column("contributor_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orcid_plugin_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_orcid_plugin_invitation_token")),
    )
    op.create_index(
        "ix_orcid_plugin_invitation_contributor",
        "orcid_plugin_invitation",
        ["site", "publication_key", "contributor_key"],
        unique=False,
    )
    op.create_table(
        "orcid_plugin_publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("doi", sa.Text(), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orcid_plugin_publication")),
        sa.UniqueConstraint("site", "key", name=op.f("uq_orcid_plugin_publication_key")),
    )
    op.create_index("ix_orcid_plugin_publication_doi", "orcid_plugin_publication", ["site", "doi"], unique=False)
    op.create_index(
        "ix_orcid_plugin_publication_unplanned",
        "orcid_plugin_publication",
        ["site"],
        unique=False,
        sqlite_where=sa.text("planned_at IS NULL AND state <> 'draft'"),
        postgresql_where=sa.text("planned_at IS NULL AND state <> 'draft'"),
    )
    op.create_table(
        "orcid_plugin_record_claim",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("orcid", sa.String(length=19), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("environment", "orcid", name=op.f("pk_orcid_plugin_record_claim")),
    )
    op.create_table(
        "orcid_plugin_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("state_hash", sa.Text(), nullable=False),
        sa.Column("browser_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("publication_key", sa.Text(), nullable=True),
        sa.Column("contributor_key", sa.Text(), nullable=True),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("next_url", sa.Text(), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("connection_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["orcid_plugin_connection.id"], name=op.f("fk_orcid_plugin_attempt_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["orcid_plugin_invitation.id"], name=op.f("fk_orcid_plugin_attempt_invitation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orcid_plugin_attempt")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_orcid_plugin_attempt_state")),
    )
    op.create_table(
        "orcid_plugin_authorship",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("publication_key", sa.Text(), nullable=False),
        sa.Column("contributor_key", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=True),
        sa.Column("denied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["orcid_plugin_connection.id"], name=op.f("fk_orcid_plugin_authorship_connection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orcid_plugin_authorship")),
        sa.UniqueConstraint(
            "site", "publication_key", "connection_id", name=op.f("uq_orcid_plugin_authorship_connection")
        ),
        sa.UniqueConstraint(
            "site", "publication_key", "contributor_key", name=op.f("uq_orcid_plugin_authorship_contributor")
        ),
    )
    op.create_index(
        op.f("ix_orcid_plugin_authorship_connection_id"), "orcid_plugin_authorship", ["connection_id"], unique=False
    )
    op.create_table(
        "orcid_plugin_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("orcid", sa.String(length=19), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["orcid_plugin_connection.id"], name=op.f("fk_orcid_plugin_delivery_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["orcid_plugin_publication.id"], name=op.f("fk_orcid_plugin_delivery_publication_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orcid_plugin_delivery")),
    )
    op.create_index("ix_orcid_plugin_delivery_due", "orcid_plugin_delivery", ["state", "due_at"], unique=False)
    op.create_index(
        op.f("ix_orcid_plugin_delivery_publication_id"), "orcid_plugin_delivery", ["publication_id"], unique=False
    )
    op.create_index(
        "uq_orcid_plugin_delivery_open",
        "orcid_plugin_delivery",
        ["connection_id", "section", "publication_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('pending', 'sending', 'needs_permission', 'parked')"),
        postgresql_where=sa.text("state IN ('pending', 'sending', 'needs_permission', 'parked')"),
    )
    op.create_table(
        "orcid_plugin_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("orcid", sa.String(length=19), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("put_code", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["orcid_plugin_connection.id"], name=op.f("fk_orcid_plugin_item_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["orcid_plugin_publication.id"], name=op.f("fk_orcid_plugin_item_publication_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orcid_plugin_item")),
        sa.UniqueConstraint(
            "environment",
            "client_id",
            "orcid",
            "section",
            "publication_id",
            name=op.f("uq_orcid_plugin_item_publication"),
        ),
    )
    op.create_index(op.f("ix_orcid_plugin_item_connection_id"), "orcid_plugin_item", ["connection_id"], unique=False)
    op.create_index(op.f("ix_orcid_plugin_item_publication_id"), "orcid_plugin_item", ["publication_id"], unique=False)
    op.create_table(
        "orcid_plugin_publication_orcid",
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("orcid", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["orcid_plugin_publication.id"],
            name=op.f("fk_orcid_plugin_publication_orcid_publication_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("publication_id", "orcid", name=op.f("pk_orcid_plugin_publication_orcid")),
    )
    op.create_index(
        op.f("ix_orcid_plugin_publication_orcid_orcid"), "orcid_plugin_publication_orcid", ["orcid"], unique=False
    )
