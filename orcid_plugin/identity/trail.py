"""The audit trail: who authorised, denied, disconnected, sent, deleted, exported, and what an administrator did."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from orcid_plugin.settings import Site
from orcid_plugin.store.tables import AuditEvent, Connection

PERSON = "person"
"""Actor: somebody at ORCID or behind an invitation link, without an account here."""
WORKER = "worker"
COMMAND = "command"


def account(account_id: str) -> str:
    """The actor of somebody who is signed in."""
    return f"account:{account_id}"


def note(
    session: Session,
    site: Site | str,
    actor: str,
    action: str,
    *,
    connection: Connection | None = None,
    publication_key: str | None = None,
    subject: str | None = None,
    **details: Any,
) -> None:
    """Add an event in the transaction of what it tells; `site` may be given by its key.

    `action` is a stable word (`connected`, `invitation_sent`); `subject` the row it was done to, where it is one
    (`invitation/12`); `details` are JSON and hold no secret.
    """
    session.add(
        AuditEvent(
            site=site if isinstance(site, str) else site.key,
            actor=actor,
            action=action,
            account=connection.account if connection else None,
            orcid=connection.orcid if connection else None,
            publication_key=publication_key,
            subject=subject,
            details=details or None,
        )
    )
