"""Everything that one site holds about one person: where it is, what is shown of it, and what becomes of it.

`HOLDINGS` lists every table with a column about people; a test holds it against the tables, so that none is forgotten.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from orcid_plugin.identity import opt_outs, trail
from orcid_plugin.store import tasks
from orcid_plugin.store.tables import (
    Attempt,
    AuditEvent,
    Authorship,
    Base,
    Call,
    Conflict,
    Connection,
    Delivery,
    Invitation,
    InvitationLink,
    Item,
    OptOut,
    PublicationOrcid,
    PublicationState,
    RecordClaim,
    Section,
    StoredPublication,
    Task,
)

_OF_INVITATION = (tasks.MAIL, tasks.REMINDER, tasks.EXPIRY, tasks.INBOX)


@dataclass(frozen=True, slots=True)
class Person:
    """By what somebody is found in the tables of one site.

    Attributes:
        connections, invitations: ids of rows.
    """

    site: str
    orcids: frozenset[str]
    accounts: frozenset[str]
    emails: frozenset[str]
    connections: frozenset[int]
    invitations: frozenset[int]


def find(
    session: Session,
    site: str,
    *,
    orcids: Collection[str] = (),
    accounts: Collection[str] = (),
    emails: Collection[str] = (),
) -> Person:
    """Whom bare iDs, accounts and addresses stand for.

    The iD and the account of a connection belong together, and so do the iDs of records that were merged.
    """
    held = _connections(session, site, orcids, accounts)
    all_orcids = _merged(session, site, frozenset(orcids) | {one.orcid for one in held})
    held = _connections(session, site, all_orcids, accounts)
    connections = frozenset(one.id for one in held)
    invitations = session.execute(
        select(Invitation.id, Invitation.email).where(
            Invitation.site == site,
            or_(
                Invitation.orcid.in_(all_orcids),
                func.lower(Invitation.email).in_([one.strip().lower() for one in emails]),
                Invitation.id.in_(select(Attempt.invitation_id).where(Attempt.connection_id.in_(connections))),
                tuple_(Invitation.publication_key, Invitation.contributor_key).in_(
                    select(Authorship.publication_key, Authorship.contributor_key).where(
                        Authorship.connection_id.in_(connections)
                    )
                ),
            ),
        )
    ).all()
    return Person(
        site=site,
        orcids=all_orcids,
        accounts=frozenset(accounts) | {one.account for one in held if one.account is not None},
        emails=frozenset(emails) | {row.email for row in invitations if row.email},
        connections=connections,
        invitations=frozenset(row.id for row in invitations),
    )


def _connections(
    session: Session, site: str, orcids: Collection[str], accounts: Collection[str]
) -> Sequence[Connection]:
    # After somebody disconnected, only the trip to ORCID tells whose account it was.
    left = select(Attempt.connection_id).where(Attempt.site == site, Attempt.account.in_(accounts))
    return session.scalars(
        select(Connection).where(
            Connection.site == site,
            or_(
                Connection.orcid.in_(orcids),
                Connection.account.in_(accounts),
                and_(Connection.account.is_(None), Connection.id.in_(left)),
            ),
        )
    ).all()


def _merged(session: Session, site: str, orcids: frozenset[str]) -> frozenset[str]:
    """These iDs, those of records that were merged into theirs, and those that theirs were merged into."""
    moves = select(AuditEvent.details).where(AuditEvent.site == site, AuditEvent.action == "record_moved")
    pairs = [{details["old"], details["new"]} for details in session.scalars(moves) if details]
    while more := {orcid for pair in pairs if pair & orcids for orcid in pair} - orcids:
        orcids |= more
    return orcids


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one table holds about people.

    Attributes:
        columns: those that say who somebody is, or point to a row that does.
        rows: the condition of a person's rows.
        fate: what an erasure does to them and why, for people.
        erase: does it, and returns the number of rows; None where they are kept.
    """

    table: type[Base]
    columns: frozenset[str]
    rows: Callable[[Person], ColumnElement[bool]]
    fate: str
    erase: Callable[[Session, Holding, Person], int] | None


ERASED = "account:erased"
"""Actor of the acts of somebody whose data were erased."""


def _remove(session: Session, holding: Holding, person: Person) -> int:
    return _execute(session, delete(holding.table).where(holding.rows(person)))


def _anonymise(session: Session, holding: Holding, person: Person) -> int:
    """Also the events of conflicts with others that name the person."""
    own = holding.rows(person)
    acted = AuditEvent.actor.in_(_actors(person))
    # The actor goes last, since it is one of the things by which the rows are found.
    _execute(session, update(AuditEvent).where(own, acted).values(orcid=None, account=None, details=None))
    count = _execute(session, update(AuditEvent).where(own, ~acted).values(orcid=None, account=None, details=None))
    named = and_(AuditEvent.site == person.site, AuditEvent.details["for_account"].as_string().in_(person.accounts))
    count += _execute(session, update(AuditEvent).where(named).values(details=None))
    return count + _execute(session, update(AuditEvent).where(own, acted).values(actor=ERASED))


def _remove_calls(session: Session, holding: Holding, person: Person) -> int:
    """Also the messages of co-authors' works that name the person."""
    count = _remove(session, holding, person)
    for orcid in person.orcids:
        for body in (Call.request_body, Call.response_body):
            named = and_(Call.site == person.site, body.contains(orcid))
            count += _execute(session, update(Call).where(named).values({body: None}))
    return count


def _reviews(person: Person) -> ColumnElement[bool]:
    written = select(Authorship.publication_key).where(_authorships(person))
    asked = select(Invitation.publication_key).where(Invitation.id.in_(person.invitations))
    return and_(
        StoredPublication.site == person.site,
        StoredPublication.section == Section.PEER_REVIEW,
        or_(StoredPublication.key.in_(written), StoredPublication.key.in_(asked)),
    )


def _empty_reviews(session: Session, holding: Holding, person: Person) -> int:
    """That there was a review is all that stays: its row holds the delivery that another iD of the person may have."""
    emptied: dict[str, Any] = {"document": {}, "subject_key": None, "state": PublicationState.DRAFT}
    return _execute(session, update(StoredPublication).where(holding.rows(person)).values(**emptied))


def _authorships(person: Person) -> ColumnElement[bool]:
    """Who is a contributor by a connection or an account, or has declined an invitation."""
    invited = select(Invitation.publication_key, Invitation.contributor_key).where(
        Invitation.id.in_(person.invitations)
    )
    declined = and_(
        Authorship.connection_id.is_(None),
        tuple_(Authorship.publication_key, Authorship.contributor_key).in_(invited),
    )
    return and_(
        Authorship.site == person.site,
        or_(Authorship.connection_id.in_(person.connections), Authorship.account.in_(person.accounts), declined),
    )


def _execute(session: Session, statement: Any) -> int:
    result: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)


def unnamed(person: Person, actor: str) -> str:
    """The actor of an erasure, as which nobody is named who erased themselves."""
    return ERASED if actor in _actors(person) else actor


def _actors(person: Person) -> list[str]:
    return [trail.account(account) for account in person.accounts]


def _tasks(person: Person) -> ColumnElement[bool]:
    return and_(
        Task.site == person.site,
        or_(
            and_(Task.kind.in_(_OF_INVITATION), Task.subject_id.in_(person.invitations)),
            and_(Task.kind == tasks.REVOKE, Task.subject_id.in_(person.connections)),
        ),
    )


def _remove_tasks(session: Session, holding: Holding, person: Person) -> int:
    """All but a revocation that is still owed: it keeps the token, sealed, until ORCID has it back, but not whose."""
    owed = and_(Task.kind == tasks.REVOKE, Task.sealed_payload.is_not(None))
    count = _execute(session, delete(Task).where(_tasks(person), ~owed))
    _execute(session, update(Task).where(_tasks(person), owed).values(subject_id=None))
    return count


def _events(person: Person) -> ColumnElement[bool]:
    return and_(
        AuditEvent.site == person.site,
        or_(
            AuditEvent.orcid.in_(person.orcids),
            AuditEvent.account.in_(person.accounts),
            AuditEvent.actor.in_(_actors(person)),
            AuditEvent.subject.in_([f"invitation/{one}" for one in person.invitations]),
        ),
    )


HOLDINGS = (
    Holding(
        table=InvitationLink,
        columns=frozenset({"invitation_id"}),
        rows=lambda person: InvitationLink.invitation_id.in_(person.invitations),
        fate="removed: the links in mails hold no longer",
        erase=_remove,
    ),
    Holding(
        table=Task,
        columns=frozenset({"subject_id"}),
        rows=_tasks,
        fate="removed, but for the revocation of the permission, which keeps the token sealed until ORCID has it back",
        erase=_remove_tasks,
    ),
    Holding(
        table=Attempt,
        columns=frozenset({"account", "connection_id", "invitation_id"}),
        rows=lambda person: and_(
            Attempt.site == person.site,
            or_(
                Attempt.account.in_(person.accounts),
                Attempt.connection_id.in_(person.connections),
                Attempt.invitation_id.in_(person.invitations),
            ),
        ),
        fate="removed, and with it the memory of what they denied",
        erase=_remove,
    ),
    Holding(
        table=Conflict,
        columns=frozenset({"account", "connection_id"}),
        rows=lambda person: and_(
            Conflict.site == person.site,
            or_(Conflict.account.in_(person.accounts), Conflict.connection_id.in_(person.connections)),
        ),
        fate="removed",
        erase=_remove,
    ),
    Holding(
        table=StoredPublication,
        columns=frozenset({"document"}),
        rows=_reviews,
        fate="of their reviews: emptied; publications are kept: what the host has published is the host's to change",
        erase=_empty_reviews,
    ),
    Holding(
        table=Authorship,
        columns=frozenset({"account", "connection_id"}),
        rows=_authorships,
        fate="removed: nothing says any longer which contributor they are, or that they declined",
        erase=_remove,
    ),
    Holding(
        table=Delivery,
        columns=frozenset({"orcid", "connection_id"}),
        rows=lambda person: Delivery.connection_id.in_(person.connections),
        fate="removed",
        erase=_remove,
    ),
    Holding(
        table=Item,
        columns=frozenset({"orcid", "connection_id"}),
        rows=lambda person: Item.connection_id.in_(person.connections),
        fate="removed; the put-codes of what stays on the record are reported",
        erase=_remove,
    ),
    Holding(
        table=Invitation,
        columns=frozenset({"name", "email", "orcid"}),
        rows=lambda person: Invitation.id.in_(person.invitations),
        fate="removed",
        erase=_remove,
    ),
    Holding(
        table=Connection,
        columns=frozenset({"orcid", "account", "name"}),
        rows=lambda person: Connection.id.in_(person.connections),
        fate="removed, after ORCID was asked to revoke the permission",
        erase=_remove,
    ),
    Holding(
        table=Call,
        columns=frozenset({"orcid"}),
        rows=lambda person: and_(Call.site == person.site, Call.orcid.in_(person.orcids)),
        fate="removed; bodies of other calls that name them are emptied",
        erase=_remove_calls,
    ),
    Holding(
        table=AuditEvent,
        columns=frozenset({"orcid", "account"}),
        rows=_events,
        fate="anonymised: that something happened is kept, who it was is not",
        erase=_anonymise,
    ),
    Holding(
        table=OptOut,
        columns=frozenset({"email_hash"}),
        rows=lambda person: opt_outs.of(person.site, *person.emails, *person.orcids),
        fate="kept: a hash, without which they would be written to again",
        erase=None,
    ),
    Holding(
        table=RecordClaim,
        columns=frozenset({"orcid"}),
        rows=lambda person: RecordClaim.orcid.in_(person.orcids),
        fate="kept: that a worker writes to the record now; it is gone when the worker is done",
        erase=None,
    ),
    Holding(
        table=PublicationOrcid,
        columns=frozenset({"orcid"}),
        rows=lambda person: and_(
            PublicationOrcid.orcid.in_(person.orcids),
            PublicationOrcid.publication_id.in_(
                select(StoredPublication.id).where(StoredPublication.site == person.site)
            ),
        ),
        fate="kept, as is the publication: that is what the host has published, and the host's to change",
        erase=None,
    ),
)
"""Every table about people, in the order in which rows can be removed."""


def data_of(session: Session, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Name of a table, without prefix -> rows of the person, as values of JSON, without secrets and hashes."""
    found = {}
    for holding in HOLDINGS:
        rows = session.scalars(select(holding.table).where(holding.rows(person))).all()
        if rows:
            found[holding.table.__tablename__.removeprefix("orcid_plugin_")] = [_shown(row) for row in rows]
    return found


def erase(session: Session, person: Person) -> dict[str, int]:
    """Remove or anonymise what `HOLDINGS` says; name of a table, without prefix -> number of rows."""
    counts = {
        holding.table.__tablename__.removeprefix("orcid_plugin_"): holding.erase(session, holding, person)
        for holding in HOLDINGS
        if holding.erase is not None
    }
    session.expire_all()
    return {name: count for name, count in counts.items() if count}


def erase_calls(session: Session, person: Person) -> None:
    """Remove what the log of calls holds about the person."""
    _remove_calls(session, next(one for one in HOLDINGS if one.table is Call), person)


def _shown(row: Base) -> dict[str, Any]:
    """A row without what is sealed or hashed; that a token is kept is said, the token is not."""
    shown = {
        column.name: _plain(getattr(row, column.name))
        for column in row.__table__.columns
        if not column.name.startswith("sealed_") and not column.name.endswith("_hash")
    }
    if isinstance(row, Connection):
        shown["token_is_kept"] = bool(row.sealed_token_answer or row.sealed_sign_in_answer)
    return shown


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.datetime) else value
