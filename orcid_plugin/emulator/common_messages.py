"""What messages have in common: items, dates, identifiers, organisations, titles, people (namespace `common`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from orcid_plugin.emulator.schema import ANY, FILLED, Field, Group, Rule, Text, number, pattern, text_of
from orcid_plugin.metadata.vocabulary import COUNTRY_CODES, Relationship

MODEL = "org.orcid.jaxb.model"
_VISIBILITIES = frozenset({"public", "limited", "private", "registered-only"})

PLAIN = Text()
WRAPPED = Text(wrapped=True)
URL = Text(wrapped=True, bare=True)
DATE = Text(kind="date", wrapped=True)
LONG_TEXT = Text(rule=text_of(4000))


def terms(model: str, values: Iterable[str]) -> Text:
    """An enumeration that the XSD leaves to ORCID's model: refused with 9051."""
    return Text(terms=(frozenset(values), f"{MODEL}.{model}"))


def among(values: frozenset[str], model: str) -> Text:
    """An enumeration of the XSD itself: refused as schema fault in XML, by the binding in JSON."""
    rule = Rule(values.__contains__, f"must be one of {', '.join(sorted(values))}")
    return Text(rule=rule, terms=(values, f"{MODEL}.{model}"))


def _orcid_fault(message: Mapping[str, Any]) -> str | None:
    return None if "uri" in message or "path" in message else "'uri' or 'path' is expected"


_ORCID_PATH = r"(\d{4}-){3,}\d{3}[\dX]"
_ORCID_URI = rf"https://([^/]*orcid\.org|localhost.*/orcid-web)/{_ORCID_PATH}"
ORCID_ID = Group(
    (
        Field("uri", "common", Text(rule=pattern(_ORCID_URI))),
        Field("path", "common", Text(rule=pattern(_ORCID_PATH))),
        Field("host", "common", PLAIN),
    ),
    check=_orcid_fault,
)
_CLIENT_ID = Group((Field("uri", "common", PLAIN), Field("path", "common", PLAIN), Field("host", "common", PLAIN)))
SOURCE = Group(
    (
        Field("source-orcid", "common", ORCID_ID),
        Field("source-client-id", "common", _CLIENT_ID),
        Field("source-name", "common", WRAPPED),
        Field("assertion-origin-orcid", "common", ORCID_ID),
        Field("assertion-origin-client-id", "common", _CLIENT_ID),
        Field("assertion-origin-name", "common", WRAPPED),
    )
)
VISIBILITY = among(_VISIBILITIES, "common.Visibility")
PUT_CODE = Field("put-code", "@", Text(kind="integer"))
MODIFIED = Field("last-modified-date", "common", DATE, output_only=True)
PATH = Field("path", "@", PLAIN, output_only=True)
ITEM = (
    Field("created-date", "common", DATE, output_only=True),
    MODIFIED,
    Field("source", "common", SOURCE, output_only=True),
    PUT_CODE,
    Field("visibility", "@", VISIBILITY),
    PATH,
    Field("display-index", "@", PLAIN, output_only=True),
)
"""What every item of an activity section carries (XSD: element-summary)."""


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
START_DATE = Field("start-date", "common", FUZZY_DATE)
END_DATE = Field("end-date", "common", FUZZY_DATE)
_NORMALIZED_ERROR = Group(
    (
        Field("error-code", "common", PLAIN),
        Field("error-message", "common", PLAIN),
        Field("transient", "@", Text(kind="boolean")),
    )
)
EXTERNAL_ID = Group(
    (
        Field("external-id-type", "common", Text(rule=FILLED), required=True),
        Field("external-id-value", "common", Text(rule=FILLED), required=True),
        Field("external-id-normalized", "common", Text(wrapped=True, attribute="transient"), output_only=True),
        Field("external-id-normalized-error", "common", _NORMALIZED_ERROR, output_only=True),
        Field("external-id-url", "common", URL),
        Field("external-id-relationship", "common", terms("common.Relationship", Relationship)),
    )
)
EXTERNAL_IDS = Group((Field("external-id", "common", EXTERNAL_ID, many=True),))
IDS = Field("external-ids", "common", EXTERNAL_IDS)
ITEM_URL = Field("url", "common", URL)

TITLE = Field("title", "common", Text(wrapped=True, rule=text_of(1000)), required=True)
SUBTITLE = Field("subtitle", "common", Text(wrapped=True, bare=True, rule=text_of(1000, empty=True)))
TRANSLATED_TITLE = Field(
    "translated-title",
    "common",
    Text(wrapped=True, rule=text_of(1000), attribute="language-code", attribute_required=True),
)
SHORT_DESCRIPTION = Text(rule=text_of(5000, empty=True))
STRING_1000 = Text(rule=text_of(1000))

_SHORT_TEXT = Text(rule=text_of(500, empty=True))
ORGANIZATION = Group(
    (
        Field("name", "common", LONG_TEXT, required=True),
        Field(
            "address",
            "common",
            Group(
                (
                    Field("city", "common", LONG_TEXT),
                    Field("region", "common", LONG_TEXT),
                    Field("country", "common", terms("common.Iso3166Country", COUNTRY_CODES)),
                )
            ),
            required=True,
        ),
        Field(
            "disambiguated-organization",
            "common",
            Group(
                (
                    Field("disambiguated-organization-identifier", "common", _SHORT_TEXT, required=True),
                    Field("disambiguation-source", "common", _SHORT_TEXT, required=True),
                )
            ),
        ),
    )
)
COUNTRY = Text(
    wrapped=True, attribute="visibility", terms=(COUNTRY_CODES | {""}, f"{MODEL}.common.Iso3166Country"), rule=ANY
)

_EMAIL = Text(rule=Rule(lambda text: len(text) <= 350 and pattern(r"[^@]+@[^.]+\..+").fits(text), "must be an address"))


def contributors(prefix: str, *first: Field) -> Field:
    """The people of a work or a grant: the same elements in two namespaces, works with `first` in their attributes."""
    attributes = Group((*first, Field("contributor-role", prefix, PLAIN)))
    person = Group(
        (
            Field("contributor-orcid", "common", ORCID_ID),
            Field("credit-name", prefix, Text(wrapped=True, rule=text_of(150))),
            Field("contributor-email", prefix, _EMAIL),
            Field("contributor-attributes", prefix, attributes),
        )
    )
    return Field("contributors", prefix, Group((Field("contributor", prefix, person, many=True),)))
