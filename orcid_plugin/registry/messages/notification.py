"""The permission notification of ORCID's API v3.0, named as the elements of `notification-permission-3.0.xsd` are."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from orcid_plugin.registry.messages.item import ExternalId, Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationUrl:
    """Where the person gives the permission: an address, or a path and host of ORCID's. It may be a personal link."""

    uri: str | None = field(default=None, repr=False)
    path: str | None = field(default=None, repr=False)
    host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationItem:
    """What will be written once the person agrees; `type` is one of `item_rules.NOTIFIED_TYPES`."""

    type: str
    name: str
    external_id: ExternalId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionNotification(Stored):
    """A request for permission in a person's inbox at ORCID.

    Attributes:
        sent_date, read_date, actioned_date, archived_date: only in answers; never sent.
    """

    notification_type: str = "permission"
    authorization_url: AuthorizationUrl
    subject: str
    intro: str
    items: tuple[NotificationItem, ...] = ()
    sent_date: datetime.datetime | None = None
    read_date: datetime.datetime | None = None
    actioned_date: datetime.datetime | None = None
    archived_date: datetime.datetime | None = None
