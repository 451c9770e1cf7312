"""Deleting what a site no longer keeps: old events and calls, trips to ORCID and tasks that are over."""

from __future__ import annotations

import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select

from orcid_plugin.settings import Settings
from orcid_plugin.store.database import Store
from orcid_plugin.store.tables import Attempt, AuditEvent, Call, Task, TaskState

CHUNK = 1000
"""Rows that one transaction deletes, so that none holds the database for long."""

DENIED = "denied"


def expire(store: Store, settings: Settings, at: datetime.datetime) -> int:
    """Delete what is older at a site than its settings say; returns how many rows."""

    def before(days: int) -> datetime.datetime:
        return at - datetime.timedelta(days=days)

    site = settings.site
    deleted = _delete(store, Call, and_(Call.site == site, Call.at < before(settings.call_log_days)))
    if settings.audit_days:
        deleted += _delete(
            store, AuditEvent, and_(AuditEvent.site == site, AuditEvent.at < before(settings.audit_days))
        )
    # What somebody denied is remembered, so that they are not asked again.
    over = and_(
        Attempt.used_at < before(settings.attempt_days), or_(Attempt.outcome.is_(None), Attempt.outcome != DENIED)
    )
    deleted += _delete(store, Attempt, and_(Attempt.site == site, over))
    # One that was given up keeps what it holds sealed, to be tried again.
    ended = Task.state.in_([TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED])
    return deleted + _delete(store, Task, and_(Task.site == site, ended, Task.updated_at < before(settings.task_days)))


def _delete(store: Store, table: type[Call | AuditEvent | Attempt | Task], condition: ColumnElement[bool]) -> int:
    total, chunk = 0, CHUNK
    while chunk == CHUNK:
        with store.begin() as session:
            some = select(table.id).where(condition).limit(CHUNK)
            result = session.execute(
                delete(table).where(table.id.in_(some)).execution_options(synchronize_session=False)
            )
            chunk = result.rowcount  # type: ignore[attr-defined]
        total += chunk
    return total
