"""The messages of permission notifications, described after ORCID's XSD, which builds on the common types of v2.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orcid_plugin.emulator.common_messages import PLAIN, PUT_CODE, SOURCE, URL, among
from orcid_plugin.emulator.schema import FILLED, Field, Group, Text, text_of

_ITEM_TYPES = frozenset(
    "employment education qualification invited-position distinction membership service funding work "
    "peer-review".split()
)
_TEXT_1000 = Text(rule=text_of(1000, empty=True))
_DATE = Text(kind="date")


def _url_fault(message: Mapping[str, Any]) -> str | None:
    return None if "uri" in message or "path" in message else "'uri' or 'path' is expected"


_EXTERNAL_ID = Group(
    (
        Field("external-id-type", "common", Text(rule=FILLED), required=True),
        Field("external-id-value", "common", Text(rule=FILLED), required=True),
        Field("external-id-url", "common", URL),
        Field("external-id-relationship", "common", among(frozenset({"self", "part-of"}), "common.Relationship")),
    )
)
_ITEM = Group(
    (
        Field("item-type", "notification", among(_ITEM_TYPES, "notification.permission.ItemType"), required=True),
        Field("item-name", "notification", _TEXT_1000, required=True),
        Field("external-id", "common", _EXTERNAL_ID),
    )
)


def _items_fault(message: Mapping[str, Any]) -> str | None:
    return None if message.get("item") else "'item' is expected"


ITEMS = Group((Field("item", "notification", _ITEM, many=True),), check=_items_fault)
NOTIFICATION = Group(
    (
        Field(
            "notification-type",
            "notification",
            among(frozenset({"permission"}), "notification.NotificationType"),
            required=True,
        ),
        Field(
            "authorization-url",
            "notification",
            Group(tuple(Field(name, "notification", PLAIN) for name in ("uri", "path", "host")), check=_url_fault),
            required=True,
        ),
        Field("notification-subject", "notification", PLAIN, required=True),
        Field("notification-intro", "notification", _TEXT_1000, required=True),
        Field("items", "notification", ITEMS, required=True),
        Field("created-date", "common", _DATE, output_only=True),
        Field("sent-date", "common", _DATE, output_only=True),
        Field("read-date", "common", _DATE, output_only=True),
        Field("actioned-date", "notification", _DATE, output_only=True),
        Field("archived-date", "common", _DATE, output_only=True),
        Field("source", "common", SOURCE, output_only=True),
        PUT_CODE,
    ),
    first=("put-code",),
)
NOTIFICATIONS = Group((Field("notification", "notification", NOTIFICATION, many=True),))

_TOLD_ITEM = Group(
    (
        Field("item-type", "notification", PLAIN, required=True),
        Field("item-name", "notification", PLAIN, required=True),
    )
)
_TOLD = Group(
    (
        Field(
            "items",
            "notification",
            Group((Field("item", "notification", _TOLD_ITEM, many=True),), check=_items_fault),
            required=True,
        ),
    )
)
FORMS = {"permission": NOTIFICATION, **dict.fromkeys(("added", "changed", "removed"), _TOLD)}
"""What is kept of a notification of each type; those about what a client did are not for the API."""
