"""The messages that the emulator reads and writes, described after the XSDs of API v3.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orcid_plugin.emulator.schema import ANY, FILLED, Field, Group, Rule, Text, number, pattern, text_of
from orcid_plugin.metadata.vocabulary import CITATION_TYPES, COUNTRY_CODES, Relationship, WorkType

_MODEL = "org.orcid.jaxb.model"
_VISIBILITIES = frozenset({"public", "limited", "private", "registered-only"})
_SEQUENCES = frozenset({"first", "additional"})

_PLAIN = Text()
_WRAPPED = Text(wrapped=True)
_URL = Text(wrapped=True, bare=True)
_DATE = Text(kind="date", wrapped=True)


def _among(terms: frozenset[str], model: str) -> Text:
    """An enumeration of the XSD itself: refused as schema fault in XML, by the binding in JSON."""
    return Text(
        rule=Rule(terms.__contains__, f"must be one of {', '.join(sorted(terms))}"), terms=(terms, f"{_MODEL}.{model}")
    )


def _orcid_fault(message: Mapping[str, Any]) -> str | None:
    return None if "uri" in message or "path" in message else "'uri' or 'path' is expected"


_ORCID_PATH = r"(\d{4}-){3,}\d{3}[\dX]"
_ORCID_URI = rf"https://([^/]*orcid\.org|localhost.*/orcid-web)/{_ORCID_PATH}"
ORCID_ID = Group(
    (
        Field("uri", "common", Text(rule=pattern(_ORCID_URI))),
        Field("path", "common", Text(rule=pattern(_ORCID_PATH))),
        Field("host", "common", _PLAIN),
    ),
    check=_orcid_fault,
)
_CLIENT_ID = Group((Field("uri", "common", _PLAIN), Field("path", "common", _PLAIN), Field("host", "common", _PLAIN)))
_SOURCE = Group(
    (
        Field("source-orcid", "common", ORCID_ID),
        Field("source-client-id", "common", _CLIENT_ID),
        Field("source-name", "common", _WRAPPED),
        Field("assertion-origin-orcid", "common", ORCID_ID),
        Field("assertion-origin-client-id", "common", _CLIENT_ID),
        Field("assertion-origin-name", "common", _WRAPPED),
    )
)
_MODIFIED = Field("last-modified-date", "common", _DATE, output_only=True)
_PATH = Field("path", "@", _PLAIN, output_only=True)
_ITEM = (
    Field("created-date", "common", _DATE, output_only=True),
    _MODIFIED,
    Field("source", "common", _SOURCE, output_only=True),
    Field("put-code", "@", Text(kind="integer")),
    Field("visibility", "@", _among(_VISIBILITIES, "common.Visibility")),
    _PATH,
    Field("display-index", "@", _PLAIN, output_only=True),
)
_ITEM_LAST = ("visibility", "path", "display-index")


def _date_fault(message: Mapping[str, Any]) -> str | None:
    return "'month' is expected before 'day'" if "day" in message and "month" not in message else None


FUZZY_DATE = Group(
    (
        Field("year", "common", Text(wrapped=True, rule=number(1900, 2100)), required=True),
        Field("month", "common", Text(wrapped=True, rule=number(1, 12))),
        Field("day", "common", Text(wrapped=True, rule=number(1, 31))),
    ),
    check=_date_fault,
)
_NORMALIZED_ERROR = Group(
    (
        Field("error-code", "common", _PLAIN),
        Field("error-message", "common", _PLAIN),
        Field("transient", "@", Text(kind="boolean")),
    )
)
EXTERNAL_ID = Group(
    (
        Field("external-id-type", "common", Text(rule=FILLED), required=True),
        Field("external-id-value", "common", Text(rule=FILLED), required=True),
        Field("external-id-normalized", "common", Text(wrapped=True, attribute="transient"), output_only=True),
        Field("external-id-normalized-error", "common", _NORMALIZED_ERROR, output_only=True),
        Field("external-id-url", "common", _URL),
        Field(
            "external-id-relationship",
            "common",
            Text(terms=(frozenset(Relationship), f"{_MODEL}.common.Relationship")),
        ),
    )
)
_EXTERNAL_IDS = Group((Field("external-id", "common", EXTERNAL_ID, many=True),))
_TRANSLATED_TITLE = Text(wrapped=True, rule=text_of(1000), attribute="language-code", attribute_required=True)
_WORK_TITLE = Group(
    (
        Field("title", "common", Text(wrapped=True, rule=text_of(1000)), required=True),
        Field("subtitle", "common", Text(wrapped=True, bare=True, rule=text_of(1000, empty=True))),
        Field("translated-title", "common", _TRANSLATED_TITLE),
    )
)
_EMAIL = Text(rule=Rule(lambda text: len(text) <= 350 and pattern(r"[^@]+@[^.]+\..+").fits(text), "must be an address"))
_CONTRIBUTOR = Group(
    (
        Field("contributor-orcid", "common", ORCID_ID),
        Field("credit-name", "work", Text(wrapped=True, rule=text_of(150))),
        Field("contributor-email", "work", _EMAIL),
        Field(
            "contributor-attributes",
            "work",
            Group(
                (
                    Field("contributor-sequence", "work", _among(_SEQUENCES, "common.SequenceType")),
                    Field("contributor-role", "work", _PLAIN),
                )
            ),
        ),
    )
)
_CITATION = Group(
    (
        Field("citation-type", "work", Text(terms=(CITATION_TYPES, f"{_MODEL}.common.CitationType")), required=True),
        Field("citation-value", "work", _PLAIN, required=True),
    )
)
_TYPE = Field("type", "work", Text(terms=(frozenset(WorkType), f"{_MODEL}.common.WorkType")), required=True)
_TITLE = Field("title", "work", _WORK_TITLE, required=True)
_JOURNAL_TITLE = Field("journal-title", "work", Text(wrapped=True, rule=text_of(1000)))
_PUBLICATION_DATE = Field("publication-date", "common", FUZZY_DATE)
_IDS = Field("external-ids", "common", _EXTERNAL_IDS)
_WORK_URL = Field("url", "common", _URL)
_COUNTRY = Text(
    wrapped=True, attribute="visibility", terms=(COUNTRY_CODES | {""}, f"{_MODEL}.common.Iso3166Country"), rule=ANY
)

WORK = Group(
    (
        *_ITEM,
        _TITLE,
        _JOURNAL_TITLE,
        Field("short-description", "work", Text(rule=text_of(5000, empty=True))),
        Field("citation", "work", _CITATION),
        _TYPE,
        _PUBLICATION_DATE,
        _IDS,
        _WORK_URL,
        Field("contributors", "work", Group((Field("contributor", "work", _CONTRIBUTOR, many=True),))),
        Field("language-code", "common", _PLAIN),
        Field("country", "common", _COUNTRY),
    ),
    first=("put-code",),
    last=_ITEM_LAST,
)
WORK_SUMMARY = Group(
    (*_ITEM, _TITLE, _IDS, _WORK_URL, _TYPE, _PUBLICATION_DATE, _JOURNAL_TITLE), first=("put-code",), last=_ITEM_LAST
)
_WORK_GROUP = Group((_MODIFIED, _IDS, Field("work-summary", "work", WORK_SUMMARY, many=True)))
WORKS = Group((_MODIFIED, Field("group", "activities", _WORK_GROUP, many=True), _PATH))

ERROR = Group(
    tuple(
        Field(name, "error", _PLAIN)
        for name in ("response-code", "developer-message", "user-message", "error-code", "more-info")
    )
)


def _list(name: str, item: str, prefix: str) -> Field:
    """A section that this emulator keeps empty: the container alone."""
    return Field(name, prefix, Group((_MODIFIED, Field(item, prefix, Group(()), many=True), _PATH)))


SECTIONS = (
    "distinctions educations employments fundings invited-positions memberships peer-reviews qualifications "
    "research-resources services"
).split()
"""The sections of `activities-summary` other than works, in the order of the XSD."""


def _activity_list(name: str) -> Field:
    grouped = "group" if name in {"fundings", "peer-reviews", "research-resources"} else "affiliation-group"
    return _list(name, grouped, "activities")


ACTIVITIES = Group(
    (_MODIFIED, *(_activity_list(name) for name in SECTIONS), Field("works", "activities", WORKS), _PATH)
)
_NAME = Group(
    (
        Field("created-date", "common", _DATE),
        _MODIFIED,
        *(Field(name, "personal-details", _WRAPPED) for name in ("given-names", "family-name", "credit-name")),
        Field("visibility", "@", _PLAIN),
        _PATH,
    ),
    last=("visibility", "path"),
)
PERSON = Group(
    (
        _MODIFIED,
        Field("name", "person", _NAME),
        _list("other-names", "other-name", "other-name"),
        Field("biography", "person", Group(())),
        _list("researcher-urls", "researcher-url", "researcher-url"),
        _list("emails", "email", "email"),
        _list("addresses", "address", "address"),
        _list("keywords", "keyword", "keyword"),
        _list("external-identifiers", "external-identifier", "external-identifier"),
        _PATH,
    )
)
_HISTORY = Group(
    (
        Field("creation-method", "history", Text(kind="constant")),
        Field("completion-date", "history", _DATE),
        Field("submission-date", "history", _DATE),
        _MODIFIED,
        Field("claimed", "history", Text(kind="boolean")),
        Field("source", "common", _SOURCE),
        Field("deactivation-date", "history", _DATE),
        Field("verified-email", "history", Text(kind="boolean")),
        Field("verified-primary-email", "history", Text(kind="boolean")),
    )
)
RECORD = Group(
    (
        Field("orcid-identifier", "common", ORCID_ID),
        Field("preferences", "preferences", Group((Field("locale", "preferences", _PLAIN),))),
        Field("history", "history", _HISTORY),
        Field("person", "person", PERSON),
        Field("activities-summary", "activities", ACTIVITIES),
        _PATH,
    )
)
