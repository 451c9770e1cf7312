"""The messages of a whole record and of errors, described after the XSDs of API v3.0."""

from __future__ import annotations

from orcid_plugin.emulator.activity_messages import ACTIVITIES
from orcid_plugin.emulator.common_messages import DATE, MODIFIED, ORCID_ID, PATH, PLAIN, SOURCE
from orcid_plugin.emulator.person_messages import PERSON
from orcid_plugin.emulator.schema import Field, Group, Text

ERROR = Group(
    tuple(
        Field(name, "error", PLAIN)
        for name in ("response-code", "developer-message", "user-message", "error-code", "more-info")
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
