"""The messages of group-id records, described after ORCID's XSD, which still builds on the common types of API v2.1."""

from __future__ import annotations

from orcid_plugin.emulator.common_messages import PLAIN, PUT_CODE, SOURCE, STRING_1000, among
from orcid_plugin.emulator.schema import Field, Group, Text

_TYPES = frozenset(
    {
        "publisher",
        "institution",
        "journal",
        "conference",
        "newspaper",
        "newsletter",
        "magazine",
        "peer-review service",
    }
)
_INTEGER = Text(kind="integer")
_CONTENT = (
    Field("name", "group-id", STRING_1000, required=True),
    Field("group-id", "group-id", PLAIN, required=True),
    Field("description", "group-id", STRING_1000, required=True),
    Field("type", "group-id", among(_TYPES, "groupid.GroupType"), required=True),
    PUT_CODE,
)
_SOURCES = tuple(Field(field.name, field.prefix, field.form, output_only=True) for field in SOURCE.fields)
SENT = Group((*_SOURCES, Field("source", "common", SOURCE, output_only=True), *_CONTENT))
"""A record as a client sends it; its source stands in XML without an element of its own."""
RECORD = Group((Field("source", "common", SOURCE, only_in_json=True), *_CONTENT))
RECORDS = Group(
    (
        *(Field(name, "group-id", _INTEGER) for name in ("total", "page", "page-size")),
        Field("group-id-record", "group-id", RECORD, many=True),
    )
)
