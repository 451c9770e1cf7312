"""What a host publishes or deposits, as one frozen value that knows neither its source format nor ORCID's message."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.dates import Dates, PartialDate
from orcid_plugin.metadata.funding import Funding
from orcid_plugin.metadata.identifiers import Identifier
from orcid_plugin.metadata.vocabulary import Relationship, WorkType


@dataclass(frozen=True, slots=True)
class Title:
    """A title in one language, plain text without tags; `language` is a BCP 47 tag as given."""

    text: str
    subtitle: str | None = None
    language: str | None = None


class ContainerKind(StrEnum):
    """What kind of container a publication stands in."""

    JOURNAL = "journal"
    BOOK = "book"
    PROCEEDINGS = "proceedings"
    REPOSITORY = "repository"


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What the publication stands in: a journal, a book, proceedings, a repository.

    Attributes:
        issn_print, issn_electronic: as `NNNN-NNNX`.
        isbns: 10 or 13 digits without hyphens.
        identifiers: others of the container (the book's DOI), relationship `part-of`.
    """

    kind: ContainerKind = ContainerKind.JOURNAL
    title: str | None = None
    issn_print: str | None = None
    issn_electronic: str | None = None
    isbns: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    publisher: str | None = None
    series: str | None = None
    volume: str | None = None
    issue: str | None = None


class RelationType(StrEnum):
    """How another publication relates to this one (Crossref relation types, read as "this … that")."""

    IS_VERSION_OF = "is-version-of"
    HAS_VERSION = "has-version"
    HAS_PREPRINT = "has-preprint"
    IS_PREPRINT_OF = "is-preprint-of"
    IS_TRANSLATION_OF = "is-translation-of"
    HAS_TRANSLATION = "has-translation"
    IS_CORRECTION_OF = "is-correction-of"
    IS_RETRACTION_OF = "is-retraction-of"
    IS_REVIEW_OF = "is-review-of"
    HAS_REVIEW = "has-review"
    IS_COMMENT_ON = "is-comment-on"
    IS_SUPPLEMENTED_BY = "is-supplemented-by"
    IS_SUPPLEMENT_TO = "is-supplement-to"
    OTHER = "other"


VERSION_RELATIONS = frozenset(
    {
        RelationType.IS_VERSION_OF,
        RelationType.HAS_VERSION,
        RelationType.HAS_PREPRINT,
        RelationType.IS_PREPRINT_OF,
    }
)
"""Relations to another version of the same work: ORCID's `version-of`."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of this publication to another one."""

    type: RelationType
    identifier: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    """That the publication has been retracted: when, and the DOI of the notice if there is one."""

    date: PartialDate | None = None
    notice: Identifier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """An article, preprint, chapter, book, dataset, thesis, report … with all that ORCID and a deposit need of it.

    Attributes:
        type: ORCID's work type.
        identifiers: its own (`self`) and, where a host gives them, others with their relationship; normalised.
        abstract: plain text, paragraphs parted by a blank line.
        language: BCP 47 tag of the text, as given.
        country: ISO 3166-1 alpha-2 in upper case of the place of publication, if stated.
        url: landing page.
        contributors: everybody, in the order of the publication.
        license: URI of the licence.
    """

    type: WorkType
    title: Title
    translated_titles: tuple[Title, ...] = ()
    container: Container | None = None
    identifiers: tuple[Identifier, ...] = ()
    dates: Dates = field(default_factory=Dates)
    first_page: str | None = None
    last_page: str | None = None
    article_number: str | None = None
    abstract: str | None = None
    language: str | None = None
    country: str | None = None
    url: str | None = None
    contributors: tuple[Contributor, ...] = ()
    funding: tuple[Funding, ...] = ()
    license: str | None = None
    relations: tuple[Relation, ...] = ()
    retraction: Retraction | None = None

    @property
    def own_identifiers(self) -> tuple[Identifier, ...]:
        """The identifiers of the work itself (`self`)."""
        return tuple(i for i in self.identifiers if i.relationship is Relationship.SELF)

    @property
    def doi(self) -> str | None:
        """Its own DOI, bare and lower case, or None."""
        return next((i.value for i in self.own_identifiers if i.type == "doi"), None)
