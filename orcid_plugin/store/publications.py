"""What the host has told about its publications and their reviews, kept as it is now."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from orcid_plugin.errors import InputError
from orcid_plugin.metadata import json_form
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.metadata.review import Review
from orcid_plugin.store.tables import (
    Authorship,
    Delivery,
    Item,
    PublicationOrcid,
    PublicationState,
    Section,
    StoredPublication,
)

Document = Publication | Review
"""What a host tells of: it has contributors, a title that their pages and mails show, and maybe a DOI."""


def find(session: Session, site_key: str, key: str) -> StoredPublication | None:
    """The publication or review that the host knows by this key, or None."""
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
    session: Session, site_key: str, key: str, document: Document, state: PublicationState | None
) -> StoredPublication:
    """Insert the publication or review, or replace what is stored of it.

    `state` None keeps the state; that of a new one is then DRAFT. What is saved counts as not planned yet. Raises
    `InputError` where the key is that of a review and this is a publication, or the other way about.
    """
    section = section_of(document)
    stored = find(session, site_key, key)
    if stored is None:
        stored = StoredPublication(site=site_key, key=key, section=section, state=state or PublicationState.DRAFT)
        stored.opaque_id = _opaque_id(section)
        stored.document = json_form.dump(document)
        session.add(stored)
    if stored.section != section:
        raise InputError(f"{key!r} is the key of a {'publication' if stored.section == Section.WORK else 'review'}")
    if document.doi is not None:
        _take_over_announced(session, stored, document.doi)
    stored.doi = document.doi
    stored.subject_key = document.subject_key if isinstance(document, Review) else None
    stored.document = json_form.dump(document)
    stored.state = state or stored.state
    stored.planned_at = None
    session.flush()
    session.execute(delete(PublicationOrcid).where(PublicationOrcid.publication_id == stored.id))
    stated = {one.authenticated_orcid.path for one in document.contributors if one.authenticated_orcid}
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


def announce(
    session: Session, site_key: str, key: str, doi: str | None, section: Section = Section.WORK
) -> StoredPublication:
    """Keep something of which only key and DOI are known, until the host tells of it by either of them."""
    stored = StoredPublication(
        site=site_key, key=key, section=section, doi=doi, document={}, state=PublicationState.DRAFT
    )
    stored.opaque_id = _opaque_id(section)
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


def reviews_of(session: Session, stored: StoredPublication) -> Sequence[StoredPublication]:
    """The reviews of a publication that the host has told of, in the order in which it did."""
    return session.scalars(
        select(StoredPublication)
        .where(StoredPublication.site == stored.site, StoredPublication.subject_key == stored.key)
        .order_by(StoredPublication.id)
    ).all()


def section_of(document: Document) -> Section:
    """Where on a record it goes."""
    return Section.PEER_REVIEW if isinstance(document, Review) else Section.WORK


def document_of(stored: StoredPublication) -> Document:
    """The publication or review as the host last described it."""
    return review_of(stored) if stored.section == Section.PEER_REVIEW else publication_of(stored)


def publication_of(stored: StoredPublication) -> Publication:
    """The publication as the host last described it. Raises `InputError` for a review."""
    if stored.section != Section.WORK:
        raise InputError(f"{stored.key!r} is the key of a review")
    return json_form.load(stored.document).publication


def review_of(stored: StoredPublication) -> Review:
    """The review as the host last described it. Raises `InputError` for a publication."""
    if stored.section != Section.PEER_REVIEW:
        raise InputError(f"{stored.key!r} is the key of a publication")
    return json_form.load_review(stored.document)


def _opaque_id(section: Section) -> str | None:
    return secrets.token_hex(16) if section is Section.PEER_REVIEW else None
