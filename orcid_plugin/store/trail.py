"""Reading what happened: the audit trail and the log of calls, newest first and page by page."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from orcid_plugin.store.tables import AuditEvent, Call

Row = TypeVar("Row", AuditEvent, Call)

PAGE = 100
NO_ANSWER = "none"
ERROR = "error"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended, as time and id of its last row: the row itself may expire before the next page is read."""

    at: datetime.datetime
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for at one site; what is None does not matter.

    Attributes:
        orcid: a bare iD.
        account: of events, the host's id of the account that was concerned or that acted.
        action: of events, its word.
        status: of calls, an HTTP status (`409`), a class (`4xx`), `error` (any but success, or no answer) or `none`.
        since, until: times with a zone; `until` itself is not included.
        before: where the last page ended.
        limit: rows of a page.
    """

    site: str
    orcid: str | None = None
    account: str | None = None
    publication_key: str | None = None
    action: str | None = None
    status: str | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    before: Place | None = None
    limit: int = PAGE


def events(session: Session, search: Search) -> Sequence[AuditEvent]:
    """A page of the audit trail."""
    return page(session, AuditEvent, search)


def calls(session: Session, search: Search) -> Sequence[Call]:
    """A page of the log of calls. Raises `ValueError` for a status that is none."""
    return page(session, Call, search)


def page(session: Session, table: type[Row], search: Search) -> Sequence[Row]:
    """A page of either. Raises `ValueError` for a status that is none."""
    return session.scalars(statement(table, search)).all()


def count(session: Session, table: type[AuditEvent | Call], search: Search) -> int:
    """How many rows there are on all pages. Raises `ValueError` for a status that is none."""
    return session.scalar(select(func.count(table.id)).where(*_conditions(table, search))) or 0


def statement(table: type[AuditEvent | Call], search: Search) -> Select[Any]:
    """What asks the database for a page. Raises `ValueError` for a status that is none."""
    query = select(table).where(*_conditions(table, search))
    return query.order_by(table.at.desc(), table.id.desc()).limit(search.limit)


def has_status(status: str) -> ColumnElement[bool]:
    """That a call was answered so. Raises `ValueError` for a status that is none."""
    if status == NO_ANSWER:
        return Call.status.is_(None)
    if status == ERROR:
        return or_(Call.status.is_(None), Call.status >= 300)
    if len(status) == 3 and status[0] in "12345" and status[1:] == "xx":
        return Call.status.between(int(status[0]) * 100, int(status[0]) * 100 + 99)
    if len(status) == 3 and status.isascii() and status.isdecimal():
        return Call.status == int(status)
    raise ValueError(f"{status[:40]!r} is no status: 409, 4xx, {ERROR} or {NO_ANSWER}")


def _conditions(table: type[AuditEvent | Call], search: Search) -> Iterator[ColumnElement[bool]]:
    yield table.site == search.site
    if issubclass(table, AuditEvent) and search.account is not None:
        yield or_(AuditEvent.account == search.account, AuditEvent.actor == f"account:{search.account}")
    if issubclass(table, AuditEvent) and search.action is not None:
        yield AuditEvent.action == search.action
    if issubclass(table, Call) and search.status is not None:
        yield has_status(search.status)
    if search.orcid is not None:
        yield table.orcid == search.orcid
    if search.publication_key is not None:
        yield table.publication_key == search.publication_key
    if search.since is not None:
        yield table.at >= search.since
    if search.until is not None:
        yield table.at < search.until
    if search.before is not None:
        yield tuple_(table.at, table.id) < tuple_(search.before.at, search.before.id)
