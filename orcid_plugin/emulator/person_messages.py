"""The messages of the sections about the person, described after the XSDs of API v3.0."""

from __future__ import annotations

from dataclasses import replace

from orcid_plugin.emulator.common_messages import (
    COUNTRY,
    DATE,
    EXTERNAL_ID,
    ITEM,
    MODIFIED,
    PATH,
    PLAIN,
    SOURCE,
    URL,
    WRAPPED,
)
from orcid_plugin.emulator.schema import Field, Group, Text, text_of

_ITEM = (*ITEM[:-1], replace(ITEM[-1], form=Text(kind="integer")))
_LAST = ("visibility", "path", "put-code", "display-index")
_CONTENT = Text(rule=text_of(255))
_BOOLEAN = Text(kind="boolean")


def _item(*content: Field) -> Group:
    return Group((*_ITEM, *content), last=_LAST)


FORMS = {
    "address": _item(Field("country", "address", replace(COUNTRY, attribute=None), required=True)),
    "keyword": _item(Field("content", "keyword", _CONTENT, required=True)),
    "other-name": _item(Field("content", "other-name", _CONTENT, required=True)),
    "researcher-url": _item(
        Field("url-name", "researcher-url", Text(rule=text_of(350))),
        Field("url", "researcher-url", URL, required=True),
    ),
    "external-identifier": _item(*(field for field in EXTERNAL_ID.fields if "normalized" not in field.name)),
}
"""An item of each section, by its element and namespace."""
LISTS = {name: Group((MODIFIED, Field(name, name, form, many=True), PATH)) for name, form in FORMS.items()}
_EMAIL = Group(
    (
        *_ITEM,
        Field("email", "email", PLAIN),
        Field("verified", "@", _BOOLEAN),
        Field("primary", "@", _BOOLEAN),
    ),
    last=("path", "visibility", "verified", "primary", "put-code", "display-index"),
)
EMAILS = Group((MODIFIED, Field("email", "email", _EMAIL, many=True), PATH))
_DATES = (Field("created-date", "common", DATE), MODIFIED)
_SEEN = (Field("visibility", "@", PLAIN), PATH)
BIOGRAPHY = Group((*_DATES, Field("content", "personal-details", PLAIN), *_SEEN))
_NAMES = tuple(Field(name, "personal-details", WRAPPED) for name in ("given-names", "family-name", "credit-name"))
_NAME = Group((*_DATES, *_NAMES, Field("source", "common", SOURCE), *_SEEN))


def _details(prefix: str) -> tuple[Field, ...]:
    return (
        MODIFIED,
        Field("name", prefix, _NAME),
        Field("other-names", "other-name", LISTS["other-name"]),
        Field("biography", prefix, BIOGRAPHY),
    )


PERSONAL_DETAILS = Group((*_details("personal-details"), PATH))
PERSON = Group(
    (
        *_details("person"),
        Field("researcher-urls", "researcher-url", LISTS["researcher-url"]),
        Field("emails", "email", EMAILS),
        Field("addresses", "address", LISTS["address"]),
        Field("keywords", "keyword", LISTS["keyword"]),
        Field("external-identifiers", "external-identifier", LISTS["external-identifier"]),
        PATH,
    )
)
