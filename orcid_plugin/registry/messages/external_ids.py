"""The external identifiers of a work message, from those of a publication."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from orcid_plugin.metadata.funding import Funding
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.publication import VERSION_RELATIONS, Container, Publication
from orcid_plugin.metadata.vocabulary import FUNDED_BY_TYPES, IDENTIFIER_TYPES, Relationship, WorkType
from orcid_plugin.registry.messages import text
from orcid_plugin.registry.messages.item import ExternalId

_BOOKS = frozenset({WorkType.BOOK, WorkType.EDITED_BOOK, WorkType.CONFERENCE_PROCEEDINGS})
_PARTS = frozenset(
    {
        WorkType.BOOK_CHAPTER,
        WorkType.CONFERENCE_ABSTRACT,
        WorkType.CONFERENCE_PAPER,
        WorkType.CONFERENCE_POSTER,
        WorkType.CONFERENCE_PRESENTATION,
        WorkType.DICTIONARY_ENTRY,
        WorkType.ENCYCLOPEDIA_ENTRY,
        WorkType.JOURNAL_ARTICLE,
    }
)


def external_ids(publication: Publication) -> tuple[ExternalId, ...]:
    """Own identifiers, then those of the container, of other versions and of grants; normalised, each once.

    Left out are an identifier whose value its type does not allow, one `funded-by` of a type that ORCID refuses for
    it, and one that is `self` already. Without any `self` among them the work is not a legal one.
    """
    chosen: dict[tuple[str, str, Relationship], Identifier] = {}
    for identifier in legal(_candidates(publication)):
        chosen.setdefault((*_key(identifier), identifier.relationship), identifier)
    own = {_key(identifier) for identifier in chosen.values() if identifier.relationship is Relationship.SELF}
    return tuple(
        ExternalId(identifier.type, identifier.value, identifier.relationship.value, text.web_address(identifier.url))
        for identifier in chosen.values()
        if identifier.relationship is Relationship.SELF or _key(identifier) not in own
    )


def _candidates(publication: Publication) -> Iterator[Identifier]:
    given = [_placed(identifier, publication.type) for identifier in legal(publication.identifiers)]
    if publication.container:
        given += _of_container(publication.container, publication.type)
    own = [identifier for identifier in given if identifier.relationship is Relationship.SELF]
    if not own and publication.url:
        own = [Identifier("uri", publication.url)]
    yield from [identifier for identifier in own if identifier.type != "uri"] or own
    yield from (identifier for identifier in given if identifier.relationship is not Relationship.SELF)
    for relation in publication.relations:
        if relation.type in VERSION_RELATIONS:
            yield replace(relation.identifier, relationship=Relationship.VERSION_OF)
    for funding in publication.funding:
        yield from _of_grant(funding)


def _placed(identifier: Identifier, type: WorkType) -> Identifier:
    # Two works of one source with a common `self` identifier are one to the Registry (409 9021), so that what names
    # the journal or the book must never be `self` of an article or a chapter.
    names_container = identifier.type == "issn" or (identifier.type == "isbn" and type in _PARTS)
    if names_container and identifier.relationship is Relationship.SELF:
        return replace(identifier, relationship=Relationship.PART_OF)
    return identifier


def _of_container(container: Container, type: WorkType) -> Iterator[Identifier]:
    for issn in (container.issn_print, container.issn_electronic):
        if issn:
            yield Identifier("issn", issn, Relationship.PART_OF)
    for isbn in container.isbns:
        yield Identifier("isbn", isbn, Relationship.SELF if type in _BOOKS else Relationship.PART_OF)
    for identifier in container.identifiers:
        yield replace(identifier, relationship=Relationship.PART_OF)


def _of_grant(funding: Funding) -> Iterator[Identifier]:
    if funding.award_number:
        yield Identifier("grant_number", funding.award_number, Relationship.FUNDED_BY, funding.award_url)
    elif funding.award_url and not funding.award_doi:
        yield Identifier("uri", funding.award_url, Relationship.FUNDED_BY)
    if funding.award_doi:
        yield Identifier("doi", funding.award_doi, Relationship.FUNDED_BY)


def legal(identifiers: Iterable[Identifier]) -> Iterator[Identifier]:
    """Those that ORCID takes as they are, normalised; the others are left out."""
    for identifier in identifiers:
        if identifier.relationship is Relationship.FUNDED_BY and identifier.type not in FUNDED_BY_TYPES:
            continue
        value = " ".join(text.FORBIDDEN.sub("", identifier.value).split())
        try:
            normal = Identifier.of(identifier.type, value, identifier.relationship)
        except ValueError:  # unknown type, or a value that is none of its type
            continue
        yield replace(normal, url=identifier.url or normal.url)


def _key(identifier: Identifier) -> tuple[str, str]:
    folds = not IDENTIFIER_TYPES[identifier.type].case_sensitive
    return identifier.type, identifier.value.lower() if folds else identifier.value
