"""What the host has told about its publications, kept as it is now."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from orcid_plugin.metadata import json_form
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.store.tables import Authorship, Delivery, Item, PublicationOrcid, PublicationState, StoredPublication


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
    if publication.doi is not None:
        _take_over_announced(session, stored, publication.doi)
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


def announce(session: Session, site_key: str, key: str, doi: str | None) -> StoredPublication:
    """Keep a publication of which only key and DOI are known, until the host tells of it by either of them."""
    stored = StoredPublication(site=site_key, key=key, doi=doi, document={}, state=PublicationState.DRAFT)
    session.add(stored)
    session.flush()
    return stored


def _take_over_announced(session: Session, stored: StoredPublication, doi: str) -> None:
    """What an import said about a publication with this DOI is about `stored`, unless that has items of its own."""
    session.flush()
    found = session.scalars(
        select(StoredPublication).where(
            StoredPublication.site == stored.site,
            StoredPublication.doi == doi,
            StoredPublication.state == PublicationState.DRAFT,
            StoredPublication.id != stored.id,
        )
    )
    announced = next((one for one in found if not one.document), None)
    has_items = select(Item.id).where(Item.publication_id == stored.id).limit(1)
    if announced is None or session.scalar(has_items) is not None:
        return
    for owed in (Item, Delivery):
        session.execute(update(owed).where(owed.publication_id == announced.id).values(publication_id=stored.id))
    _rename_authorships(session, announced, stored.key)
    session.delete(announced)
    session.flush()


def _rename_authorships(session: Session, announced: StoredPublication, key: str) -> None:
    rows = session.scalars(
        select(Authorship).where(
            Authorship.site == announced.site, Authorship.publication_key.in_([announced.key, key])
        )
    ).all()
    known = [row for row in rows if row.publication_key == key]
    contributors = {row.contributor_key for row in known}
    people = {row.connection_id for row in known} - {None}
    for row in rows:
        if row.publication_key == key:
            continue
        if row.contributor_key in contributors or row.connection_id in people:
            session.delete(row)  # what the host has said itself counts
        else:
            row.publication_key = key


def publication_of(stored: StoredPublication) -> Publication:
    """The publication as the host last described it."""
    return json_form.load(stored.document).publication
