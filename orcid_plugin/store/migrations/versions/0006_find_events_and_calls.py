"""Find events by what was done and who did it, and calls by their answer, without a look at every row."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_orcid_plugin_audit_event_action", "orcid_plugin_audit_event", ["site", "action", "at"])
    op.create_index("ix_orcid_plugin_audit_event_account", "orcid_plugin_audit_event", ["site", "account"])
    op.create_index("ix_orcid_plugin_audit_event_actor", "orcid_plugin_audit_event", ["site", "actor"])
    op.create_index("ix_orcid_plugin_call_status", "orcid_plugin_call", ["site", "status", "at"])
