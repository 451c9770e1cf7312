"""Answers that hold more than one message: the record, its parts, its summary, and what a search found."""

from __future__ import annotations

from typing import Any, TypeVar

from orcid_plugin.registry.encoding import tables
from orcid_plugin.registry.encoding.codec import Field, Table
from orcid_plugin.registry.encoding.forms import FLAG, INTEGER, MOMENT, ORCID
from orcid_plugin.registry.encoding.lists import GROUPED, LISTED, the_only
from orcid_plugin.registry.encoding.tables import CREATED, LAST_MODIFIED, PATH, PERIOD, SOURCE_OF
from orcid_plugin.registry.messages.found import ClientInfo, ExpandedPage, Hit, IdentifierType, Page
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
from orcid_plugin.registry.messages.record import Activities, History, Person, PersonalDetails, Preferences, Record
from orcid_plugin.registry.messages.summary import (
    AffiliationsSummary,
    AffiliationSummary,
    Counts,
    EmailDomain,
    EmailDomains,
    IdentifierSummary,
    RecordSummary,
    ReviewCounts,
)

T = TypeVar("T")

_ORCID = Field("orcid", "common:orcid-identifier", ORCID, required=True)
_OTHER_NAMES = Field("other_names", "other-name:other-names", LISTED[OtherName])
_NAME = Field("name", "name", tables.TABLES[Name])
_BIOGRAPHY = Field("biography", "biography", tables.TABLES[Biography])

PERSON = Table(
    Person,
    "person",
    (
        LAST_MODIFIED,
        _NAME,
        _OTHER_NAMES,
        _BIOGRAPHY,
        Field("researcher_urls", "researcher-url:researcher-urls", LISTED[ResearcherUrl]),
        Field("emails", "email:emails", LISTED[Email]),
        Field("addresses", "address:addresses", LISTED[Address]),
        Field("keywords", "keyword:keywords", LISTED[Keyword]),
        Field("external_ids", "external-identifier:external-identifiers", LISTED[PersonExternalId]),
        PATH,
    ),
    "person",
)
ACTIVITIES = Table(
    Activities,
    "activities",
    (
        LAST_MODIFIED,
        *(Field(table.element.replace("-", "_"), table.element, table) for table in GROUPED.values()),
        PATH,
    ),
    "activities-summary",
)
HISTORY = Table(
    History,
    "history",
    (
        Field("creation_method", "creation-method"),
        Field("completion_date", "completion-date", MOMENT),
        Field("submission_date", "submission-date", MOMENT),
        LAST_MODIFIED,
        Field("claimed", "claimed", FLAG),
        SOURCE_OF,
        Field("deactivation_date", "deactivation-date", MOMENT),
        Field("verified_email", "verified-email", FLAG),
        Field("verified_primary_email", "verified-primary-email", FLAG),
        Field("visibility", "@visibility"),
    ),
    "history",
)
PREFERENCES = Table(Preferences, "preferences", (Field("locale", "locale"),), "preferences")


def _affiliations(name: str, plural: str) -> Field:
    affiliation = Table(
        AffiliationSummary,
        "summary",
        (
            Field("put_code", "put-code", INTEGER),
            Field("type", "type"),
            Field("organization_name", "organization-name"),
            Field("role", "role"),
            Field("url", "url"),
            *PERIOD,
            Field("validated", "validated", FLAG),
        ),
    )
    fields = (Field("count", "count", INTEGER), Field("items", name, affiliation, many=True))
    return Field(plural.replace("-", "_"), plural, Table(AffiliationsSummary, "summary", fields))


_SELF_ASSERTED = Field("self_asserted", "self-asserted-count", INTEGER)
_COUNTS = Table(Counts, "summary", (_SELF_ASSERTED, Field("validated", "validated-count", INTEGER)))
_REVIEW_COUNTS = Table(
    ReviewCounts,
    "summary",
    (
        Field("publication_grants", "peer-review-publication-grants", INTEGER),
        _SELF_ASSERTED,
        Field("total", "total", INTEGER),
    ),
)
_IDENTIFIER = Table(
    IdentifierSummary,
    "summary",
    (
        Field("put_code", "put-code", INTEGER),
        Field("type", "external-id-type", required=True),
        Field("value", "external-id-value"),
        Field("url", "external-id-url"),
        Field("validated", "validated", FLAG),
    ),
)
_EMAIL_DOMAIN = Table(
    EmailDomain,
    "summary",
    (
        Field("value", "value", required=True),
        Field("verification_date", "verification-date", MOMENT),
        CREATED,
        LAST_MODIFIED,
    ),
)
_DOMAINS = (Field("count", "count", INTEGER), Field("items", "email-domain", _EMAIL_DOMAIN, many=True))
SUMMARY = Table(
    RecordSummary,
    "summary",
    (
        CREATED,
        LAST_MODIFIED,
        Field("credit_name", "credit-name"),
        _ORCID,
        Field("external_ids", "external-identifiers/external-identifier", _IDENTIFIER, many=True),
        _affiliations("employment", "employments"),
        _affiliations("professional-activity", "professional-activities"),
        Field("fundings", "fundings", _COUNTS),
        Field("works", "works", _COUNTS),
        Field("peer_reviews", "peer-reviews", _REVIEW_COUNTS),
        _affiliations("education-qualification", "education-qualifications"),
        Field("research_resources", "research-resources", _COUNTS),
        Field("email_domains", "email-domains", Table(EmailDomains, "summary", _DOMAINS)),
    ),
    "record-summary",
)

_FOUND = Field("found", "@num-found", INTEGER)
_HIT = Table(
    Hit,
    "expanded-search",
    (
        Field("orcid", "orcid-id", required=True),
        Field("given_names", "given-names"),
        Field("family_names", "family-names"),
        Field("credit_name", "credit-name"),
        Field("other_names", "other-name", many=True),
        Field("emails", "email", many=True),
        Field("institution_names", "institution-name", many=True),
    ),
)

TABLES: dict[Any, Table[Any]] = tables.TABLES | {
    Record: Table(
        Record,
        "record",
        (
            _ORCID,
            Field("preferences", "preferences:preferences", PREFERENCES),
            Field("history", "history:history", HISTORY),
            Field("person", "person:person", PERSON),
            Field("activities", "activities:activities-summary", ACTIVITIES),
            PATH,
        ),
        "record",
    ),
    Person: PERSON,
    PersonalDetails: Table(
        PersonalDetails,
        "personal-details",
        (LAST_MODIFIED, _NAME, _OTHER_NAMES, _BIOGRAPHY, PATH),
        "personal-details",
    ),
    Activities: ACTIVITIES,
    History: HISTORY,
    Preferences: PREFERENCES,
    RecordSummary: SUMMARY,
    Page: Table(
        Page,
        "search",
        (
            _FOUND,
            Field(
                "results",
                "result",
                Table(the_only, "search", (Field("item", "common:orcid-identifier", ORCID, required=True),)),
                many=True,
            ),
        ),
        "search",
    ),
    ExpandedPage: Table(
        ExpandedPage,
        "expanded-search",
        (_FOUND, Field("results", "expanded-result", _HIT, many=True)),
        "expanded-search",
    ),
    ClientInfo: Table(
        ClientInfo, "client", (Field("name", "name", required=True), Field("description", "description")), "client"
    ),
    # The answer is written by hand, not by the schemas' binding: its keys are those of Java (reference is silent).
    IdentifierType: Table(
        IdentifierType,
        "identifiers",
        (
            Field("name", "name", required=True),
            Field("description", "description"),
            Field("resolution_prefix", "resolution-prefix", otherwise="resolutionPrefix"),
            Field("case_sensitive", "case-sensitive", FLAG, otherwise="caseSensitive"),
            Field("deprecated", "deprecated", FLAG),
            Field("primary_use", "primary-use", otherwise="primaryUse"),
        ),
        "identifier-type",
    ),
}
"""The table of each value that stands on its own."""


def table_of(kind: type[T]) -> Table[T]:
    """The table of a kind of value."""
    return TABLES[kind]
