"""Administration: the connections of a site, and what could not be done for it, for the host's administrators."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from orcid_plugin.errors import InputError
from orcid_plugin.hooks import sites
from orcid_plugin.identity import trail
from orcid_plugin.runtime import of_host
from orcid_plugin.store import tasks
from orcid_plugin.store.tables import Connection, ConnectionState, Task, TaskState

PAGE = 50
"""Rows of a page."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some rows of many; `number` counts from 1, `pages` is at least 1."""

    rows: tuple[T, ...]
    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRow:
    """One person's permission for the site. `client_id` is that of the credentials that it was given to."""

    id: int
    environment: str
    orcid: str
    name: str | None
    account: str | None
    state: str
    scopes: tuple[str, ...]
    client_id: str
    created_at: datetime.datetime
    updated_at: datetime.datetime
    expires_at: datetime.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTask:
    """A mail, revocation or notification that was given up. `subject_id` is the row that it is about."""

    id: int
    kind: str
    subject_id: int | None
    code: str | None
    message: str | None
    attempts: int
    updated_at: datetime.datetime


def connections(key: str, *, search: str = "", state: str | None = None, page: int = 1) -> Page[ConnectionRow]:
    """Connections of a site, those that changed last first.

    `search` is a part of the iD, the public name or the account. Raises `UnknownSite`, `InputError` for a state that
    there is not.
    """
    if state is not None and state not in set(ConnectionState):
        raise InputError(f"a connection has no state {state[:40]!r}")
    query = select(Connection).where(Connection.site == sites.shown(key).key)
    if state is not None:
        query = query.where(Connection.state == state)
    for word in search.replace("\x00", " ").split():
        columns = (Connection.orcid, Connection.name, Connection.account)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    with of_host().store.begin() as session:
        found, total = _page(session, query, page, Connection.updated_at.desc(), Connection.id.desc())
        return Page(rows=tuple(map(_connection, found)), total=total, number=page)


def failed_tasks(key: str, *, page: int = 1) -> Page[FailedTask]:
    """What was given up for a site, the newest first. Raises `UnknownSite`."""
    query = select(Task).where(Task.site == sites.shown(key).key, Task.state == TaskState.FAILED)
    with of_host().store.begin() as session:
        found, total = _page(session, query, page, Task.id.desc())
        return Page(rows=tuple(map(_task, found)), total=total, number=page)


def retry(key: str, task_id: int, *, actor: str = trail.COMMAND) -> bool:
    """Try a task afresh that was given up; False where the site has none of this number."""
    runtime = of_host()
    with runtime.store.begin() as session:
        again = tasks.retry(session, key, task_id)
        if again:
            trail.note(session, key, actor, "task_retried", subject=f"task/{task_id}")
    runtime.due.set()
    return again


def _page(session: Session, query: Select[Any], page: int, *order: Any) -> tuple[list[Any], int]:
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return list(session.scalars(query.order_by(*order).limit(PAGE).offset((page - 1) * PAGE))), total


def _connection(row: Connection) -> ConnectionRow:
    return ConnectionRow(
        id=row.id,
        environment=row.environment,
        orcid=row.orcid,
        name=row.name,
        account=row.account,
        state=row.state,
        scopes=tuple(sorted(row.scope_set)),
        client_id=row.client_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        expires_at=row.expires_at,
    )


def _task(row: Task) -> FailedTask:
    return FailedTask(
        id=row.id,
        kind=row.kind,
        subject_id=row.subject_id,
        code=row.code,
        message=row.message,
        attempts=row.attempts,
        updated_at=row.updated_at,
    )
