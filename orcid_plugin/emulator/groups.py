"""Group-id records, by which reviews are grouped: writing, finding, and those that the Registry makes for ISSNs."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

from orcid_plugin.emulator.activity_messages import GROUP_ID_RULE
from orcid_plugin.emulator.normalise import normalise
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import GroupIdRecord

ISSN = "issn:"


def of_new_review(registry: Registry, group_id: str) -> str:
    """The group id under which a new review is kept: an ISSN in its normal form, its record made if there is none.

    Refused with 9053 for what is no ISSN, with 9020 if the group does not exist.
    """
    if not group_id.startswith(ISSN):
        demand(registry, group_id)
        return group_id
    return of_issn(registry, group_id).group_id


def of_issn(registry: Registry, group_id: str) -> GroupIdRecord:
    """The record of an ISSN, made by the Registry if there is none; refused with 9053 for what is no ISSN."""
    issn = normalise("issn", group_id.removeprefix(ISSN))
    if not issn:
        raise Refusal(9053)
    found = registry.group(f"{ISSN}{issn}")
    if found is not None:
        return found
    now = registry.now_ms()
    return registry.put_group(
        GroupIdRecord(
            registry.next_put_code(), f"{ISSN}{issn}", f"Journal {issn}", f"Journal {issn}", "journal", None, now, now
        )
    )


def demand(registry: Registry, group_id: str) -> None:
    """Refuse a group id without a record."""
    if registry.group(group_id) is None:
        raise Refusal(9020, "The given group id does not exist in our records")


def create(registry: Registry, client: str, message: Message) -> GroupIdRecord:
    """Add a record.

    Of an ISSN the Registry makes the record itself and refuses the request all the same, with 9025.
    """
    if "put-code" in message:
        raise Refusal(9024)
    _check_group_id(message)
    if message["group-id"].startswith(ISSN):
        of_issn(registry, message["group-id"])
        raise Refusal(9025)
    if registry.group(message["group-id"]) is not None:
        raise Refusal(9025)
    now = registry.now_ms()
    return registry.put_group(
        GroupIdRecord(registry.next_put_code(), **_content(message), source=client, created=now, modified=now)
    )


def update(registry: Registry, put_code: int, client: str, message: Message) -> GroupIdRecord:
    """Replace a record; only its source can."""
    if message.get("put-code") != put_code:
        raise Refusal(9019, urlPutCode=put_code, bodyPutCode=message.get("put-code", "null"))
    found = find(registry, put_code)
    _check_group_id(message)
    namesake = registry.group(message["group-id"])
    if namesake is not None and namesake is not found:
        raise Refusal(9025)
    if found.source != client:
        raise Refusal(9010)
    return registry.put_group(replace(found, **_content(message), modified=registry.now_ms()))


def delete(registry: Registry, put_code: int, client: str) -> None:
    """Remove a record that no review uses; only its source can."""
    found = find(registry, put_code)
    if found.source != client:
        raise Refusal(9010)
    if any(
        item.message["review-group-id"] == found.group_id
        for (_, section), items in registry.items.items()
        if section == "peer-review"
        for item in items.values()
    ):
        raise Refusal(9040)
    registry.remove_group(put_code)


def find(registry: Registry, put_code: int) -> GroupIdRecord:
    """The record with this put-code; refused with 9026 if there is none."""
    found = registry.group_ids.get(put_code)
    if found is None:
        raise Refusal(9026)
    return found


def search(registry: Registry, group_id: str | None, name: str | None) -> GroupIdRecord | None:
    """The record with exactly this group id, or else this name; that of an unknown ISSN is made."""
    if group_id is None:
        return next((group for group in registry.group_ids.values() if group.name == name), None)
    found = registry.group(group_id)
    if found is None and group_id.startswith(ISSN):
        return of_issn(registry, group_id)
    return found


def _check_group_id(message: Message) -> None:
    if not GROUP_ID_RULE.fits(message["group-id"]):
        raise Refusal(9020, f"Invalid group-id: '{message['group-id']}'")


def _content(message: Message) -> dict[str, Any]:
    printable = "".join(letter for letter in message["name"] if not unicodedata.category(letter).startswith("C"))
    return {
        "name": printable,
        "group_id": message["group-id"],
        "description": message["description"],
        "type": message["type"],
    }
