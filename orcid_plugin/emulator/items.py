"""Writing items of the activity sections: what is ignored, what collides, what is kept (reference: write semantics)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from orcid_plugin.emulator import groups, notifications, works
from orcid_plugin.emulator.notifications import Titled
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.sections import PEER_REVIEW, WORK, Section
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import StoredItem

MOST_WORKS = 10_000
MOST_IN_BULK = 100


def create(registry: Registry, section: Section, orcid: str, client: str, message: Message) -> StoredItem:
    """Add an item; the body's visibility, source and dates do not count."""
    with registry.change():
        item = _add(registry, section, orcid, client, message)
        notifications.tell(registry, section, client, "added", [item])
        return item


def _add(
    registry: Registry, section: Section, orcid: str, client: str, message: Message, *, bulk: bool = False
) -> StoredItem:
    section.check(message, None, registry.organizations)
    present = registry.items_of(orcid, section.name)
    if section is WORK and len(present) >= MOST_WORKS:
        raise Refusal(9048)
    _refuse_duplicate(section, present, message, client, version_of=bulk)
    kept = works.settled(section, message)
    if section is PEER_REVIEW:
        kept["review-group-id"] = groups.of_new_review(registry, message["review-group-id"])
    owner = registry.researchers[orcid]
    visibility = owner.visibility
    if owner.state == "unclaimed":
        visibility = message.get("visibility", "private")
    now = registry.now_ms()
    put_code = registry.next_put_code()
    return registry.put_item(StoredItem(orcid, put_code, client, visibility, now, now, kept, section=section.name))


def create_works(
    registry: Registry, orcid: str, client: str, messages: Sequence[Message]
) -> list[StoredItem | Refusal]:
    """Add works in bulk: each for itself, its refusal in its place."""
    if len(messages) > MOST_IN_BULK:
        raise Refusal(9006, f"You are allowed to add up to {MOST_IN_BULK} elements per request.")
    if len(registry.works_of(orcid)) + len(messages) > MOST_WORKS:
        raise Refusal(9048)
    outcomes: list[StoredItem | Refusal] = []
    with registry.change():
        for message in messages:
            try:
                outcomes.append(_add(registry, WORK, orcid, client, message, bulk=True))
            except Refusal as refusal:
                outcomes.append(refusal)
        added = [outcome for outcome in outcomes if isinstance(outcome, StoredItem)]
        notifications.tell(registry, WORK, client, "added", added)
    return outcomes


def update(
    registry: Registry, section: Section, orcid: str, put_code: int, *, client: str, message: Message
) -> StoredItem:
    """Replace an item; with works nothing happens, and nothing is checked, where the Registry sees no change."""
    with registry.change():
        if message.get("put-code") != put_code:
            raise Refusal(9019, urlPutCode=put_code, bodyPutCode=message.get("put-code", "null"))
        item = find(registry, section, orcid, put_code)
        if section is WORK and works.looks_unchanged(message, item):
            if item.source != client:
                raise Refusal(9014, "You are not the source of the work.")
            return item
        section.check(message, item.visibility, registry.organizations)
        if section is PEER_REVIEW:
            groups.demand(registry, message["review-group-id"])
        others = [other for other in registry.items_of(orcid, section.name) if other.put_code != put_code]
        _refuse_duplicate(section, others, message, client)
        if item.source != client:
            raise Refusal(9010)
        changed = replace(item, message=works.settled(section, message), modified=registry.now_ms())
        notifications.tell(registry, section, client, "changed", [changed])
        return registry.put_item(changed)


def delete(registry: Registry, section: Titled, orcid: str, put_code: int, client: str) -> None:
    """Remove an item from a record; only its source can."""
    with registry.change():
        item = find(registry, section, orcid, put_code)
        if item.source != client:
            raise Refusal(9010)
        notifications.tell(registry, section, client, "removed", [item])
        registry.remove_item(item)


def find(registry: Registry, section: Titled, orcid: str, put_code: int) -> StoredItem:
    """The item with this put-code; refused with 9016 if the record has none in this section."""
    item = registry.items.get((orcid, section.name), {}).get(put_code)
    if item is None:
        raise Refusal(9016, f"No entity found for query {put_code}")
    return item


def _refuse_duplicate(
    section: Section, items: Sequence[StoredItem], message: Message, client: str, *, version_of: bool = False
) -> None:
    new = set(_keys(section, message))
    for item in items:
        if item.source == client and not new.isdisjoint(_keys(section, item.message, version_of=version_of)):
            raise Refusal(9021, putCode=item.put_code)


def _keys(section: Section, message: Message, *, version_of: bool = False) -> Iterator[tuple[bool, tuple[str, str]]]:
    for identifier in section.external_ids(message):
        relationship = identifier.get("external-id-relationship")
        if relationship in {"self", None} or (version_of and relationship == "version-of"):
            yield relationship is None, section.key(identifier)
