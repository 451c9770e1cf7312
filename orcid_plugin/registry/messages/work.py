"""The work message of ORCID's API v3.0 as frozen values, named as the elements of `work-3.0.xsd` are.

Enumerations are plain strings: what the Registry answers with must be readable even when it knows a newer term.
Whether a message may be sent is what `rules` tells.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from orcid_plugin.metadata.dates import PartialDate

LIMITS = {
    "title": 1000,
    "subtitle": 1000,
    "translated-title": 1000,
    "journal-title": 1000,
    "short-description": 5000,
    "credit-name": 150,
    "contributor-email": 350,
}
"""Longest text of each element (common-3.0.xsd), in UTF-16 code units: the Registry's validator counts those."""


@dataclass(frozen=True, slots=True)
class TranslatedTitle:
    """The title in one other language; `language_code` is one of `vocabulary.LANGUAGE_CODES`."""

    value: str
    language_code: str | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A citation in one of `vocabulary.CITATION_TYPES`."""

    citation_type: str
    citation_value: str


@dataclass(frozen=True, slots=True)
class ExternalId:
    """An external identifier of the work.

    Attributes:
        relationship: one of `vocabulary.Relationship`.
        normalized: the form in which the Registry compares it; only in answers.
        normalized_error: why there is no such form; only in answers.
    """

    type: str
    value: str
    relationship: str | None = None
    url: str | None = None
    normalized: str | None = None
    normalized_error: str | None = None


@dataclass(frozen=True, slots=True)
class ContributorOrcid:
    """An iD of a contributor: its 16 characters and the host of its URI (`orcid.org`)."""

    path: str
    host: str

    @property
    def uri(self) -> str:
        """The https URI, as `common:orcid-uri` demands it."""
        return f"https://{self.host}/{self.path}"


@dataclass(frozen=True, slots=True)
class WorkContributor:
    """One `contributor` element: one person in one role. It has no e-mail address, on purpose.

    Attributes:
        sequence: `first` or `additional`.
        role: one of `vocabulary.CONTRIBUTOR_ROLES` or a `credit.Credit.orcid_uri`.
    """

    orcid: ContributorOrcid | None = None
    credit_name: str | None = None
    sequence: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Who put an item on a record: an API client, or the person.

    Attributes:
        assertion_origin: client id or iD on whose behalf the client wrote, where it differs from the source.
        assertion_origin_name: its name.
    """

    client_id: str | None = None
    orcid: str | None = None
    name: str | None = None
    assertion_origin: str | None = None
    assertion_origin_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One work, as it is sent or as the Registry answers with it.

    Attributes:
        type: one of `vocabulary.WorkType`.
        put_code: the Registry's number of the item; None on creation.
        visibility: `public`, `limited`, `private` or `registered-only`; on writing absent or as it is stored.
        source, created_date, last_modified_date: only in answers; never sent.
    """

    type: str
    title: str
    subtitle: str | None = None
    translated_title: TranslatedTitle | None = None
    journal_title: str | None = None
    short_description: str | None = None
    citation: Citation | None = None
    publication_date: PartialDate | None = None
    external_ids: tuple[ExternalId, ...] = ()
    url: str | None = None
    contributors: tuple[WorkContributor, ...] = ()
    language_code: str | None = None
    country: str | None = None
    put_code: int | None = None
    visibility: str | None = None
    source: Source | None = None
    created_date: datetime.datetime | None = None
    last_modified_date: datetime.datetime | None = None

    @property
    def self_ids(self) -> tuple[ExternalId, ...]:
        """The identifiers of the work itself."""
        return tuple(external_id for external_id in self.external_ids if external_id.relationship == "self")
