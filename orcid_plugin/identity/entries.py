"""The connections of a site in a file: JSON, one object a line, or CSV, one row a publication (docs/export.md)."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from orcid_plugin.errors import InputError
from orcid_plugin.metadata.identifiers import Identifier, OrcidId
from orcid_plugin.store.spreadsheets import cell, text_of
from orcid_plugin.store.tables import ConnectionState, Section

FORMAT = "orcid-plugin/connections"
VERSION = 1

LONGEST = 1000
"""Bytes of a text at most: an index of PostgreSQL takes some 2,700 for a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A publication of a person.

    Attributes:
        publication_key: the host's own id of it, or None where only a DOI is known.
        doi: bare and lower case.
        put_code: under which this site has put it on the record; None where it has not.
        contributor_key: which of its contributors the person is, where the site knows.
        removed_at: when the person was found to have deleted it from the record.
    """

    publication_key: str | None = None
    doi: str | None = None
    section: str = "work"
    put_code: int | None = None
    contributor_key: str | None = None
    removed_at: datetime.datetime | None = None

    @property
    def key(self) -> str:
        """The key of the publication, else one made of its DOI."""
        return self.publication_key or f"doi:{self.doi}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A connection, or a row of one.

    Attributes:
        line: of the file, from 1; 0 for one that comes from the store.
        orcid: bare iD.
        environment: name of the Registry; None: that of the site.
        client_id: to which the tokens were issued; None: that of the site.
        sign_in_token: access token that allows less, kept beside the other.
        connected_at: when the person connected first.
    """

    line: int = 0
    orcid: str
    name: str | None = None
    account: str | None = None
    client_id: str | None = None
    environment: str | None = None
    state: ConnectionState = ConnectionState.ACTIVE
    scope: frozenset[str] = frozenset()
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    sign_in_token: str | None = field(default=None, repr=False)
    expires_at: datetime.datetime | None = None
    connected_at: datetime.datetime | None = None
    publications: tuple[Placed, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line of a file."""

    line: int
    field: str
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.sentence}"


_LIKE_A_TOKEN = re.compile(r"[\w-]{20,}")


def _text(text: str) -> str:
    if re.search("[\x00\ud800-\udfff]", text):
        raise ValueError("holds characters that no database keeps")
    if len(text.encode()) > LONGEST:
        raise ValueError(f"has more than {LONGEST} bytes")
    return text


def _orcid(text: str) -> str:
    return OrcidId.parse(text).path


def _time(text: str) -> datetime.datetime:
    try:
        time = datetime.datetime.fromisoformat(text)
        return time.astimezone(datetime.UTC) if time.tzinfo else time.replace(tzinfo=datetime.UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r} is not a date and time like 2043-05-31T12:00:00Z") from None


def _token(text: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise ValueError("holds characters that no token has")
    return text


def _doi(text: str) -> str:
    return Identifier.of("doi", _text(text)).value


def _put_code(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text):
        raise ValueError(f"{text[:40]!r} is not a number")
    return int(text)


def _section(text: str) -> str:
    if text not in set(Section):
        raise ValueError(f"{text[:40]!r} is not a section that this site writes to: {', '.join(Section)}")
    return text


def _state(text: str) -> ConnectionState:
    try:
        return ConnectionState(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is none of {', '.join(ConnectionState)}") from None


def _scopes(text: str) -> frozenset[str]:
    return frozenset(_text(text).replace(",", " ").split())


_OF_CONNECTION: Mapping[str, Callable[[str], Any]] = {
    "orcid": _orcid,
    "name": _text,
    "account": _text,
    "client_id": _text,
    "environment": _text,
    "state": _state,
    "scope": _scopes,
    "access_token": _token,
    "refresh_token": _token,
    "sign_in_token": _token,
    "expires_at": _time,
    "connected_at": _time,
}
_OF_PUBLICATION: Mapping[str, Callable[[str], Any]] = {
    "publication_key": _text,
    "doi": _doi,
    "section": _section,
    "put_code": _put_code,
    "contributor_key": _text,
    "removed_at": _time,
}
COLUMNS = (*_OF_CONNECTION, *_OF_PUBLICATION)
"""Of CSV, and the keys of the objects in JSON, where the last ones are in a list `publications`."""


def write_json(entries: Iterable[Entry], **header: str) -> Iterator[bytes]:
    """The lines of the JSON form; the first one says what it is."""
    yield _json({"format": FORMAT, "version": VERSION, **header})
    for entry in entries:
        yield _json(_filled(_fields(entry)) | {"publications": [_filled(_placed(one)) for one in entry.publications]})


def write_csv(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The lines of the CSV form, in which no cell is a formula; a connection without publications has one row."""
    yield _row(COLUMNS)
    for entry in entries:
        connection = _fields(entry)
        for placed in entry.publications or (Placed(),):
            values = connection | (_placed(placed) if entry.publications else {})
            yield _row([values.get(name) for name in COLUMNS])


def read(lines: Iterable[bytes]) -> Iterator[Entry | Fault]:
    """The entries of a file in either form, and everything that is wrong with its lines.

    Raises `InputError` where the file as a whole cannot be read.
    """
    texts = _decoded(lines)
    first = next(texts, "")
    return _read_json(first, texts) if first.startswith("{") else _read_csv(chain([first], texts))


def _read_json(first: str, rest: Iterator[str]) -> Iterator[Entry | Fault]:
    header = _object(first) or {}
    if header.get("format") != FORMAT:
        raise InputError(f'it is no export: its first line does not say "format": "{FORMAT}"')
    if header.get("version") != VERSION:
        raise InputError(f"it is of version {header.get('version')!r}, which this version does not know")
    for line, text in enumerate(rest, start=2):
        if not text.strip():
            continue
        found = _object(text)
        listed = found.pop("publications", []) if found else []
        if found is None or not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            yield Fault(line, "publications" if found else "line", "is not what an export has there")
            continue
        yield from _entries(line, found, listed)


def _read_csv(texts: Iterator[str]) -> Iterator[Entry | Fault]:
    reader = csv.reader(texts, strict=True)
    try:
        columns = [name.strip() for name in next(reader, [])]
        if "orcid" not in columns:
            raise InputError("it is neither an export nor CSV with a column `orcid`")
        for name in sorted({name for name in columns if name not in COLUMNS or columns.count(name) > 1}):
            yield Fault(1, name or "columns", "is no column of an import, or is there twice")
        for row in reader:
            if len(row) > len(columns):
                yield Fault(reader.line_num, columns[-1], "is followed by more cells than there are columns")
                continue
            cells = {name: text_of(text) for name, text in zip(columns, row, strict=False) if name in COLUMNS}
            placed = {name: text for name, text in cells.items() if name in _OF_PUBLICATION and text.strip()}
            own = {name: text for name, text in cells.items() if name in _OF_CONNECTION}
            if any(cells.values()):
                yield from _entries(reader.line_num, own, [placed] if placed else [])
    except csv.Error as error:
        raise InputError(f"its CSV cannot be read at line {reader.line_num}: {error}") from None


def _entries(line: int, own: Mapping[str, object], listed: Sequence[Mapping[str, object]]) -> Iterator[Entry | Fault]:
    """The entry of one object or row, or its faults."""
    faults: list[Fault] = []
    fields = _parsed(line, own, _OF_CONNECTION, faults)
    placed = [_parsed(line, one, _OF_PUBLICATION, faults) for one in listed]
    if "orcid" not in fields and not any(fault.field == "orcid" for fault in faults):
        faults.append(Fault(line, "orcid", "is missing"))
    if not faults:
        entry = Entry(
            line=line,
            publications=tuple(Placed(**one) for one in placed),
            **fields,
        )
        faults.extend(_contradictions(entry))
    if faults:
        yield from faults
    else:
        yield entry


def _contradictions(entry: Entry) -> Iterator[Fault]:
    if entry.state not in {ConnectionState.DISCONNECTED, ConnectionState.LEAVING}:
        if entry.access_token is None:
            yield Fault(entry.line, "access_token", "is missing")
        if not entry.scope:
            yield Fault(entry.line, "scope", "is missing")
    for placed in entry.publications:
        if placed.publication_key is None and placed.doi is None:
            yield Fault(entry.line, "put_code", "belongs to no publication: give its doi or publication_key")


def _parsed(
    line: int, values: Mapping[str, object], kinds: Mapping[str, Callable[[str], Any]], faults: list[Fault]
) -> dict[str, Any]:
    found = {}
    for name, value in values.items():
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        if name not in kinds:
            faults.append(Fault(line, name[:40], "is not known here"))
        elif not isinstance(value, str | int) or isinstance(value, bool):
            faults.append(Fault(line, name, "is neither text nor number"))
        else:
            try:
                found[name] = kinds[name](str(value).strip())
            except ValueError as error:
                # Where columns are shifted, a token may stand in any of them.
                faults.append(Fault(line, name, _LIKE_A_TOKEN.sub("…", str(error))))
    return found


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise InputError(f"its line {number} is not UTF-8") from None


def _fields(entry: Entry) -> dict[str, object]:
    return {
        "orcid": entry.orcid,
        "name": entry.name,
        "account": entry.account,
        "client_id": entry.client_id,
        "environment": entry.environment,
        "state": str(entry.state),
        "scope": " ".join(sorted(entry.scope)),
        "access_token": entry.access_token,
        "refresh_token": entry.refresh_token,
        "sign_in_token": entry.sign_in_token,
        "expires_at": _said(entry.expires_at),
        "connected_at": _said(entry.connected_at),
    }


def _placed(placed: Placed) -> dict[str, object]:
    return {
        "publication_key": placed.publication_key,
        "doi": placed.doi,
        "section": placed.section,
        "put_code": placed.put_code,
        "contributor_key": placed.contributor_key,
        "removed_at": _said(placed.removed_at),
    }


def _said(time: datetime.datetime | None) -> str | None:
    return time.isoformat() if time else None


def _filled(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def _row(values: Iterable[object]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow([cell(value) for value in values])
    return text.getvalue().encode()
