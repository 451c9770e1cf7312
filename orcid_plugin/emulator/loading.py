"""From a seed to what the Registry knows, and back: the parts of a seed and the values that each holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orcid_plugin.emulator import activity_messages, json_form, person_messages, seeds
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.values import Client, Code, GroupIdRecord, Organization, Researcher, StoredItem, Token
from orcid_plugin.errors import UnreadableInput

if TYPE_CHECKING:
    from orcid_plugin.emulator.state import Registry

TOKEN_LIFE = 631138519
"""Seconds that a token lives: twenty years."""

_ORGANIZATIONS = Path(__file__).with_name("organizations.json")
_FORMS = {**activity_messages.FORMS, **person_messages.FORMS}
_PARTS = frozenset("researchers clients codes tokens organizations group_ids works items next_put_code".split())


def load(registry: Registry, seed: Mapping[str, Any]) -> None:
    """Put everything in a seed into the Registry; raises `UnreadableInput` for what has not the seed's form."""
    unknown = set(seed) - _PARTS
    if unknown:
        raise UnreadableInput(f"the Registry's seed has an unknown part {min(unknown)!r}")
    for researcher in seeds.values(Researcher, seed, "researchers", {"created": registry.clock()}):
        seeds.check_orcid(researcher.orcid)
        registry.researchers[researcher.orcid] = researcher
    for client in seeds.values(Client, seed, "clients"):
        registry.add_client(client)
    registry.codes = {code.value: code for code in seeds.values(Code, seed, "codes")}
    defaults = {"expires": registry.clock() + TOKEN_LIFE}
    registry.tokens = {token.access: token for token in seeds.values(Token, seed, "tokens", defaults)}
    for token in registry.tokens.values():
        _demand_record(registry, token.orcid)
    known = seeds.values(Organization, seed if "organizations" in seed else seeds.read(_ORGANIZATIONS), "organizations")
    registry.organizations = {(entry.source, entry.identifier): entry for entry in known}
    registry.reserve_put_code(seed.get("next_put_code", 1) - 1)
    for group in seeds.values(GroupIdRecord, seed, "group_ids", {"put_code": 0}):
        put_code = group.put_code or registry.next_put_code()
        registry.group_ids[put_code] = replace(group, put_code=put_code)
        registry.reserve_put_code(put_code)
    for part in ("works", "items"):
        for entry in seed.get(part, ()):
            _load_item(registry, entry, part)
    for orcid, researcher in registry.researchers.items():
        changes = [
            item.modified for (owner, _), items in registry.items.items() if owner == orcid for item in items.values()
        ]
        modified = max(researcher.modified, int(researcher.created * 1000), *changes)
        registry.researchers[orcid] = replace(researcher, modified=modified)


def snapshot(registry: Registry) -> dict[str, Any]:
    """Everything that the Registry knows, in the form of a seed."""
    items = [asdict(item) for items in registry.items.values() for item in items.values()]
    lists: dict[str, Mapping[Any, Any]] = {
        "researchers": registry.researchers,
        "clients": registry.clients,
        "codes": registry.codes,
        "tokens": registry.tokens,
        "organizations": registry.organizations,
        "group_ids": registry.group_ids,
    }
    values = {name: [asdict(value) for value in held.values()] for name, held in lists.items()}
    return {**values, "items": items, "next_put_code": registry.upcoming_put_code}


def _load_item(registry: Registry, entry: object, part: str) -> None:
    if not isinstance(entry, dict):
        raise UnreadableInput(f"an entry of the Registry's seed in {part!r} is no JSON object")
    given = dict(entry)
    if part == "works":
        given |= {"section": "work", "message": given.pop("work", None)}
    form = _FORMS.get(given.get("section", "work"))
    if form is None:
        raise UnreadableInput(f"the Registry's seed has an item of an unknown section {given['section']!r}")
    try:
        message = json_form.read(form, given.get("message"))
    except Refusal as refusal:
        raise UnreadableInput(f"an item of the Registry's seed is not legal: {refusal.values}") from None
    now = registry.now_ms()
    defaults = {"source": None, "visibility": "public", "created": now, "modified": now}
    put_code = given.get("put_code") or registry.next_put_code()
    item = seeds.value(StoredItem, {**given, "put_code": put_code, "message": message}, part, defaults)
    _demand_record(registry, item.orcid)
    registry.items.setdefault((item.orcid, item.section), {})[item.put_code] = item
    registry.reserve_put_code(item.put_code)


def _demand_record(registry: Registry, orcid: str | None) -> None:
    if orcid is not None and orcid not in registry.researchers:
        raise UnreadableInput(f"the Registry's seed has something for {orcid!r}, but no such researcher")
