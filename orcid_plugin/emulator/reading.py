"""What the API shows of a record: full items, summaries, groups and the record as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orcid_plugin.emulator import messages, rules
from orcid_plugin.emulator.normalise import key, normalise
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.state import Registry, Researcher, StoredWork

_GROUPABLE = {"self", "version-of"}
_SUMMARY = {field.name for field in messages.WORK_SUMMARY.fields}


def full_work(registry: Registry, item: StoredWork, id_host: str) -> Message:
    """A work with all that the Registry adds to it."""
    return {
        **item.work,
        "put-code": item.put_code,
        "created-date": {"value": item.created},
        "last-modified-date": {"value": item.modified},
        "source": _source(registry, item, id_host),
        "external-ids": {"external-id": [_shown_id(entry) for entry in rules.external_ids(item.work)]},
        "visibility": item.visibility,
        "path": f"/{item.orcid}/work/{item.put_code}",
        "display-index": item.display_index,
    }


def summary(registry: Registry, item: StoredWork, id_host: str) -> Message:
    """A work as lists show it (`work:work-summary`)."""
    work = full_work(registry, item, id_host)
    return {name: content for name, content in work.items() if name in _SUMMARY}


def _source(registry: Registry, item: StoredWork, id_host: str) -> Message:
    if item.source is None:
        name = registry.researchers[item.orcid].name
        return {"source-orcid": orcid_identifier(item.orcid, id_host), "source-name": {"value": name}}
    client = registry.clients.get(item.source)
    identifier = {"uri": f"https://{id_host}/client/{item.source}", "path": item.source, "host": id_host}
    return {"source-client-id": identifier, "source-name": {"value": client.name if client else item.source}}


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


def grouped(items: Iterable[StoredWork]) -> list[list[StoredWork]]:
    """Works that share an identifier, transitively, in ORCID's order: newest first, the preferred one of each first."""
    groups: list[tuple[set[tuple[str, str]], list[StoredWork]]] = []
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


def _groupable(item: StoredWork) -> list[Message]:
    ids = rules.external_ids(item.work)
    return [e for e in ids if e.get("external-id-relationship") in _GROUPABLE and e["external-id-value"].strip()]


def _title_and_type(group: Sequence[StoredWork]) -> tuple[str, str]:
    work = group[0].work
    return str(work["title"]["title"]["value"]).casefold(), str(work["type"])


def _date(item: StoredWork) -> tuple[str, ...]:
    fuzzy = item.work.get("publication-date") or {}
    return tuple((fuzzy.get(part) or {}).get("value") or "" for part in ("year", "month", "day"))


def works(registry: Registry, orcid: str, items: Sequence[StoredWork], id_host: str) -> Message:
    """The list of works: groups of summaries."""
    groups = [
        {
            "last-modified-date": {"value": max(item.modified for item in group)},
            "external-ids": {"external-id": _union(group)},
            "work-summary": [summary(registry, item, id_host) for item in group],
        }
        for group in grouped(items)
    ]
    message: Message = {"group": groups, "path": f"/{orcid}/works"}
    if items:
        message["last-modified-date"] = {"value": max(item.modified for item in items)}
    return message


def _union(group: Sequence[StoredWork]) -> list[Message]:
    ids: dict[tuple[str, str, str], Message] = {}
    for item in group:
        for entry in _groupable(item):
            shared = (*key(entry["external-id-type"], entry["external-id-value"]), entry["external-id-relationship"])
            ids.setdefault(shared, _shown_id(entry))
    return list(ids.values())


def person(researcher: Researcher, *, limited: bool) -> Message:
    """The person part of a record: the name, if it may be seen, and empty lists."""
    orcid = researcher.orcid
    message: Message = {
        name: {"path": f"/{orcid}/{path}"}
        for name, path in {
            "other-names": "other-names",
            "researcher-urls": "researcher-urls",
            "emails": "email",
            "addresses": "address",
            "keywords": "keywords",
            "external-identifiers": "external-identifiers",
        }.items()
    }
    message["path"] = f"/{orcid}/person"
    created = {"value": int(researcher.created * 1000)}
    if researcher.name_visibility == "public" or (limited and researcher.name_visibility == "limited"):
        names = {
            "given-names": researcher.given_names,
            "family-name": researcher.family_name,
            "credit-name": researcher.credit_name,
        }
        message["name"] = {
            "created-date": created,
            "last-modified-date": created,
            **{part: {"value": text} for part, text in names.items() if text},
            "visibility": researcher.name_visibility,
            "path": orcid,
        }
    return message


def record(
    registry: Registry, researcher: Researcher, items: Sequence[StoredWork], id_host: str, *, limited: bool
) -> Message:
    """The whole record."""
    orcid = researcher.orcid
    created = {"value": int(researcher.created * 1000)}
    listed = works(registry, orcid, items, id_host)
    activities: Message = {name: {"path": f"/{orcid}/{name}"} for name in messages.SECTIONS}
    activities |= {"works": listed, "path": f"/{orcid}/activities"}
    if "last-modified-date" in listed:
        activities["last-modified-date"] = listed["last-modified-date"]
    history = {
        "creation-method": "Direct",
        "submission-date": created,
        "last-modified-date": activities.get("last-modified-date", created),
        "claimed": researcher.state != "unclaimed",
        "verified-email": True,
        "verified-primary-email": True,
    }
    return {
        "orcid-identifier": orcid_identifier(orcid, id_host),
        "preferences": {"locale": "en"},
        "history": history,
        "person": person(researcher, limited=limited),
        "activities-summary": activities,
        "path": f"/{orcid}",
    }
