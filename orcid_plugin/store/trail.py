"""Reading what happened: the audit trail and the log of calls, newest first and page by page."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from orcid_plugin.store.tables import AuditEvent, Call

Row = TypeVar("Row", AuditEvent, Call)

PAGE = 100
NO_ANSWER = "none"
ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for at one site; what is None does not matter.

    Attributes:
        orcid: a bare iD.
        account: of events, the host's id of the account that was concerned or that acted.
        action: of events, its word.
        status: of calls, an HTTP status (`409`), a class (`4xx`), `error` (any but success, or no answer) or `none`.
        since, until: times with a zone; `until` itself is not included.
        before: the row after which the last page ended.
    """

    site: str
    orcid: str | None = None
    account: str | None = None
    publication_key: str | None = None
    action: str | None = None
    status: str | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    before: AuditEvent | Call | None = None
    limit: int = PAGE


def events(session: Session, search: Search) -> Sequence[AuditEvent]:
    """A page of the audit trail."""
    conditions = []
    if search.account is not None:
        acted = AuditEvent.actor == f"account:{search.account}"
        conditions.append(or_(AuditEvent.account == search.account, acted))
    if search.action is not None:
        conditions.append(AuditEvent.action == search.action)
    return _page(session, AuditEvent, search, conditions)


def calls(session: Session, search: Search) -> Sequence[Call]:
    """A page of the log of calls. Raises `ValueError` for a status that is none."""
    return _page(session, Call, search, [] if search.status is None else [_has_status(search.status)])


def _page(
    session: Session, table: type[Row], search: Search, conditions: Sequence[ColumnElement[bool]]
) -> Sequence[Row]:
    query = select(table).where(table.site == search.site, *conditions)
    if search.orcid is not None:
        query = query.where(table.orcid == search.orcid)
    if search.publication_key is not None:
        query = query.where(table.publication_key == search.publication_key)
    if search.since is not None:
        query = query.where(table.at >= search.since)
    if search.until is not None:
        query = query.where(table.at < search.until)
    if search.before is not None:
        at, number = search.before.at, search.before.id
        query = query.where(or_(table.at < at, and_(table.at == at, table.id < number)))
    return session.scalars(query.order_by(table.at.desc(), table.id.desc()).limit(search.limit)).all()


def _has_status(status: str) -> ColumnElement[bool]:
    if status == NO_ANSWER:
        return Call.status.is_(None)
    if status == ERROR:
        return or_(Call.status.is_(None), Call.status >= 300)
    if len(status) == 3 and status[0] in "12345" and status[1:] == "xx":
        return Call.status.between(int(status[0]) * 100, int(status[0]) * 100 + 99)
    if len(status) == 3 and status.isascii() and status.isdecimal():
        return Call.status == int(status)
    raise ValueError(f"{status!r} is no status: 409, 4xx, {ERROR} or {NO_ANSWER}")
