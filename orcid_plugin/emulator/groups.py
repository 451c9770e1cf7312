"""Group-id records: what reviews are grouped by, and the ones that the Registry makes itself for ISSNs."""

from __future__ import annotations

from orcid_plugin.emulator.normalise import normalise
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.state import GroupIdRecord, Registry

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
