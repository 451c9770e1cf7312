"""What the host has told about its publications, kept as it is now."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from orcid_plugin.metadata import json_form
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.store.tables import PublicationOrcid, PublicationState, StoredPublication


def find(session: Session, site_key: str, key: str) -> StoredPublication | None:
    """The publication that the host knows by this key, or None."""
    return session.scalar(
        select(StoredPublication).where(StoredPublication.site == site_key, StoredPublication.key == key)
    )


def find_doi(session: Session, site_key: str, doi: str) -> StoredPublication | None:
    """The publication with this DOI of its own (bare, lower case); of several the latest. None where there is none."""
    return session.scalar(
        select(StoredPublication)
        .where(StoredPublication.site == site_key, StoredPublication.doi == doi)
        .order_by(StoredPublication.id.desc())
        .limit(1)
    )


def save(
    session: Session, site_key: str, key: str, publication: Publication, state: PublicationState | None
) -> StoredPublication:
    """Insert the publication, or replace what is stored of it.

    `state` None keeps the state; that of a new one is then DRAFT. What is saved counts as not planned yet.
    """
    document = json_form.dump(publication)
    stored = find(session, site_key, key)
    if stored is None:
        stored = StoredPublication(site=site_key, key=key, document=document, state=state or PublicationState.DRAFT)
        session.add(stored)
    stored.doi = publication.doi
    stored.document = document
    stored.state = state or stored.state
    stored.planned_at = None
    session.flush()
    session.execute(delete(PublicationOrcid).where(PublicationOrcid.publication_id == stored.id))
    stated = {one.authenticated_orcid.path for one in publication.contributors if one.authenticated_orcid}
    session.add_all(PublicationOrcid(publication_id=stored.id, orcid=orcid) for orcid in sorted(stated))
    session.flush()
    return stored


def plan_again(session: Session, site_key: str, key: str) -> None:
    """Let the worker compare the publication with the records once more."""
    session.execute(
        update(StoredPublication)
        .where(StoredPublication.site == site_key, StoredPublication.key == key)
        .values(planned_at=None)
    )


def publication_of(stored: StoredPublication) -> Publication:
    """The publication as the host last described it."""
    return json_form.load(stored.document).publication
