"""The work message of ORCID's API v3.0 as frozen values, named as the elements of `work-3.0.xsd` are.

Enumerations are plain strings: what the Registry answers with must be readable even when it knows a newer term.
Whether a message may be sent is what `rules` tells.
"""

from __future__ import annotations

from dataclasses import dataclass

from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.registry.messages.item import ContributorOrcid, ExternalId, Item, TranslatedTitle

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
class Citation:
    """A citation in one of `vocabulary.CITATION_TYPES`."""

    citation_type: str
    citation_value: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(Item):
    """One work, as it is sent or as the Registry answers with it.

    Attributes:
        type: one of `vocabulary.WorkType`.
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

    @property
    def self_ids(self) -> tuple[ExternalId, ...]:
        """The identifiers of the work itself."""
        return tuple(external_id for external_id in self.external_ids if external_id.relationship == "self")
