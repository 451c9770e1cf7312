"""Writing works to a record: what is ignored, what collides, what is kept (reference: write semantics)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from orcid_plugin.emulator import rules
from orcid_plugin.emulator.normalise import key
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.state import Registry, StoredWork

MOST_WORKS = 10_000
MOST_IN_BULK = 100
COMPARED_CONTRIBUTORS = 50


def create(registry: Registry, orcid: str, client: str, message: Message, *, bulk: bool = False) -> StoredWork:
    """Add a work; the body's visibility, source and dates do not count."""
    with registry.lock:
        rules.check_work(message)
        if len(registry.works_of(orcid)) >= MOST_WORKS:
            raise Refusal(9048)
        _refuse_duplicate(registry.works_of(orcid), message, client, version_of=bulk)
        owner = registry.researchers[orcid]
        visibility = owner.visibility
        if owner.state == "unclaimed":
            visibility = message.get("visibility", "private")
        now = registry.now_ms()
        work = settled(message)
        return registry.put_work(StoredWork(orcid, registry.next_put_code(), client, visibility, now, now, work))


def create_all(registry: Registry, orcid: str, client: str, items: Sequence[Message]) -> Iterator[StoredWork | Refusal]:
    """Add works in bulk: each for itself, its refusal in its place."""
    if len(items) > MOST_IN_BULK:
        raise Refusal(9006, f"You are allowed to add up to {MOST_IN_BULK} elements per request.")
    if len(registry.works_of(orcid)) + len(items) > MOST_WORKS:
        raise Refusal(9048)
    for item in items:
        try:
            yield create(registry, orcid, client, item, bulk=True)
        except Refusal as refusal:
            yield refusal


def update(registry: Registry, orcid: str, put_code: int, client: str, message: Message) -> StoredWork:
    """Replace a work; nothing happens, and nothing is checked, where the Registry sees no change."""
    with registry.lock:
        if message.get("put-code") != put_code:
            raise Refusal(9019, urlPutCode=put_code, bodyPutCode=message.get("put-code", "null"))
        item = find(registry, orcid, put_code)
        if looks_unchanged(message, item):
            if item.source != client:
                raise Refusal(9014, "You are not the source of the work.")
            return item
        rules.check_work(message, stored={"visibility": item.visibility})
        others = [other for other in registry.works_of(orcid) if other.put_code != put_code]
        _refuse_duplicate(others, message, client)
        if item.source != client:
            raise Refusal(9010)
        return registry.put_work(replace(item, work=settled(message), modified=registry.now_ms()))


def delete(registry: Registry, orcid: str, put_code: int, client: str) -> None:
    """Remove a work from a record; only its source can."""
    with registry.lock:
        if find(registry, orcid, put_code).source != client:
            raise Refusal(9010)
        registry.remove_work(orcid, put_code)


def find(registry: Registry, orcid: str, put_code: int) -> StoredWork:
    """The work with this put-code; refused with 9016 if the record has none."""
    item = registry.works.get(orcid, {}).get(put_code)
    if item is None:
        raise Refusal(9016, f"No entity found for query {put_code}")
    return item


def _refuse_duplicate(items: Sequence[StoredWork], message: Message, client: str, *, version_of: bool = False) -> None:
    new = set(_keys(message, {"self"}))
    relationships = {"self", "version-of"} if version_of else {"self"}
    for item in items:
        if item.source == client and not new.isdisjoint(_keys(item.work, relationships)):
            raise Refusal(9021, putCode=item.put_code)


def _keys(work: Message, relationships: set[str]) -> Iterator[tuple[str, str]]:
    for item in rules.external_ids(work):
        if item.get("external-id-relationship") in relationships:
            yield key(item["external-id-type"], item["external-id-value"])


def settled(message: Message) -> Message:
    """The message as the Registry keeps it: no e-mail addresses, roles in one spelling, iDs in all their forms."""
    work = {name: content for name, content in message.items() if name not in {"put-code", "visibility"}}
    if "country" in work:
        work["country"] = {"value": work["country"]["value"]}
    people = [_settled_contributor(person) for person in rules.contributors(message)]
    if "contributors" in work:
        work["contributors"] = {"contributor": people}
    return work


def _settled_contributor(person: Message) -> Message:
    kept = {name: content for name, content in person.items() if name != "contributor-email"}
    role = rules.role_of(person)
    if role is not None:
        kept["contributor-attributes"] = {**kept["contributor-attributes"], "contributor-role": role}
    orcid = kept.get("contributor-orcid")
    if orcid and (orcid.get("uri") or orcid.get("path")):
        uri = orcid.get("uri") or f"https://{orcid.get('host', 'orcid.org')}/{orcid['path']}"
        _, _, host, path = uri.split("/", 3)
        kept["contributor-orcid"] = {"uri": uri, "path": path, "host": orcid.get("host", host)}
    return kept


def looks_unchanged(message: Message, item: StoredWork) -> bool:
    """Whether the Registry takes a PUT for no change at all: its own comparison, with its gaps.

    Only the first 50 contributors count, and the mere removal of citation, translated title or date does not.
    """
    if message.get("visibility", item.visibility) != item.visibility:
        return False
    try:
        new, old = _compared(settled(message)), _compared(item.work)
    except Refusal:
        return False
    for name in ("citation", "publication-date", "translated-title"):
        if name not in new:
            old.pop(name, None)
    return new == old


def _compared(work: Message) -> Message:
    compared = dict(work)
    titles = dict(compared.pop("title", None) or {})
    if "translated-title" in titles:
        compared["translated-title"] = titles.pop("translated-title")
    compared["title"] = titles
    compared["contributors"] = list(rules.contributors(work))[:COMPARED_CONTRIBUTORS]
    return compared
