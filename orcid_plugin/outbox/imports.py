"""Connections from a file into the store: all of it is checked first, then kept a batch at a time.

Keeping is idempotent, so that an import that was interrupted is simply run again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from orcid_plugin.errors import InputError
from orcid_plugin.identity import tokens, trail
from orcid_plugin.identity.entries import Entry, Fault, Placed
from orcid_plugin.outbox import plan
from orcid_plugin.settings import Site
from orcid_plugin.store import credentials, publications
from orcid_plugin.store.database import Store
from orcid_plugin.store.encryption import Keyring
from orcid_plugin.store.tables import (
    Authorship,
    Connection,
    ConnectionState,
    Item,
    PublicationOrcid,
    PublicationState,
    Section,
    StoredPublication,
    now,
)

BATCH = 500
"""Connections and publications that one transaction keeps."""

_OF_PERSON = tuple(one.name for one in fields(Entry) if one.name not in {"line", "orcid", "publications"})
_WITHOUT_TOKEN = {ConnectionState.DISCONNECTED, ConnectionState.LEAVING}


class Verdict(StrEnum):
    """What becomes of a connection of the file."""

    NEW = "new"
    NEWER = "newer"
    """It takes the place of the permission that is stored."""
    SAME = "same"
    OLDER = "older"
    """What is stored stays."""
    LEFT = "left"
    """The person disconnected here, which no file undoes."""


@dataclass(slots=True)
class Report:
    """What a check found.

    Attributes:
        people: how many connections have which verdict.
        placed: how many put-codes the file tells.
        foreign: how many tokens were issued to other credentials than those of the site.
        unsaid: how many tokens do not say to which.
    """

    faults: list[Fault] = field(default_factory=list)
    people: Counter[Verdict] = field(default_factory=Counter)
    placed: int = 0
    foreign: int = 0
    unsaid: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Takes entries into one site. With `replacing` those of the file win over older and newer ones alike."""

    store: Store
    site: Site
    keyring: Keyring
    replacing: bool = False

    def check(self, found: Iterable[Entry | Fault]) -> Report:
        """Everything that is wrong with the file, or in conflict with what is stored, and what an import would do."""
        report, earlier = Report(), _Earlier()
        for batch in _batches(_without_faults(found, report.faults)):
            with self.store.begin() as session:
                known = _Known(session, self.site, batch)
            for entry in batch:
                if earlier.is_first(entry):
                    self._count(report, known.connections.get(entry.orcid), entry)
                report.placed += sum(one.put_code is not None for one in entry.publications)
                report.faults.extend((*self._of_registry(entry), *earlier.faults(entry), *known.faults(entry)))
        report.faults.sort(key=lambda fault: fault.line)
        return report

    def keep(self, found: Iterable[Entry | Fault], report: Report) -> None:
        """Store what `check` reported to be without fault; raises `InputError` where the file is another one now."""
        for batch in _batches(found):
            with self.store.begin() as session:
                plan.one_at_a_time(session, self.site.key)
                credentials.remember(session, self.keyring, self.site)
                known = _Known(session, self.site, batch)
                if any(True for entry in batch for _ in known.faults(entry)):
                    raise InputError("what is stored has changed since the file was checked: run the import again")
                for entry in batch:
                    connection = self._connection(session, known, entry)
                    for placed in entry.publications:
                        self._place(session, known, connection, entry, placed)
                _plan_again(session, self.site, batch)
        with self.store.begin() as session:
            people = {str(verdict): number for verdict, number in sorted(report.people.items())}
            trail.note(session, self.site, trail.COMMAND, "imported", connections=people, put_codes=report.placed)

    def _count(self, report: Report, stored: Connection | None, entry: Entry) -> None:
        report.people[self._verdict(stored, entry)] += 1
        if self._state(entry) not in _WITHOUT_TOKEN:
            report.unsaid += entry.client_id is None
            report.foreign += self._is_foreign(entry)

    def _of_registry(self, entry: Entry) -> Iterator[Fault]:
        if entry.environment not in {None, self.site.environment.name}:
            yield Fault(entry.line, "environment", f"is not {self.site.environment.name}, the Registry of this site")

    def _is_foreign(self, entry: Entry) -> bool:
        return entry.client_id not in {None, self.site.client_id}

    def _state(self, entry: Entry) -> ConnectionState:
        """The state in which an entry is kept. What the person wanted removed, only the system that exports can."""
        if entry.state in _WITHOUT_TOKEN:
            return ConnectionState.DISCONNECTED
        return ConnectionState.STALE if self._is_foreign(entry) else entry.state

    def _verdict(self, stored: Connection | None, entry: Entry) -> Verdict:
        if stored is None:
            return Verdict.NEW
        if stored.state in _WITHOUT_TOKEN:
            return Verdict.LEFT
        state = self._state(entry)
        if entry.access_token is None or state in _WITHOUT_TOKEN:
            return Verdict.OLDER
        if stored.token_hash in self.keyring.lookups(entry.access_token):
            return Verdict.SAME
        useless = stored.state == ConnectionState.STALE or stored.client_id != self.site.client_id
        if self.replacing or useless != (state == ConnectionState.STALE):
            return Verdict.NEWER if self.replacing or useless else Verdict.OLDER
        # ORCID's tokens live equally long, so that the one that ends later was given later.
        later = entry.expires_at and stored.expires_at and entry.expires_at > stored.expires_at
        return Verdict.NEWER if later else Verdict.OLDER

    def _connection(self, session: Session, known: _Known, entry: Entry) -> Connection:
        connection = known.connections.get(entry.orcid)
        verdict = self._verdict(connection, entry)
        if connection is None:
            connection = known.connections[entry.orcid] = Connection(
                site=self.site.key,
                environment=self.site.environment.name,
                orcid=entry.orcid,
                created_at=entry.connected_at or now(),
            )
            session.add(connection)
        if verdict in {Verdict.NEW, Verdict.NEWER}:
            with tokens.owing_back(session, self.keyring, connection):
                self._fill(connection, entry)
        if connection.account is None and connection.state not in _WITHOUT_TOKEN:
            connection.account = entry.account
        session.flush()
        return connection

    def _fill(self, connection: Connection, entry: Entry) -> None:
        tokens.forget(connection)
        connection.client_id = entry.client_id or self.site.client_id
        connection.name = entry.name or connection.name
        connection.scopes = " ".join(sorted(entry.scope))
        connection.state = self._state(entry)
        if connection.state not in _WITHOUT_TOKEN and entry.access_token is not None:
            answer = {
                "access_token": entry.access_token,
                "token_type": "bearer",
                "refresh_token": entry.refresh_token,
                "scope": connection.scopes,
                "name": connection.name,
                "orcid": entry.orcid,
            }
            connection.sealed_token_answer = self.keyring.seal(json.dumps(answer), connection.seal_owner)
            connection.token_hash = self.keyring.lookup(entry.access_token)
            connection.expires_at = entry.expires_at
            if entry.sign_in_token is not None:
                tokens.keep_beside(self.keyring, connection, {"access_token": entry.sign_in_token})

    def _place(self, session: Session, known: _Known, connection: Connection, entry: Entry, placed: Placed) -> None:
        stored = known.publication(placed)
        if stored is None:
            stored = publications.announce(session, self.site.key, placed.key, placed.doi, Section(placed.section))
            known.add(stored)
        if placed.put_code is not None and (entry.orcid, stored.id) not in known.put_codes:
            known.put_codes[entry.orcid, stored.id] = placed.put_code
            session.add(
                Item(
                    site=self.site.key,
                    environment=self.site.environment.name,
                    client_id=entry.client_id or self.site.client_id,
                    orcid=entry.orcid,
                    connection_id=connection.id,
                    publication_id=stored.id,
                    section=placed.section,
                    put_code=placed.put_code,
                    content_hash="",
                    removed_at=placed.removed_at,
                )
            )
        if placed.contributor_key is not None and known.may_link(stored.key, placed.contributor_key, connection):
            known.linked[stored.key, placed.contributor_key] = connection.id
            session.add(
                Authorship(
                    site=self.site.key,
                    publication_key=stored.key,
                    contributor_key=placed.contributor_key,
                    connection_id=connection.id,
                )
            )


class _Earlier:
    """What the lines before have said."""

    def __init__(self) -> None:
        self._people: dict[str, Entry] = {}
        self._owners: dict[tuple[str, str | None], Entry] = {}
        self._placed: dict[tuple[str, str | int], tuple[int, str | int | None]] = {}
        self._contributors: dict[tuple[str, str], Entry] = {}

    def is_first(self, entry: Entry) -> bool:
        """Whether the file has not told of this person before."""
        return entry.orcid not in self._people

    def faults(self, entry: Entry) -> Iterator[Fault]:
        """In what an entry contradicts them; it counts among them afterwards."""
        first = self._people.setdefault(entry.orcid, replace(entry, publications=()))
        for name in _OF_PERSON:
            if getattr(first, name) != getattr(entry, name):
                yield Fault(entry.line, name, f"is not what line {first.line} says of {entry.orcid}")
        for name in ("account", "access_token"):
            value = getattr(entry, name)
            other = self._owners.setdefault((name, value), first) if value is not None else first
            if other.orcid != entry.orcid:
                yield Fault(entry.line, name, f"is that of {other.orcid} in line {other.line}")
        for placed in entry.publications:
            yield from self._of_publication(entry, placed)

    def _of_publication(self, entry: Entry, placed: Placed) -> Iterator[Fault]:
        if placed.put_code is not None:
            for name, value in ((placed.key, placed.put_code), (placed.put_code, placed.key)):
                line, other = self._placed.setdefault((entry.orcid, name), (entry.line, value))
                if other != value:
                    yield Fault(entry.line, "put_code", f"{name} is {other} in line {line}, here it is {value}")
        if placed.contributor_key is not None:
            person = self._contributors.setdefault((placed.key, placed.contributor_key), self._people[entry.orcid])
            if person.orcid != entry.orcid:
                yield Fault(entry.line, "contributor_key", f"is {person.orcid} in line {person.line}")


class _Known:
    """What is stored about the people and publications of a batch."""

    def __init__(self, session: Session, site: Site, batch: list[Entry]) -> None:
        orcids = {entry.orcid for entry in batch}
        placed = [one for entry in batch for one in entry.publications]
        found = session.scalars(
            select(Connection).where(
                Connection.site == site.key,
                Connection.environment == site.environment.name,
                or_(Connection.orcid.in_(orcids), Connection.account.in_({entry.account for entry in batch} - {None})),
            )
        ).all()
        self.connections = {one.orcid: one for one in found}
        self._owners = {one.account: one.orcid for one in found if one.account is not None}
        self._keys: dict[str, StoredPublication] = {}
        self._dois: dict[str, StoredPublication] = {}
        for stored in session.scalars(
            select(StoredPublication)
            .where(
                StoredPublication.site == site.key,
                or_(
                    StoredPublication.key.in_({one.key for one in placed}),
                    StoredPublication.doi.in_({one.doi for one in placed} - {None}),
                ),
            )
            .order_by(StoredPublication.id)
        ):
            self.add(stored)
        self.put_codes = {
            (row.orcid, row.publication_id): row.put_code
            for row in session.execute(
                select(Item.orcid, Item.publication_id, Item.put_code).where(
                    Item.environment == site.environment.name,
                    Item.client_id == site.client_id,
                    Item.orcid.in_(orcids),
                    Item.site == site.key,
                )
            )
        }
        self.linked: dict[tuple[str, str], int | None] = {
            (row.publication_key, row.contributor_key): row.connection_id
            for row in session.execute(
                select(Authorship.publication_key, Authorship.contributor_key, Authorship.connection_id).where(
                    Authorship.site == site.key, Authorship.publication_key.in_(self._keys)
                )
            )
        }

    def add(self, stored: StoredPublication) -> None:
        """A publication is known from now on."""
        self._keys[stored.key] = stored
        if stored.doi is not None:
            self._dois[stored.doi] = stored

    def publication(self, placed: Placed) -> StoredPublication | None:
        """The stored publication, by its key or else its DOI."""
        return self._keys.get(placed.key) or self._dois.get(placed.doi or "")

    def may_link(self, publication_key: str, contributor_key: str, connection: Connection) -> bool:
        """Whether nobody is known to be the contributor, nor the person to be another one of the publication."""
        return (publication_key, contributor_key) not in self.linked and not any(
            key == publication_key and linked == connection.id for (key, _), linked in self.linked.items()
        )

    def faults(self, entry: Entry) -> Iterator[Fault]:
        """In what an entry contradicts what is stored."""
        if entry.account is not None:
            owner = self._owners.get(entry.account, entry.orcid)
            if owner != entry.orcid:
                yield Fault(entry.line, "account", f"has another iD here, {owner}")
            stored = self.connections.get(entry.orcid)
            if stored is not None and stored.account not in {None, entry.account}:
                yield Fault(entry.line, "orcid", f"{entry.orcid} belongs to another account here")
        for placed in entry.publications:
            publication = self.publication(placed)
            if publication is None:
                continue
            put_code = self.put_codes.get((entry.orcid, publication.id), placed.put_code)
            if placed.put_code not in {None, put_code}:
                yield Fault(entry.line, "put_code", f"is {put_code} here, by what this site has written itself")
            linked = self.linked.get((publication.key, placed.contributor_key or ""))
            own = self.connections.get(entry.orcid)
            if linked is not None and (own is None or own.id != linked):
                yield Fault(entry.line, "contributor_key", f"is somebody else of {publication.key} here")


def _without_faults(found: Iterable[Entry | Fault], faults: list[Fault]) -> Iterator[Entry]:
    """The entries; faults are put with `faults`."""
    for one in found:
        if isinstance(one, Fault):
            faults.append(one)
        else:
            yield one


def _batches(found: Iterable[Entry | Fault]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    weight = 0
    for entry in found:
        if isinstance(entry, Fault):
            raise InputError(f"the file has changed since it was checked: {entry}")
        batch.append(entry)
        weight += 1 + len(entry.publications)
        if weight >= BATCH:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def _plan_again(session: Session, site: Site, batch: list[Entry]) -> None:
    """Let the worker compare the publications that name these people with their records."""
    named = select(PublicationOrcid.publication_id).where(PublicationOrcid.orcid.in_({one.orcid for one in batch}))
    session.execute(
        update(StoredPublication)
        .where(
            StoredPublication.site == site.key,
            StoredPublication.state != PublicationState.DRAFT,
            StoredPublication.id.in_(named),
        )
        .values(planned_at=None)
        .execution_options(synchronize_session=False)
    )
