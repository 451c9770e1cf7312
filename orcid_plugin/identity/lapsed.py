"""Registrations that nobody finished: the iD came back, the form was never handed in, and the permission is given up.

A permission is kept for an account or for a contributor. One that waited for a registration form, and by which nothing
was written, is for neither when its time is over.
"""

from __future__ import annotations

import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from orcid_plugin.host import Purpose
from orcid_plugin.identity import attempts, tokens, trail
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import (
    Attempt,
    Authorship,
    Conflict,
    Connection,
    ConnectionState,
    Delivery,
    Item,
    Task,
)
from orcid_plugin.store.tasks import REVOKE

BATCH = 100
"""Connections that one transaction gives up."""

_WAITING = (Purpose.REGISTER, Purpose.SIGN_IN)
"""What people come for who are led to the form."""


def give_up(session: Session, keyring: Keyring, site_key: str, at: datetime.datetime) -> int:
    """Owe the tokens back to ORCID and forget these connections, `BATCH` at most; returns how many.

    Take a turn with `outbox.plan.one_at_a_time` before: who comes back at this moment finds theirs, or a new one.
    """
    found = session.scalars(
        select(Connection).where(_is_lapsed(site_key, at)).limit(BATCH).with_for_update(skip_locked=True)
    ).all()
    ids = [connection.id for connection in found]
    for connection in found:
        trail.note(session, site_key, trail.WORKER, "registration_lapsed", connection=connection)
        with tokens.owing_back(session, keyring, connection):
            tokens.forget(connection)
    session.flush()
    _unbind(session, Task.subject_id, and_(Task.kind == REVOKE, Task.subject_id.in_(ids)))
    _unbind(session, Attempt.connection_id, Attempt.connection_id.in_(ids))
    session.execute(delete(Connection).where(Connection.id.in_(ids)).execution_options(synchronize_session=False))
    return len(found)


def _unbind(session: Session, column: InstrumentedAttribute[int | None], which: ColumnElement[bool]) -> None:
    change = update(column.class_).where(which).values({column: None})
    session.execute(change.execution_options(synchronize_session=False))


def _is_lapsed(site_key: str, at: datetime.datetime) -> ColumnElement[bool]:
    came = select(Attempt.connection_id).where(
        Attempt.site == site_key, Attempt.purpose.in_(_WAITING), Attempt.outcome == attempts.CONNECTED
    )
    # Whatever else they came for, and a trip to the form that may still be under way.
    other = exists().where(
        Attempt.connection_id == Connection.id,
        or_(
            Attempt.purpose.not_in(_WAITING),
            Attempt.outcome != attempts.CONNECTED,
            Attempt.used_at > at - attempts.PENDING,
        ),
    )
    needed = (exists().where(one.connection_id == Connection.id) for one in (Authorship, Item, Delivery, Conflict))
    return and_(
        Connection.site == site_key,
        Connection.account.is_(None),
        Connection.state.not_in([ConnectionState.DISCONNECTED, ConnectionState.LEAVING]),
        Connection.id.in_(came),
        ~other,
        *(~one for one in needed),
    )
