"""Who of a publication's contributors is which person: links, denials, and what iDs are thereby authenticated."""

from __future__ import annotations

import datetime
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select, and_, select, update
from sqlalchemy.orm import Session, joinedload

from orcid_plugin.errors import IdentityConflict, InputError
from orcid_plugin.identity import invitations, trail
from orcid_plugin.metadata.contributor import Contributor, ContributorKind
from orcid_plugin.metadata.identifiers import PRODUCTION_HOST, OrcidId
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.settings import Site
from orcid_plugin.store import publications
from orcid_plugin.store.publications import Document
from orcid_plugin.store.tables import (
    Attempt,
    Authorship,
    Connection,
    ConnectionState,
    Invitation,
    InvitationState,
    StoredPublication,
    now,
)

log = logging.getLogger("orcid_plugin.identity")

_HELD = frozenset({ConnectionState.ACTIVE, ConnectionState.REVOKED, ConnectionState.STALE})
"""States of a connection in which its iD is still that of the contributor."""


def link(
    session: Session, site: Site, publication_key: str, contributor_key: str, connection: Connection
) -> Authorship:
    """Remember that this contributor is the person of the connection; ends an earlier denial, link or invitation.

    Raises `IdentityConflict` where the iD is already that of another contributor of the publication, and where the
    contributor has another iD of this Registry, unless its person disconnected.
    """
    taken = session.scalar(
        _of_publication(site.key, publication_key).where(
            Authorship.connection_id == connection.id, Authorship.contributor_key != contributor_key
        )
    )
    if taken is not None:
        names = _names(session, site, publication_key)
        first, second = (names.get(key, key) for key in (taken.contributor_key, contributor_key))
        raise IdentityConflict(
            f"the iD {connection.orcid} is already that of {first} here, so it cannot be that of {second} as well"
        )
    authorship = _row(session, site.key, publication_key, contributor_key)
    held = _of_registry(site, authorship)
    if held is not None and held.orcid != connection.orcid and held.state in _HELD:
        name = _names(session, site, publication_key).get(contributor_key, contributor_key)
        raise IdentityConflict(
            f"{name} is connected here with the iD {held.orcid}, so {connection.orcid} cannot take its place"
        )
    authorship.connection = connection
    authorship.denied_at = None
    session.flush()
    actor = trail.account(connection.account) if connection.account else trail.PERSON
    # A link in an old mail must not make somebody else of the contributor.
    invitations.end(session, site, publication_key, contributor_key, state=InvitationState.CONNECTED, actor=actor)
    return authorship


def belongs_to(session: Session, site_key: str, publication_key: str, contributor_key: str, account: str) -> None:
    """Remember that a contributor is an account: `link_accounts` links its connection when there is one."""
    _row(session, site_key, publication_key, contributor_key).account = account
    session.flush()


def link_accounts(
    session: Session, site: Site, *, publication_key: str | None = None, connection: Connection | None = None
) -> None:
    """Link accounts that have connected since they were said to be contributors, of a publication or by a connection.

    Who said no to one of them is not linked there. Nor is somebody whose iD is another contributor's, or in whose place
    another iD is: whoever publishes or connects now must not be stopped by it, so that only the log tells.
    """
    query = (
        select(Authorship, Connection)
        .join(Connection, and_(Connection.site == Authorship.site, Connection.account == Authorship.account))
        .where(
            Authorship.site == site.key,
            Authorship.denied_at.is_(None),
            Authorship.connection_id.is_distinct_from(Connection.id),
            Connection.environment == site.environment.name,
            Connection.state == ConnectionState.ACTIVE,
        )
    )
    if publication_key is not None:
        query = query.where(Authorship.publication_key == publication_key)
    if connection is not None:
        query = query.where(Connection.id == connection.id)
    for authorship, found in session.execute(query).all():
        try:
            link(session, site, authorship.publication_key, authorship.contributor_key, found)
        except IdentityConflict as error:
            log.info("%s: %s", authorship.publication_key, error)


@dataclass(frozen=True, slots=True)
class Named:
    """A person whom a publication names, by their position among its contributors."""

    stored: StoredPublication
    document: Document
    position: int

    @property
    def contributor(self) -> Contributor:
        """What the publication says of the person."""
        return self.document.contributors[self.position]


def named(session: Session, site: Site, publication_key: str, contributor_key: str) -> Named:
    """The person of this key; their publication is locked, so that two editors act one after the other.

    Raises `InputError` where there is no such person.
    """
    stored = session.scalar(
        select(StoredPublication)
        .where(StoredPublication.site == site.key, StoredPublication.key == publication_key)
        .with_for_update()
    )
    if stored is None:
        raise InputError(f"there is no publication {publication_key!r}: call submitted(…) first")
    document = publications.document_of(stored)
    for position, one in enumerate(document.contributors):
        if one.key == contributor_key:
            if one.kind is not ContributorKind.PERSON:
                raise InputError(f"{one.display_name} is not a person, so there is no ORCID iD to connect")
            return Named(stored, document, position)
    raise InputError(f"the publication {publication_key!r} has no contributor {contributor_key!r}")


def is_connected(session: Session, site: Site, person: Named) -> bool:
    """Whether the site has this person's permission."""
    connection = connections(session, site, person.stored, person.document).get(person.position)
    return connection is not None and connection.state == ConnectionState.ACTIVE


def declined_at(session: Session, site: Site, person: Named) -> datetime.datetime | None:
    """When the person said that they do not want to connect, or None."""
    return session.scalar(
        select(Authorship.denied_at).where(
            Authorship.site == site.key,
            Authorship.publication_key == person.stored.key,
            Authorship.contributor_key == person.contributor.key,
        )
    )


def linked(session: Session, site: Site, publication_key: str, contributor_key: str) -> Connection | None:
    """The connection of a contributor, in whatever state it is."""
    row = session.scalar(
        _of_publication(site.key, publication_key).where(Authorship.contributor_key == contributor_key)
    )
    return _of_registry(site, row) if row is not None else None


def declined(session: Session, site: Site, publication_key: str, contributor_key: str) -> datetime.datetime | None:
    """When the contributor said no, or None."""
    return session.scalar(
        select(Authorship.denied_at).where(
            Authorship.site == site.key,
            Authorship.publication_key == publication_key,
            Authorship.contributor_key == contributor_key,
        )
    )


def unlink(session: Session, site: Site, publication_key: str, contributor_key: str) -> Connection | None:
    """Forget that a contributor is the person of a connection; returns that connection, None where there was none."""
    connection = linked(session, site, publication_key, contributor_key)
    session.execute(
        update(Authorship)
        .where(
            Authorship.site == site.key,
            Authorship.publication_key == publication_key,
            Authorship.contributor_key == contributor_key,
        )
        .values(connection_id=None, account=None)
    )
    return connection


def decline(session: Session, site: Site, publication_key: str, contributor_key: str) -> None:
    """Remember that the contributor does not want to connect; a link that exists is left alone."""
    authorship = _row(session, site.key, publication_key, contributor_key)
    if _of_registry(site, authorship) is None:
        authorship.denied_at = now()
    session.flush()


def inherit(session: Session, site: Site, old_key: str, new_key: str, *, actor: str) -> None:
    """Take over who is who from an earlier version, except what the new one knows itself, and move what is open.

    That are the trips to ORCID under way, the reviews, which name the newest version, and the invitations, expired ones
    too since they can be sent again, except those of people whom the new version invites itself.
    """
    known = list(session.scalars(_of_publication(site.key, new_key)))
    keys, people = {one.contributor_key for one in known}, {one.connection_id for one in known} - {None}
    for one in session.scalars(_of_publication(site.key, old_key)):
        if one.contributor_key not in keys and one.connection_id not in people:
            session.add(
                Authorship(
                    site=site.key,
                    publication_key=new_key,
                    contributor_key=one.contributor_key,
                    connection_id=one.connection_id,
                    account=one.account,
                    denied_at=one.denied_at,
                )
            )
    for newer in invitations.of_publication(session, site, new_key):
        if old_key != new_key and newer.state in invitations.OPEN:
            ended = InvitationState.SUPERSEDED
            invitations.end(session, site, old_key, newer.contributor_key, state=ended, actor=actor)
    session.execute(
        update(Invitation)
        .where(
            Invitation.site == site.key,
            Invitation.publication_key == old_key,
            Invitation.state.in_([*invitations.OPEN, InvitationState.EXPIRED]),
        )
        .values(publication_key=new_key)
    )
    session.execute(
        update(StoredPublication)
        .where(StoredPublication.site == site.key, StoredPublication.subject_key == old_key)
        .values(subject_key=new_key, planned_at=None)
    )
    session.execute(
        update(Attempt)
        .where(Attempt.site == site.key, Attempt.publication_key == old_key, Attempt.used_at.is_(None))
        .values(publication_key=new_key)
    )
    session.flush()


def connections(session: Session, site: Site, stored: StoredPublication, document: Document) -> dict[int, Connection]:
    """Position of a contributor in `document.contributors` -> their connection, in whatever state it is.

    What the store knows of a contributor's key comes first. Else an iD links which the metadata marks authenticated and
    for which the site holds a live connection; one that is only claimed, or stands at two different names, never does.
    """
    linked = {
        authorship.contributor_key: authorship.connection
        for authorship in session.scalars(
            _of_publication(site.key, stored.key).options(joinedload(Authorship.connection))
        )
        if authorship.connection is not None and authorship.connection.environment == site.environment.name
    }
    contributors = list(enumerate(document.contributors))
    found = {position: linked[one.key] for position, one in contributors if one.key in linked}
    rest = [(position, one) for position, one in contributors if position not in found]
    live = _live(session, site, _unambiguous(site, rest, taken={connection.orcid for connection in found.values()}))
    for position, one in rest:
        if one.authenticated_orcid and one.authenticated_orcid.path in live:
            found[position] = live[one.authenticated_orcid.path]
    return found


def authenticated(
    publication: Publication,
    connections: Mapping[int, Connection],
    *,
    trust_metadata: bool,
    id_host: str = PRODUCTION_HOST,
) -> Publication:
    """The publication with its contributors as `proven` has them."""
    contributors = proven(publication.contributors, connections, trust_metadata=trust_metadata, id_host=id_host)
    return replace(publication, contributors=contributors)


def proven(
    contributors: Sequence[Contributor],
    connections: Mapping[int, Connection],
    *,
    trust_metadata: bool,
    id_host: str = PRODUCTION_HOST,
) -> tuple[Contributor, ...]:
    """The contributors with the iDs of those who are connected in place and marked authenticated.

    Every other mark is taken away, unless the host vouches for its metadata (`trust_metadata`) and the iD is of the
    same Registry: `id_host` is the host of its iDs.
    """

    def of(position: int, contributor: Contributor) -> Contributor:
        if connection := connections.get(position):
            return replace(contributor, orcid=OrcidId(connection.orcid, id_host), authenticated=True)
        vouched = trust_metadata and contributor.orcid is not None and contributor.orcid.host == id_host
        return replace(contributor, authenticated=contributor.authenticated and vouched)

    return tuple(of(*pair) for pair in enumerate(contributors))


def _of_publication(site_key: str, publication_key: str) -> Select[Authorship]:
    return select(Authorship).where(Authorship.site == site_key, Authorship.publication_key == publication_key)


def _row(session: Session, site_key: str, publication_key: str, contributor_key: str) -> Authorship:
    row = session.scalar(
        _of_publication(site_key, publication_key).where(Authorship.contributor_key == contributor_key)
    )
    if row is None:
        row = Authorship(site=site_key, publication_key=publication_key, contributor_key=contributor_key)
        session.add(row)
    return row


def _of_registry(site: Site, authorship: Authorship) -> Connection | None:
    """A contributor's connection, unless it is of a Registry that the site had before, where they had another iD."""
    held = authorship.connection
    return held if held is not None and held.environment == site.environment.name else None


def _names(session: Session, site: Site, publication_key: str) -> dict[str, str]:
    stored = publications.find(session, site.key, publication_key)
    if stored is None:
        return {}
    contributors = publications.document_of(stored).contributors
    return {one.key: one.display_name for one in contributors if one.key and one.display_name}


def _unambiguous(site: Site, contributors: list[tuple[int, Contributor]], *, taken: set[str]) -> set[str]:
    """The iDs that may link by themselves: of this Registry, authenticated, and of one name only."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for _, one in contributors:
        if one.authenticated_orcid and one.authenticated_orcid.host == site.environment.id_host:
            names[one.authenticated_orcid.path].add(one.display_name.casefold())
    return {orcid for orcid, spellings in names.items() if len(spellings) == 1 and orcid not in taken}


def _live(session: Session, site: Site, orcids: set[str]) -> dict[str, Connection]:
    if not orcids:
        return {}
    found = session.scalars(
        select(Connection).where(
            Connection.site == site.key,
            Connection.environment == site.environment.name,
            Connection.state == ConnectionState.ACTIVE,
            Connection.orcid.in_(orcids),
        )
    )
    return {connection.orcid: connection for connection in found}
