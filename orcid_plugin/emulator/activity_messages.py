"""The messages of the activity sections, described after the XSDs of API v3.0: items, summaries and lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orcid_plugin.emulator.common_messages import (
    COUNTRY,
    END_DATE,
    EXTERNAL_ID,
    EXTERNAL_IDS,
    FUZZY_DATE,
    IDS,
    ITEM,
    ITEM_URL,
    LONG_TEXT,
    MODIFIED,
    ORGANIZATION,
    PATH,
    PLAIN,
    SHORT_DESCRIPTION,
    START_DATE,
    STRING_1000,
    SUBTITLE,
    TITLE,
    TRANSLATED_TITLE,
    URL,
    among,
    contributors,
    terms,
)
from orcid_plugin.emulator.schema import Field, Group, Text, pattern, text_of
from orcid_plugin.metadata.vocabulary import CITATION_TYPES, WorkType

AFFILIATIONS = "distinction education employment invited-position membership qualification service".split()
"""The seven sections of one form."""

_LAST = ("visibility", "put-code", "path", "display-index")
_WORK_LAST = ("visibility", "path", "display-index")

_SEQUENCE = Field("contributor-sequence", "work", among(frozenset({"first", "additional"}), "common.SequenceType"))
_CITATION = Group(
    (
        Field("citation-type", "work", terms("common.CitationType", CITATION_TYPES), required=True),
        Field("citation-value", "work", PLAIN, required=True),
    )
)
_WORK_TYPE = Field("type", "work", terms("common.WorkType", WorkType), required=True)
_WORK_TITLE = Field("title", "work", Group((TITLE, SUBTITLE, TRANSLATED_TITLE)), required=True)
_JOURNAL_TITLE = Field("journal-title", "work", replace(STRING_1000, wrapped=True))
_PUBLICATION_DATE = Field("publication-date", "common", FUZZY_DATE)
WORK = Group(
    (
        *ITEM,
        _WORK_TITLE,
        _JOURNAL_TITLE,
        Field("short-description", "work", SHORT_DESCRIPTION),
        Field("citation", "work", _CITATION),
        _WORK_TYPE,
        _PUBLICATION_DATE,
        IDS,
        ITEM_URL,
        contributors("work", _SEQUENCE),
        Field("language-code", "common", PLAIN),
        Field("country", "common", COUNTRY),
    ),
    first=("put-code",),
    last=_WORK_LAST,
)
_WORK_SUMMARY = Group(
    (*ITEM, _WORK_TITLE, IDS, ITEM_URL, _WORK_TYPE, _PUBLICATION_DATE, _JOURNAL_TITLE),
    first=("put-code",),
    last=_WORK_LAST,
)


_AFFILIATION = Group(
    (
        *ITEM,
        Field("department-name", "common", LONG_TEXT),
        Field("role-title", "common", LONG_TEXT),
        START_DATE,
        END_DATE,
        Field("organization", "common", ORGANIZATION),
        ITEM_URL,
        IDS,
    ),
    last=("display-index", "visibility", "path"),
)

_FUNDING_TYPES = "grant contract award salary-award".split()
_FUNDING_TYPE = Field("type", "funding", terms("common.FundingType", _FUNDING_TYPES), required=True)
_FUNDING_TITLE = Field("title", "funding", Group((TITLE, TRANSLATED_TITLE)))
_ORGANIZATION = Field("organization", "common", ORGANIZATION, required=True)
_FUNDING = Group(
    (
        *ITEM,
        _FUNDING_TYPE,
        Field("organization-defined-type", "funding", Text(wrapped=True, rule=text_of(255))),
        _FUNDING_TITLE,
        Field("short-description", "funding", SHORT_DESCRIPTION),
        Field("amount", "funding", Text(wrapped=True, attribute="currency-code", attribute_required=True)),
        ITEM_URL,
        START_DATE,
        END_DATE,
        IDS,
        contributors("funding"),
        _ORGANIZATION,
    ),
    last=_LAST,
)
_FUNDING_SUMMARY = Group(
    (*ITEM, _FUNDING_TITLE, IDS, ITEM_URL, _FUNDING_TYPE, START_DATE, END_DATE, _ORGANIZATION), last=_LAST
)

GROUP_ID_RULE = pattern(
    r"(ringgold:|issn:|orcid-generated:|fundref:|publons:)[0-9a-zA-Z^._~:/?#\[\]@!$&'()*+,;=-]{2,900}"
)
_REVIEWER_ROLES = "reviewer editor member chair organizer".split()
_SUBJECT_TYPES = [*WorkType, *_FUNDING_TYPES, "research-resource-proposal"]
_ROLE = Field("reviewer-role", "peer-review", terms("common.Role", _REVIEWER_ROLES), required=True)
_REVIEW_URL = Field("review-url", "peer-review", URL)
_REVIEW_TYPE = Field(
    "review-type", "peer-review", terms("common.PeerReviewType", ["review", "evaluation"]), required=True
)
_GROUP_ID = Field("review-group-id", "peer-review", Text(rule=GROUP_ID_RULE), required=True)
_CONVENOR = Field("convening-organization", "peer-review", ORGANIZATION, required=True)
_PEER_REVIEW = Group(
    (
        *ITEM,
        _ROLE,
        Field("review-identifiers", "peer-review", EXTERNAL_IDS, required=True),
        _REVIEW_URL,
        _REVIEW_TYPE,
        Field("review-completion-date", "peer-review", FUZZY_DATE, required=True),
        _GROUP_ID,
        Field("subject-external-identifier", "peer-review", EXTERNAL_ID),
        Field("subject-container-name", "peer-review", STRING_1000),
        Field("subject-type", "peer-review", terms("common.PeerReviewSubjectType", _SUBJECT_TYPES)),
        Field("subject-name", "peer-review", Group((TITLE, SUBTITLE, TRANSLATED_TITLE))),
        Field("subject-url", "peer-review", URL),
        _CONVENOR,
    ),
    last=_LAST,
)
_PEER_REVIEW_SUMMARY = Group(
    (
        *ITEM,
        _ROLE,
        IDS,
        _REVIEW_URL,
        _REVIEW_TYPE,
        Field("completion-date", "peer-review", FUZZY_DATE),
        _GROUP_ID,
        _CONVENOR,
    ),
    last=_LAST,
)


def _hosts_fault(message: Mapping[str, Any]) -> str | None:
    return None if 1 <= len(message.get("organization", ())) <= 10 else "one to ten organisations are expected"


def _items_fault(message: Mapping[str, Any]) -> str | None:
    return None if message.get("resource-item") else "at least one 'resource-item' is expected"


_RESOURCE_TYPES = "collections equipment infrastructures services".split()
_HOSTS = Field(
    "hosts",
    "research-resource",
    Group((Field("organization", "common", ORGANIZATION, many=True),), check=_hosts_fault),
    required=True,
)
_DEMANDED_IDS = replace(IDS, required=True)
_PROPOSAL = Field(
    "proposal",
    "research-resource",
    Group(
        (
            Field("title", "research-resource", Group((TITLE, TRANSLATED_TITLE)), required=True),
            _HOSTS,
            _DEMANDED_IDS,
            START_DATE,
            END_DATE,
            ITEM_URL,
        )
    ),
    required=True,
)
_RESOURCE_ITEM = Group(
    (
        Field("resource-name", "research-resource", STRING_1000, required=True),
        Field("resource-type", "research-resource", terms("common.ResourceType", _RESOURCE_TYPES), required=True),
        _HOSTS,
        _DEMANDED_IDS,
        ITEM_URL,
    )
)
_RESEARCH_RESOURCE = Group(
    (
        *ITEM,
        _PROPOSAL,
        Field("resource-item", "research-resource", _RESOURCE_ITEM, many=True, wrapper="resource-items"),
    ),
    last=_LAST,
    check=_items_fault,
)

FORMS = {
    **dict.fromkeys(AFFILIATIONS, _AFFILIATION),
    "funding": _FUNDING,
    "peer-review": _PEER_REVIEW,
    "research-resource": _RESEARCH_RESOURCE,
    "work": WORK,
}
"""The full item of each activity section, by the section's name: its namespace, its element and its path."""
SUMMARIES = {
    **dict.fromkeys(AFFILIATIONS, _AFFILIATION),
    "funding": _FUNDING_SUMMARY,
    "peer-review": _PEER_REVIEW_SUMMARY,
    "research-resource": Group((*ITEM, _PROPOSAL), last=_LAST),
    "work": _WORK_SUMMARY,
}


def _list(name: str) -> Group:
    summary = Field(f"{name}-summary", name, SUMMARIES[name], many=True)
    if name in AFFILIATIONS:
        # JSON has one more level than XML: a list of objects with one key each.
        one = Group((replace(summary, many=False),))
        shown = Field("summaries", "activities", one, many=True, only_in_json=True)
        group = Field("affiliation-group", "activities", Group((MODIFIED, IDS, shown)), many=True)
    else:
        inner = summary
        if name == "peer-review":
            inner = Field("peer-review-group", "activities", Group((MODIFIED, IDS, summary)), many=True)
        group = Field("group", "activities", Group((MODIFIED, IDS, inner)), many=True)
    return Group((MODIFIED, group, PATH))


LISTS = {name: _list(name) for name in sorted(FORMS)}
"""The list of each section, in the order of the XSD of `activities-summary`."""
ACTIVITIES = Group((MODIFIED, *(Field(f"{name}s", "activities", form) for name, form in LISTS.items()), PATH))
