"""Add sites, tasks, the audit trail and the call log; several links to an invitation; conflicts and opt-outs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "orcid_plugin_audit_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("orcid", sa.String(length=19), nullable=True),
        sa.Column("publication_key", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orcid_plugin_audit_event")),
    )
    op.create_index("ix_orcid_plugin_audit_event_at", "orcid_plugin_audit_event", ["site", "at"], unique=False)
    op.create_index("ix_orcid_plugin_audit_event_orcid", "orcid_plugin_audit_event", ["site", "orcid"], unique=False)
    op.create_index(
        "ix_orcid_plugin_audit_event_publication", "orcid_plugin_audit_event", ["site", "publication_key"], unique=False
    )
    op.create_index(
        "ix_orcid_plugin_audit_event_subject", "orcid_plugin_audit_event", ["site", "subject"], unique=False
    )
    op.create_table(
        "orcid_plugin_call",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("orcid", sa.String(length=19), nullable=True),
        sa.Column("publication_key", sa.Text(), nullable=True),
        sa.Column("request_body", sa.Text(), nullable=True),
        sa.Column("response_body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orcid_plugin_call")),
    )
    op.create_index("ix_orcid_plugin_call_at", "orcid_plugin_call", ["site", "at"], unique=False)
    op.create_index("ix_orcid_plugin_call_orcid", "orcid_plugin_call", ["site", "orcid"], unique=False)
    op.create_index("ix_orcid_plugin_call_publication", "orcid_plugin_call", ["site", "publication_key"], unique=False)
    op.create_table(
        "orcid_plugin_opt_out",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("email_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", "email_hash", name=op.f("pk_orcid_plugin_opt_out")),
    )
    op.create_table(
        "orcid_plugin_site",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("sealed_client_secret", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_orcid_plugin_site")),
    )
    op.create_table(
        "orcid_plugin_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("sealed_payload", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orcid_plugin_task")),
    )
    op.create_index(
        "ix_orcid_plugin_task_due",
        "orcid_plugin_task",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'running')"),
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )
    op.create_index("ix_orcid_plugin_task_subject", "orcid_plugin_task", ["site", "kind", "subject_id"], unique=False)
    op.create_table(
        "orcid_plugin_conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("browser_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["orcid_plugin_connection.id"], name=op.f("fk_orcid_plugin_conflict_connection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orcid_plugin_conflict")),
    )
    op.create_index("ix_orcid_plugin_conflict_account", "orcid_plugin_conflict", ["site", "account"], unique=False)
    op.create_index(
        op.f("ix_orcid_plugin_conflict_connection_id"), "orcid_plugin_conflict", ["connection_id"], unique=False
    )
    op.create_table(
        "orcid_plugin_invitation_link",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["orcid_plugin_invitation.id"],
            name=op.f("fk_orcid_plugin_invitation_link_invitation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_orcid_plugin_invitation_link")),
    )
    op.create_index(
        op.f("ix_orcid_plugin_invitation_link_invitation_id"),
        "orcid_plugin_invitation_link",
        ["invitation_id"],
        unique=False,
    )
    op.create_index("ix_orcid_plugin_attempt_account", "orcid_plugin_attempt", ["site", "account"], unique=False)
    op.add_column("orcid_plugin_connection", sa.Column("token_hash", sa.Text(), nullable=True))
    op.add_column("orcid_plugin_connection", sa.Column("amr", sa.Text(), nullable=True))
    op.create_index("ix_orcid_plugin_connection_state", "orcid_plugin_connection", ["site", "state"], unique=False)
    op.create_index("ix_orcid_plugin_connection_token_hash", "orcid_plugin_connection", ["token_hash"], unique=False)
    # The links that are out go on holding: each becomes the first one of its invitation.
    op.execute(
        "INSERT INTO orcid_plugin_invitation_link (token_hash, invitation_id, created_at) "
        "SELECT token_hash, id, created_at FROM orcid_plugin_invitation"
    )
    with op.batch_alter_table("orcid_plugin_invitation") as invitation:
        invitation.add_column(sa.Column("orcid", sa.String(length=19), nullable=True))
        invitation.add_column(sa.Column("put_code", sa.BigInteger(), nullable=True))
        invitation.add_column(sa.Column("language", sa.Text(), nullable=True))
        invitation.add_column(sa.Column("failure", sa.Text(), nullable=True))
        invitation.add_column(sa.Column("reminders", sa.Integer(), nullable=False, server_default="0"))
        invitation.add_column(sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True))
        invitation.drop_constraint(op.f("uq_orcid_plugin_invitation_token"), type_="unique")
        invitation.create_index("ix_orcid_plugin_invitation_remind_at", ["remind_at"])
        invitation.drop_column("token_hash")
    with op.batch_alter_table("orcid_plugin_invitation") as invitation:
        invitation.alter_column("reminders", server_default=None)
