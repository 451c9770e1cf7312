"""The short account of a record that members can read, named as the elements of `summary-3.0.xsd` are.

"Validated" is what somebody other than the person has put on the record.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from orcid_plugin.metadata.dates import PartialDate
from orcid_plugin.registry.messages.item import ContributorOrcid, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierSummary:
    """The person in another system."""

    put_code: int | None = None
    type: str
    value: str | None = None
    url: str | None = None
    validated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AffiliationSummary:
    """One affiliation; `type` is its section (`employment`, `membership`)."""

    put_code: int | None = None
    type: str | None = None
    organization_name: str | None = None
    role: str | None = None
    url: str | None = None
    start_date: PartialDate | None = None
    end_date: PartialDate | None = None
    validated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AffiliationsSummary:
    """The latest affiliations of a kind; `count` is that of all."""

    count: int = 0
    items: tuple[AffiliationSummary, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many works, fundings or research resources there are."""

    self_asserted: int = 0
    validated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCounts:
    """How many reviews there are, and for how many groups (`peer-review-publication-grants`)."""

    publication_grants: int = 0
    self_asserted: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailDomain:
    """A domain at which the person has an address."""

    value: str
    verification_date: datetime.datetime | None = None
    created_date: datetime.datetime | None = None
    last_modified_date: datetime.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailDomains:
    """The domains of the person's addresses; `count` is that of all."""

    count: int = 0
    items: tuple[EmailDomain, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSummary:
    """One record in short: who it is, the latest affiliations, and counts of the rest."""

    orcid: ContributorOrcid
    credit_name: str | None = None
    external_ids: tuple[IdentifierSummary, ...] = ()
    employments: AffiliationsSummary = AffiliationsSummary()
    professional_activities: AffiliationsSummary = AffiliationsSummary()
    education_qualifications: AffiliationsSummary = AffiliationsSummary()
    fundings: Counts = Counts()
    works: Counts = Counts()
    peer_reviews: ReviewCounts = ReviewCounts()
    research_resources: Counts = Counts()
    email_domains: EmailDomains = EmailDomains()
    created_date: datetime.datetime | None = None
    last_modified_date: datetime.datetime | None = None
    unknown: tuple[Unknown, ...] = ()
