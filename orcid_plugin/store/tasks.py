"""Owing a task: a mail, a revocation, a notification. Kept with what it belongs to, in one transaction."""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection, Mapping

from sqlalchemy import update
from sqlalchemy.orm import Session

from orcid_plugin.settings import Site
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import Task, TaskState, now

MAIL = "mail"
REMINDER = "reminder"
"""A mail that repeats an invitation, unless that was answered meanwhile."""
EXPIRY = "expiry"
"""The end of an invitation's time."""
REVOKE = "revoke"
INBOX = "inbox"
ERASE = "erase"
"""The erasure of a person, after their works were removed."""


def owe(
    session: Session,
    keyring: Keyring,
    site: Site,
    kind: str,
    payload: Mapping[str, str],
    *,
    subject_id: int | None = None,
    due_at: datetime.datetime | None = None,
) -> Task:
    """Add a task; `payload` is sealed for it, and deleted when it succeeded. `subject_id` is the row it is about."""
    task = Task(
        site=site.key,
        environment=site.environment.name,
        kind=kind,
        subject_id=subject_id,
        due_at=due_at or now(),
    )
    return _added(session, keyring, task, payload)


def owe_revocation(
    session: Session,
    keyring: Keyring,
    *,
    site: str,
    environment: str,
    client_id: str,
    token: str,
    subject_id: int | None = None,
) -> Task:
    """Add the task to give a token back at the Registry, and as the client, that it was given by and to.

    `site` is a key, `environment` the Registry's name, `subject_id` the connection that held the token.
    """
    task = Task(site=site, environment=environment, kind=REVOKE, client_id=client_id, subject_id=subject_id)
    task.due_at = now()
    return _added(session, keyring, task, {"token": token})


def _added(session: Session, keyring: Keyring, task: Task, payload: Mapping[str, str]) -> Task:
    session.add(task)
    session.flush()
    task.sealed_payload = keyring.seal(json.dumps(dict(payload)), _owner(task))
    session.flush()
    return task


def payload_of(keyring: Keyring, task: Task) -> dict[str, str]:
    """What was sealed for the task. Raises `UnusableKey`."""
    payload: dict[str, str] = json.loads(keyring.open(task.sealed_payload or "", _owner(task)))
    return payload


def cancel(session: Session, site: Site, kinds: Collection[str], subject_id: int) -> None:
    """End the tasks of these kinds about a row that wait; one that is being done is left to its worker."""
    session.execute(
        update(Task)
        .where(
            Task.site == site.key,
            Task.kind.in_(kinds),
            Task.subject_id == subject_id,
            Task.state == TaskState.PENDING,
        )
        .values(state=TaskState.CANCELLED, sealed_payload=None)
    )


def retry(session: Session, site_key: str, task_id: int) -> bool:
    """Let a task that failed be tried afresh, now; False where the site has no such task."""
    again = session.execute(
        update(Task)
        .where(
            Task.id == task_id, Task.site == site_key, Task.state == TaskState.FAILED, Task.sealed_payload.is_not(None)
        )
        .values(state=TaskState.PENDING, attempts=0, due_at=now(), code=None, message=None)
    )
    return bool(again.rowcount)  # type: ignore[attr-defined]


def _owner(task: Task) -> str:
    """Whom the sealed payload is bound to, so that it is of no use in another row."""
    return f"task/{task.site}/{task.id}"
