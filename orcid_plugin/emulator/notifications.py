"""The inbox: permission notifications that clients post, and what they did to a record (reference: write semantics)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from orcid_plugin.emulator import rules
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Notification, StoredItem

PERMISSION = "permission"
MOST_LISTED = 1000


class Titled(Protocol):
    """A section, of activities or of the person."""

    @property
    def name(self) -> str: ...

    def title(self, message: Message) -> str: ...


def post(registry: Registry, orcid: str, client: str, message: Message) -> Notification:
    """A client asks a person for permission."""
    if "put-code" in message:
        raise Refusal(9006, "A new notification has no put-code.")
    if not registry.researchers[orcid].notifications:
        raise Refusal(9032)
    for item in message["items"]["item"]:
        if "external-id" in item:
            rules.refuse_ids(rules.faults_of_ids([item["external-id"]]))
    return registry.notify(orcid, client, PERMISSION, message)


def posted(registry: Registry, orcid: str, client: str) -> list[Notification]:
    """The client's own permission notifications to a person, the newest first, 1000 at most."""
    own = [n for n in inbox(registry, orcid) if (n.client, n.type) == (client, PERMISSION)]
    return own[:MOST_LISTED]


def inbox(registry: Registry, orcid: str) -> list[Notification]:
    """All notifications to a person, the newest first."""
    own = (n for n in registry.notifications.values() if n.orcid == orcid)
    return sorted(own, key=lambda notification: notification.id, reverse=True)


def find(registry: Registry, orcid: str, put_code: int, client: str) -> Notification:
    """The client's permission notification; refused with 9029 if there is none, with 9010 if it is another's."""
    found = registry.notifications.get(put_code)
    if found is None or (found.orcid, found.type) != (orcid, PERMISSION):
        raise Refusal(9029, id=put_code, orcid=orcid)
    if found.client != client:
        raise Refusal(9010)
    return found


def withdraw(registry: Registry, orcid: str, put_code: int, client: str) -> Notification:
    """The client takes its notification back: it is archived, unless the person has read it."""
    found = find(registry, orcid, put_code, client)
    if found.read is not None:
        raise Refusal(9009)
    return archive(registry, found)


def read(registry: Registry, notification: Notification) -> Notification:
    """The person opens a notification."""
    return _dated(registry, notification, "read")


def act(registry: Registry, notification: Notification) -> Notification:
    """The person goes to the client's authorization page."""
    return _dated(registry, notification, "actioned")


def archive(registry: Registry, notification: Notification) -> Notification:
    """The notification leaves the inbox."""
    return _dated(registry, notification, "archived")


def _dated(registry: Registry, notification: Notification, name: str) -> Notification:
    """The notification with a date that it keeps once it has it."""
    if getattr(notification, name) is not None:
        return notification
    now: dict[str, Any] = {name: registry.now_ms()}
    return registry.put_notification(replace(notification, **now))


def tell(registry: Registry, section: Titled, client: str, deed: str, items: Sequence[StoredItem]) -> None:
    """Tell the owner of a record what a client did: it `added`, `changed` or `removed` these items of the section."""
    if not items or not registry.researchers[items[0].orcid].notifications:
        return
    told = [{"item-type": section.name, "item-name": section.title(item.message)} for item in items]
    registry.notify(items[0].orcid, client, deed, {"items": {"item": told}})
