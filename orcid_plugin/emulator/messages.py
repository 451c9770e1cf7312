"""The messages of a whole record and of errors, described after the XSDs of API v3.0."""

from __future__ import annotations

from orcid_plugin.emulator.activity_messages import ACTIVITIES
from orcid_plugin.emulator.common_messages import DATE, MODIFIED, ORCID_ID, PATH, PLAIN, SOURCE, WRAPPED
from orcid_plugin.emulator.schema import Field, Group, Text

ERROR = Group(
    tuple(
        Field(name, "error", PLAIN)
        for name in ("response-code", "developer-message", "user-message", "error-code", "more-info")
    )
)


def _list(name: str, item: str, prefix: str) -> Field:
    """A section that this emulator keeps empty: the container alone."""
    return Field(name, prefix, Group((MODIFIED, Field(item, prefix, Group(()), many=True), PATH)))


_NAME = Group(
    (
        Field("created-date", "common", DATE),
        MODIFIED,
        *(Field(name, "personal-details", WRAPPED) for name in ("given-names", "family-name", "credit-name")),
        Field("visibility", "@", PLAIN),
        PATH,
    ),
    last=("visibility", "path"),
)
PERSON = Group(
    (
        MODIFIED,
        Field("name", "person", _NAME),
        _list("other-names", "other-name", "other-name"),
        Field("biography", "person", Group(())),
        _list("researcher-urls", "researcher-url", "researcher-url"),
        _list("emails", "email", "email"),
        _list("addresses", "address", "address"),
        _list("keywords", "keyword", "keyword"),
        _list("external-identifiers", "external-identifier", "external-identifier"),
        PATH,
    )
)
_HISTORY = Group(
    (
        Field("creation-method", "history", Text(kind="constant")),
        Field("completion-date", "history", DATE),
        Field("submission-date", "history", DATE),
        MODIFIED,
        Field("claimed", "history", Text(kind="boolean")),
        Field("source", "common", SOURCE),
        Field("deactivation-date", "history", DATE),
        Field("verified-email", "history", Text(kind="boolean")),
        Field("verified-primary-email", "history", Text(kind="boolean")),
    )
)
RECORD = Group(
    (
        Field("orcid-identifier", "common", ORCID_ID),
        Field("preferences", "preferences", Group((Field("locale", "preferences", PLAIN),))),
        Field("history", "history", _HISTORY),
        Field("person", "person", PERSON),
        Field("activities-summary", "activities", ACTIVITIES),
        PATH,
    )
)
