"""Publication: what the host publishes goes to the ORCID records of its contributors, and stays up to date there.

Each call stores, plans and returns at once; a worker sends. Neither ORCID nor missing credentials stop it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orcid_plugin.errors import InputError, PublicationRefused, SettingsError
from orcid_plugin.identity import authorship, connections, trail
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.identifiers import OrcidId
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.outbox.history import History
from orcid_plugin.outbox.history import of as history_of
from orcid_plugin.outbox.plan import one_at_a_time, plan_again, plan_publication
from orcid_plugin.runtime import Runtime, actor, current
from orcid_plugin.store import publications
from orcid_plugin.store.tables import (
    Authorship,
    ConnectionState,
    Delivery,
    DeliveryState,
    Invitation,
    InvitationState,
    Item,
    PublicationState,
    StoredPublication,
)

log = logging.getLogger("orcid_plugin.hooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributorStatus:
    """Where one contributor of a publication stands, in the order of the publication.

    Attributes:
        contributor: what the metadata says of them, with the same iD and mark; their role, names and affiliations.
        name: display name; key: `Contributor.key`, or None.
        orcid: the iD of their connection, else what the metadata states.
        authenticated: whether ORCID vouched for that iD, here or in metadata that the host trusts.
        connection: state of their connection, or None.
        declined: they were asked, and do not want to connect.
        invitation: state of their latest invitation, or None.
        delivery: state of what is owed or was sent to their record, or None.
        code, message: stable code and sentence of the reason for that state.
        put_code: of the work on their record, or None while it is not there.
        out_of_reach: put-code of a work there that was written with former credentials of this site, or None: only
            those could change or delete it, and the person.
    """

    contributor: Contributor
    name: str
    key: str | None = None
    orcid: OrcidId | None = None
    authenticated: bool = False
    connection: ConnectionState | None = None
    declined: bool = False
    invitation: InvitationState | None = None
    delivery: DeliveryState | None = None
    code: str | None = None
    message: str | None = None
    put_code: int | None = None
    out_of_reach: int | None = None


def default_key(publication: Publication) -> str:
    """`doi:10.…`, else type and value of the first identifier of its own. Raises `PublicationRefused` without one."""
    if publication.doi:
        return f"doi:{publication.doi}"
    if not publication.own_identifiers:
        raise PublicationRefused(f"the publication {publication.title.text[:100]!r} has no identifier of its own")
    first = publication.own_identifiers[0]
    return f"{first.type}:{first.value}"


def published(publication: Publication, *, key: str | None = None) -> None:
    """The publication is public now, or its metadata changed.

    Call it when people can read it, not when it is scheduled. `key` is the host's own id of it, the same one that
    `hooks.submission` got; `default_key` if None. Raises `PublicationRefused` where there is neither key nor
    identifier, and `StoreError` where the plugin's database fails.
    """
    runtime = current()
    with runtime.store.begin() as session:
        one_at_a_time(session, runtime.settings.site)
        stored = publications.save(
            session,
            runtime.settings.site,
            key or default_key(publication),
            publication,
            PublicationState.PUBLISHED,
        )
        planned(runtime, session, stored)
    runtime.due.set()


def withdrawn(key: str) -> None:
    """The publication is public no more: it is deleted from the records. Raises `InputError` for an unknown key."""
    _become(key, PublicationState.WITHDRAWN)


def retracted(key: str) -> None:
    """The publication is retracted: it stays on the records that have it, or is deleted, by ORCID_PLUGIN_RETRACTED.

    Metadata that says so (a title, the notice) goes there with `published` before this call. Raises `InputError` for an
    unknown key.
    """
    _become(key, PublicationState.RETRACTED)


def send_again(key: str, orcid: str) -> int:
    """Try one record once more, because an editor decided so; returns how many deliveries that planned.

    The way to put back what the person deleted there, after they asked for it, and to repeat what ORCID refused or
    parked. `orcid` is the bare iD. Nothing is planned for a record that has the publication as it is, or whose person
    gives no permission. Raises `InputError` for an unknown key, `SettingsError` while credentials are missing.
    """
    runtime = current()
    with runtime.store.begin() as session:
        planned = plan_again(session, runtime.site, runtime.settings, _known(runtime, session, key), orcid)
        connection = connections.of_orcid(session, runtime.site, orcid)
        trail.note(session, runtime.site, actor(), "send_again", connection=connection, publication_key=key)
    runtime.due.set()
    return planned


def status(key: str) -> list[ContributorStatus]:
    """Where each contributor stands, in the order of the publication; empty for an unknown key."""
    runtime = current()
    with runtime.store.begin() as session:
        stored = publications.find(session, runtime.settings.site, key)
        return _Overview(runtime, session, stored).statuses() if stored else []


def history(key: str) -> History:
    """What happened at ORCID: what each record is owed or was sent, events, calls. Raises `InputError` as others do."""
    runtime = current()
    with runtime.store.begin() as session:
        return history_of(session, _known(runtime, session, key))


def history_url(key: str) -> str:
    """The page of the same for editors (`Host.may_edit`), with a button to send again."""
    return url_for("orcid_plugin.history", publication=key)


def _become(key: str, state: PublicationState) -> None:
    runtime = current()
    with runtime.store.begin() as session:
        one_at_a_time(session, runtime.settings.site)
        stored = _known(runtime, session, key)
        stored.state = state
        stored.planned_at = None
        session.flush()
        planned(runtime, session, stored)
    runtime.due.set()


def _known(runtime: Runtime, session: Session, key: str) -> StoredPublication:
    stored = publications.find(session, runtime.settings.site, key)
    if stored is None:
        raise InputError(f"no publication with the key {key!r} is known")
    return stored


def planned(runtime: Runtime, session: Session, stored: StoredPublication) -> None:
    """Plan what is stored, in the caller's transaction; while credentials are missing, the worker does so later."""
    try:
        site = runtime.site
    except SettingsError as error:
        log.error("%s is stored, but nothing can be planned for ORCID yet: %s", stored.key, error)
        return
    plan_publication(session, site, runtime.settings, stored)


class _Overview:
    """Everything that the store knows of one publication's contributors."""

    def __init__(self, runtime: Runtime, session: Session, stored: StoredPublication) -> None:
        self._runtime, self._session, self._stored = runtime, session, stored
        document = publications.document_of(stored)
        self._contributors = document.contributors
        try:
            self._connections = authorship.connections(session, runtime.site, stored, document)
        except SettingsError:  # without credentials nobody can be connected
            self._connections = {}

    def statuses(self) -> list[ContributorStatus]:
        settings = self._runtime.settings
        proven = authorship.proven(
            self._contributors,
            self._connections,
            trust_metadata=settings.trust_metadata,
            id_host=settings.registry.id_host,
        )
        declined, invitations = self._declined(), self._invitations()
        deliveries, put_codes = self._deliveries(), self._put_codes()

        def of(position: int, contributor: Contributor) -> ContributorStatus:
            status = ContributorStatus(
                contributor=contributor,
                name=contributor.display_name,
                key=contributor.key,
                orcid=contributor.orcid,
                authenticated=contributor.authenticated,
                declined=contributor.key in declined,
                invitation=invitations.get(contributor.key or ""),
            )
            connection = self._connections.get(position)
            if connection is None:
                return status
            delivery = deliveries.get(connection.id)
            return replace(
                status,
                connection=ConnectionState(connection.state),
                delivery=DeliveryState(delivery.state) if delivery else None,
                code=delivery.code if delivery else None,
                message=delivery.message if delivery else None,
                put_code=put_codes.get((connection.id, True)),
                out_of_reach=put_codes.get((connection.id, False)),
            )

        return [of(*pair) for pair in enumerate(proven)]

    def _declined(self) -> set[str]:
        found = self._session.scalars(
            select(Authorship.contributor_key).where(
                Authorship.site == self._stored.site,
                Authorship.publication_key == self._stored.key,
                Authorship.denied_at.is_not(None),
            )
        )
        return set(found)

    def _invitations(self) -> Mapping[str, InvitationState]:
        found = self._session.scalars(
            select(Invitation)
            .where(Invitation.site == self._stored.site, Invitation.publication_key == self._stored.key)
            .order_by(Invitation.id)
        )
        return {invitation.contributor_key: InvitationState(invitation.state) for invitation in found}

    def _deliveries(self) -> Mapping[int, Delivery]:
        latest = (
            select(func.max(Delivery.id))
            .where(Delivery.publication_id == self._stored.id)
            .group_by(Delivery.connection_id)
        )
        found = self._session.scalars(select(Delivery).where(Delivery.id.in_(latest)))
        return {delivery.connection_id: delivery for delivery in found}

    def _put_codes(self) -> Mapping[tuple[int, bool], int]:
        """By connection, and whether the present credentials have put the work there."""
        found = self._session.execute(
            select(Item.connection_id, Item.client_id, Item.put_code)
            .where(
                Item.publication_id == self._stored.id,
                Item.environment == self._runtime.settings.registry.name,
                Item.removed_at.is_(None),
            )
            .order_by(Item.id)
        )
        client_id = self._runtime.settings.client_id
        return {(row.connection_id, row.client_id == client_id): row.put_code for row in found}
