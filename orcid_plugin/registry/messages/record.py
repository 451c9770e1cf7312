"""A record as a whole, and the parts of it that the API answers with: person, activities, history, preferences.

Named as the elements of `record-3.0.xsd`, `person-3.0.xsd` and `activities-3.0.xsd` are. Nothing of it is ever sent.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from orcid_plugin.registry.messages.affiliation import (
    Distinction,
    Education,
    Employment,
    InvitedPosition,
    Membership,
    Qualification,
    Service,
)
from orcid_plugin.registry.messages.funding import Funding
from orcid_plugin.registry.messages.item import ContributorOrcid, Group, Source, Unknown
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.person import (
    Address,
    Biography,
    Email,
    Keyword,
    Name,
    OtherName,
    PersonExternalId,
    ResearcherUrl,
)
from orcid_plugin.registry.messages.research_resource import ResearchResource
from orcid_plugin.registry.messages.work import Work

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(Generic[T]):
    """One section of a record: items of the person in their order, or groups of activities.

    Attributes:
        last_modified_date: of the latest change to any of them; None for an empty section.
        unknown: what the answer held beyond this.
    """

    items: tuple[T, ...] = ()
    last_modified_date: datetime.datetime | None = None
    path: str | None = None
    unknown: tuple[Unknown, ...] = ()

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How the record came to be, and whether its owner is there.

    Attributes:
        creation_method: `DIRECT`, `MEMBER_REFERRED`, … in JSON; `Direct`, `Member-referred`, … in XML.
        claimed: the person has taken control of the record.
        deactivation_date: None for a record in use.
    """

    creation_method: str | None = None
    completion_date: datetime.datetime | None = None
    submission_date: datetime.datetime | None = None
    last_modified_date: datetime.datetime | None = None
    claimed: bool | None = None
    source: Source | None = None
    deactivation_date: datetime.datetime | None = None
    verified_email: bool | None = None
    verified_primary_email: bool | None = None
    visibility: str | None = None
    unknown: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What the person has chosen; `locale` is the language of ORCID's pages and mails (`en`, `zh_CN`)."""

    locale: str | None = None
    unknown: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalDetails:
    """Names and biography; None for what is not shown to the caller."""

    name: Name | None = None
    other_names: Section[OtherName] = Section()
    biography: Biography | None = None
    last_modified_date: datetime.datetime | None = None
    path: str | None = None
    unknown: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """All that is said of the person and shown to the caller."""

    name: Name | None = None
    other_names: Section[OtherName] = Section()
    biography: Biography | None = None
    researcher_urls: Section[ResearcherUrl] = Section()
    emails: Section[Email] = Section()
    addresses: Section[Address] = Section()
    keywords: Section[Keyword] = Section()
    external_ids: Section[PersonExternalId] = Section()
    last_modified_date: datetime.datetime | None = None
    path: str | None = None
    unknown: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Activities:
    """Summaries of all activities, in the groups that the Registry makes; reviews in groups by what they were for."""

    distinctions: Section[Group[Distinction]] = Section()
    educations: Section[Group[Education]] = Section()
    employments: Section[Group[Employment]] = Section()
    fundings: Section[Group[Funding]] = Section()
    invited_positions: Section[Group[InvitedPosition]] = Section()
    memberships: Section[Group[Membership]] = Section()
    peer_reviews: Section[Group[Group[PeerReview]]] = Section()
    qualifications: Section[Group[Qualification]] = Section()
    research_resources: Section[Group[ResearchResource]] = Section()
    services: Section[Group[Service]] = Section()
    works: Section[Group[Work]] = Section()
    last_modified_date: datetime.datetime | None = None
    path: str | None = None
    unknown: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One ORCID record, as far as the caller may see it."""

    orcid: ContributorOrcid
    preferences: Preferences = Preferences()
    history: History = History()
    person: Person = Person()
    activities: Activities = Activities()
    path: str | None = None
    unknown: tuple[Unknown, ...] = ()
