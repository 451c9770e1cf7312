"""What the Registry keeps of a message, and when it takes a changed work for an unchanged one."""

from __future__ import annotations

from orcid_plugin.emulator import rules
from orcid_plugin.emulator.refusals import Refusal
from orcid_plugin.emulator.schema import Message
from orcid_plugin.emulator.sections import WORK, Section
from orcid_plugin.emulator.values import StoredItem

COMPARED_CONTRIBUTORS = 50


def settled(section: Section, message: Message) -> Message:
    """The message as the Registry keeps it: no e-mail addresses, roles in one spelling, iDs in all their forms."""
    kept = {name: content for name, content in message.items() if name not in {"put-code", "visibility"}}
    if "country" in kept:
        kept["country"] = {"value": kept["country"]["value"]}
    if "contributors" in kept:
        people = [_settled_contributor(section, person) for person in rules.contributors(message)]
        kept["contributors"] = {"contributor": people}
    return kept


def _settled_contributor(section: Section, person: Message) -> Message:
    kept = {name: content for name, content in person.items() if name != "contributor-email"}
    role = rules.role_of(person, section.roles)
    if role is not None:
        kept["contributor-attributes"] = {**kept["contributor-attributes"], "contributor-role": role}
    orcid = kept.get("contributor-orcid")
    if orcid and (orcid.get("uri") or orcid.get("path")):
        uri = orcid.get("uri") or f"https://{orcid.get('host', 'orcid.org')}/{orcid['path']}"
        _, _, host, path = uri.split("/", 3)
        kept["contributor-orcid"] = {"uri": uri, "path": path, "host": orcid.get("host", host)}
    return kept


def looks_unchanged(message: Message, item: StoredItem) -> bool:
    """Whether the Registry takes a PUT for no change at all: its own comparison, with its gaps.

    Only the first 50 contributors count, and the mere removal of citation, translated title or date does not.
    """
    if message.get("visibility", item.visibility) != item.visibility:
        return False
    try:
        new, old = _compared(settled(WORK, message)), _compared(item.message)
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
