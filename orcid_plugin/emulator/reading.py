"""What the API shows of a record: full items, summaries, groups and the record as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orcid_plugin.emulator.normalise import key, normalise
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.sections import PEER_REVIEW, SECTIONS, Section
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Researcher, StoredItem

_GROUPABLE = {"self", "version-of"}


def full(registry: Registry, item: StoredItem, id_host: str) -> Message:
    """An item with all that the Registry adds to it."""
    return {
        **{name: _with_normalised_ids(content) for name, content in item.message.items()},
        **_added(registry, item, id_host),
    }


def _added(registry: Registry, item: StoredItem, id_host: str) -> Message:
    return {
        "put-code": item.put_code,
        "created-date": {"value": item.created},
        "last-modified-date": {"value": item.modified},
        "source": source(registry, item, id_host),
        "visibility": item.visibility,
        "path": f"/{item.orcid}/{item.section}/{item.put_code}",
        "display-index": item.display_index,
    }


def _with_normalised_ids(content: Any) -> Any:
    if isinstance(content, list):
        return [_with_normalised_ids(entry) for entry in content]
    if not isinstance(content, dict):
        return content
    if "external-id-type" in content:
        return _shown_id(content)
    return {name: _with_normalised_ids(entry) for name, entry in content.items()}


def summary(registry: Registry, item: StoredItem, id_host: str) -> Message:
    """An item as lists show it (`work:work-summary` and its like)."""
    section = SECTIONS[item.section]
    message = item.message | {summarised: item.message[name] for name, summarised in section.renamed}
    message |= _added(registry, item, id_host)
    return {
        field.name: _with_normalised_ids(message[field.name])
        for field in section.summary.fields
        if field.name in message
    }


def source(registry: Registry, item: StoredItem, id_host: str) -> Message:
    """Who added an item."""
    if item.source is None:
        name = registry.researchers[item.orcid].name
        return {"source-orcid": orcid_identifier(item.orcid, id_host), "source-name": {"value": name}}
    return client_source(registry, item.source, id_host)


def client_source(registry: Registry, client_id: str, id_host: str) -> Message:
    """A client as the source of something."""
    client = registry.clients.get(client_id)
    identifier = {"uri": f"https://{id_host}/client/{client_id}", "path": client_id, "host": id_host}
    return {"source-client-id": identifier, "source-name": {"value": client.name if client else client_id}}


def orcid_identifier(orcid: str, id_host: str) -> Message:
    """An iD in its three forms."""
    return {"uri": f"https://{id_host}/{orcid}", "path": orcid, "host": id_host}


def _shown_id(entry: Message) -> Message:
    type, value = entry["external-id-type"], entry["external-id-value"]
    normalised = normalise(type, value)
    if normalised:
        return {**entry, "external-id-normalized": {"value": normalised, "transient": True}}
    error = f"Cannot normalize identifier value {type}:{value}"
    fault = {"error-code": "8001", "error-message": error, "transient": True}
    return {**entry, "external-id-normalized-error": fault}


def grouped(items: Iterable[StoredItem]) -> list[list[StoredItem]]:
    """Items that share an identifier, transitively, in ORCID's order: newest first, the preferred one of each first."""
    groups: list[tuple[set[tuple[str, str]], list[StoredItem]]] = []
    by_key: dict[tuple[str, str], int] = {}
    for item in items:
        keys = {key(e["external-id-type"], e["external-id-value"]) for e in _groupable(item)}
        touched = sorted({by_key[k] for k in keys if k in by_key})
        home = touched[0] if touched else len(groups)
        if not touched:
            groups.append((set(), []))
        for other in touched[1:]:
            keys |= groups[other][0]
            groups[home][1].extend(groups[other][1])
            groups[other] = (set(), [])
        groups[home][0].update(keys)
        groups[home][1].append(item)
        by_key.update(dict.fromkeys(keys, home))
    held = [sorted(group, key=lambda item: (-int(item.display_index), item.created)) for _, group in groups if group]
    return sorted(sorted(held, key=_title_and_type), key=lambda group: _date(group[0]), reverse=True)


def _groupable(item: StoredItem) -> list[Message]:
    ids = SECTIONS[item.section].external_ids(item.message)
    return [e for e in ids if e.get("external-id-relationship") in _GROUPABLE and e["external-id-value"].strip()]


def _title_and_type(group: Sequence[StoredItem]) -> tuple[str, str]:
    message = group[0].message
    return SECTIONS[group[0].section].title(message).casefold(), str(message.get("type", ""))


def _date(item: StoredItem) -> tuple[str, ...]:
    section = SECTIONS[item.section]
    fuzzy = section.main(item.message).get(section.date) or {}
    return tuple((fuzzy.get(part) or {}).get("value") or "" for part in ("year", "month", "day"))


def listed(registry: Registry, section: Section, orcid: str, items: Sequence[StoredItem], id_host: str) -> Message:
    """The list of a section: groups of summaries."""
    name = "affiliation-group" if section.in_affiliation_groups else "group"
    if section is PEER_REVIEW:
        groups = _review_groups(registry, items, id_host)
    else:
        groups = [_group(registry, section, group, id_host) for group in grouped(items)]
    return {name: groups, "path": f"/{orcid}/{section.name}s", **modified(items)}


def _group(registry: Registry, section: Section, group: Sequence[StoredItem], id_host: str) -> Message:
    element = f"{section.name}-summary"
    summaries = [summary(registry, item, id_host) for item in group]
    shown: Message = {element: summaries}
    if section.in_affiliation_groups:
        shown = {"summaries": [{element: entry} for entry in summaries]}
    return {**modified(group), "external-ids": {"external-id": _union(group)}, **shown}


def reviews_by_group(items: Iterable[StoredItem]) -> dict[str, list[list[StoredItem]]]:
    """Reviews by the id of what they are grouped by, the group with the newest first; in each, those that share an
    identifier together."""
    by_group: dict[str, list[StoredItem]] = {}
    for item in items:
        by_group.setdefault(item.message["review-group-id"], []).append(item)
    inner = {group_id: grouped(reviews) for group_id, reviews in by_group.items()}
    return dict(sorted(inner.items(), key=lambda entry: _date(entry[1][0][0]), reverse=True))


def _review_groups(registry: Registry, items: Sequence[StoredItem], id_host: str) -> list[Message]:
    return [
        {
            **modified([item for group in inner for item in group]),
            "external-ids": {
                "external-id": [{"external-id-type": PEER_REVIEW.name, "external-id-value": group_id}],
            },
            "peer-review-group": [_group(registry, PEER_REVIEW, group, id_host) for group in inner],
        }
        for group_id, inner in reviews_by_group(items).items()
    ]


def modified(items: Sequence[StoredItem]) -> Message:
    """When the last of the items was changed, nothing if there are none."""
    return {"last-modified-date": {"value": max(item.modified for item in items)}} if items else {}


def _union(group: Sequence[StoredItem]) -> list[Message]:
    ids: dict[tuple[str, str, str], Message] = {}
    for item in group:
        for entry in _groupable(item):
            shared = (*key(entry["external-id-type"], entry["external-id-value"]), entry["external-id-relationship"])
            ids.setdefault(shared, _shown_id(entry))
    return list(ids.values())


def activities(registry: Registry, orcid: str, items: Mapping[str, Sequence[StoredItem]], id_host: str) -> Message:
    """All sections, each with those of its items that may be seen."""
    lists = {f"{name}s": listed(registry, section, orcid, items[name], id_host) for name, section in SECTIONS.items()}
    everything = [item for name in SECTIONS for item in items[name]]
    return {**lists, "path": f"/{orcid}/activities", **modified(everything)}


def record(
    registry: Registry,
    researcher: Researcher,
    items: Mapping[str, Sequence[StoredItem]],
    person: Message,
    id_host: str,
) -> Message:
    """The whole record."""
    orcid = researcher.orcid
    history = {
        "creation-method": "Direct",
        "submission-date": {"value": int(researcher.created * 1000)},
        "last-modified-date": {"value": researcher.modified},
        "claimed": researcher.state != "unclaimed",
        "verified-email": not researcher.emails or any(email.verified for email in researcher.emails),
        "verified-primary-email": not researcher.emails or researcher.emails[0].verified,
    }
    return {
        "orcid-identifier": orcid_identifier(orcid, id_host),
        "preferences": {"locale": "en"},
        "history": history,
        "person": person,
        "activities-summary": activities(registry, orcid, items, id_host),
        "path": f"/{orcid}",
    }
