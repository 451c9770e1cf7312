"""The two logs of a site, its audit trail and its calls to ORCID: what can be asked for, as values and as files."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from orcid_plugin.errors import SearchRefused
from orcid_plugin.identity import trail
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.store.database import Store
from orcid_plugin.store.spreadsheets import csv_rows, csv_text
from orcid_plugin.store.tables import AuditEvent, Call
from orcid_plugin.store.trail import Place, Search, count, has_status
from orcid_plugin.store.trail import page as rows_of

BATCH = 500
"""Rows of a file that one transaction reads, so that none holds the database, or memory, for long."""


class Log(StrEnum):
    """Which of the two."""

    EVENTS = "events"
    CALLS = "calls"


class Form(StrEnum):
    """Which kind of file."""

    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event of the audit trail (docs/logging.md)."""

    at: datetime.datetime
    actor: str
    action: str
    account: str | None
    orcid: str | None
    publication_key: str | None
    subject: str | None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """A call to ORCID; `status` is None where no answer came, a body where none is kept or shown."""

    at: datetime.datetime
    method: str
    url: str
    status: int | None
    error_code: str | None
    milliseconds: int
    orcid: str | None
    publication_key: str | None
    correlation_id: str
    request_body: str | None = None
    response_body: str | None = None


Entry = Event | LoggedCall

COLUMNS: Mapping[Log, tuple[str, ...]] = {
    Log.EVENTS: tuple(column.name for column in fields(Event)),
    Log.CALLS: tuple(column.name for column in fields(LoggedCall)),
}
"""What is told of an entry, in the order in which it is shown."""

BODIES = ("request_body", "response_body")

FILTERS: Mapping[Log, tuple[str, ...]] = {
    Log.EVENTS: ("orcid", "account", "publication", "action", "since", "until"),
    Log.CALLS: ("orcid", "publication", "status", "since", "until"),
}
"""By what each can be searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of what was asked for, the newest first; `older` is where the next one begins, None for the last."""

    entries: tuple[Entry, ...]
    older: str | None


def search(log: Log, site: str, given: Mapping[str, str]) -> Search:
    """What somebody asks a log for: texts by the names of `FILTERS`, and `before`, an earlier `Found.older`.

    Empty ones do not count. An iD may have any common form; a time is of ISO 8601, in UTC where it names no zone.
    Raises `SearchRefused`.
    """
    found: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name in (*FILTERS[log], "before"):
        text = given.get(name, "").strip()
        try:
            if text:
                found["publication_key" if name == "publication" else name] = _parsed(log, site, name, text)
        except ValueError as error:
            faults[name] = str(error)
    if faults:
        raise SearchRefused(faults)
    return Search(site=site, **found)


def find(store: Store, log: Log, asked: Search) -> Found:
    """A page of a log."""
    table, value = _KINDS[log]
    with store.begin() as session:
        rows = rows_of(session, table, replace(asked, limit=asked.limit + 1))
    shown = rows[: asked.limit]
    older = _cursor(log, asked.site, shown[-1]) if len(rows) > len(shown) else None
    return Found(entries=tuple(map(value, shown)), older=older)


def event(row: AuditEvent) -> Event:
    """An event as a value."""
    return Event(**{name: getattr(row, name) for name in COLUMNS[Log.EVENTS]} | {"details": row.details or {}})


def call(row: Call) -> LoggedCall:
    """A call as a value, with its bodies."""
    return LoggedCall(**{name: getattr(row, name) for name in COLUMNS[Log.CALLS]})


_KINDS: Mapping[Log, tuple[Any, Callable[[Any], Entry]]] = {Log.EVENTS: (AuditEvent, event), Log.CALLS: (Call, call)}
"""The table of each log, and how its rows become values."""


def as_json(one: Entry) -> dict[str, Any]:
    """As JSON, whose names are those of the attributes; the time is UTC, to the millisecond."""
    values = {column.name: getattr(one, column.name) for column in fields(one)}
    return values | {"at": one.at.astimezone(datetime.UTC).isoformat(timespec="milliseconds")}


def cells(one: Entry) -> dict[str, Any]:
    """The same for a table, where details are JSON and what is empty is None."""
    return {
        name: (json.dumps(value, ensure_ascii=False) if value else None) if isinstance(value, Mapping) else value
        for name, value in as_json(one).items()
    }


def file(store: Store, log: Log, asked: Search, form: Form, *, actor: str, limit: int | None = None) -> Iterator[str]:
    """The pieces of a file with all that matches, the newest first, or with so many. In CSV no cell is a formula.

    Who has it made is in the audit trail before the first piece is there, with how many entries match just then; what
    happens later is not in the file.
    """
    asked = replace(asked, limit=BATCH if limit is None else min(limit, BATCH))
    table, _ = _KINDS[log]
    with store.begin() as session:
        first = rows_of(session, table, asked)
        number = count(session, table, asked)
        note_file(session, log, asked, form, actor=actor, entries=number if limit is None else min(number, limit))
    batches = _batches(store, log, asked, first, limit)
    return _csv(COLUMNS[log], batches) if form is Form.CSV else _json(batches)


def note_file(session: Session, log: Log, asked: Search, form: str, *, actor: str, entries: int) -> None:
    """Add to the audit trail that somebody has a file made; `form` is a `Form`, or `table`."""
    trail.note(session, asked.site, actor, "log_exported", log=log, format=form, entries=entries)


def _batches(store: Store, log: Log, asked: Search, rows: Sequence[Any], left: int | None) -> Iterator[list[Entry]]:
    """These rows, and those after them; so many at most."""
    table, value = _KINDS[log]
    while rows:
        yield [value(row) for row in rows[:left]]
        left = None if left is None else left - len(rows)
        if left is not None and left <= 0:
            return
        with store.begin() as session:
            rows = rows_of(session, table, replace(asked, before=Place(rows[-1].at, rows[-1].id)))


def _csv(columns: Sequence[str], batches: Iterator[list[Entry]]) -> Iterator[str]:
    yield csv_text(columns, [])
    for batch in batches:
        yield csv_rows(list(cells(one).values()) for one in batch)


def _json(batches: Iterator[list[Entry]]) -> Iterator[str]:
    begun = False
    for batch in batches:
        lines = ",\n".join(json.dumps(as_json(one), ensure_ascii=False) for one in batch)
        yield f"{',' if begun else '['}\n{lines}"
        begun = True
    yield "\n]\n" if begun else "[]\n"


def _parsed(log: Log, site: str, name: str, text: str) -> Any:
    parsers: Mapping[str, Callable[[str], Any]] = {
        "orcid": _orcid,
        "status": _status,
        "since": _moment,
        "until": _moment,
    }
    return _place(log, site, text) if name == "before" else parsers.get(name, _word)(text)


def _orcid(text: str) -> str:
    return OrcidId.parse(text).path


def _status(text: str) -> str:
    has_status(text)
    return text


def _word(text: str) -> str:
    if "\x00" in text:  # PostgreSQL stores no such text
        raise ValueError("it holds a character that is in no name")
    return text


def _moment(text: str) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r} is no day or time like 2026-11-01 or 2026-11-01T12:00Z") from None


def _cursor(log: Log, site: str, last: AuditEvent | Call) -> str:
    """The place of a row as text for an address, of no use in the other log or at another site."""
    text = f"{log} {last.at.astimezone(datetime.UTC).isoformat()} {last.id} {site}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _place(log: Log, site: str, cursor: str) -> Place:
    try:
        of_log, at, number, of_site = base64.urlsafe_b64decode(cursor).decode().split(" ", 3)
        place = Place(_moment(at), int(number))
    except ValueError:
        raise ValueError("it is no place in this log") from None
    if (of_log, of_site) != (log, site) or not 0 <= place.id < 2**63:
        raise ValueError("it is no place in this log")
    return place
