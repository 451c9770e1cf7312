"""What a publication says on its contributors' records: the same work on each, of the metadata as it is stored now."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from orcid_plugin.errors import InvalidMessage, PublicationRefused
from orcid_plugin.identity import authorship
from orcid_plugin.registry.encoding.json import content_hash
from orcid_plugin.registry.messages import from_publication, rules
from orcid_plugin.registry.messages.contributors import credited
from orcid_plugin.registry.messages.work import Work
from orcid_plugin.settings import Settings, Site
from orcid_plugin.store import publications
from orcid_plugin.store.tables import Connection, StoredPublication

log = logging.getLogger("orcid_plugin.outbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The work to be sent, or why there is none.

    Attributes:
        connections: position of a contributor -> connection, in whatever state, of those on whose record it belongs.
        work: without put-code; None where the publication cannot become a work at all.
        content_hash: of `work`.
        fault: code and sentence for which ORCID would refuse it, or None.
    """

    connections: Mapping[int, Connection]
    work: Work | None = None
    content_hash: str | None = None
    fault: tuple[str, str] | None = None


def compose(session: Session, site: Site, settings: Settings, stored: StoredPublication) -> Message:
    """Build the message of a stored publication and check it by ORCID's rules. No metadata makes it raise."""
    publication = publications.publication_of(stored)
    connections = authorship.connections(session, site, stored, publication)
    id_host = site.environment.id_host
    proven = authorship.authenticated(publication, connections, trust_metadata=settings.trust_metadata, id_host=id_host)
    work, fault = None, None
    try:
        work = from_publication.work(proven, id_host=id_host)
        rules.require_valid(work, create=True)
    except PublicationRefused as error:
        fault = (error.code, str(error))
    except InvalidMessage as error:
        fault = (error.findings[0].code, str(error))
    except Exception:  # a mistake of ours must neither stop publishing nor the worker
        log.exception("the message of %s cannot be built", stored.key)
        fault = ("internal_error", "The message could not be built; the log has the details.")
    concerned = {position: connections[position] for position in connections.keys() & credited(publication)}
    return Message(connections=concerned, work=work, content_hash=content_hash(work) if work else None, fault=fault)
