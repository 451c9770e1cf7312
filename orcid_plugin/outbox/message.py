"""What a publication or a review says on records: the same on each, of the metadata as it is stored now."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from orcid_plugin.errors import InvalidMessage, PublicationRefused
from orcid_plugin.identity import authorship
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.metadata.review import Review
from orcid_plugin.registry.encoding.json import content_hash
from orcid_plugin.registry.messages import from_publication, from_review, item_rules
from orcid_plugin.registry.messages.contributors import credited
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.work import Work
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store import publications
from orcid_plugin.store.tables import Connection, PublicationState, Section, StoredPublication

log = logging.getLogger("orcid_plugin.outbox")

KINDS: Mapping[str, type[Work | PeerReview]] = {Section.WORK: Work, Section.PEER_REVIEW: PeerReview}
"""Section of a record -> the items in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The item to be sent, or why there is none.

    Attributes:
        connections: position of a contributor -> connection, in whatever state, of those on whose record it belongs.
        item: without put-code; None where what the host told cannot become one at all.
        group: of a review, which must exist before it is sent.
        not_before: when an item that is new on a record may go there at the earliest; None: at once.
        content_hash: of `item`.
        fault: code and sentence for which ORCID would refuse it, or None.
    """

    connections: Mapping[int, Connection]
    item: Work | PeerReview | None = None
    group: GroupIdRecord | None = None
    not_before: datetime.datetime | None = None
    content_hash: str | None = None
    fault: tuple[str, str] | None = None


def compose(session: Session, site: Site, settings: Settings, stored: StoredPublication) -> Message:
    """Build the message of what is stored and check it by ORCID's rules. No metadata makes it raise."""
    document = publications.document_of(stored)
    connections = authorship.connections(session, site, stored, document)
    item: Work | PeerReview | None = None
    group, fault = None, None
    try:
        if isinstance(document, Review):
            item, group = _review(session, settings, stored, document)
        else:
            item = _work(site, settings, document, connections)
        item_rules.require_valid(item, create=True)
    except PublicationRefused as error:
        fault = (error.code, str(error))
    except InvalidMessage as error:
        fault = (error.findings[0].code, str(error))
    except Exception:  # a mistake of ours must neither stop publishing nor the worker
        log.exception("the message of %s cannot be built", stored.key)
        fault = ("internal_error", "The message could not be built; the log has the details.")
    positions = connections.keys() if isinstance(document, Review) else connections.keys() & credited(document)
    return Message(
        connections={position: connections[position] for position in positions},
        item=item,
        group=group,
        not_before=stored.not_before if _is_anonymous(item) else None,
        content_hash=content_hash(item) if item else None,
        fault=fault,
    )


def _work(site: Site, settings: Settings, publication: Publication, connections: Mapping[int, Connection]) -> Work:
    id_host = site.environment.id_host
    proven = authorship.authenticated(publication, connections, trust_metadata=settings.trust_metadata, id_host=id_host)
    return from_publication.work(proven, id_host=id_host)


def _review(
    session: Session, settings: Settings, stored: StoredPublication, review: Review
) -> tuple[PeerReview, GroupIdRecord]:
    subject = publications.find(session, stored.site, stored.subject_key) if stored.subject_key else None
    if subject is not None and subject.section != Section.WORK:
        raise PublicationRefused(f"what was reviewed, {stored.subject_key!r}, is a review itself")
    publication = publications.publication_of(subject) if subject is not None else None
    # A review is no reason to tell of something before its journal does.
    public = subject is not None and subject.state in {PublicationState.PUBLISHED, PublicationState.RETRACTED}
    container = review.container or (publication.container if publication else None)
    group = from_review.group(container, name=settings.site_name, group_id=settings.review_group_id)
    item = from_review.peer_review(
        review,
        group_id=group.group_id,
        organization=settings.organization,
        opaque_id=stored.opaque_id or "",
        subject=publication if review.identified and public else None,
    )
    return item, group


def _is_anonymous(item: Work | PeerReview | None) -> bool:
    return isinstance(item, PeerReview) and item.subject_type is None
