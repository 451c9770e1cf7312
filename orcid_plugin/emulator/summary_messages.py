"""The message of a record's summary, described after ORCID's XSD."""

from __future__ import annotations

from orcid_plugin.emulator.common_messages import DATE, END_DATE, MODIFIED, ORCID_ID, PLAIN, START_DATE
from orcid_plugin.emulator.schema import Field, Group, Text

_NUMBER = Text(kind="integer")
_PUT_CODE = Field("put-code", "summary", _NUMBER)
_VALIDATED = Field("validated", "summary", Text(kind="boolean"))
_AFFILIATION = Group(
    (
        _PUT_CODE,
        *(Field(name, "summary", PLAIN) for name in ("type", "organization-name", "role", "url")),
        START_DATE,
        END_DATE,
        _VALIDATED,
    )
)
_EXTERNAL_IDENTIFIER = Group(
    (
        _PUT_CODE,
        *(Field(name, "summary", PLAIN) for name in ("external-id-type", "external-id-value", "external-id-url")),
        _VALIDATED,
    )
)
_EMAIL_DOMAIN = Group(
    (
        Field("value", "summary", PLAIN),
        Field("verification-date", "summary", DATE),
        Field("created-date", "common", DATE),
        MODIFIED,
    )
)


def _listed(name: str, form: Group) -> Group:
    return Group((Field("count", "summary", _NUMBER), Field(name, "summary", form, many=True)))


def _counts(*names: str) -> Group:
    return Group(tuple(Field(name, "summary", _NUMBER) for name in names))


_BY_SOURCE = _counts("self-asserted-count", "validated-count")
SUMMARY = Group(
    (
        Field("created-date", "common", DATE),
        MODIFIED,
        Field("credit-name", "summary", PLAIN),
        Field("orcid-identifier", "common", ORCID_ID),
        Field(
            "external-identifiers",
            "summary",
            Group((Field("external-identifier", "summary", _EXTERNAL_IDENTIFIER, many=True),)),
        ),
        Field("employments", "summary", _listed("employment", _AFFILIATION)),
        Field("professional-activities", "summary", _listed("professional-activity", _AFFILIATION)),
        Field("fundings", "summary", _BY_SOURCE),
        Field("works", "summary", _BY_SOURCE),
        Field("peer-reviews", "summary", _counts("peer-review-publication-grants", "self-asserted-count", "total")),
        Field("education-qualifications", "summary", _listed("education-qualification", _AFFILIATION)),
        Field("research-resources", "summary", _BY_SOURCE),
        Field("email-domains", "summary", _listed("email-domain", _EMAIL_DOMAIN)),
    )
)
