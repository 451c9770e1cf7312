"""What a person may ask for: all that is stored about them, and that it is erased (GDPR, articles 15 and 17)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from orcid_plugin.errors import InputError, NotConnected, UnusableKey
from orcid_plugin.identity import connections, person, trail
from orcid_plugin.identity.person import Person
from orcid_plugin.outbox import erasures, plan
from orcid_plugin.runtime import Runtime, actor, current
from orcid_plugin.store.tables import Connection, ConnectionState, Item, StoredPublication

HOW_TO_REMOVE = (
    "What stays on an ORCID record only its owner can remove now: sign in at ORCID, open “Works” and “Peer review”, "
    "and delete what has this site as its source."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What this site has put on a record and knows no longer, by its put-code there."""

    orcid: str
    section: str
    put_code: int
    publication_key: str
    doi: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What became of a request.

    Attributes:
        done: False while works are being removed from the record; a worker erases the rest then.
        rows: table, without its prefix -> number of rows that were removed or anonymised.
        remaining: on the record, of what is not being removed.
        not_revoked: iDs whose permission ORCID still lists, since no key in ORCID_PLUGIN_TOKEN_KEYS opens the token.
    """

    done: bool
    rows: dict[str, int]
    remaining: tuple[Remaining, ...]
    not_revoked: tuple[str, ...] = ()


def data_of(*, orcid: str | None = None, account: str | None = None, email: str | None = None) -> dict[str, Any]:
    """All that this site's tables hold about a person: table, without its prefix -> rows, as values of JSON.

    Name them by bare iD, account, or the address that they were invited at; an iD and its account belong together.
    Tokens are not shown, only that there is one. Empty for somebody unknown. Raises `InputError` where nobody is
    named.
    """
    runtime = current()
    runtime.calls.flush()  # what this process still has to write is about people too
    with runtime.store.begin() as session:
        found = _find(session, runtime, orcid, account, email)
        data = person.data_of(session, found)
        trail.note(session, runtime.site, actor(), "person_exported")
    return data


def erase(
    *, orcid: str | None = None, account: str | None = None, email: str | None = None, remove_works: bool = False
) -> Erasure:
    """Erase a person, named as for `data_of`: revoke the permission, remove or anonymise their rows in every table.

    With `remove_works` what this site added to their record is deleted first, by a worker, which erases afterwards; so
    it does where a worker is writing to the record just now. docs/export.md tells what becomes of each table. Raises
    `InputError` where nobody is named.
    """
    runtime = current()
    site = runtime.site
    runtime.calls.flush()
    with runtime.store.begin() as session:
        plan.one_at_a_time(session, site.key)
        found = _find(session, runtime, orcid, account, email)
        held = session.scalars(select(Connection).where(Connection.id.in_(found.connections))).all()
        not_revoked = tuple(one.orcid for one in held if not _opens(runtime, one))
        for connection in held:
            if connection.state not in {ConnectionState.DISCONNECTED, ConnectionState.LEAVING}:
                connections.leave(session, runtime.keyring, site, connection, actor=actor(), removing=remove_works)
            if remove_works:
                plan.plan_items(session, site, runtime.settings, connection)
        remaining = _remaining(session, found)
        rows = erasures.erase(session, runtime.keyring, site, found, actor())
        if rows is None:
            erasures.owe(session, runtime.keyring, site, found, actor())
    runtime.due.set()
    return Erasure(done=rows is not None, rows=rows or {}, remaining=remaining, not_revoked=not_revoked)


def _find(session: Session, runtime: Runtime, orcid: str | None, account: str | None, email: str | None) -> Person:
    if not (orcid or account or email):
        raise InputError("name the person by iD, account or e-mail address")
    given = {"orcids": orcid, "accounts": account, "emails": email}
    return person.find(session, runtime.site.key, **{name: [one] for name, one in given.items() if one})


def _opens(runtime: Runtime, connection: Connection) -> bool:
    """Whether the token that a connection holds can be read, if it holds one."""
    try:
        connections.access_token(runtime.keyring, connection)
    except UnusableKey:
        return False
    except NotConnected:
        pass
    return True


def _remaining(session: Session, found: Person) -> tuple[Remaining, ...]:
    rows = session.execute(
        select(Item, StoredPublication.key, StoredPublication.doi)
        .join(StoredPublication, Item.publication_id == StoredPublication.id)
        .join(Connection, Item.connection_id == Connection.id)
        .where(
            Item.connection_id.in_(found.connections),
            Item.removed_at.is_(None),
            Connection.state != ConnectionState.LEAVING,
        )
        .order_by(Item.id)
    )
    return tuple(
        Remaining(orcid=item.orcid, section=item.section, put_code=item.put_code, publication_key=key, doi=doi)
        for item, key, doi in rows
    )
